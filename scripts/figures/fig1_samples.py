"""Figure 1: B-mode images of each scanner and each class."""

from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from reconattack.figures.panels import figure_style, has_size, save_figure, show_bmode
from reconattack.figures.style import TWO_COLUMNS
from reconattack.frames.chunks import frame_attributes, open_frames
from reconattack.frames.frame import caption, facts
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.run.jobs import job
from reconattack.storage import write_table

PER_CLASS = 2
ROW_HEIGHT = 1.6


def fig1_samples(
    chunks: Sequence[str],
    classes: Sequence[str],
    table: str,
    pdf: str,
    png: str,
    simulated: Collection[str],
) -> None:
    """Tabulate and draw images of either class, a row per scanner; `simulated` names simulated
    scanners.
    """
    chosen = choose_samples(chunks)
    wanted = set().union(*chosen.values())
    images = {name: image for chunk in chunks for name, image in open_frames(chunk, wanted)}
    write_table(table, samples_table(chosen, images))
    with figure_style():
        rows = [[images[name] for name in names] for names in chosen.values()]
        wholly = set(chosen) <= set(simulated)
        figure = draw_samples(rows, classes, simulated=() if wholly else simulated)
        save_figure(figure, pdf, png, simulated=wholly)


def choose_samples(chunks: Sequence[str]) -> dict[str, list[str]]:
    """Names of the images to show for each scanner: the middle ones of each class by fat fraction.

    Images without a known fat fraction are taken in their order.
    """
    known = [
        (name, attrs)
        for chunk in chunks
        for name, attrs in frame_attributes(chunk)
        if "error" not in attrs
    ]
    return {
        scanner: [
            name
            for label in (0, 1, None)
            for name in _middle(
                [
                    (attrs.get("fat_fraction", 0), name)
                    for name, attrs in known
                    if attrs["scanner"] == scanner and attrs.get("label") == label
                ]
            )
        ]
        for scanner in dict.fromkeys(attrs["scanner"] for _, attrs in known)
    }


def samples_table(
    chosen: Mapping[str, Sequence[str]], images: Mapping[str, xr.Dataset]
) -> pd.DataFrame:
    """A row per image in the order of the panels; settings where it was reconstructed here."""
    shown = [name for names in chosen.values() for name in names]
    settings = {
        name: {key: float(images[name][key]) for key in PARAMETERS if key in images[name].coords}
        for name in shown
    }
    rows = [{"frame": name} | facts(images[name].attrs) | settings[name] for name in shown]
    return pd.DataFrame(rows).astype({"label": "Int64"})


def draw_samples(
    rows: Sequence[Sequence[xr.Dataset]], classes: Sequence[str], simulated: Collection[str] = ()
) -> Figure:
    """A panel per image, a row per scanner, axes in cm; the simulated scanners are named so."""
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
    ordered = [name for _, name in sorted(candidates)]
    start = max(0, (len(ordered) - PER_CLASS) // 2)
    return ordered[start : start + PER_CLASS]


if __name__ == "__main__":
    with job(snakemake.log[0]):
        fig1_samples(
            chunks=[*snakemake.input.rf_images, *snakemake.input.images],
            classes=snakemake.params.classes,
            table=snakemake.output.table,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
