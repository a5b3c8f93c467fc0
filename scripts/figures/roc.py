"""The ROC curve of each model on the RF frames, with its bootstrap band."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.evidence.roc import first_seed, roc_curves
from reconattack.figures.panels import figure_style, save_figure
from reconattack.figures.style import BAND, COLOURS, DASHES, LIGHT, MARKERS, ONE_COLUMN, PAPER, THIN
from reconattack.run.jobs import job
from reconattack.storage import read_table, write_table

PANEL_HEIGHT, NAME_HEIGHT = 3.4, 0.16  # inches


def roc(
    predictions: Mapping[str, str], cutoff: float, table: str, pdf: str, png: str, simulated: bool
) -> None:
    """Tabulate and draw one curve per model, its first seed, frames of all folds pooled."""
    tables = {model: first_seed(read_table(path)) for model, path in predictions.items()}
    curves = roc_curves(tables, cutoff)
    write_table(table, curves)
    with figure_style():
        save_figure(draw_roc(curves, list(tables)), pdf, png, simulated)


def draw_roc(curves: pd.DataFrame, models: Sequence[str]) -> Figure:
    """Curves with 95 % bands; a marker where the cut-off lies."""
    height = PANEL_HEIGHT + NAME_HEIGHT * (1 + len(models))
    figure, axes = plt.subplots(figsize=(ONE_COLUMN, height), layout="constrained")
    axes.plot([0, 1], [0, 1], color=LIGHT, linewidth=THIN, linestyle=":")
    for number, model in enumerate(models):
        of_model = curves[curves["model"] == model]
        if len(of_model):
            _draw_curve(axes, of_model, number)
        else:
            axes.plot([], [], " ", label=f"{model}: needs frames of both labels")
    axes.set(
        xlabel="1 - specificity",
        ylabel="sensitivity",
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
        aspect="equal",
    )
    figure.legend(loc="outside upper center", title="the marker shows the cut-off")
    return figure


def _draw_curve(axes: Axes, rows: pd.DataFrame, number: int) -> None:
    curve, (fixed,) = rows[rows["cutoff"].isna()], rows[rows["cutoff"].notna()].to_dict("records")
    style = {
        "color": COLOURS[number % len(COLOURS)],
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": DASHES[number % len(DASHES)],
        "markeredgecolor": PAPER,
    }
    name = "{model}: AUC {auc:.2f} ({auc_low:.2f} to {auc_high:.2f}), n = {n}".format(**fixed)
    rate = curve["false_positive_rate"]
    axes.fill_between(
        *(rate, curve["sensitivity_low"], curve["sensitivity_high"]),
        **{"color": style["color"], "alpha": BAND, "linewidth": 0},
    )
    axes.plot(rate, curve["sensitivity"], **style | {"marker": ""})
    axes.plot(
        fixed["false_positive_rate"], fixed["sensitivity"], **style | {"linestyle": ""}, zorder=3
    )
    axes.plot([], [], **style, label=name)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        roc(
            predictions=dict(
                zip(snakemake.params.models, snakemake.input.predictions, strict=True)
            ),
            cutoff=snakemake.params.cutoff,
            table=snakemake.output.table,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
