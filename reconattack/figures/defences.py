"""The cost of robustness: clean AUC and grid-certified accuracy of each model, side by side."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reconattack.errors import InputError
from reconattack.figures.look import figure_style, inches, letter, shown
from reconattack.figures.panels import legend_entries, reach, share_of_majority
from reconattack.figures.style import (
    FAINT,
    HAIR,
    INK,
    PAPER,
    SIGN,
    THIN,
    TWO_COLUMNS,
)

ROW_HEIGHT, AROUND, LEGEND_HEIGHT = 0.17, 0.7, 0.5  # inches
SIGNS = {
    "baseline": {"marker": "s", "markerfacecolor": INK},
    "defence": {"marker": "o", "markerfacecolor": INK},
    "immune by construction": {"marker": "D", "markerfacecolor": PAPER},
}


@figure_style()
def draw_defences(table: pd.DataFrame) -> Figure:
    """Draw two panels per lattice: a row per model, with its AUC, its accuracy and what remains.

    The most robust model is on top.

    Parameters
    ----------
    table
        Table `defences.csv`.

    Raises
    ------
    InputError
        If no model has both an AUC and a grid-certified accuracy.
    """
    known = table[table["grid_certified"].notna() & table["auc"].notna()]
    if known.empty:
        raise InputError(
            "no model has both an AUC and a grid-certified accuracy: select an attack of method "
            "grid under run.attacks, and frames of both labels"
        )
    lattices = list(known.groupby(["grid", "grid_points"], sort=False))
    heights = [AROUND + ROW_HEIGHT * len(models) for _, models in lattices]
    figure, panels = plt.subplots(
        len(lattices),
        2,
        figsize=inches(TWO_COLUMNS, sum(heights) + LEGEND_HEIGHT),
        squeeze=False,
        layout="constrained",
        width_ratios=[1, 1.4],
        height_ratios=heights,
    )
    for number, (row, ((grid, points), models)) in enumerate(zip(panels, lattices, strict=True)):
        models = models.sort_values("grid_certified", kind="stable").to_dict("records")
        _draw_rows(row[0], models, "auc")
        _draw_rows(row[1], models, "grid_certified")
        row[0].set_xlabel("AUC at the initial setting")
        row[1].set_xlabel(
            f"share of frames right at all {int(points):,} points of {shown(grid, 'attacks')}"
        )
        row[0].set_yticks(range(len(models)), [shown(one["model"], "models") for one in models])
        row[1].tick_params(labelleft=False)
        share_of_majority(row[1], models[0]["constant_accuracy"], upright=True)
        for place, axes in enumerate(row):
            letter(axes, 2 * number + place)
    handles = _handles(known) | legend_entries(figure.axes)
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=4)
    return figure


def sign_of(model: Mapping[str, Any]) -> str:
    """The kind of a model, a key of `SIGNS`."""
    if model["immune_by_construction"]:
        return "immune by construction"
    return "baseline" if model["baseline"] else "defence"


def _draw_rows(axes: Axes, models: list[dict], measure: str) -> None:
    """A mark with its interval in the row of each model; its number stands at the right."""
    for place, model in enumerate(models):
        style = {"color": INK, "markeredgecolor": INK, "markersize": SIGN, "zorder": 3}
        axes.axhline(place, color=FAINT, linewidth=HAIR, zorder=0)
        axes.errorbar(
            model[measure],
            place,
            xerr=reach(model, measure),
            elinewidth=THIN,
            **style | SIGNS[sign_of(model)],
        )
    ends = [model[f"{measure}_{end}"] for model in models for end in ("low", "high")]
    lowest, highest = (0, 1) if measure == "grid_certified" else (np.nanmin(ends), np.nanmax(ends))
    axes.set(ylim=(-0.7, len(models) - 0.3))
    axes.set_xlim(lowest - 0.02, highest + 0.02) if highest > lowest else None
    axes.tick_params(axis="y", length=0)


def _handles(table: pd.DataFrame) -> dict[str, Line2D]:
    """Entries of the legend for the kinds of models in a table."""
    drawn = {sign_of(model) for model in table.to_dict("records")}
    style = {"color": INK, "linestyle": "none", "markersize": SIGN}
    return {name: Line2D([], [], **style, **sign) for name, sign in SIGNS.items() if name in drawn}
