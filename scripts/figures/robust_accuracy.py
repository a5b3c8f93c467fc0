"""Share of labelled frames that stay right in a growing box: at every lattice point, or proved."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.robust_accuracy import box_in_symbols, robust_curves, shares_of_box
from reconattack.figures.panels import save_figure
from reconattack.figures.robust_accuracy import draw_curves
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import write_table


def robust_accuracy(
    grids: Sequence[Mapping[str, str]],
    proofs: Sequence[Mapping[str, str]],
    boxes: Mapping[str, Mapping[str, Mapping]],
    classes: Sequence[str],
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Draw the curves of `grids` and `proofs` (`model`, `seed`, `attack`, `path`).

    `boxes` gives the parameters of each attack.
    """
    curves = robust_curves(shares_of_box(grids, proofs, boxes))
    symbols = {attack: box_in_symbols(parameters) for attack, parameters in boxes.items()}
    write_table(table, curves)
    save_figure(draw_curves(curves, symbols, classes), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(robust_accuracy, snakemake)
