"""Figure 1: B-mode images of each scanner and each class."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from reconattack.frames import frame_attributes, open_frames
from reconattack.jobs import job
from reconattack.plots import TWO_COLUMNS, diagnosis, figure_style, save_figure, show_bmode

PER_CLASS = 2
ROW_HEIGHT = 1.6


def fig1_samples(chunks: Sequence[str], pdf: str, png: str, simulated: bool) -> None:
    """Draw a row per scanner with images of either class."""
    chosen = choose_samples(chunks)
    images = {
        name: image
        for chunk in chunks
        for name, image in open_frames(chunk)
        if any(name in names for names in chosen.values())
    }
    with figure_style():
        figure = draw_samples([[images[name] for name in names] for names in chosen.values()])
        save_figure(figure, pdf, png, simulated)


def choose_samples(chunks: Sequence[str]) -> dict[str, list[str]]:
    """Names of the images to show for each scanner: the middle ones of each class by fat fraction.

    Images without a known fat fraction are taken in their order.
    """
    known = [(name, attrs) for chunk in chunks for name, attrs in frame_attributes(chunk)]
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


def draw_samples(rows: Sequence[Sequence[xr.Dataset]]) -> Figure:
    """A panel per image, a row per scanner, axes in cm."""
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
            axes.set_title(_title(image))
        for axes in row[len(images) :]:
            axes.set_axis_off()
        row[0].set_ylabel(f"{images[0].attrs['scanner']}\ndepth (cm)")
    for axes in panels[-1]:
        axes.set_xlabel("lateral (cm)")
    return figure


def _middle(candidates: list[tuple[float, str]]) -> list[str]:
    ordered = [name for _, name in sorted(candidates)]
    start = max(0, (len(ordered) - PER_CLASS) // 2)
    return ordered[start : start + PER_CLASS]


def _title(image: xr.Dataset) -> str:
    fat = image.attrs.get("fat_fraction")
    return diagnosis(image.attrs.get("label")) + (f", {fat:.1f} % fat" if fat is not None else "")


if __name__ == "__main__":
    with job(snakemake.log[0]):
        fig1_samples(
            chunks=[*snakemake.input.rf_images, *snakemake.input.images],
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
