"""Where in the box each attacked frame's decision flips: the worst case over what is not drawn."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from scipy.special import expit

from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.errors import InputError
from reconattack.jobs import job
from reconattack.parameters import PAPER_PARAMETERS, PARAMETERS
from reconattack.plots import TWO_COLUMNS, figure_style, save_pages
from reconattack.storage import located, write_table

KEYS = ("model", "seed", "fold", "attack")
COLUMNS, ROWS = 4, 5
PAGE = COLUMNS * ROWS
ROW_HEIGHT = 1.65
COLOUR_MAP = "PuOr_r"


class Way(NamedTuple):
    """The path of the paper's attack on a frame, (step, 2) in the drawn parameters."""

    points: np.ndarray
    flipped: bool


class FrameMap(NamedTuple):
    """The worst case of one attacked frame over the two parameters that are drawn.

    `probability` is the one farthest from the reference decision, 0 or 1, over all others, labelled
    by the two; `n_flipping` and `n_points` count points of the whole lattice, `start` holds the
    initial setting, (2,).
    """

    grid: tuple[str, str, str]  # model, seed, attack
    fold: str
    frame: str
    label: int
    reference: int
    n_flipping: int
    n_points: int
    start: np.ndarray
    probability: xr.DataArray
    way: Way | None


def decision_maps(
    files: Sequence[Mapping[str, str]],
    paths: Mapping[str, str],
    cutoff: float,
    classes: Sequence[str],
    table: str,
    pdf: str,
    png: str,
    simulated: bool,
) -> None:
    """Tabulate and draw the grids of `files` (`model`, `seed`, `fold`, `attack`, `path`).

    `paths` names the result file of the paper's attack beside that of a grid, where there is one.
    """
    if not files:
        raise InputError("run.attacks selects no attack of method grid: there is nothing to draw")
    maps: dict[tuple[str, str, str], list[FrameMap]] = {}
    for file in files:
        for one in read_maps(file, paths.get(file["path"])):
            maps.setdefault(one.grid, []).append(one)
    for of_grid in maps.values():
        of_grid.sort(key=lambda one: (-one.n_flipping, one.frame))
    write_table(table, maps_table(maps))
    with figure_style():
        save_pages(draw_pages(maps, cutoff, classes), pdf, png, simulated)


def read_maps(file: Mapping[str, str], path: str | None) -> Iterator[FrameMap]:
    """The map of each attacked frame of a grid's result file."""
    with xr.open_dataset(file["path"]) as attacks:
        drawn = drawn_parameters(attacks)
        names = [f"grid_{name}" for name in drawn]
        ways = {} if path is None else read_ways(path, drawn)
        for number in range(attacks.sizes["frame"]):
            frame = attacks.isel(frame=number)
            if str(frame["stop_reason"].values) in NOT_ATTACKED:
                continue
            reference = int(frame["reference"])
            logit = frame["grid_logit"].load()
            others = [name for name in logit.dims if name not in names]
            worst = logit.min(others) if reference == 1 else logit.max(others)
            name = str(frame["frame"].values)
            yield FrameMap(
                grid=(file["model"], file["seed"], file["attack"]),
                fold=file["fold"],
                frame=name,
                label=int(frame["label"]),
                reference=reference,
                n_flipping=int(frame["n_flipping"]),
                n_points=logit.size,
                start=frame["parameters"].isel(step=0).sel(parameter=drawn).values,
                probability=expit(worst.astype(float)).transpose(*names).reset_coords(drop=True),
                way=ways.get(name),
            )


def drawn_parameters(attacks: xr.Dataset) -> list[str]:
    """Two of a grid's parameters, before all others those that move, then the paper's."""
    names = [str(name) for name in attacks["parameter"].values]

    def rank(name: str) -> tuple[bool, int]:
        paper = PAPER_PARAMETERS.index(name) if name in PAPER_PARAMETERS else len(PAPER_PARAMETERS)
        return attacks.sizes[f"grid_{name}"] == 1, paper

    return sorted(names, key=rank)[:2]


def read_ways(path: str, drawn: Sequence[str]) -> dict[str, Way]:
    """The path of each attacked frame, if the attack has the drawn parameters."""
    with xr.open_dataset(path) as attacks:
        if not set(drawn) <= set(attacks["parameter"].values):
            return {}
        frames = (attacks.isel(frame=number) for number in range(attacks.sizes["frame"]))
        return {
            str(frame["frame"].values): Way(
                frame["parameters"].sel(parameter=drawn).dropna("step").values,
                bool(frame["success"]),
            )
            for frame in frames
            if str(frame["stop_reason"].values) not in NOT_ATTACKED
        }


def maps_table(maps: Mapping[tuple[str, str, str], Sequence[FrameMap]]) -> pd.DataFrame:
    """A row per frame and point that is drawn; of a parameter that is not drawn there is no column.

    Where nothing was attacked the table has no row.
    """
    tables = [pd.DataFrame(columns=[*KEYS, "frame", "reference"])]
    for (model, seed, attack), of_grid in maps.items():
        for one in of_grid:
            points = one.probability.to_dataframe("worst_probability").reset_index()
            points.columns = [name.removeprefix("grid_") for name in points.columns]
            keys = {"model": model, "seed": seed, "fold": one.fold, "attack": attack}
            named = pd.DataFrame(
                keys | {"frame": one.frame, "reference": one.reference}, index=points.index
            )
            tables.append(pd.concat([named, points], axis=1))
    return pd.concat(tables[1:] or tables)


def draw_pages(
    maps: Mapping[tuple[str, str, str], Sequence[FrameMap]], cutoff: float, classes: Sequence[str]
) -> Iterator[Figure]:
    """Pages of at most `ROWS` x `COLUMNS` frames of one model, seed and grid."""
    for (model, seed, attack), of_grid in maps.items():
        count = -(-len(of_grid) // PAGE)
        for page in range(count):
            title = f"{model}, seed {seed}, {attack}: {len(of_grid)} frames attacked"
            if count > 1:
                title += f", page {page + 1} of {count}"
            yield draw_page(of_grid[PAGE * page : PAGE * (page + 1)], title, cutoff, classes)
    if not maps:
        figure = plt.figure(figsize=(TWO_COLUMNS, 1))
        figure.text(0.5, 0.5, "no frame was attacked", ha="center")
        yield figure


def draw_page(
    maps: Sequence[FrameMap], title: str, cutoff: float, classes: Sequence[str]
) -> Figure:
    """A panel per frame and one colour bar."""
    rows = -(-len(maps) // COLUMNS)
    figure, panels = plt.subplots(
        rows,
        COLUMNS,
        figsize=(TWO_COLUMNS, ROW_HEIGHT * rows + 1),
        squeeze=False,
        layout="constrained",
    )
    words = dict(enumerate(classes)) | {-1: "no label"}
    for axes, one in zip(panels.flat, maps, strict=False):
        drawn = draw_map(axes, one, cutoff)
        axes.set_title(
            f"{one.frame}, {words[one.label]}\n{one.n_flipping:,} of {one.n_points:,} flip", size=6
        )
    for axes in panels.flat[len(maps) :]:
        axes.axis("off")
    bar = figure.colorbar(drawn, ax=panels, location="bottom", shrink=0.5, aspect=40, pad=0.02)
    bar.ax.axvline(cutoff, color="black", linewidth=1.2)
    bar.set_label(f"probability of {classes[1]} where the other parameters are worst")
    figure.suptitle(title, size=8)
    return figure


def draw_map(axes: Axes, one: FrameMap, cutoff: float) -> AxesImage:
    """The probability over the box, hatched where the decision flips, and the paper's path."""
    across, up = one.probability.dims
    x, y = one.probability[across].values, one.probability[up].values
    values = one.probability.values.T
    (left, right), (bottom, top) = _edges(x), _edges(y)
    drawn = axes.imshow(
        values,
        extent=(left, right, bottom, top),
        origin="lower",
        aspect="auto",
        interpolation="none",
        cmap=COLOUR_MAP,
        norm=TwoSlopeNorm(cutoff, 0, 1),
    )
    if min(values.shape) > 1:
        flipped = [0, cutoff] if one.reference == 1 else [cutoff, 1]
        hatched = axes.contourf(x, y, values, levels=flipped, colors="none", hatches=["/////"])
        hatched.set(edgecolor="0.2", linewidth=0)
        axes.contour(x, y, values, levels=[cutoff], colors="black", linewidths=1.1)
    if one.way is not None:
        axes.plot(*one.way.points.T, color="white", linewidth=2.2)
        axes.plot(*one.way.points.T, color="black", linewidth=1)
        style = {"markersize": 4.5, "markeredgecolor": "black", "clip_on": False, "zorder": 4}
        marker, face = ("o", "black") if one.way.flipped else ("s", "white")
        axes.plot(*one.way.points[-1], marker, markerfacecolor=face, **style)
    axes.plot(*one.start, "+", color="black", markersize=7, markeredgewidth=1.2)
    first, second = (name.removeprefix("grid_") for name in (across, up))
    axes.set(
        xlim=_limits(x),
        ylim=_limits(y),
        xlabel=PARAMETERS[first].label,
        ylabel=PARAMETERS[second].label,
    )
    axes.label_outer()
    axes.tick_params(labelsize=6, length=2)
    return drawn


def _edges(values: np.ndarray) -> tuple[float, float]:
    """Outer edges of the cells around lattice values; of a single one, a cell of its own."""
    half = (values[1] - values[0]) / 2 if len(values) > 1 else 0.5
    return values[0] - half, values[-1] + half


def _limits(values: np.ndarray) -> tuple[float, float]:
    """The box's bounds, or the cell of a single value."""
    return (values[0], values[-1]) if len(values) > 1 else _edges(values)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        decision_maps(
            files=located(snakemake.params.files, snakemake.input),
            paths=located(snakemake.params.paths, snakemake.input),
            cutoff=snakemake.params.cutoff,
            classes=snakemake.params.classes,
            table=snakemake.output.table,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
