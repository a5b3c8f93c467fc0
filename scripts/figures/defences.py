"""The cost of robustness: grid-certified accuracy of each model against its clean AUC."""

from reconattack.figures.defences import draw_defences
from reconattack.figures.panels import save_figure
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table


def defences(table: str, simulated: bool, pdf: str, png: str) -> None:
    """Draw the table of defences."""
    save_figure(draw_defences(read_table(table)), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(defences, snakemake)
