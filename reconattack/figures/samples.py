"""Figure 1: B-mode images of each scanner and each class."""

from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from reconattack.figures.look import figure_style, inches, letter, shown
from reconattack.figures.panels import CENTIMETRES, has_size, show_bmode
from reconattack.figures.style import HIGHEST, INK, LINE, PAPER, THICK, THIN, TWO_COLUMNS
from reconattack.frames.chunks import frame_attributes
from reconattack.frames.frame import caption, facts
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.simulation.anatomy import draw_anatomy
from reconattack.simulation.cohort import simulate_patient

PER_CLASS = 2
ROW_HEIGHT = 1.6  # inches
BAR_CENTIMETRES = 5
ARROW = 9  # points to the side and upwards
ABOVE, CORTEX = 0.010, 0.004  # m from the edge of the kidney, into the liver and into the kidney
CLEAR = 0.004  # m from a vessel
ASIDE = np.linspace(-0.6, 0.2, 9)  # half-lengths of the kidney
Tissue = tuple[tuple[float, float], tuple[float, float]]


def choose_samples(chunks: Sequence[str]) -> dict[str, list[str]]:
    """Choose the images to show of each scanner: those of median fat fraction in each class.

    Images without a known fat fraction keep their order in the files.

    Parameters
    ----------
    chunks
        Files of images.

    Returns
    -------
    dict
        Names of the images by scanner: normal ones, fatty ones, then those without a label.
    """
    known = [
        (name, attributes)
        for chunk in chunks
        for name, attributes in frame_attributes(chunk)
        if "error" not in attributes
    ]
    chosen: dict[str, list[str]] = {attributes["scanner"]: [] for _, attributes in known}
    for scanner, names in chosen.items():
        for label in (0, 1, None):
            candidates = [
                (attributes.get("fat_fraction", 0), name)
                for name, attributes in known
                if attributes["scanner"] == scanner and attributes.get("label") == label
            ]
            names.extend(_middle(candidates))
    return chosen


def samples_table(
    chosen: Mapping[str, Sequence[str]], images: Mapping[str, xr.Dataset]
) -> pd.DataFrame:
    """Tabulate the images in the order of the panels.

    An image that was reconstructed in this run has the parameters of its reconstruction too.
    """
    rows = []
    for names in chosen.values():
        for name in names:
            image = images[name]
            setting = {key: float(image[key]) for key in PARAMETERS if key in image.coords}
            rows.append({"frame": name, **facts(image.attrs), **setting})
    return pd.DataFrame(rows).astype({"label": "Int64"})


@figure_style()
def draw_samples(
    rows: Sequence[Sequence[xr.Dataset]],
    classes: Sequence[str],
    simulated: Collection[str] = (),
    tissue: Sequence[Sequence[Tissue | None]] = (),
) -> Figure:
    """Draw a panel per image, all at one scale, whose bar is in the last of known size.

    Parameters
    ----------
    rows
        Images of each scanner, a row of panels per scanner.
    classes
        Words for the labels 0 and 1.
    simulated
        Names of the scanners to mark as simulated.
    tissue
        For each image, in the order of `rows`, a place in the liver and in the cortex of the kidney
        [m], to which arrows point; without, or with None for an image, there are no arrows.
    """
    columns = max(len(row) for row in rows)
    figure, panels = plt.subplots(
        len(rows),
        columns,
        figsize=inches(TWO_COLUMNS, min(ROW_HEIGHT * len(rows) * 4 / max(columns, 3), HIGHEST)),
        squeeze=False,
        layout="constrained",
    )
    for number, (row, images) in enumerate(zip(panels, rows, strict=True)):
        for axes, image in zip(row, images, strict=False):
            show_bmode(axes, image)
            axes.set(xticks=[], yticks=[], title=caption(image.attrs, classes))
            axes.spines[:].set_visible(False)
        for axes in row[len(images) :]:
            axes.set_axis_off()
        letter(row[0], number)
        size = "" if has_size(images[0]) else ", size unknown"
        row[0].set_ylabel(_scanner(images[0], simulated) + size)
    for row, places in zip(panels, tissue, strict=False):
        for column, (axes, known) in enumerate(zip(row, places, strict=False)):
            if known:
                _point_at(axes, known, named=column == 0)
    measured = [
        axes
        for row, images in zip(panels, rows, strict=True)
        for axes, image in zip(row, images, strict=False)
        if has_size(image)
    ]
    if measured:
        _same_scale(measured)
    return figure


def places_of_tissue(patient: str) -> Tissue:
    """A place in the liver of a simulated patient, and one in the cortex of the kidney below it.

    Both lie on one vertical line through the upper edge of the kidney, as far to the side as the
    place in the liver needs to be outside the vessels.

    Returns
    -------
    tuple
        Lateral position and depth [m] of both.
    """
    anatomy = draw_anatomy(simulate_patient(patient))
    kidney = anatomy.kidney
    places = []
    for aside in ASIDE:
        x = kidney.x + aside * kidney.semi_long
        depths = np.linspace(0, kidney.z, 1000)
        edge = depths[np.argmax(kidney.distance(x, depths) < 0)]
        liver, cortex = (x, edge - ABOVE), (x, edge + CORTEX)
        rooms = [vessel.distance(*place) for vessel in anatomy.vessels for place in (liver, cortex)]
        places.append((min(CLEAR, *rooms), -abs(aside), liver, cortex))
    _, _, liver, cortex = max(places)
    return liver, cortex


def _point_at(axes: Axes, tissue: Tissue, named: bool) -> None:
    """Point at the liver from the left and at the cortex from the right, with their names."""
    halo = [withStroke(linewidth=LINE, foreground=INK)]
    for (x, z), name, side in zip(tissue, ("liver", "kidney"), (-1, 1), strict=True):
        arrow = {"arrowstyle": "-|>,head_width=0.15,head_length=0.3", "path_effects": halo}
        note = axes.annotate(
            name if named else "",
            (x * CENTIMETRES, z * CENTIMETRES),
            xytext=(side * ARROW, ARROW),
            textcoords="offset points",
            ha="right" if side < 0 else "left",
            va="center",
            color=PAPER,
            path_effects=halo,
            arrowprops=arrow | {"color": PAPER, "linewidth": THIN, "shrinkA": 0, "shrinkB": 0},
        )
        note.set_in_layout(False)


def _same_scale(panels: Sequence[Axes]) -> None:
    """Give panels in centimetres one scale, and the last one its bar."""
    left, right, deep, top = np.transpose([(*axes.get_xlim(), *axes.get_ylim()) for axes in panels])
    half = max(right.max(), -left.min())
    for axes in panels:
        axes.set(xlim=(-half, half), ylim=(deep.max(), top.min()))
    x, y = half - BAR_CENTIMETRES, deep.max()
    panels[-1].plot([x, half], [y, y], color=INK, linewidth=THICK, clip_on=False)
    panels[-1].text(x + BAR_CENTIMETRES / 2, y, f"{BAR_CENTIMETRES} cm", ha="center", va="bottom")


def _scanner(image: xr.Dataset, simulated: Collection[str]) -> str:
    scanner = image.attrs["scanner"]
    name = shown(scanner, "scanners")
    return f"{name} (simulated)" if scanner in simulated else name


def _middle(candidates: list[tuple[float, str]]) -> list[str]:
    """Names of the `PER_CLASS` images in the middle of the order by fat fraction."""
    ordered = [name for _, name in sorted(candidates)]
    start = max(0, (len(ordered) - PER_CLASS) // 2)
    return ordered[start : start + PER_CLASS]
