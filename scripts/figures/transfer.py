"""How often settings that flipped one model flip another: a matrix of counts for each attack."""

import pandas as pd

from reconattack.evidence.transfer import cell_rows, counts_by_attack
from reconattack.figures.panels import save_pages
from reconattack.figures.transfer import draw_transfer
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table, write_table


def transfer(
    transferred: str, summary: str, simulated: bool, table: str, pdf: str, png: str
) -> None:
    """Draw the tables of settings `transferred` to other models and of each model's own attacks."""
    names = {"source_model": str, "target_model": str, "model": str}
    own, others = read_table(summary, dtype=names), read_table(transferred, dtype=names)
    matrices = counts_by_attack(own, others)
    write_table(table, pd.DataFrame(cell_rows(matrices)))
    save_pages(draw_transfer(matrices), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(transfer, snakemake)
