"""Where in the box one frame's decision flips: the worst case over the parameters not drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.image import AxesImage, PcolorImage
from matplotlib.patheffects import withStroke
from scipy.special import expit

from reconattack.attacks.results import LATTICE, FrameResult, attacked_frames
from reconattack.figures.panels import cell_edges
from reconattack.figures.style import (
    CROSS,
    DARK,
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


@dataclass(frozen=True)
class FrameMap:
    """The worst case of one attacked frame over two parameters.

    Attributes
    ----------
    model, seed, fold, attack
        The attack that judged the lattice.
    result
        The frame's result of any attack, for its name, label, reference and initial setting.
    n_flipping, n_points
        Lattice points that flip the decision, and all lattice points.
    probability
        The probability farthest from the reference decision over all parameters but the two that
        are its dimensions, `grid_{parameter}`.
    path
        The result of the attack whose path is drawn on the map, if it has both parameters.
    """

    model: str
    seed: str
    fold: str
    attack: str
    result: FrameResult
    n_flipping: int
    n_points: int
    probability: xr.DataArray
    path: FrameResult | None

    @property
    def drawn(self) -> list[str]:
        """The two parameters, across and up."""
        return [str(name).removeprefix(LATTICE) for name in self.probability.dims]


def read_maps(file: Mapping[str, str], path: str | None) -> Iterator[FrameMap]:
    """Read the map of each attacked frame of a grid.

    Parameters
    ----------
    file
        Record of the grid: `model`, `seed`, `fold`, `attack`, `path`.
    path
        Record of the attack whose paths are drawn on the maps, if any.
    """
    paths = {} if path is None else {result.name: result for result in attacked_frames(path)}
    for result in attacked_frames(file["path"], lattice=True):
        logit = result.record["grid_logit"]
        n_flipping = int(result.record["n_flipping"])
        yield frame_map(file, result, logit, n_flipping, paths.get(result.name))


def frame_map(
    file: Mapping[str, str],
    result: FrameResult,
    logit: xr.DataArray,
    n_flipping: int,
    path: FrameResult | None,
) -> FrameMap:
    """Make the map of one frame from its logits on a lattice.

    Parameters
    ----------
    file
        The record of the logits: `model`, `seed`, `fold`, `attack`.
    result
        The frame's result of any attack.
    logit
        Logits on the lattice, a dimension `grid_{parameter}` each.
    n_flipping
        Lattice points that flip the decision.
    path
        The result of the attack whose path is drawn on the map, if any.
    """
    drawn = drawn_parameters(logit)
    has_path = path is not None and set(drawn) <= set(path.initial)
    return FrameMap(
        model=file["model"],
        seed=file["seed"],
        fold=file["fold"],
        attack=file["attack"],
        result=result,
        n_flipping=n_flipping,
        n_points=logit.size,
        probability=worst_probability(logit, result.reference, drawn),
        path=path if has_path else None,
    )


def worst_probability(logit: xr.DataArray, reference: int, drawn: Sequence[str]) -> xr.DataArray:
    """The probability farthest from the reference decision over all parameters but the drawn."""
    names = [f"{LATTICE}{name}" for name in drawn]
    others = [name for name in logit.dims if name not in names]
    worst = logit.min(others) if reference == 1 else logit.max(others)
    return expit(worst.astype(float)).transpose(*names).reset_coords(drop=True)


def drawn_parameters(logit: xr.DataArray) -> list[str]:
    """Choose the two parameters of a lattice to draw, across and up.

    Parameters that take more than one value come first, and among them the paper's.
    """
    sizes = {str(name).removeprefix(LATTICE): size for name, size in logit.sizes.items()}

    def rank(name: str) -> tuple[bool, int]:
        paper = PAPER_PARAMETERS.index(name) if name in PAPER_PARAMETERS else len(PAPER_PARAMETERS)
        return sizes[name] == 1, paper

    return sorted(sizes, key=rank)[:2]


def draw_map(axes: Axes, one: FrameMap, cutoff: float) -> AxesImage | PcolorImage:
    """Draw the probability over the box, hatched where the decision flips, and the path on it.

    Parameters
    ----------
    axes
        The panel.
    one
        The map.
    cutoff
        Probability from which a frame is called fatty.
    """
    across, up = one.probability.dims
    x, y = one.probability[across].values, one.probability[up].values
    values = one.probability.values.T
    scale = {"cmap": PROBABILITY_MAP, "norm": TwoSlopeNorm(cutoff, 0, 1)}
    drawn = axes.pcolorfast(cell_edges(x), cell_edges(y), values, **scale)
    if min(values.shape) > 1:
        is_fatty = one.result.reference == 1
        flipped = [0, cutoff] if is_fatty else [cutoff, 1]
        hatched = axes.contourf(x, y, values, levels=flipped, colors="none", hatches=[HATCH])
        hatched.set(edgecolor=DARK, linewidth=0)
        axes.contour(x, y, values, levels=[cutoff], colors=INK, linewidths=LINE)
    first, second = one.drawn
    halo = {"color": INK, "path_effects": [withStroke(linewidth=HALO, foreground=PAPER)]}
    if one.path is not None:
        _draw_path(axes, one.path, one.drawn, halo)
    initial = one.result.initial
    axes.plot(initial[first], initial[second], "+", markersize=CROSS, markeredgewidth=LINE, **halo)
    axes.set(
        xlim=_limits(x),
        ylim=_limits(y),
        xlabel=PARAMETERS[first].label,
        ylabel=PARAMETERS[second].label,
    )
    axes.tick_params(labelsize=SMALL, length=2)
    return drawn


def _draw_path(axes: Axes, path: FrameResult, drawn: Sequence[str], halo: Mapping) -> None:
    """Draw a path with its last step, a dot if the decision flipped."""
    across, up = path.points(drawn).T
    axes.plot(across, up, linewidth=THIN, **halo)
    marker, face = ("o", INK) if path.flipped else ("s", PAPER)
    style = {"markerfacecolor": face, "clip_on": False, "zorder": 4}
    axes.plot(across[-1], up[-1], marker, markersize=SIGN, **style, **halo)


def _limits(values: np.ndarray) -> tuple[float, float]:
    """The box's bounds, or the cell of a single value."""
    return (values[0], values[-1]) if len(values) > 1 else tuple(cell_edges(values))
