"""How many frames each control flips alone and each pair flips together, as a matrix."""

from reconattack.figures.knobs import draw_matrices
from reconattack.figures.panels import save_pages
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table


def knobs(table: str, simulated: bool, pdf: str, png: str) -> None:
    """Draw the table of knobs."""
    save_pages(draw_matrices(read_table(table)), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(knobs, snakemake)
