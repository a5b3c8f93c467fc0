"""Parts that several figures share: style, B-mode panels, named lines, saving."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from reconattack.classifiers.resize.places import Side, sides
from reconattack.figures.look import figure_style, inches, letter, style_in_use
from reconattack.figures.style import (
    DARK,
    DASHES,
    DIFFERENCE_MAP,
    FAINT,
    GRID_DASHES,
    INK,
    LINE,
    OWN,
    PICTURE_MAP,
    RC,
    SERIES,
    THICK,
    THIN,
    TWO_COLUMNS,
)
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.storage import replacing

CENTIMETRES = 100
POINTS = 72  # of an inch
MAJORITY = "always the more frequent label"
APART = 0.5  # points by which lines are shifted so that they do not hide each other
MARK_HEIGHT = 1.5  # of the strip below a figure, in sizes of text
MAX_PIXELS = 20_000
LAYOUT_DECIMALS = 6  # of a figure's width and height: a thousandth of a pixel


def save_figure(figure: Figure, pdf: Path | str, png: Path | str, simulated: bool) -> None:
    """Write a figure as PDF and PNG.

    The files carry no time of writing, so that the same figure gives the same bytes.

    Parameters
    ----------
    figure
        The figure, which is closed.
    pdf, png
        Paths of the files.
    simulated
        Whether to mark the figure as one of simulated data.
    """
    save_pages([figure], pdf, png, simulated)


@figure_style()
def save_pages(
    figures: Iterable[Figure], pdf: Path | str, png: Path | str, simulated: bool
) -> None:
    """Write figures as the pages of a PDF, and the first one as PNG too (`save_figure`).

    Each page is closed before the next one is drawn.
    """
    with replacing(pdf) as temporary, PdfPages(temporary, metadata={"CreationDate": None}) as pages:
        for number, figure in enumerate(figures):
            if simulated:
                mark_simulated(figure)
            settle_layout(figure)
            pages.savefig(figure)
            if number == 0:
                _save_png(figure, png)
            plt.close(figure)


def pages_of(heights: Sequence[float], room: float) -> list[slice]:
    """Share parts of a figure among pages, in their order: a slice of the parts for each page.

    Parameters
    ----------
    heights
        Height of each part [inches].
    room
        Height of a page. A part that is higher has a page of its own.
    """
    firsts, used = [0], 0.0
    for number, height in enumerate(heights):
        if used and used + height > room:
            firsts.append(number)
            used = 0.0
        used += height
    return [slice(*ends) for ends in pairwise([*firsts, len(heights)])]


def settle_layout(figure: Figure) -> None:
    """Lay a figure out once, and round the places of its axes.

    The last digits of Matplotlib's constrained layout can differ from process to process, and with
    them the bytes of a file.
    """
    if figure.get_layout_engine() is None:
        return
    figure.get_layout_engine().execute(figure)
    figure.set_layout_engine(None)
    for axes in figure.axes:
        corners = axes.get_position(original=True).get_points()
        axes.set_position(Bbox(corners.round(LAYOUT_DECIMALS)))


@figure_style()
def save_sheet(figure: Figure, png: Path | str) -> None:
    """Write a figure of any height as PNG alone, for the screen. The figure is closed."""
    settle_layout(figure)
    _save_png(figure, png)
    plt.close(figure)


def _save_png(figure: Figure, path: Path | str) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=min(RC["savefig.dpi"], MAX_PIXELS / figure.get_figheight()))


def mark_simulated(figure: Figure) -> None:
    """Write "simulated data" in the lower right corner, in a strip outside the layout."""
    strip = MARK_HEIGHT * style_in_use().text / POINTS / figure.get_figheight()
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().set(rect=(0, strip, 1, 1 - strip))
    figure.text(0.995, 0.005, "simulated data", ha="right", va="bottom", color=DARK)


def show_bmode(axes: Axes, image: xr.Dataset, name: str = "bmode", **style) -> AxesImage:
    """Show an image (z, x), white outside its sector; a picture frame's is shown whole.

    The axes are in centimetres. Those of an image of unknown size have no ticks.

    Parameters
    ----------
    axes
        The panel.
    image
        A B-mode image (`reconattack.frames.image.label_image`).
    name
        The variable of the image to show.
    style
        Options of `Axes.imshow`.
    """
    hidden = ~image["sector"].values & (image.attrs.get("kind") != "image")
    picture = np.ma.masked_where(hidden, image[name].values)
    style = {"cmap": PICTURE_MAP, "vmin": 0, "vmax": 255} | style
    drawn = axes.imshow(picture, extent=_extent(image), interpolation="none", **style)
    axes.set(xlabel="", ylabel="")
    axes.tick_params(length=2)
    if not has_size(image):
        axes.set(xticks=[], yticks=[])
    return drawn


def show_setting(
    axes: Axes,
    number: int,
    image: xr.Dataset,
    name: str,
    answer: str,
) -> None:
    """Show an image as a panel, with what is decided on it and the paper's parameters."""
    show_bmode(axes, image)
    values = (float(image[parameter]) for parameter in PAPER_PARAMETERS)
    letter(axes, number, f"{name}, {answer}\n{setting(*values)}")


def show_difference(axes: Axes, original: xr.Dataset, changed: xr.Dataset) -> AxesImage:
    """Show by how many grey levels an image changed; no change is the middle of the scale."""
    levels = changed["bmode"].astype(int) - original["bmode"].astype(int)
    largest = max(1, int(np.abs(levels).max()))
    scale = {"cmap": DIFFERENCE_MAP, "vmin": -largest, "vmax": largest}
    axes.set_facecolor(FAINT)  # outside the sector: white is no change
    return show_bmode(axes, original.assign(difference=levels), "difference", **scale)


def centimetre_axes(panels: Sequence[Axes], image: xr.Dataset) -> None:
    """Name the axes of B-mode panels side by side, with ticks at whole numbers that keep apart.

    `image` is one of those that they show; panels of images of unknown size keep bare axes.
    """
    if not has_size(image):
        return
    for axes in panels:
        axes.set_xlabel("lateral (cm)")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    panels[0].set_ylabel("depth (cm)")


def add_scale(drawn: AxesImage, place: Sequence[float], label: str) -> None:
    """Add the colour scale of a panel.

    `place` is left, bottom, width and height as shares of the panel's width and height. The
    colours stay vectors: Matplotlib would rasterize them, and a PDF would keep a raster of the
    whole page in memory for each scale.
    """
    axes = drawn.axes
    bar = axes.figure.colorbar(drawn, cax=axes.inset_axes(place), label=label)
    bar.solids.set(rasterized=False, edgecolor=OWN)


def has_size(image: xr.Dataset) -> bool:
    """Whether an image has coordinates in metres."""
    return "z" in image.coords


def pixel_places(
    image: xr.Dataset, shape: tuple[int, int], resize: Mapping[str, Any] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Where the pixels of a network's input lie in the panel of an image.

    Parameters
    ----------
    image
        The image that was brought to the input.
    shape
        Height and width of the input.
    resize
        How it was brought there, as configurations declare it; None for the image's own size.

    Returns
    -------
    tuple of numpy.ndarray
        Across, (width,), and down, (height,): centimetres, or pixels if the image has no size.
    """
    declared = resize or {}
    library, aspect = declared.get("library", ""), declared.get("aspect", "stretch")
    rows, columns = image["bmode"].shape
    down, across = sides(library, aspect, (rows, columns), shape, declared.get("crop"))
    left, right, bottom, top = _extent(image) or (-0.5, columns - 0.5, rows - 0.5, -0.5)
    height, width = shape
    return (
        left + _in_image(across, width) * (right - left) / columns,
        top + _in_image(down, height) * (bottom - top) / rows,
    )


def _in_image(side: Side, count: int) -> np.ndarray:
    """Where the centres of an input's pixels lie along an image, in its pixels, (count,)."""
    step = (side.stop - side.start) / side.filled
    return side.start + (np.arange(count) + 0.5 - side.before) * step


def _extent(image: xr.Dataset) -> tuple[float, float, float, float] | None:
    if not has_size(image):
        return None
    z, x = image["z"].values * CENTIMETRES, image["x"].values * CENTIMETRES
    half = (z[1] - z[0]) / 2
    return x[0] - half, x[-1] + half, z[-1] + half, z[0] - half


def cell_edges(values: np.ndarray) -> np.ndarray:
    """Edges (n + 1,) of the cells around increasing values (n,), evenly spaced or not.

    The cell of a single value has width 1.
    """
    if len(values) == 1:
        return values + np.array([-0.5, 0.5])
    middles = (values[1:] + values[:-1]) / 2
    return np.concatenate(([2 * values[0] - middles[0]], middles, [2 * values[-1] - middles[-1]]))


def reach(row: Mapping[str, float], name: str) -> np.ndarray:
    """How far the interval of a value extends below and above it, (2, 1); NaN without an interval.

    `row` has the value under `name` and the interval under `{name}_low` and `{name}_high`.
    """
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    return np.array([[max(value - low, 0)], [max(high - value, 0)]])


def legend_entries(panels: Iterable[Axes]) -> dict[str, Artist]:
    """The labelled lines and patches of panels, one for each label."""
    return {
        label: handle
        for axes in panels
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }


@figure_style()
def empty_page(text: str) -> Figure:
    """A page with one sentence, for a document without any other page."""
    figure = plt.figure(figsize=inches(TWO_COLUMNS, 1))
    figure.text(0.5, 0.5, text, ha="center")
    return figure


def attack_styles(attacks: Sequence[str], grids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Style of each attack's line, the same in every figure of a run.

    The first attack has a thick line. The others differ in colour and dash. A grid is black.
    """
    return {
        attack: {
            "color": INK if attack in grids else SERIES[number % len(SERIES)],
            "linestyle": GRID_DASHES if attack in grids else DASHES[number % len(DASHES)],
            "linewidth": THICK if number == 0 else LINE,
        }
        for number, attack in enumerate(attacks)
    }


def share_of_majority(axes: Axes, share: float, upright: bool = False) -> None:
    """Draw the accuracy of an answer that is always the more frequent label, with its name."""
    style = {"color": DARK, "linewidth": THIN, "linestyle": GRID_DASHES, "label": MAJORITY}
    (axes.axvline if upright else axes.axhline)(share, **style, zorder=1)


def setting(beta: float, alpha_lower: float, alpha_upper: float) -> str:
    """The paper's parameters with their symbols and units, in two lines."""
    return (
        rf"$\beta$ = {beta:.3g} dB/(cm MHz)"
        "\n"
        rf"$\alpha$ = {alpha_lower:.3g} to {alpha_upper:.3g} dB"
    )
