"""Let a run go on only if every frame could be read, or those that could not may be skipped."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reconattack.frames.admission import admit
from reconattack.frames.chunks import frame_attributes
from reconattack.run.jobs import job
from reconattack.storage import located, write_table


def admit_frames(chunks: Mapping[str, Sequence[str]], on_bad_frame: str, output: str) -> None:
    """Write cohort, frame and error of every frame, once they are admitted."""
    errors = {
        cohort: {
            name: known.get("error") for path in paths for name, known in frame_attributes(path)
        }
        for cohort, paths in chunks.items()
    }
    admit(errors, on_bad_frame)
    rows = [
        {"cohort": cohort, "frame": frame, "error": error}
        for cohort, of_cohort in errors.items()
        for frame, error in of_cohort.items()
    ]
    write_table(output, pd.DataFrame(rows))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        admit_frames(
            chunks=located(snakemake.params.chunks, snakemake.input),
            on_bad_frame=snakemake.params.on_bad_frame,
            output=snakemake.output.table,
        )
