"""Where in the box one frame's decision flips: the worst case over what is not drawn."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.image import AxesImage, PcolorImage
from matplotlib.patheffects import withStroke
from scipy.special import expit

from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.figures.panels import cell_edges
from reconattack.figures.style import (
    CROSS,
    HALO,
    HATCH,
    INK,
    LINE,
    PAPER,
    PROBABILITY_MAP,
    SIGN,
    SMALL,
    THIN,
)
from reconattack.reconstruction.parameters import PAPER_PARAMETERS, PARAMETERS


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


def read_maps(file: Mapping[str, str], path: str | None) -> Iterator[FrameMap]:
    """The map of each attacked frame of a grid's result file."""
    with xr.open_dataset(file["path"]) as attacks:
        ways = {} if path is None else read_ways(path, drawn_parameters(attacks["grid_logit"]))
        for number in range(attacks.sizes["frame"]):
            frame = attacks.isel(frame=number)
            if str(frame["stop_reason"].values) not in NOT_ATTACKED:
                logit, n_flipping = frame["grid_logit"].load(), int(frame["n_flipping"])
                way = ways.get(str(frame["frame"].values))
                yield frame_map(file, frame, logit, n_flipping, way)


def frame_map(
    file: Mapping[str, str],
    attacked: xr.Dataset,
    logit: xr.DataArray,
    n_flipping: int,
    way: Way | None,
) -> FrameMap:
    """The map of one frame from its record by any attack and its logits on a lattice.

    `file` says where the logits come from, `n_flipping` how many of them flip the decision.
    """
    drawn = drawn_parameters(logit)
    reference = int(attacked["reference"])
    return FrameMap(
        grid=(file["model"], file["seed"], file["attack"]),
        fold=file["fold"],
        frame=str(attacked["frame"].values),
        label=int(attacked["label"]),
        reference=reference,
        n_flipping=n_flipping,
        n_points=logit.size,
        start=attacked["parameters"].isel(step=0).sel(parameter=drawn).values,
        probability=worst_probability(logit, reference, drawn),
        way=way,
    )


def worst_probability(logit: xr.DataArray, reference: int, drawn: Sequence[str]) -> xr.DataArray:
    """The probability farthest from the reference decision over all parameters but the drawn."""
    names = [f"grid_{name}" for name in drawn]
    others = [name for name in logit.dims if name not in names]
    worst = logit.min(others) if reference == 1 else logit.max(others)
    return expit(worst.astype(float)).transpose(*names).reset_coords(drop=True)


def drawn_parameters(logit: xr.DataArray) -> list[str]:
    """Two of a lattice's parameters, before all others those that move, then the paper's."""
    sizes = {
        str(name).removeprefix("grid_"): size
        for name, size in logit.sizes.items()
        if name != "frame"
    }

    def rank(name: str) -> tuple[bool, int]:
        paper = PAPER_PARAMETERS.index(name) if name in PAPER_PARAMETERS else len(PAPER_PARAMETERS)
        return sizes[name] == 1, paper

    return sorted(sizes, key=rank)[:2]


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


def draw_map(axes: Axes, one: FrameMap, cutoff: float) -> AxesImage | PcolorImage:
    """The probability over the box, hatched where the decision flips, and the paper's path."""
    across, up = one.probability.dims
    x, y = one.probability[across].values, one.probability[up].values
    values = one.probability.values.T
    scale = {"cmap": PROBABILITY_MAP, "norm": TwoSlopeNorm(cutoff, 0, 1)}
    drawn = axes.pcolorfast(cell_edges(x), cell_edges(y), values, **scale)
    if min(values.shape) > 1:
        flipped, contrast = ([0, cutoff], PAPER) if one.reference == 1 else ([cutoff, 1], INK)
        hatched = axes.contourf(x, y, values, levels=flipped, colors="none", hatches=[HATCH])
        hatched.set(edgecolor=contrast, linewidth=0)
        axes.contour(x, y, values, levels=[cutoff], colors=INK, linewidths=LINE)
    halo = {"color": INK, "path_effects": [withStroke(linewidth=HALO, foreground=PAPER)]}
    if one.way is not None:
        axes.plot(*one.way.points.T, linewidth=THIN, **halo)
        marker, face = ("o", INK) if one.way.flipped else ("s", PAPER)
        style = {"markerfacecolor": face, "clip_on": False, "zorder": 4}
        axes.plot(*one.way.points[-1], marker, markersize=SIGN, **style | halo)
    axes.plot(*one.start, "+", markersize=CROSS, markeredgewidth=LINE, **halo)
    first, second = (name.removeprefix("grid_") for name in (across, up))
    axes.set(
        xlim=_limits(x),
        ylim=_limits(y),
        xlabel=PARAMETERS[first].label,
        ylabel=PARAMETERS[second].label,
    )
    axes.tick_params(labelsize=SMALL, length=2)
    return drawn


def _limits(values: np.ndarray) -> tuple[float, float]:
    """The box's bounds, or the cell of a single value."""
    return (values[0], values[-1]) if len(values) > 1 else tuple(cell_edges(values))
