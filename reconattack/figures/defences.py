"""The cost of robustness: grid-certified accuracy of each model against its clean AUC."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reconattack.errors import InputError
from reconattack.figures.panels import (
    LABEL_GAP,
    POINTS,
    attack_styles,
    figure_style,
    label_lines,
    named_line_panels,
    reach,
)
from reconattack.figures.style import COLOURS, FAINT, HAIR, INK, PAPER, SIGN, THIN

LEAST_HEIGHT, AROUND = 3.2, 0.8  # inches
NAMES_FROM = 0.62  # of the width
MARGIN = 0.03
SIGNS = {
    "baseline": {"marker": "s", "fillstyle": "full"},
    "defence": {"marker": "o", "fillstyle": "full"},
    "immune by construction": {"marker": "D", "fillstyle": "none"},
}


@figure_style()
def draw_defences(table: pd.DataFrame) -> Figure:
    """Draw a panel per lattice: a point per model, with its intervals, named beside the panel.

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
    lattices = known.groupby(["grid", "grid_points"], sort=False)
    rows = lattices.size().max()
    height = max(LEAST_HEIGHT, AROUND + rows * LABEL_GAP / POINTS)
    figure, panels = named_line_panels(lattices.ngroups, height)
    figure.subplots_adjust(right=NAMES_FROM)
    styles = model_styles(table)
    for axes, ((grid, points), models) in zip(panels, lattices, strict=True):
        _draw_panel(axes, models, styles)
        axes.set(
            xlabel=f"clean AUC ({models['n_frames'].max()} frames)",
            ylabel=f"right at all {int(points):,} points of {grid}",
        )
    panels[0].legend(
        handles=_handles(table), loc="lower left", bbox_to_anchor=(0, 1), ncols=len(SIGNS)
    )
    return figure


def model_styles(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Colour and dash of each model; the baseline is black."""
    baseline = table.loc[table["baseline"], "model"]
    others = attack_styles(table.loc[~table["baseline"], "model"], ())
    known = {name: style | {"linewidth": THIN} for name, style in others.items()}
    return known | {name: {"color": INK, "linestyle": "-", "linewidth": THIN} for name in baseline}


def sign_of(model: Mapping[str, Any]) -> str:
    """The kind of a model, a key of `SIGNS`."""
    if model["immune_by_construction"]:
        return "immune by construction"
    return "baseline" if model["baseline"] else "defence"


def _draw_panel(axes: Axes, models: pd.DataFrame, styles: Mapping[str, Mapping[str, Any]]) -> None:
    ends = models[["auc", "auc_low"]].min().min()
    axes.set(xlim=(max(0, min(0.5, ends) - MARGIN), 1 + MARGIN), ylim=(-MARGIN, 1 + MARGIN))
    if axes.get_xlim()[0] < 0.5:
        axes.axvline(0.5, color=FAINT, linewidth=HAIR, zorder=0)
    names = []
    for model in models.to_dict("records"):
        x, y = model["auc"], model["grid_certified"]
        style = styles[model["model"]]
        _draw_interval(axes, model, style)
        sign = SIGNS[sign_of(model)]
        white = {"markerfacecolor": PAPER} if sign["fillstyle"] == "none" else {}
        axes.plot(
            x,
            y,
            marker=sign["marker"],
            markersize=SIGN,
            color=style["color"],
            label=model["model"],
            zorder=3,
            **white,
        )
        names.append((x, y, f"{model['model']}: {x:.2f}, {y:.2f}", style))
    label_lines(axes, names)


def _draw_interval(axes: Axes, model: Mapping[str, Any], style: Mapping[str, Any]) -> None:
    """Bars of both intervals, with the dashes of the line to the name."""
    bars = axes.errorbar(
        model["auc"],
        model["grid_certified"],
        xerr=reach(model, "auc"),
        yerr=reach(model, "grid_certified"),
        color=style["color"],
        elinewidth=THIN,
        capsize=1.5,
    )
    for bar in bars.lines[2]:
        bar.set_linestyle(style["linestyle"])


def _handles(table: pd.DataFrame) -> list[Line2D]:
    """Entries of the legend for the kinds of models in a table."""
    drawn = {sign_of(model) for model in table.to_dict("records")}
    return [
        Line2D(
            [],
            [],
            color=INK if name == "baseline" else COLOURS[0],
            linestyle="none",
            markersize=SIGN,
            label=name,
            **style,
        )
        for name, style in SIGNS.items()
        if name in drawn
    ]
