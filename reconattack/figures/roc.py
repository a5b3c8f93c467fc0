"""The ROC curve of each model on the RF frames, with its bootstrap band."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.figures.look import figure_style, inches, shown
from reconattack.figures.style import (
    BAND,
    DASHES,
    HIGHEST,
    INK,
    LIGHT,
    MARKERS,
    ONE_COLUMN,
    PAPER,
    SERIES,
    THIN,
)

PANEL_HEIGHT, NAME_HEIGHT = 3.3, 0.15  # inches


@figure_style()
def draw_roc(curves: pd.DataFrame, models: Sequence[str]) -> Figure:
    """Draw the curves with their 95 % bands, and a marker at the cut-off.

    Parameters
    ----------
    curves
        The result of `reconattack.evidence.roc.roc_curves`.
    models
        Names of the models. One without a curve is named in the legend.
    """
    height = min(PANEL_HEIGHT + NAME_HEIGHT * (1 + 2 * len(models)), HIGHEST)
    figure, axes = plt.subplots(figsize=inches(ONE_COLUMN, height), layout="constrained")
    axes.plot([0, 1], [0, 1], color=LIGHT, linewidth=THIN, linestyle=":")
    for number, model in enumerate(models):
        of_model = curves[curves["model"] == model]
        if len(of_model):
            _draw_curve(axes, of_model, number)
        else:
            name = shown(model, "models")
            axes.plot([], [], " ", label=f"{name}: needs frames of both labels")
    for cutoff in curves["cutoff"].dropna().unique():
        axes.plot([], [], "o", color=INK, label=f"marker: cut-off {cutoff:g}")
    axes.set(
        xlabel="false positive rate (1 \N{MINUS SIGN} specificity)",
        ylabel="sensitivity",
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
        aspect="equal",
    )
    figure.legend(loc="outside upper center")
    return figure


def _draw_curve(axes: Axes, rows: pd.DataFrame, number: int) -> None:
    (at_cutoff,) = rows[rows["cutoff"].notna()].to_dict("records")
    curve = rows[rows["cutoff"].isna() & rows["sensitivity"].notna()]
    band = rows[rows["sensitivity_low"].notna()]
    style = {
        "color": SERIES[number % len(SERIES)],
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": DASHES[number % len(DASHES)],
        "markeredgecolor": PAPER,
    }
    name = shown(at_cutoff["model"], "models")
    counts = "AUC {auc:.2f} ({auc_low:.2f} to {auc_high:.2f}), n = {n}".format(**at_cutoff)
    axes.fill_between(
        band["false_positive_rate"],
        band["sensitivity_low"],
        band["sensitivity_high"],
        color=style["color"],
        alpha=BAND,
        linewidth=0,
    )
    axes.plot(curve["false_positive_rate"], curve["sensitivity"], **style | {"marker": ""})
    axes.plot(
        at_cutoff["false_positive_rate"],
        at_cutoff["sensitivity"],
        **style | {"linestyle": ""},
        zorder=3,
    )
    axes.plot([], [], **style, label=f"{name}: {counts}")
