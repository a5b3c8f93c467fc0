"""The ROC curve of each model on the RF frames, with its bootstrap band."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.figures.panels import figure_style
from reconattack.figures.style import BAND, COLOURS, DASHES, LIGHT, MARKERS, ONE_COLUMN, PAPER, THIN

PANEL_HEIGHT, NAME_HEIGHT = 3.4, 0.16  # inches


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
    curve = rows[rows["cutoff"].isna()]
    (at_cutoff,) = rows[rows["cutoff"].notna()].to_dict("records")
    style = {
        "color": COLOURS[number % len(COLOURS)],
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": DASHES[number % len(DASHES)],
        "markeredgecolor": PAPER,
    }
    name = "{model}: AUC {auc:.2f} ({auc_low:.2f} to {auc_high:.2f}), n = {n}".format(**at_cutoff)
    rate = curve["false_positive_rate"]
    axes.fill_between(
        rate,
        curve["sensitivity_low"],
        curve["sensitivity_high"],
        color=style["color"],
        alpha=BAND,
        linewidth=0,
    )
    axes.plot(rate, curve["sensitivity"], **style | {"marker": ""})
    axes.plot(
        at_cutoff["false_positive_rate"],
        at_cutoff["sensitivity"],
        **style | {"linestyle": ""},
        zorder=3,
    )
    axes.plot([], [], **style, label=name)
