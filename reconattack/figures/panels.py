"""What figures share: B-mode panels, named lines, how they are saved. Their looks: `style`."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
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
APART = 0.5  # points by which lines are shifted that would hide each other
LABEL_GAP = 9.5  # points from the middle of a line's name to that of the next
MARK_HEIGHT = 0.12
MAX_PIXELS = 20_000


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw in the project's style, whatever the user's matplotlib settings."""
    with plt.rc_context(), plt.style.context("default"):
        sns.set_theme(context="paper", style="ticks", palette=COLOURS, rc=RC)
        yield


def save_figure(figure: Figure, pdf: Path | str, png: Path | str, simulated: bool) -> None:
    """Write a figure as PDF and PNG without the time of writing; mark simulated data as such."""
    save_pages([figure], pdf, png, simulated)


def save_pages(
    figures: Iterable[Figure], pdf: Path | str, png: Path | str, simulated: bool
) -> None:
    """Write figures as the pages of a PDF and the first of them as PNG, as `save_figure` does."""
    with replacing(pdf) as temporary, PdfPages(temporary, metadata={"CreationDate": None}) as pages:
        for number, figure in enumerate(figures):
            if simulated:
                mark_simulated(figure)
            pages.savefig(figure)
            if number == 0:
                _save_png(figure, png)
            plt.close(figure)


def _save_png(figure: Figure, path: Path | str) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=min(RC["savefig.dpi"], MAX_PIXELS / figure.get_figheight()))


def mark_simulated(figure: Figure) -> None:
    """Say so in the lower right corner, in a strip that the layout leaves free."""
    strip = MARK_HEIGHT / figure.get_figheight()
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().set(rect=(0, strip, 1, 1 - strip))
    figure.text(0.995, 0.005, "simulated data", ha="right", va="bottom", size=SMALL, color=GREY)


def show_bmode(axes: Axes, image: xr.Dataset, name: str = "bmode", **style) -> AxesImage:
    """Show a picture (z, x), white outside its sector: in centimetres, or where nobody knows its
    size without ticks.
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
    """Show a picture below its name, what a model says of it and the paper's parameters."""
    show_bmode(axes, image)
    values = (float(image[parameter]) for parameter in PAPER_PARAMETERS)
    axes.set_title(f"{name}, P({classes[1]}) = {probability:.3f}\n{setting(*values)}")


def show_difference(axes: Axes, original: xr.Dataset, changed: xr.Dataset) -> AxesImage:
    """Show by how many grey levels a picture changed, none in the middle of the scale."""
    levels = changed["bmode"].astype(int) - original["bmode"].astype(int)
    largest = max(1, int(np.abs(levels).max()))
    scale = {"cmap": DIFFERENCE_MAP, "vmin": -largest, "vmax": largest}
    return show_bmode(axes, original.assign(difference=levels), "difference", **scale)


def add_scale(drawn: AxesImage, place: Sequence[float], label: str) -> None:
    """Put a panel's colour scale at a place, as shares of its width and height.

    Its colours stay vectors: Matplotlib would rasterize them, and a PDF keep the whole page's
    raster in memory for each.
    """
    axes = drawn.axes
    bar = axes.figure.colorbar(drawn, cax=axes.inset_axes(place), label=label)
    bar.solids.set(rasterized=False, edgecolor=OWN)


def has_size(image: xr.Dataset) -> bool:
    """Whether a picture has coordinates in metres."""
    return "z" in image.coords


def _extent(image: xr.Dataset) -> tuple[float, float, float, float] | None:
    if not has_size(image):
        return None
    z, x = image["z"].values * CENTIMETRES, image["x"].values * CENTIMETRES
    half = (z[1] - z[0]) / 2
    return x[0] - half, x[-1] + half, z[-1] + half, z[0] - half


def cell_edges(values: np.ndarray) -> np.ndarray:
    """Edges (n + 1,) of the cells around rising values (n,), which need not be evenly spaced; of a
    single one, of a cell of width 1.
    """
    if len(values) == 1:
        return values + np.array([-0.5, 0.5])
    middles = (values[1:] + values[:-1]) / 2
    return np.concatenate(([2 * values[0] - middles[0]], middles, [2 * values[-1] - middles[-1]]))


def empty_page(text: str) -> Figure:
    """A page that says why there is nothing else."""
    figure = plt.figure(figsize=(TWO_COLUMNS, 1))
    figure.text(0.5, 0.5, text, ha="center")
    return figure


def attack_styles(attacks: Sequence[str], grids: Collection[str]) -> dict[str, dict[str, Any]]:
    """How the line of each attack looks, the same in every figure of a run.

    The first attack's is thick; colours and dashes together tell the others apart. A grid is black.
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
    """Panels below each other, of a height in inches, with room for the names of `label_lines`."""
    figure, panels = plt.subplots(
        count, 1, figsize=(TWO_COLUMNS, count * height), squeeze=False, gridspec_kw={"hspace": 0.5}
    )
    figure.subplots_adjust(
        left=0.09, right=0.72, top=1 - 0.3 / (count * height), bottom=0.5 / (count * height)
    )
    return figure, list(panels[:, 0])


def label_lines(axes: Axes, lines: Sequence[tuple[float, float, str, Mapping[str, Any]]]) -> None:
    """Name lines to the right of a panel, a leader in each line's style from its end to its name.

    Each line is x and y of its end, its name and its style; names keep the order of y and a
    distance that leaves them legible.
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
    """A parameter vector in the paper's symbols and units."""
    return (
        rf"$\beta$ = {beta:g} dB/(cm MHz)"
        "\n"
        rf"$\alpha$ = {alpha_lower:g} to {alpha_upper:g} dB"
    )
