"""The contact sheet: a panel per frame, with its diagnosis and the outline of its liver."""

import textwrap
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.figures.panels import CENTIMETRES, has_size, show_bmode
from reconattack.figures.style import FLIPPED, GREY, HAIR, SMALL, TWO_COLUMNS
from reconattack.frames.frame import caption

PANELS_IN_A_ROW = 6
TITLE_WIDTH = 24  # characters


def draw_contact_sheet(
    pictures: Sequence[tuple[Mapping[str, Any], xr.Dataset]],
    classes: Sequence[str],
    simulated: Collection[str] = (),
) -> Figure:
    """Draw a panel per picture, in their order.

    Parameters
    ----------
    pictures
        `cohort` and `frame`, and an image or an unreadable frame.
    classes
        Words for the labels 0 and 1.
    simulated
        Cohorts whose panels are marked as simulated.
    """
    rows = -(-len(pictures) // PANELS_IN_A_ROW)
    figure, panels = plt.subplots(
        rows,
        PANELS_IN_A_ROW,
        figsize=(TWO_COLUMNS, 1.25 * rows + 0.2),
        squeeze=False,
        layout="constrained",
    )
    for axes in panels.flat:
        axes.set_axis_off()
    for axes, (known, picture) in zip(panels.flat, pictures, strict=False):
        _draw_picture(axes, picture)
        title = [known["frame"], *caption(picture.attrs, classes).split(", ")]
        if known["cohort"] in simulated:
            title.append("simulated")
        lines = [part for line in title for part in textwrap.wrap(line, TITLE_WIDTH)]
        axes.set_title("\n".join(lines), size=SMALL, pad=2)
    return figure


def _draw_picture(axes: Axes, picture: xr.Dataset) -> None:
    if "error" in picture.attrs:
        axes.text(0.5, 0.5, "unreadable", ha="center", va="center", color=GREY)
        return
    show_bmode(axes, picture)
    if "liver" in picture:
        _outline_liver(axes, picture)


def _outline_liver(axes: Axes, picture: xr.Dataset) -> None:
    """Draw the edge of the liver on a picture that is shown in centimetres or in pixels."""
    z, x = (
        picture[name].values * CENTIMETRES if has_size(picture) else np.arange(picture.sizes[name])
        for name in ("z", "x")
    )
    liver = picture["liver"].values.astype(float)
    axes.contour(x, z, liver, levels=[0.5], colors=[FLIPPED], linewidths=HAIR)
