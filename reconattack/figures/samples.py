"""Figure 1: B-mode images of each scanner and each class."""

from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from reconattack.figures.panels import figure_style, has_size, show_bmode
from reconattack.figures.style import TWO_COLUMNS
from reconattack.frames.chunks import frame_attributes
from reconattack.frames.frame import caption, facts
from reconattack.reconstruction.parameters import PARAMETERS

PER_CLASS = 2
ROW_HEIGHT = 1.6  # inches


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
    """Draw a panel per image, axes in cm.

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
        figsize=(TWO_COLUMNS, ROW_HEIGHT * len(rows) * 4 / max(columns, 3)),
        squeeze=False,
        layout="constrained",
    )
    for row, images in zip(panels, rows, strict=True):
        for axes, image in zip(row, images, strict=False):
            show_bmode(axes, image)
            axes.set_title(caption(image.attrs, classes))
        for axes in row[len(images) :]:
            axes.set_axis_off()
        depth = "depth (cm)" if has_size(images[0]) else "size unknown"
        row[0].set_ylabel(f"{_scanner(images[0], simulated)}\n{depth}")
    measured = [row for row, images in zip(panels, rows, strict=True) if has_size(images[0])]
    for axes in measured[-1] if measured else []:
        axes.set_xlabel("lateral (cm)")
    return figure


def _scanner(image: xr.Dataset, simulated: Collection[str]) -> str:
    scanner = image.attrs["scanner"]
    return f"{scanner} (simulated)" if scanner in simulated else scanner


def _middle(candidates: list[tuple[float, str]]) -> list[str]:
    """Names of the `PER_CLASS` images in the middle of the order by fat fraction."""
    ordered = [name for _, name in sorted(candidates)]
    start = max(0, (len(ordered) - PER_CLASS) // 2)
    return ordered[start : start + PER_CLASS]
