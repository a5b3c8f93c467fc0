"""Draw what each model's robustness costs: grid-certified accuracy against clean AUC."""

from collections.abc import Mapping
from typing import Any

import numpy as np
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
    save_figure,
)
from reconattack.figures.style import COLOURS, FAINT, HAIR, INK, PAPER, SIGN, THIN
from reconattack.run.jobs import job
from reconattack.storage import read_table

LEAST_HEIGHT, AROUND = 3.2, 0.8  # inches
NAMES_FROM = 0.62  # of the width
MARGIN = 0.03
SIGNS = {
    "baseline": {"marker": "s", "fillstyle": "full"},
    "defence": {"marker": "o", "fillstyle": "full"},
    "immune by construction": {"marker": "D", "fillstyle": "none"},
}


def defences(table: str, pdf: str, png: str, simulated: bool) -> None:
    """Draw the table of defences."""
    with figure_style():
        save_figure(draw_defences(read_table(table)), pdf, png, simulated)


def draw_defences(table: pd.DataFrame) -> Figure:
    """A panel per lattice: a point per model, with its intervals, named beside the panel."""
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
    """Which of `SIGNS` stands for a model."""
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
            *(x, y),
            **{"marker": sign["marker"], "markersize": SIGN, "color": style["color"]} | white,
            label=model["model"],
            zorder=3,
        )
        names.append((x, y, f"{model['model']}: {x:.2f}, {y:.2f}", style))
    label_lines(axes, names)


def _draw_interval(axes: Axes, model: Mapping[str, Any], style: Mapping[str, Any]) -> None:
    """Bars of both intervals, dashed as the line to the name."""
    bars = axes.errorbar(
        *(model["auc"], model["grid_certified"]),
        xerr=_reach(model, "auc"),
        yerr=_reach(model, "grid_certified"),
        color=style["color"],
        elinewidth=THIN,
        capsize=1.5,
    )
    for bar in bars.lines[2]:
        bar.set_linestyle(style["linestyle"])


def _reach(model: Mapping[str, Any], name: str) -> np.ndarray:
    """How far an interval reaches below and above, (2, 1); nan where there is none."""
    value, low, high = (model[key] for key in (name, f"{name}_low", f"{name}_high"))
    return np.array([[max(value - low, 0)], [max(high - value, 0)]])


def _handles(table: pd.DataFrame) -> list[Line2D]:
    """What the signs mean that are drawn."""
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


if __name__ == "__main__":
    with job(snakemake.log[0]):
        defences(
            table=snakemake.input.table,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
