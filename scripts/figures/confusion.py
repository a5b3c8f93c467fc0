"""True and decided classes, before and after each attack."""

from collections.abc import Sequence

from reconattack.figures.confusion import draw_confusion
from reconattack.figures.panels import save_pages
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table


def confusion(table: str, classes: Sequence[str], simulated: bool, pdf: str, png: str) -> None:
    """Draw the matrices of `confusion.csv` with the `classes` in their order."""
    counts = read_table(table, dtype={"reference": str, "decision": str})
    save_pages(draw_confusion(counts, classes), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(confusion, snakemake)
