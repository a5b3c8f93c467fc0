"""Share of frames that each attack flips within a number of queries, and the level of a grid."""

from collections.abc import Collection

from reconattack.evidence.budget import budget_curves
from reconattack.figures.panels import save_pages
from reconattack.figures.success_against_budget import draw_budgets
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table, write_table


def success_against_budget(
    attacks: str, grids: Collection[str], simulated: bool, table: str, pdf: str, png: str
) -> None:
    """Draw a curve per attack; `grids` names the attacks of method grid, which prove a level."""
    curves = budget_curves(read_table(attacks), grids)
    write_table(table, curves)
    save_pages(draw_budgets(curves, grids), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(success_against_budget, snakemake)
