"""The effect of an accidental change of one setting on a model's decisions and accuracy."""

from collections.abc import Iterator, Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.attacks.distributions import INITIAL, SWEEP
from reconattack.figures.look import differing, figure_style, inches, letter
from reconattack.figures.panels import MAJORITY, legend_entries, pages_of
from reconattack.figures.style import (
    BAND,
    FATTY,
    GREY,
    GRID_DASHES,
    HIGHEST,
    INK,
    LINE,
    PAPER,
    SERIES,
    SMALL,
    THICK,
    THIN,
    TWO_COLUMNS,
)
from reconattack.reconstruction.parameters import PARAMETERS

ROW_HEIGHT, LEGEND_HEIGHT = 2.5, 0.45  # inches
SHARES = (-0.03, 1.03)
MERITS = {
    "auc": {"color": SERIES[0], "linewidth": THICK, "label": "AUC"},
    "accuracy": {"color": SERIES[1], "linestyle": "--", "label": "accuracy at the cut-off"},
    "accuracy_recalibrated": {
        **{"color": SERIES[4], "linestyle": "-.", "label": "accuracy, recalibrated"}
    },
}


def draw_models(settings: pd.DataFrame, cutoff: float, classes: Sequence[str]) -> Iterator[Figure]:
    """Draw the predictions and the accuracy of each model while one parameter changes.

    The parameter is the first one that was swept, beta by default. A model has a row of two panels.
    Models beyond the height of a journal's page are on further pages.

    Parameters
    ----------
    settings
        Table `accidental.csv`, one seed of each model.
    cutoff
        Probability from which a frame is called fatty.
    classes
        Words for the labels 0 and 1.
    """
    swept = next(name for name in PARAMETERS if f"{SWEEP}{name}" in set(settings["distribution"]))
    models = list(settings.groupby("model", sort=False))
    names = differing((model, "") for model, _ in models)
    for page in pages_of([ROW_HEIGHT] * len(models), HIGHEST - LEGEND_HEIGHT):
        rows = [(name, of_model) for name, (_, of_model) in zip(names, models, strict=True)]
        yield _draw_page(rows[page], page.start, swept, cutoff, classes)


@figure_style()
def _draw_page(
    models: Sequence[tuple[str, pd.DataFrame]],
    first: int,
    swept: str,
    cutoff: float,
    classes: Sequence[str],
) -> Figure:
    """Draw a row for each of some named models; `first` is the number of the first one."""
    figure, panels = plt.subplots(
        len(models),
        2,
        figsize=inches(TWO_COLUMNS, ROW_HEIGHT * len(models) + LEGEND_HEIGHT),
        squeeze=False,
        layout="constrained",
    )
    for number, (row, (name, of_model)) in enumerate(zip(panels, models, strict=True), first):
        (initial,) = of_model[of_model["distribution"] == INITIAL].to_dict("records")
        sweep = of_model[of_model["distribution"] == f"{SWEEP}{swept}"]
        _draw_predictions(row[0], sweep, cutoff, classes)
        _draw_merits(row[1], sweep, initial)
        for place, axes in enumerate(row):
            letter(axes, 2 * number + place, name)
            axes.axvline(initial[swept], color=GREY, linewidth=THIN)
            axes.set(xlabel=PARAMETERS[swept].label, xlim=(sweep[swept].min(), sweep[swept].max()))
        _name_initial(row[0], initial[swept])
    handles = legend_entries(figure.axes)
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=2)
    return figure


def _draw_predictions(
    axes: Axes, sweep: pd.DataFrame, cutoff: float, classes: Sequence[str]
) -> None:
    """The share of frames that the model calls fatty."""
    _draw_curve(axes, sweep, "positive_rate", {"color": FATTY, "linewidth": THICK})
    axes.set(ylim=SHARES, ylabel=f"share called {classes[1]} at the cut-off {cutoff:g}")


def _draw_merits(axes: Axes, sweep: pd.DataFrame, initial: Mapping[str, float]) -> None:
    """AUC and accuracy, and the accuracy of a constant answer."""
    for measure, style in MERITS.items():
        _draw_curve(axes, sweep, measure, style, band=measure != "accuracy_recalibrated")
    constant = {"color": INK, "linewidth": THIN, "linestyle": GRID_DASHES, "label": MAJORITY}
    axes.plot(_swept(sweep), sweep["constant_accuracy"], **constant)
    axes.set(ylim=SHARES, ylabel="AUC, accuracy")
    if initial["n_labelled"] == 0:
        white = {"color": PAPER, "pad": 1}
        axes.text(0.5, 0.5, "needs labels", ha="center", transform=axes.transAxes, bbox=white)


def _draw_curve(
    axes: Axes, sweep: pd.DataFrame, measure: str, style: Mapping, band: bool = True
) -> None:
    """A measure along the sweep, with the band of its interval."""
    axes.plot(_swept(sweep), sweep[measure], **{"linewidth": LINE} | dict(style))
    if band:
        low, high = sweep[f"{measure}_low"], sweep[f"{measure}_high"]
        axes.fill_between(_swept(sweep), low, high, color=style["color"], alpha=BAND, linewidth=0)


def _swept(sweep: pd.DataFrame) -> pd.Series:
    """Values of the parameter that changes."""
    return sweep[sweep["distribution"].iloc[0].removeprefix(SWEEP)]


def _name_initial(axes: Axes, value: float) -> None:
    """Name the line of the initial setting."""
    place = {"xytext": (3, 3), "textcoords": "offset points", "va": "bottom"}
    axes.annotate("initial setting", (value, SHARES[0]), **place, size=SMALL, color=GREY)
