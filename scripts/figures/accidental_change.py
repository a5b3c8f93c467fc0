"""What accidental changes of the settings do: one knob at a time, and drawn from the box."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.attacks.drawn_settings import INITIAL, SWEEP
from reconattack.figures.panels import figure_style, save_figure
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
from reconattack.run.jobs import job
from reconattack.storage import read_table

COLUMNS = 4  # further knobs take further rows
MODEL_HEIGHT = 3.3  # inches, of two rows
LEGEND_HEIGHT = 0.5
SHARES = (-0.05, 1.05)
ANSWERS = {"positive_rate": {"color": DARK}}
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


def accidental_change(
    table: str, cutoff: float, classes: Sequence[str], pdf: str, png: str, simulated: bool
) -> None:
    """Draw two rows per model, its first seed: what it answers and how good its answers are."""
    settings = read_table(table)
    first = settings["seed"] == settings.groupby("model")["seed"].transform("min")
    with figure_style():
        save_figure(draw_models(settings[first], cutoff, classes), pdf, png, simulated)


def draw_models(settings: pd.DataFrame, cutoff: float, classes: Sequence[str]) -> Figure:
    """For each model two panels per swept parameter, above each other, and two for the drawn
    settings.
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
        answers = f"share called {classes[1]}\nat the cut-off {cutoff:g}"
        _draw_model(pairs, of_model, initial, swept, answers)
        block.suptitle(f"{model}: {initial['n']} frames, {initial['n_labelled']} with a label")
    handles = {
        label: handle
        for axes in figure.axes
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=4)
    return figure


def _draw_model(
    pairs: Sequence[Sequence[Axes]],
    settings: pd.DataFrame,
    initial: Mapping[str, float],
    swept: Sequence[str],
    answers: str,
) -> None:
    """A pair of panels for each swept parameter, one for the drawn settings, none for the rest."""
    for number, (name, pair) in enumerate(zip(swept, pairs, strict=False)):
        _draw_sweep(pair, settings[settings["distribution"] == f"{SWEEP}{name}"], initial)
        if number % COLUMNS == 0:
            pair[0].set_ylabel(answers)
            pair[1].set_ylabel("AUC, accuracy")
        else:
            pair[0].tick_params(labelleft=False)
            pair[1].tick_params(labelleft=False)
    _draw_drawn(pairs[len(swept)], settings, initial)
    pairs[len(swept)][1].set_ylabel(answers)
    for axes in np.ravel(pairs[len(swept) + 1 :]):
        axes.set_axis_off()


def _draw_sweep(column: Sequence[Axes], sweep: pd.DataFrame, initial: Mapping[str, float]) -> None:
    """What a model answers, and how good this is, while one parameter changes."""
    name = sweep["distribution"].iloc[0].removeprefix(SWEEP)
    for axes, curves in zip(column, (ANSWERS, MERITS), strict=True):
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
    _say_if_unlabelled(column[1], initial)


def _draw_drawn(
    column: Sequence[Axes], settings: pd.DataFrame, initial: Mapping[str, float]
) -> None:
    """How many decisions the drawn settings change, and what they answer against their AUC."""
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
        *(initial["auc"], initial["positive_rate"]),
        xerr=_reach(initial, "auc"),
        yerr=_reach(initial, "positive_rate"),
        **{"color": INK, "marker": "s", "markersize": DOT, "linewidth": THIN},
        label="initial setting",
    )
    column[0].set(xlabel="decisions changed", ylabel="settings", xlim=SHARES)
    column[1].set(xlabel="AUC", xlim=SHARES, ylim=SHARES)
    for axes in column:
        axes.set_xticks([0, 0.5, 1])
    _say_if_unlabelled(column[1], initial)


def _reach(row: Mapping[str, float], measure: str) -> np.ndarray:
    """How far a measure's interval reaches down and up from it, (2, 1)."""
    return np.array(
        [[row[measure] - row[f"{measure}_low"]], [row[f"{measure}_high"] - row[measure]]]
    )


def _say_if_unlabelled(axes: Axes, initial: Mapping[str, float]) -> None:
    if initial["n_labelled"] == 0:
        white = {"color": PAPER, "pad": 1}
        axes.text(0.5, 0.5, "needs labels", ha="center", transform=axes.transAxes, bbox=white)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        accidental_change(
            table=snakemake.input.table,
            cutoff=snakemake.params.cutoff,
            classes=snakemake.params.classes,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
