"""Parts that several figures share: style, B-mode panels, named lines, saving."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.transforms import Bbox
from scipy.optimize import isotonic_regression

from reconattack.figures.style import (
    COLOURS,
    DASHES,
    DIFFERENCE_MAP,
    GREY,
    GRID_DASHES,
    HAIR,
    INK,
    LINE,
    MIDDLE,
    OWN,
    PICTURE_MAP,
    RC,
    SMALL,
    THICK,
    TWO_COLUMNS,
)
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.storage import replacing

CENTIMETRES = 100
POINTS = 72  # of an inch
APART = 0.5  # points by which lines are shifted so that they do not hide each other
LABEL_GAP = 9.5  # points from the middle of a line's name to that of the next
MARK_HEIGHT = 0.12
MAX_PIXELS = 20_000
LAYOUT_DECIMALS = 6  # of a figure's width and height: a thousandth of a pixel


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw in the project's style, whatever the user's matplotlib settings.

    It is a context manager, and as `@figure_style()` the decorator of functions that draw a figure.
    """
    with plt.rc_context(), plt.style.context("default"):
        sns.set_theme(context="paper", style="ticks", palette=COLOURS, rc=RC)
        yield


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


def settle_layout(figure: Figure) -> None:
    """Lay a figure out once, and round the places of its axes.

    The last digits of Matplotlib's constrained layout can differ from process to process, and with
    them the bytes of a file.
    """
    if figure.get_layout_engine() is None:
        return
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        corners = axes.get_position(original=True).get_points()
        axes.set_position(Bbox(corners.round(LAYOUT_DECIMALS)))


def _save_png(figure: Figure, path: Path | str) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=min(RC["savefig.dpi"], MAX_PIXELS / figure.get_figheight()))


def mark_simulated(figure: Figure) -> None:
    """Write "simulated data" in the lower right corner, in a strip outside the layout."""
    strip = MARK_HEIGHT / figure.get_figheight()
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().set(rect=(0, strip, 1, 1 - strip))
    figure.text(0.995, 0.005, "simulated data", ha="right", va="bottom", size=SMALL, color=GREY)


def show_bmode(axes: Axes, image: xr.Dataset, name: str = "bmode", **style) -> AxesImage:
    """Show an image (z, x), white outside its sector.

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
    picture = np.ma.masked_where(~image["sector"].values, image[name].values)
    style = {"cmap": PICTURE_MAP, "vmin": 0, "vmax": 255} | style
    drawn = axes.imshow(picture, extent=_extent(image), interpolation="none", **style)
    axes.set(xlabel="", ylabel="")
    axes.tick_params(length=2)
    if not has_size(image):
        axes.set(xticks=[], yticks=[])
    return drawn


def show_setting(
    axes: Axes, image: xr.Dataset, name: str, probability: float, classes: Sequence[str]
) -> None:
    """Show an image below its name, its probability of fatty liver and the paper's parameters."""
    show_bmode(axes, image)
    values = (float(image[parameter]) for parameter in PAPER_PARAMETERS)
    axes.set_title(f"{name}, P({classes[1]}) = {probability:.3f}\n{setting(*values)}")


def show_difference(axes: Axes, original: xr.Dataset, changed: xr.Dataset) -> AxesImage:
    """Show by how many grey levels an image changed; no change is the middle of the scale."""
    levels = changed["bmode"].astype(int) - original["bmode"].astype(int)
    largest = max(1, int(np.abs(levels).max()))
    scale = {"cmap": DIFFERENCE_MAP, "vmin": -largest, "vmax": largest}
    return show_bmode(axes, original.assign(difference=levels), "difference", **scale)


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
    figure = plt.figure(figsize=(TWO_COLUMNS, 1))
    figure.text(0.5, 0.5, text, ha="center")
    return figure


def attack_styles(attacks: Sequence[str], grids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Style of each attack's line, the same in every figure of a run.

    The first attack has a thick line. The others differ in colour and dash. A grid is black.
    """
    return {
        attack: {
            "color": INK if attack in grids else COLOURS[number % len(COLOURS)],
            "linestyle": GRID_DASHES if attack in grids else DASHES[number % len(DASHES)],
            "linewidth": THICK if number == 0 else LINE,
        }
        for number, attack in enumerate(attacks)
    }


def named_line_panels(count: int, height: float) -> tuple[Figure, list[Axes]]:
    """Panels in one column, each `height` inches, with room for the names of `label_lines`."""
    figure, panels = plt.subplots(
        count, 1, figsize=(TWO_COLUMNS, count * height), squeeze=False, gridspec_kw={"hspace": 0.5}
    )
    figure.subplots_adjust(
        left=0.09, right=0.72, top=1 - 0.3 / (count * height), bottom=0.5 / (count * height)
    )
    return figure, list(panels[:, 0])


def label_lines(axes: Axes, lines: Sequence[tuple[float, float, str, Mapping[str, Any]]]) -> None:
    """Write the names of lines to the right of a panel.

    A leader in the line's style goes from its end to its name. The names keep the order of y and a
    legible distance.

    Parameters
    ----------
    axes
        The panel.
    lines
        For each line x and y of its end, in data units, its name and its style.
    """
    if not lines:
        return
    lines = sorted(lines, key=lambda line: line[1])
    bottom, top = axes.get_ylim()
    height = axes.figure.get_size_inches()[1] * axes.get_position().height * POINTS
    gap = LABEL_GAP / height * (top - bottom)
    offsets = gap * np.arange(len(lines))
    ends = np.array([y for _, y, _, _ in lines])
    places = isotonic_regression(ends - offsets).x
    places = np.clip(places, bottom, max(bottom, top - offsets[-1])) + offsets
    right = axes.get_yaxis_transform()
    for place, (x, y, name, style) in zip(places, lines, strict=True):
        axes.plot([x, axes.get_xlim()[1]], [y, y], **style | {"alpha": 0.35, "linewidth": HAIR})
        axes.plot([1, 1.04, 1.10], [y, place, place], transform=right, clip_on=False, **style)
        axes.text(1.11, place, name, transform=right, va="center", size=MIDDLE)


def setting(beta: float, alpha_lower: float, alpha_upper: float) -> str:
    """The paper's parameters with their symbols and units, in two lines."""
    return (
        rf"$\beta$ = {beta:g} dB/(cm MHz)"
        "\n"
        rf"$\alpha$ = {alpha_lower:g} to {alpha_upper:g} dB"
    )
