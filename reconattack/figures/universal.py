"""Share of frames that one setting flips: over the box, and for a setting found on other folds."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

import matplotlib.pyplot as plt
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from reconattack.evidence.fold_names import HELD_OUT, IN_SAMPLE
from reconattack.evidence.statistics import wilson_interval
from reconattack.evidence.universal import KINDS, Grid, mapped_parameters, share_flipped
from reconattack.figures.look import differing, figure_style, inches, letter
from reconattack.figures.panels import cell_edges, legend_entries, pages_of
from reconattack.figures.style import (
    CROSS,
    DARK,
    FAINT,
    HAIR,
    HALO,
    HATCH,
    HIGHEST,
    INK,
    LIGHT,
    LINE,
    PAPER,
    SHARE_MAP,
    SIGN,
    SMALL,
    THIN,
    TWO_COLUMNS,
)
from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS

ROW_HEIGHT = 2.3  # inches
LEGEND_HEIGHT = 1.3  # inches
ONE = "one setting, found on other folds"
RANDOM = "a setting drawn at random, 5 to 95 % of them"
WORST = "the worst setting of each frame"
BARS = {ONE: (DARK, None), RANDOM: (FAINT, HATCH), WORST: (LIGHT, None)}  # colour, hatch
CONSTANT = "no better than a constant answer"
BAR = 0.26
START = {"markersize": CROSS, "markeredgecolor": PAPER, "markeredgewidth": THIN}


def draw_universal(
    grids: Mapping[Grid, tuple[xr.Dataset, pd.DataFrame]], initial: Mapping[str, float]
) -> Iterator[Figure]:
    """Draw a row per model, seed and grid: a map for each kind of flip, then bars of rates.

    The settings of the table are marked in the maps, which share a scale. Rows beyond the height of
    a journal's page are on further pages.

    Parameters
    ----------
    grids
        For each grid the result of `reconattack.evidence.universal.lattice_flips`, and its rows of
        table `universal.csv`.
    initial
        The initial setting.
    """
    names = differing((grid.model, grid.seed, grid.attack) for grid in grids)
    rows = list(zip(names, grids.values(), strict=True))
    for page in pages_of([ROW_HEIGHT] * len(rows), HIGHEST - LEGEND_HEIGHT):
        yield _draw_page(rows[page], page.start, NEUTRAL | dict(initial))


@figure_style()
def _draw_page(
    grids: Sequence[tuple[str, tuple[xr.Dataset, pd.DataFrame]]],
    first: int,
    initial: Mapping[str, float],
) -> Figure:
    """Draw a row for each of some named grids; `first` is the number of the first one."""
    figure, panels = plt.subplots(
        len(grids),
        len(KINDS) + 1,
        figsize=inches(TWO_COLUMNS, ROW_HEIGHT * len(grids) + LEGEND_HEIGHT),
        squeeze=False,
        width_ratios=[1] * len(KINDS) + [1.35],
        layout="constrained",
    )
    letters = count(first * panels.shape[1])
    for row, (name, (lattice, rates)) in zip(panels, grids, strict=True):
        for axes, kind in zip(row, KINDS, strict=False):
            drawn, n = _draw_map(axes, lattice, rates[rates["kind"] == kind], kind, initial)
            letter(axes, next(letters), f"{kind} (n = {n})")
            if axes is not row[0]:
                axes.set(ylabel="", yticklabels=[])
        _draw_bars(row[-1], rates)
        letter(row[-1], next(letters), name)
    scale = {"location": "bottom", "shrink": 0.5, "aspect": 30}
    figure.colorbar(drawn, ax=panels[:, :-1], label="share of frames flipped", **scale)
    handles = legend_entries([panels[0, 0], panels[0, -1]])
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=2)
    return figure


def _draw_map(
    axes: Axes, lattice: xr.Dataset, rates: pd.DataFrame, kind: str, initial: Mapping[str, float]
) -> tuple[QuadMesh, int]:
    """Draw the share of frames flipped at each point, and the settings of the table.

    Gives the drawing and the number of frames.
    """
    across, up = mapped_parameters(lattice)
    drawn = axes.pcolormesh(
        cell_edges(lattice[f"grid_{across}"].values),
        cell_edges(lattice[f"grid_{up}"].values),
        share_flipped(lattice, kind).values,
        cmap=SHARE_MAP,
        vmin=0,
        vmax=1,
        rasterized=True,
    )
    (best,) = rates[rates["fold"] == IN_SAMPLE].to_dict("records")
    of_folds = rates[~rates["fold"].isin([HELD_OUT, IN_SAMPLE])]
    axes.plot(initial[across], initial[up], "P", color=INK, **START, label="initial setting")
    found = {"marker": "o", "color": PAPER, "markeredgecolor": INK, "linestyle": "none"}
    for (x, y), chosen in of_folds.groupby([across, up]):
        axes.plot(x, y, **found, markersize=SIGN + len(chosen), clip_on=False)
    axes.plot(
        [], [], **found, markersize=SIGN + 1, label="found on other folds (larger: by more of them)"
    )
    axes.plot(
        best[across],
        best[up],
        "x",
        color=INK,
        markersize=SIGN,
        clip_on=False,
        label="best on all frames",
    )
    axes.set(xlabel=PARAMETERS[across].label, ylabel=PARAMETERS[up].label)
    return drawn, best["n"]


def _draw_bars(axes: Axes, rates: pd.DataFrame) -> None:
    """Bars of each kind of flip, on the held-out frames of all folds, or without folds on all."""
    for place, kind in enumerate(KINDS):
        of_kind = rates[rates["kind"] == kind].set_index("fold")
        held_out = HELD_OUT in of_kind.index
        row = of_kind.loc[HELD_OUT if held_out else IN_SAMPLE]
        if held_out:
            _draw_bar(axes, place - BAR, ONE, row["rate"], row["rate_low"], row["rate_high"])
            _write_beside(axes, place - BAR, row["rate_high"], f"{row['n_flipped']}/{row['n']}")
        if row["n"]:
            mean, low, high = row["random_mean"], row["random_p5"], row["random_p95"]
            _draw_bar(axes, place, RANDOM, mean, low, high)
            _write_beside(axes, place, high, f"{100 * mean:.0f} %")
            low, high = wilson_interval(row["n_vulnerable"], row["n"])
            _draw_bar(axes, place + BAR, WORST, row["n_vulnerable"] / row["n"], low, high)
            _write_beside(axes, place + BAR, high, f"{row['n_vulnerable']}/{row['n']}")
        if row["n_normal"] and row["n_fatty"]:
            wrong = 1 - row["constant_accuracy"]
            axes.plot(
                [wrong, wrong],
                [place - 0.45, place + 0.45],
                ":",
                color=INK,
                lw=LINE,
                label=CONSTANT,
            )
    axes.set(
        xlabel="share of attacked frames flipped",
        xlim=(0, 1.25),
        xticks=[0, 0.5, 1],
        yticks=range(len(KINDS)),
        yticklabels=[kind.replace(" ", "\n") for kind in KINDS],
    )
    axes.invert_yaxis()


def _draw_bar(axes: Axes, place: float, bar: str, rate: float, low: float, high: float) -> None:
    colour, hatch = BARS[bar]
    style = {"color": colour, "hatch": hatch, "edgecolor": INK, "linewidth": HAIR}
    axes.barh(place, rate, BAR, label=bar, **style)
    axes.plot([low, high], [place, place], color=INK, lw=HALO)
    axes.plot([low, high], [place, place], color=PAPER, lw=THIN)


def _write_beside(axes: Axes, place: float, end: float, text: str) -> None:
    axes.text(end + 0.03, place, text, va="center", size=SMALL)
