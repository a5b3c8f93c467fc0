"""How figures look, in one place: style, widths, B-mode panels and how they are saved.

Widths follow journal columns: 3.5 in for one, 7.2 in for two.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.storage import replacing

ONE_COLUMN = 3.5
TWO_COLUMNS = 7.2
COLOURS = sns.color_palette("colorblind")
CENTIMETRES = 100
MARK_HEIGHT = 0.12
STYLE = {
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "pdf.fonttype": 42,
    "savefig.dpi": 300,
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw in the project's style, whatever the user's matplotlib settings."""
    with plt.rc_context(), plt.style.context("default"):
        sns.set_theme(context="paper", style="ticks", palette="colorblind", rc=STYLE)
        yield


def save_figure(figure: Figure, pdf: Path | str, png: Path | str, simulated: bool) -> None:
    """Write a figure as PDF and PNG without the time of writing; mark simulated data as such."""
    if simulated:
        _mark_simulated(figure)
    with replacing(pdf) as temporary:
        figure.savefig(temporary, metadata={"CreationDate": None})
    with replacing(png) as temporary:
        figure.savefig(temporary)
    plt.close(figure)


def _mark_simulated(figure: Figure) -> None:
    """Say so in the lower right corner, in a strip that the layout leaves free."""
    strip = MARK_HEIGHT / figure.get_figheight()
    if figure.get_layout_engine() is not None:
        figure.get_layout_engine().set(rect=(0, strip, 1, 1 - strip))
    figure.text(0.995, 0.005, "simulated data", ha="right", va="bottom", size=6, color="0.35")


def show_bmode(axes: Axes, image: xr.Dataset, name: str = "bmode", **style) -> None:
    """Show a picture (z, x) in centimetres, white outside its sector."""
    picture = np.ma.masked_where(~image["sector"].values, image[name].values)
    style = {"cmap": "gray", "vmin": 0, "vmax": 255} | style
    drawn = axes.imshow(picture, extent=_extent(image), interpolation="none", **style)
    axes.set(xlabel="", ylabel="")
    axes.tick_params(length=2)
    return drawn


def _extent(image: xr.Dataset) -> tuple[float, float, float, float]:
    z, x = image["z"].values * CENTIMETRES, image["x"].values * CENTIMETRES
    half = (z[1] - z[0]) / 2
    return x[0] - half, x[-1] + half, z[-1] + half, z[0] - half


def diagnosis(label: int | None) -> str:
    """A label in words."""
    return {1: "fatty", 0: "normal"}.get(label, "label unknown")


def setting(beta: float, alpha_lower: float, alpha_upper: float) -> str:
    """A parameter vector in the paper's symbols and units."""
    return (
        rf"$\beta$ = {beta:g} dB/(cm MHz)"
        "\n"
        rf"$\alpha$ = {alpha_lower:g} to {alpha_upper:g} dB"
    )
