"""Share of labelled frames that stay right at every lattice point of a growing box."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.robust_accuracy import box_of, grid_rows, robust_curves
from reconattack.figures.panels import save_figure
from reconattack.figures.robust_accuracy import draw_curves
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import write_table


def robust_accuracy(
    files: Sequence[Mapping[str, str]],
    classes: Sequence[str],
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Draw a panel per grid of `files` (`model`, `seed`, `attack`, `path`)."""
    curves = robust_curves(grid_rows(files))
    boxes = {file["attack"]: box_of(file["path"]) for file in files}
    write_table(table, curves)
    save_figure(draw_curves(curves, boxes, classes), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(robust_accuracy, snakemake)
