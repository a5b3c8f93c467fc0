"""Share of frames that each attack flips with a limited change of the picture."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reconattack.evidence.visibility import changes_of_flips, small_flips, visibility_curves
from reconattack.figures.panels import save_pages
from reconattack.figures.success_against_visibility import draw_visibility
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table, write_table


def success_against_visibility(
    attacks: str,
    files: Sequence[Mapping[str, str]],
    limits: Mapping[str, float],
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Draw a curve per attack and measure, with the `limits` that the run declares.

    `attacks` is the table of attacks, `files` are the records of the grids (`model`, `seed`,
    `attack`, `path`).
    """
    found = read_table(attacks, dtype={"seed": str})
    changes = changes_of_flips(found, files)
    curves, small = visibility_curves(changes), small_flips(changes, limits, files)
    write_table(table, pd.concat([curves, small]))
    grids = {file["attack"] for file in files}
    pages = draw_visibility(curves, small, limits, found["attack"].unique(), grids)
    save_pages(pages, pdf, png, simulated)


if __name__ == "__main__":
    run_figure(success_against_visibility, snakemake)
