"""The ROC curve of each model on the RF frames, with its bootstrap band."""

from collections.abc import Sequence

from reconattack.evidence.roc import first_seed, roc_curves
from reconattack.figures.panels import save_figure
from reconattack.figures.roc import draw_roc
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table, write_table


def roc(
    predictions: Sequence[str],
    models: Sequence[str],
    cutoff: float,
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Draw one curve per model: its first seed, the frames of all folds pooled.

    `predictions` are the tables of `models`, in the same order.
    """
    tables = {
        model: first_seed(read_table(path)) for model, path in zip(models, predictions, strict=True)
    }
    curves = roc_curves(tables, cutoff)
    write_table(table, curves)
    save_figure(draw_roc(curves, models), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(roc, snakemake)
