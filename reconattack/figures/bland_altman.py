"""Bland-Altman plots: a model's numbers against the true ones, and after an attack the first ones.

Bland and Altman, Lancet 1986;327:307.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.evidence.agreement_of_numbers import INITIAL, LINES
from reconattack.figures.look import differing, figure_style, inches, letter, shown
from reconattack.figures.panels import legend_entries, pages_of
from reconattack.figures.style import (
    DARK,
    FLIPPED,
    GREY,
    GRID_DASHES,
    HIGHEST,
    INK,
    KEPT,
    LINE,
    ONE_COLUMN,
    SIGN,
    THIN,
    TWO_COLUMNS,
)

ACROSS = 3  # panels side by side
ROW_HEIGHT, LEGEND_HEIGHT = 2.3, 0.45  # inches
NAME_WIDTH = 28  # letters of a title in a line
END = 1.03  # place of intervals, in widths of the panel
DASHED = {"bias": "-", "lower_limit": "--", "upper_limit": "--"}
POINTS = {  # by whether the frame flips; None at the initial setting
    None: ("o", DARK, "at the initial setting"),
    False: ("o", KEPT, "after the attack, kept"),
    True: ("D", FLIPPED, "after the attack, flipped"),
}


def draw_bland_altman(table: pd.DataFrame, thresholds: Mapping[str, float]) -> Iterator[Figure]:
    """Draw a panel at the initial setting and one for each attack, for each model and seed.

    Panels beyond the height of a journal's page are on further pages.

    Parameters
    ----------
    table
        The result of `reconattack.evidence.agreement_of_numbers.agreement_points`.
    thresholds
        The declared threshold of each model that has one.
    """
    groups = [
        (key, rows) for key, rows in table.groupby(["model", "seed", "comparison"], sort=False)
    ]
    keys = [(model, seed) for (model, seed, _), _ in groups]
    names = dict(zip(keys, differing(keys), strict=True))
    titled = [
        (_title(names[model, seed], comparison), rows, thresholds.get(model))
        for (model, seed, comparison), rows in groups
    ]
    across = min(ACROSS, len(titled))
    rows = [titled[first : first + across] for first in range(0, len(titled), across)]
    for page in pages_of([ROW_HEIGHT] * len(rows), HIGHEST - LEGEND_HEIGHT):
        yield _draw_page(rows[page], across, page.start * across)


def _title(name: str, comparison: str) -> str:
    what = "initial setting" if comparison == INITIAL else shown(comparison, "attacks")
    return f"{name}, {what}" if name else what


@figure_style()
def _draw_page(
    rows: Sequence[Sequence[tuple[str, pd.DataFrame, float | None]]], across: int, drawn: int
) -> Figure:
    """Draw some rows of panels; `drawn` is the number of panels on the pages before."""
    figure, panels = plt.subplots(
        len(rows),
        across,
        figsize=inches(
            ONE_COLUMN if across == 1 else TWO_COLUMNS, ROW_HEIGHT * len(rows) + LEGEND_HEIGHT
        ),
        squeeze=False,
        layout="constrained",
    )
    for axes_of_row, row in zip(panels, rows, strict=True):
        for axes, (title, points, threshold) in zip(axes_of_row, row, strict=False):
            _draw_panel(axes, points, threshold)
            letter(axes, drawn, textwrap.fill(title, NAME_WIDTH))
            drawn += 1
        for axes in axes_of_row[len(row) :]:
            axes.set_axis_off()
    handles = legend_entries(panels.flat)
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=min(across + 1, 3))
    return figure


def _draw_panel(axes: Axes, points: pd.DataFrame, threshold: float | None) -> None:
    """Draw the points of one comparison with bias, limits of agreement and threshold."""
    first = points.iloc[0]
    for flips, (marker, colour, label) in POINTS.items():
        own = points[points["flipped"].isna() if flips is None else points["flipped"].eq(flips)]
        if len(own):
            style = {"color": colour, "markersize": SIGN, "linestyle": "none", "label": label}
            axes.plot(own["mean"], own["difference"], marker, **style)
    axes.axhline(0, color=GREY, linewidth=THIN, linestyle=GRID_DASHES, zorder=0)
    for name in LINES:
        value, low, high = (first[f"{name}{end}"] for end in ("", "_low", "_high"))
        label = "mean difference" if name == "bias" else "95 % limits of agreement"
        if np.isfinite(value):
            axes.axhline(value, color=INK, linewidth=LINE, linestyle=DASHED[name], label=label)
        if np.isfinite([low, high]).all():
            at_the_end = {"transform": axes.get_yaxis_transform(), "clip_on": False}
            style = {"color": INK, "linewidth": THIN, "markersize": SIGN, "label": "95 % intervals"}
            axes.plot([END, END], [low, high], "_-", **style, **at_the_end)
    if threshold is not None:
        style = {"color": INK, "linewidth": THIN, "linestyle": "-."}
        axes.axvline(threshold, **style, label="threshold")
    unit = "" if first["unit"] == "1" else f" ({first['unit']})"
    pair = ("model", "truth") if first["comparison"] == INITIAL else ("attacked", "initial")
    axes.set(
        xlabel=f"mean of {pair[0]} and {pair[1]}{unit}",
        ylabel=f"{pair[0]} \N{MINUS SIGN} {pair[1]}{unit}",
    )
