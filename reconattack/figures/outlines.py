"""Attacked frames with the outlines of the model's masks before and after the attack."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reconattack.evidence.outlines import Outlined
from reconattack.figures.look import figure_style, inches, letter, shown
from reconattack.figures.panels import centimetre_axes, pixel_places, show_bmode
from reconattack.figures.style import FLIPPED, KEPT, LINE, SERIES, TWO_COLUMNS

HEIGHT, LEGEND_HEIGHT = 2.2, 0.3  # inches
BEFORE = {"color": KEPT, "linestyle": "-", "linewidth": LINE}
AFTER = {"color": FLIPPED, "linestyle": "--", "linewidth": LINE}
GIVEN = {"color": SERIES[2], "linestyle": ":", "linewidth": LINE}


@figure_style()
def draw_outlines(
    cases: Sequence[Outlined], table: pd.DataFrame, resize: Mapping[str, Any] | None
) -> Figure:
    """Draw for each frame the original with its outline, above the attacked image with both.

    The outline of a given mask is in both.

    Parameters
    ----------
    cases
        The frames.
    table
        Their structures, the result of `reconattack.evidence.outlines.outline_table`.
    resize
        How images were brought to the model's input; None for their own size.
    """
    figure, panels = plt.subplots(
        2,
        len(cases),
        figsize=inches(TWO_COLUMNS, 2 * HEIGHT + LEGEND_HEIGHT),
        squeeze=False,
        layout="constrained",
    )
    for number, case in enumerate(cases):
        above, below = panels[:, number]
        show_bmode(above, case.images[0])
        show_bmode(below, case.images[1])
        _draw_outline(above, case.images[0], case.masks[0], resize, BEFORE)
        _draw_outline(below, case.images[0], case.masks[0], resize, BEFORE)
        _draw_outline(below, case.images[1], case.masks[1], resize, AFTER)
        if case.given is not None:
            for axes in (above, below):
                _draw_outline(axes, case.images[0], case.given, resize, GIVEN)
        own = table[table["frame"] == case.row["frame"]]
        letter(above, number, f"{case.row['frame']}\n{areas(own, 'initial')}")
        outcome = "flipped" if case.row["success"] else "kept"
        attack = shown(case.row["attack"], "attacks")
        letter(below, len(cases) + number, f"{attack}: {outcome}\n{change(own)}")
    for row in panels:
        centimetre_axes(row, cases[0].images[0])
    for axes in panels[0]:
        axes.set_xlabel("")
    handles = [
        Line2D([], [], label="mask at the initial setting", **BEFORE),
        Line2D([], [], label="mask after the attack", **AFTER),
    ]
    if any(case.given is not None for case in cases):
        handles.append(Line2D([], [], label="given mask", **GIVEN))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def areas(rows: pd.DataFrame, when: str) -> str:
    """Area of the structures at one setting; of several, that whose Dice is the lowest."""
    row = rows.loc[rows["dice"].idxmin()]
    return f"{row['structure']}: area {100 * row[f'area_{when}']:.1f} %"


def change(rows: pd.DataFrame) -> str:
    """Dice, area and shift of the structure whose Dice is the lowest."""
    row = rows.loc[rows["dice"].idxmin()]
    shift = row["centroid_shift"]
    moved = "no centroid" if np.isnan(shift) else f"centroid moves {100 * shift:.1f} %"
    return f"Dice {row['dice']:.2f}, area {100 * row['area_final']:.1f} %, {moved}"


def _draw_outline(
    axes: Axes,
    image: xr.Dataset,
    mask: np.ndarray,
    resize: Mapping[str, Any] | None,
    style: Mapping[str, Any],
) -> None:
    """Draw the outline of each structure of a mask over its image."""
    across, down = pixel_places(image, mask.shape, resize)
    for number in np.unique(mask[mask > 0]):
        axes.contour(
            across,
            down,
            (mask == number).astype(float),
            levels=[0.5],
            colors=[style["color"]],
            linestyles=[style["linestyle"]],
            linewidths=[style["linewidth"]],
        )
