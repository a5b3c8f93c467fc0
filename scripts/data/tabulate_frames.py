"""Check every frame before anything is computed from it: one table, one contact sheet."""

from collections.abc import Callable, Collection, Mapping, Sequence

import pandas as pd

from reconattack.errors import InputError
from reconattack.evidence.frame_check import check_chunks, frame_errors
from reconattack.figures.contact_sheet import (
    PANELS_OF_A_PAGE,
    draw_contact_pages,
    draw_contact_sheet,
)
from reconattack.figures.panels import save_pages, save_sheet
from reconattack.frames.admission import admit
from reconattack.frames.doubtful import MOST_DRAWN, is_doubtful
from reconattack.pages.frame_list import frame_list
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import write_table


def tabulate_frames(
    chunks: Mapping[str, Sequence[str]],
    initial: Mapping[str, float],
    image_rows: int,
    on_bad_frame: str,
    classes: Sequence[str],
    simulated: Collection[str],
    outputs: Mapping[str, str],
    show: Callable[[str], None],
    most_panels: int = MOST_DRAWN,
) -> None:
    """Write the table of all frames, and draw the contact sheet with its own table.

    The sheet has at most `most_panels` panels: all frames, or one in two, four, ..., and before
    others the pictures whose outline is in doubt. The PDF has
    pages of a journal's height, the PNG is one picture for the screen.

    Raises
    ------
    InputError
        If frames cannot be used and `on_bad_frame` is stop, or a cohort has no usable frame. It
        names all errors. If the outline of pictures is in doubt, the sheet is drawn instead, and
        the jobs stop that need it (`check_frames`, `admit_frames`).
    """
    table, pictures, step = check_chunks(chunks, initial, image_rows, most_panels)
    if not any(map(is_doubtful, table["error"])):
        try:
            admit(frame_errors(table), on_bad_frame)
        except InputError:
            show(frame_list(table))
            raise
    write_table(outputs["table"], table)
    shown = pd.DataFrame([known for known, _ in pictures]).astype({"label": "Int64"})
    write_table(outputs["shown"], shown)
    pages = draw_contact_pages(pictures, classes, simulated)
    save_pages(pages, outputs["pdf"], outputs["png"], simulated=False)  # they mark themselves
    if len(pictures) > PANELS_OF_A_PAGE:
        save_sheet(draw_contact_sheet(pictures, classes, simulated), outputs["png"])
    drawn = f" (one frame in {step})" if step > 1 else ""
    warned = int((table["warnings"].fillna("") != "").sum())
    unusable = int(table["error"].notna().sum())
    counted = f"{warned} of them with a warning" + (f", {unusable} unusable" if unusable else "")
    show(
        f"{len(table)} frames, {counted}: snakemake check_frames shows all\n"
        f"Table: {outputs['table']}   Contact sheet: {outputs['png']}{drawn}"
    )


if __name__ == "__main__":
    run_figure(tabulate_frames, snakemake)
