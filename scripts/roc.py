"""The ROC curve of each model on the RF frames, with its bootstrap band."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.bootstrap import roc_band
from reconattack.jobs import job
from reconattack.plots import COLOURS, ONE_COLUMN, figure_style, save_figure
from reconattack.seeds import seed_of
from reconattack.statistics import auc, delong_interval, sensitivity_specificity
from reconattack.storage import read_table

MARKERS = "osD^v"


def roc(predictions: Mapping[str, str], cutoff: float, pdf: str, png: str, simulated: bool) -> None:
    """Draw one curve per model, its first seed, frames of all folds pooled."""
    tables = {model: first_seed(read_table(path)) for model, path in predictions.items()}
    with figure_style():
        save_figure(draw_roc(tables, cutoff), pdf, png, simulated)


def first_seed(table: pd.DataFrame) -> pd.DataFrame:
    """The labelled frames as the first seed's networks judge them."""
    judged = table[table["label"].notna() & table["logit"].notna()]
    return judged[judged["seed"] == table["seed"].min()]


def draw_roc(tables: Mapping[str, pd.DataFrame], cutoff: float) -> Figure:
    """Curves with 95 % bands; a marker where the cut-off lies."""
    figure, axes = plt.subplots(figsize=(ONE_COLUMN, ONE_COLUMN * 0.95), layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=0.8, linestyle=":")
    for number, (model, table) in enumerate(tables.items()):
        if table["label"].nunique() == 2:
            _draw_curve(axes, model, table, cutoff, number)
        else:
            axes.plot([], [], " ", label=f"{model}: needs frames of both labels")
    axes.set(
        xlabel="1 - specificity",
        ylabel="sensitivity",
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
        aspect="equal",
    )
    axes.legend(loc="lower right")
    return figure


def _draw_curve(axes: Axes, model: str, table: pd.DataFrame, cutoff: float, number: int) -> None:
    labels, logits = table["label"].to_numpy(), table["logit"].to_numpy()
    random = np.random.default_rng(seed_of(model, "roc"))
    band = roc_band(labels, logits, table["patient"].to_numpy(), random)
    colour = COLOURS[number % len(COLOURS)]
    low, high = delong_interval(labels, logits)
    name = f"{model}: AUC {auc(labels, logits):.2f} ({low:.2f} to {high:.2f}), n = {len(table)}"
    rate = band["false_positive_rate"]
    axes.fill_between(
        rate, band["sensitivity_low"], band["sensitivity_high"], color=colour, alpha=0.2, lw=0
    )
    axes.plot(rate, band["sensitivity"], color=colour, label=name)
    sensitivity, specificity = sensitivity_specificity(labels, table["predicted"].to_numpy())
    axes.plot(
        1 - specificity,
        sensitivity,
        MARKERS[number % len(MARKERS)],
        color=colour,
        markersize=5,
        markeredgecolor="white",
        label=f"cut-off {cutoff:g}",
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        roc(
            predictions=dict(
                zip(snakemake.params.models, snakemake.input.predictions, strict=True)
            ),
            cutoff=snakemake.params.cutoff,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
