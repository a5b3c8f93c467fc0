"""Let a run go on only if every frame could be read, or unreadable frames may be skipped."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from reconattack.frames.admission import admit
from reconattack.frames.chunks import frame_attributes
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def admit_frames(
    chunks: Mapping[str, Sequence[str]],
    on_bad_frame: str,
    table: str,
    show: Callable[[str], None],
    sheet: Sequence[str] = (),
) -> None:
    """Write cohort, name and error of every frame, or stop if frames may not be skipped.

    The contact sheet of pictures, a list of one, is there before: it shows outlines in doubt.
    """
    errors = {
        cohort: {
            name: known.get("error") for path in paths for name, known in frame_attributes(path)
        }
        for cohort, paths in chunks.items()
    }
    left_out = admit(errors, on_bad_frame, *sheet)
    if left_out:
        show(left_out)
    rows = [
        {"cohort": cohort, "frame": frame, "error": error}
        for cohort, cohort_errors in errors.items()
        for frame, error in cohort_errors.items()
    ]
    write_table(table, pd.DataFrame(rows))


if __name__ == "__main__":
    run_rule(admit_frames, snakemake)
