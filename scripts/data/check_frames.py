"""Show the table of all frames, also if nothing had to be made for it."""

from collections.abc import Callable

from reconattack.errors import InputError
from reconattack.evidence.frame_check import frame_errors, read_frame_check
from reconattack.frames.admission import admit
from reconattack.pages.frame_list import frame_list
from reconattack.run.jobs import run_rule


def check_frames(table: str, png: str, on_bad_frame: str, show: Callable[[str], None]) -> None:
    """Show the table, what is left out of the run, and where table and contact sheet are."""
    frames = read_frame_check(table)
    try:
        left_out = admit(frame_errors(frames), on_bad_frame, png)
    except InputError:
        show(frame_list(frames))
        raise
    places = f"Table: {table}   Contact sheet: {png}"
    show("\n".join(filter(None, [frame_list(frames), left_out, places])))


if __name__ == "__main__":
    run_rule(check_frames, snakemake)
