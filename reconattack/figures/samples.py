"""Figure 1: B-mode images of each scanner and each class."""

from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.figures.look import figure_style, inches, letter, shown
from reconattack.figures.panels import has_size, show_bmode
from reconattack.figures.style import INK, THICK, TWO_COLUMNS
from reconattack.frames.chunks import frame_attributes
from reconattack.frames.frame import caption, facts
from reconattack.reconstruction.parameters import PARAMETERS

PER_CLASS = 2
ROW_HEIGHT = 1.6  # inches
BAR_CENTIMETRES = 5


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
    rows: Sequence[Sequence[xr.Dataset]], classes: Sequence[str], simulated: Collection[str] = ()
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
    """
    columns = max(len(row) for row in rows)
    figure, panels = plt.subplots(
        len(rows),
        columns,
        figsize=inches(TWO_COLUMNS, ROW_HEIGHT * len(rows) * 4 / max(columns, 3)),
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
    measured = [
        axes
        for row, images in zip(panels, rows, strict=True)
        for axes, image in zip(row, images, strict=False)
        if has_size(image)
    ]
    if measured:
        _same_scale(measured)
    return figure


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
