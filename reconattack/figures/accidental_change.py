"""The effect of accidental changes of the settings: one knob at a time, and drawn settings."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.attacks.distributions import INITIAL, SWEEP
from reconattack.figures.panels import figure_style, legend_entries, reach
from reconattack.figures.style import (
    BAND,
    COLOURS,
    DARK,
    DOT,
    GREY,
    HAIR,
    INK,
    LIGHT,
    PAPER,
    THIN,
    TWO_COLUMNS,
)
from reconattack.reconstruction.parameters import PARAMETERS

COLUMNS = 4  # further knobs take further rows
MODEL_HEIGHT = 3.3  # inches, of two rows
LEGEND_HEIGHT = 0.5  # inches
SHARES = (-0.05, 1.05)
PREDICTIONS = {"positive_rate": {"color": DARK}}
MERITS = {
    "auc": {"color": COLOURS[2], "label": "AUC"},
    "accuracy": {"color": COLOURS[1], "linestyle": "--", "label": "accuracy at the cut-off"},
    "accuracy_recalibrated": {
        "color": COLOURS[4],
        "linestyle": ":",
        "label": "accuracy, recalibrated",
    },
}
DRAWS = {
    "uniform": {"color": COLOURS[0], "linestyle": "-", "marker": "o"},
    "normal": {"color": COLOURS[3], "linestyle": "--", "marker": "x"},
}


@figure_style()
def draw_models(settings: pd.DataFrame, cutoff: float, classes: Sequence[str]) -> Figure:
    """Draw the predictions and the accuracy of each model at accidental settings.

    A model has two panels for each swept parameter, one above the other, and two for the drawn
    settings.

    Parameters
    ----------
    settings
        Table `accidental.csv`, one seed of each model.
    cutoff
        Probability from which a frame is called fatty.
    classes
        Words for the labels 0 and 1.
    """
    swept = [name for name in PARAMETERS if f"{SWEEP}{name}" in set(settings["distribution"])]
    models = list(settings.groupby("model", sort=False))
    bands = -(-(len(swept) + 1) // COLUMNS)
    height = MODEL_HEIGHT * bands * len(models) + LEGEND_HEIGHT
    figure = plt.figure(figsize=(TWO_COLUMNS, height), layout="constrained")
    blocks = figure.subfigures(len(models), 1, squeeze=False)[:, 0]
    for block, (model, of_model) in zip(blocks, models, strict=True):
        panels = block.subplots(2 * bands, min(len(swept) + 1, COLUMNS), squeeze=False)
        pairs = [pair for band in range(bands) for pair in panels[2 * band : 2 * band + 2].T]
        (initial,) = of_model[of_model["distribution"] == INITIAL].to_dict("records")
        positive = f"share called {classes[1]}\nat the cut-off {cutoff:g}"
        _draw_model(pairs, of_model, initial, swept, positive)
        block.suptitle(f"{model}: {initial['n']} frames, {initial['n_labelled']} with a label")
    handles = legend_entries(figure.axes)
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=4)
    return figure


def _draw_model(
    pairs: Sequence[Sequence[Axes]],
    settings: pd.DataFrame,
    initial: Mapping[str, float],
    swept: Sequence[str],
    positive: str,
) -> None:
    """A pair of panels for each swept parameter, and one for the drawn settings."""
    for number, (name, pair) in enumerate(zip(swept, pairs, strict=False)):
        _draw_sweep(pair, settings[settings["distribution"] == f"{SWEEP}{name}"], initial)
        if number % COLUMNS == 0:
            pair[0].set_ylabel(positive)
            pair[1].set_ylabel("AUC, accuracy")
        else:
            pair[0].tick_params(labelleft=False)
            pair[1].tick_params(labelleft=False)
    _draw_drawn(pairs[len(swept)], settings, initial)
    pairs[len(swept)][1].set_ylabel(positive)
    for axes in np.ravel(pairs[len(swept) + 1 :]):
        axes.set_axis_off()


def _draw_sweep(column: Sequence[Axes], sweep: pd.DataFrame, initial: Mapping[str, float]) -> None:
    """Predictions, AUC and accuracy of a model while one parameter changes."""
    name = sweep["distribution"].iloc[0].removeprefix(SWEEP)
    for axes, curves in zip(column, (PREDICTIONS, MERITS), strict=True):
        for measure, style in curves.items():
            axes.plot(sweep[name], sweep[measure], **style)
            if measure != "accuracy_recalibrated":  # as wide as that of the accuracy
                low, high = sweep[f"{measure}_low"], sweep[f"{measure}_high"]
                axes.fill_between(sweep[name], low, high, color=style["color"], alpha=BAND, lw=0)
        axes.axvline(initial[name], color=GREY, linewidth=THIN, linestyle=":")
        axes.set(ylim=SHARES, xlim=(sweep[name].min(), sweep[name].max()))
    constant = {"color": LIGHT, "linewidth": THIN, "label": "always the more frequent label"}
    column[1].plot(sweep[name], sweep["constant_accuracy"], **constant)
    column[0].tick_params(labelbottom=False)
    column[1].set_xlabel(PARAMETERS[name].label)
    _note_missing_labels(column[1], initial)


def _draw_drawn(
    column: Sequence[Axes], settings: pd.DataFrame, initial: Mapping[str, float]
) -> None:
    """How many decisions the drawn settings change, and their positive rate against their AUC."""
    for distribution, style in DRAWS.items():
        drawn = settings[settings["distribution"] == distribution]
        line = {key: style[key] for key in ("color", "linestyle")}
        dots = {"color": style["color"], "marker": style["marker"], "linestyle": "none"}
        column[0].hist(drawn["changed"], bins=np.linspace(0, 1, 21), histtype="step", **line)
        column[1].plot(
            drawn["auc"], drawn["positive_rate"], markersize=DOT, fillstyle="none", mew=HAIR, **dots
        )
        column[1].plot([], [], fillstyle="none", label=f"drawn, {distribution}", **style)
    column[1].errorbar(
        initial["auc"],
        initial["positive_rate"],
        xerr=reach(initial, "auc"),
        yerr=reach(initial, "positive_rate"),
        color=INK,
        marker="s",
        markersize=DOT,
        linewidth=THIN,
        label="initial setting",
    )
    column[0].set(xlabel="decisions changed", ylabel="settings", xlim=SHARES)
    column[1].set(xlabel="AUC", xlim=SHARES, ylim=SHARES)
    for axes in column:
        axes.set_xticks([0, 0.5, 1])
    _note_missing_labels(column[1], initial)


def _note_missing_labels(axes: Axes, initial: Mapping[str, float]) -> None:
    if initial["n_labelled"] == 0:
        white = {"color": PAPER, "pad": 1}
        axes.text(0.5, 0.5, "needs labels", ha="center", transform=axes.transAxes, bbox=white)
