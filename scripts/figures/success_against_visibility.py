"""Share of frames that each attack flips with a limited change of the picture."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.visibility import changes_of_flips, visibility_curves
from reconattack.figures.panels import save_figure
from reconattack.figures.success_against_visibility import draw_visibility
from reconattack.run.jobs import run_rule
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
    curves = visibility_curves(changes_of_flips(found, files))
    write_table(table, curves)
    grids = {file["attack"] for file in files}
    figure = draw_visibility(curves, limits, found["attack"].unique(), grids)
    save_figure(figure, pdf, png, simulated)


if __name__ == "__main__":
    run_rule(success_against_visibility, snakemake)
