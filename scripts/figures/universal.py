"""How many frames one setting flips, all over the box, and how one found on other folds does."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.evidence.statistics import wilson_interval
from reconattack.evidence.universal import (
    HELD_OUT,
    IN_SAMPLE,
    KINDS,
    Grid,
    by_grid,
    lattice_flips,
    map_rows,
    mapped_parameters,
    rows_of_grid,
    share_flipped,
)
from reconattack.figures.panels import cell_edges, figure_style, save_figure
from reconattack.figures.style import (
    CROSS,
    DARK,
    FAINT,
    HAIR,
    HALO,
    HATCH,
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
from reconattack.run.jobs import job
from reconattack.storage import located, read_table, write_table

ROW_HEIGHT = 2.3
LEGEND_HEIGHT = 1.3
ONE = "one setting, found on other folds"
RANDOM = "a setting drawn at random, 5 to 95 % of them"
WORST = "the worst setting of each frame"
BARS = {ONE: (DARK, None), RANDOM: (FAINT, HATCH), WORST: (LIGHT, None)}  # colour, hatch
CONSTANT = "no better than a constant answer"
BAR = 0.26
START = {"markersize": CROSS, "markeredgecolor": PAPER, "markeredgewidth": THIN}


def universal(
    rates: str,
    files: Sequence[Mapping[str, str]],
    initial: Mapping[str, float],
    table: str,
    pdf: str,
    png: str,
    simulated: bool,
) -> None:
    """Draw a row per model, seed and grid: a map per kind of setting, then bars of rates.

    `table` becomes that of the maps; the bars are those of `rates`.
    """
    rows = read_table(rates, dtype=dict.fromkeys(Grid._fields, str))
    grids = {
        grid: (lattice_flips(of_grid), rows_of_grid(rows, grid))
        for grid, of_grid in by_grid(files).items()
    }
    maps = [map_rows(grid, lattice, kind) for grid, (lattice, _) in grids.items() for kind in KINDS]
    write_table(table, pd.concat(maps))
    with figure_style():
        save_figure(draw_universal(grids, NEUTRAL | dict(initial)), pdf, png, simulated)


def draw_universal(
    grids: Mapping[Grid, tuple[xr.Dataset, pd.DataFrame]], initial: Mapping[str, float]
) -> Figure:
    """Maps share a scale of grey; the settings that the table names are marked in them."""
    figure, panels = plt.subplots(
        len(grids),
        len(KINDS) + 1,
        figsize=(TWO_COLUMNS, ROW_HEIGHT * len(grids) + LEGEND_HEIGHT),
        squeeze=False,
        width_ratios=[1] * len(KINDS) + [1.35],
        layout="constrained",
    )
    for row, (grid, (lattice, rates)) in zip(panels, grids.items(), strict=True):
        for axes, kind in zip(row, KINDS, strict=False):
            drawn = _draw_map(axes, lattice, rates[rates["kind"] == kind], kind, initial)
            if axes is not row[0]:
                axes.set(ylabel="", yticklabels=[])
        _draw_bars(row[-1], rates)
        row[-1].set_title(f"{grid.model}\nseed {grid.seed}, {grid.attack}", loc="right")
    scale = {"location": "bottom", "shrink": 0.5, "aspect": 30}
    figure.colorbar(drawn, ax=panels[:, :-1], label="share of frames flipped", **scale)
    handles = _handles(panels[0, 0]) | _handles(panels[0, -1])
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=2)
    return figure


def _draw_map(
    axes: Axes, lattice: xr.Dataset, rates: pd.DataFrame, kind: str, initial: Mapping[str, float]
):
    across, up = mapped_parameters(lattice)
    drawn = axes.pcolormesh(
        *(cell_edges(lattice[f"grid_{name}"].values) for name in (across, up)),
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
    for point, chosen in of_folds.groupby([across, up]):
        axes.plot(*point, **found, markersize=SIGN + len(chosen), clip_on=False)
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
    axes.set(
        title=f"{kind} (n = {best['n']})",
        xlabel=PARAMETERS[across].label,
        ylabel=PARAMETERS[up].label,
    )
    return drawn


def _draw_bars(axes: Axes, rates: pd.DataFrame) -> None:
    """Bars of each kind, on the frames of all folds held out; without folds on all frames."""
    for place, kind in enumerate(KINDS):
        of_kind = rates[rates["kind"] == kind].set_index("fold")
        held_out = HELD_OUT in of_kind.index
        row = of_kind.loc[HELD_OUT if held_out else IN_SAMPLE]
        if held_out:
            _draw_bar(axes, place - BAR, ONE, *row[["rate", "rate_low", "rate_high"]])
            _say(axes, place - BAR, row["rate_high"], f"{row['n_flipped']}/{row['n']}")
        if row["n"]:
            _draw_bar(axes, place, RANDOM, *row[["random_mean", "random_p5", "random_p95"]])
            _say(axes, place, row["random_p95"], f"{100 * row['random_mean']:.0f} %")
            low, high = wilson_interval(row["n_vulnerable"], row["n"])
            _draw_bar(axes, place + BAR, WORST, row["n_vulnerable"] / row["n"], low, high)
            _say(axes, place + BAR, high, f"{row['n_vulnerable']}/{row['n']}")
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


def _say(axes: Axes, place: float, end: float, text: str) -> None:
    axes.text(end + 0.03, place, text, va="center", size=SMALL)


def _handles(axes: Axes) -> dict:
    handles, labels = axes.get_legend_handles_labels()
    return dict(zip(labels, handles, strict=True))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        universal(
            rates=snakemake.input.table,
            files=located(snakemake.params.files, snakemake.input),
            initial=snakemake.params.initial,
            table=snakemake.output.table,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
