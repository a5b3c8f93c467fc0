"""The contact sheet: a panel per frame, with its diagnosis and the outline of its liver."""

import textwrap
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.figures.look import figure_style, inches, shown
from reconattack.figures.panels import CENTIMETRES, has_size, show_bmode
from reconattack.figures.style import (
    FLIPPED,
    GREY,
    HAIR,
    INK,
    LOUD,
    PICTURE_MAP,
    SMALL,
    TWO_COLUMNS,
)
from reconattack.frames.frame import caption

PANELS_IN_A_ROW = 6
TITLE_WIDTH = 24  # characters
GROUND = "0.75"  # outside the sector: neither black nor white, which pictures are


@figure_style()
def draw_contact_sheet(
    pictures: Sequence[tuple[Mapping[str, Any], xr.Dataset]],
    classes: Sequence[str],
    simulated: Collection[str] = (),
) -> Figure:
    """Draw a panel per picture, in their order.

    Parameters
    ----------
    pictures
        `cohort`, `frame` and `level_shift`, what was added to the scanner's reference level for
        this picture alone [dB], and an image or an unreadable frame.
    classes
        Words for the labels 0 and 1.
    simulated
        Simulated cohorts: their panels are marked, or the whole sheet if there are no others.
    """
    rows = -(-len(pictures) // PANELS_IN_A_ROW)
    figure, panels = plt.subplots(
        rows,
        PANELS_IN_A_ROW,
        figsize=inches(TWO_COLUMNS, 1.25 * rows + 0.2),
        squeeze=False,
        layout="constrained",
    )
    all_simulated = {known["cohort"] for known, _ in pictures} <= set(simulated)
    if all_simulated:
        figure.suptitle("SIMULATED DATA", size=LOUD, weight="bold")
    for axes in panels.flat:
        axes.set_axis_off()
    for axes, (known, picture) in zip(panels.flat, pictures, strict=False):
        _draw_picture(axes, picture)
        title = [shown(known["frame"]), *caption(picture.attrs, classes).split(", ")]
        if known["cohort"] in simulated and not all_simulated:
            title.append("simulated")
        if known["level_shift"]:
            title.append(f"level {known['level_shift']:+.1f} dB".replace("-", "\N{MINUS SIGN}"))
        lines = [part for line in title for part in textwrap.wrap(line, TITLE_WIDTH)]
        axes.set_title("\n".join(lines), size=SMALL, pad=2)
    return figure


def _draw_picture(axes: Axes, picture: xr.Dataset) -> None:
    if "error" in picture.attrs:
        axes.text(0.5, 0.5, "unreadable", ha="center", va="center", color=GREY)
        return
    show_bmode(axes, picture, cmap=plt.get_cmap(PICTURE_MAP).with_extremes(bad=GROUND))
    _outline(axes, picture, "sector", INK)
    if "liver" in picture:
        _outline(axes, picture, "liver", FLIPPED)


def _outline(axes: Axes, picture: xr.Dataset, name: str, colour: Any) -> None:
    """Draw the edge of an area on a picture that is shown in centimetres or in pixels.

    A row of pixels around the picture lies outside the area, so that the edge is closed.
    """
    z, x = (
        picture[name].values * CENTIMETRES if has_size(picture) else np.arange(picture.sizes[name])
        for name in ("z", "x")
    )
    z, x = (np.array([2 * at[0] - at[1], *at, 2 * at[-1] - at[-2]]) for at in (z, x))
    area = np.pad(picture[name].values.astype(float), 1)
    axes.contour(x, z, area, levels=[0.5], colors=[colour], linewidths=HAIR)
