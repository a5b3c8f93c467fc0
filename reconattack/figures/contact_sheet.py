"""The contact sheet: a panel per frame, with its diagnosis and the outline of its liver."""

import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.figures.look import figure_style, inches
from reconattack.figures.panels import CENTIMETRES, has_size, show_bmode
from reconattack.figures.style import (
    FLIPPED,
    GREY,
    HAIR,
    HIGHEST,
    INK,
    LOUD,
    PICTURE_MAP,
    SERIES,
    SMALL,
    TWO_COLUMNS,
)
from reconattack.frames.frame import caption

PANELS_IN_A_ROW = 7
ROW_HEIGHT, HEAD = 1.07, 0.25  # inches
PANELS_OF_A_PAGE = PANELS_IN_A_ROW * int((HIGHEST - HEAD) / ROW_HEIGHT)
TITLE_WIDTH = 22  # characters
Picture = tuple[Mapping[str, Any], xr.Dataset]
GROUND = "0.75"  # outside the sector: neither black nor white, which pictures are


def draw_contact_pages(
    pictures: Sequence[Picture], classes: Sequence[str], simulated: Collection[str] = ()
) -> Iterator[Figure]:
    """Draw the pages of the sheet, each of a journal's height; parameters as of the whole sheet."""
    for first in range(0, len(pictures), PANELS_OF_A_PAGE):
        page = pictures[first : first + PANELS_OF_A_PAGE]
        yield draw_contact_sheet(page, classes, simulated)


@figure_style()
def draw_contact_sheet(
    pictures: Sequence[Picture], classes: Sequence[str], simulated: Collection[str] = ()
) -> Figure:
    """Draw a panel per picture, in their order, on one sheet of any height.

    Parameters
    ----------
    pictures
        `cohort`, `frame` and `level_shift`, what was added to the scanner's reference level for
        this picture alone [dB], and an image or an unreadable frame. An image with the attribute
        `error` has an outline in doubt.
    classes
        Words for the labels 0 and 1.
    simulated
        Simulated cohorts: their panels are marked, or the whole sheet if there are no others.
    """
    rows = -(-len(pictures) // PANELS_IN_A_ROW)
    figure, panels = plt.subplots(
        rows,
        PANELS_IN_A_ROW,
        figsize=inches(TWO_COLUMNS, ROW_HEIGHT * rows + HEAD),
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
        title = [known["frame"], *caption(picture.attrs, classes).split(", ")]
        if _is_in_doubt(picture):
            title.append("outline in doubt")
        if known["cohort"] in simulated and not all_simulated:
            title.append("simulated")
        if known["level_shift"]:
            title.append(f"level {known['level_shift']:+.1f} dB".replace("-", "\N{MINUS SIGN}"))
        lines = [part for line in title for part in textwrap.wrap(line, TITLE_WIDTH)]
        axes.set_title("\n".join(lines), size=SMALL, pad=2)
    return figure


def _draw_picture(axes: Axes, picture: xr.Dataset) -> None:
    if "error" in picture.attrs and not _is_in_doubt(picture):
        axes.text(0.5, 0.5, "unreadable", ha="center", va="center", color=GREY)
        return
    show_bmode(axes, picture, cmap=plt.get_cmap(PICTURE_MAP).with_extremes(bad=GROUND))
    is_whole = picture.attrs.get("kind") == "image"  # its black surround hides a black line
    colour = SERIES[2] if is_whole else INK
    _outline(axes, picture, "sector", FLIPPED if _is_in_doubt(picture) else colour)
    if "liver" in picture:
        _outline(axes, picture, "liver", FLIPPED)


def _is_in_doubt(picture: xr.Dataset) -> bool:
    return "error" in picture.attrs and "bmode" in picture


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
