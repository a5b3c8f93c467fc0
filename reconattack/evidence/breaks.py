"""How much of the box each frame's decision survives, by what a run has stored.

A share t of the box reaches from the initial setting t of the way to each bound: 0 is the initial
setting alone, 1 the whole box. The *break* of a frame is the share at which its decision first
changes. What a break says depends on how it was found:

- `PROVED`: no setting within it changes the decision;
- `EXHAUSTIVE`: no setting of a lattice or sweep within it does, and between these nothing is known;
- `SAMPLED`: no setting that was drawn or searched within it does; another one may.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from reconattack.attacks.distributions import DRAWN, INITIAL, SWEEP
from reconattack.attacks.lattice import box_shares
from reconattack.attacks.results import (
    LATTICE,
    FrameResult,
    attacked_frames,
    attacked_part,
    lattice_axes_of,
)
from reconattack.attacks.space import DECIMALS
from reconattack.evidence.accidental import changed_decisions
from reconattack.evidence.range_names import ATTACKED, EVERY, EXHAUSTIVE, PROVED, SAMPLED
from reconattack.reconstruction.parameters import PARAMETERS

SAME = 1.5 * 10.0**-DECIMALS  # of a value that was rounded

Box = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Breaks:
    """The breaks of the frames that one network of each fold judges.

    Attributes
    ----------
    moved
        The parameters that move, each from the initial setting to its bounds; others stand still.
    statement
        `PROVED`, `EXHAUSTIVE` or `SAMPLED`.
    source
        Name of the attack, or of the distribution of the settings.
    paths
        Files from which the breaks come.
    box
        Lower and upper bound of each of `moved`, in the parameter's unit.
    frames
        Names of the frames, (n,).
    shares
        Break of each frame, float64 (n,); infinite where nothing in the box changes the decision.
    tried
        Shares of the box at which a range may end, (m,): those of settings that were tried. None
        for a proof, in which any share can be chosen.
    settings
        Of a search: shares of the box of the settings that each frame was judged at, n arrays. None
        if every frame was judged at the settings of `tried`, a share for each, or at none.
    steps
        Distance of two neighbours of a lattice or sweep, by parameter; None for others.
    counted
        Which frames these are: `EVERY` that could be read, or `ATTACKED`.
    """

    moved: tuple[str, ...]
    statement: str
    source: str
    paths: Sequence[str]
    box: Box
    frames: Sequence[str]
    shares: np.ndarray
    tried: np.ndarray | None = None
    settings: Sequence[np.ndarray] | None = None
    steps: Mapping[str, float] | None = None
    counted: str = ATTACKED

    def settings_within(self, share: float) -> float | None:
        """Number of settings tried within a share of the box; the median of the frames.

        None for a proof.
        """
        if self.tried is None:
            return None
        of_frames = [self.tried] if self.settings is None else self.settings
        return float(np.median([(one <= share).sum() for one in of_frames]))


def shares_of_box(
    points: np.ndarray, names: Sequence[str], initial: Mapping[str, float], box: Box
) -> np.ndarray:
    """The share of the box that just holds each setting, (n,), rounded.

    Parameters
    ----------
    points
        Values of the parameters `names`, (n, parameter).
    initial
        The initial setting.
    box
        Lower and upper bound of each parameter that moves.
    """
    shares = np.zeros(len(points))
    for column, name in enumerate(names):
        if name in box:
            start, (lower, upper) = initial[name], box[name]
            side = np.where(points[:, column] < start, start - lower, upper - start)
            offset = np.abs(points[:, column] - start)
            share = np.divide(offset, side, out=np.zeros(len(points)), where=side > 0)
            shares = np.maximum(shares, share)
    return shares.round(DECIMALS)


def only_moved(
    points: np.ndarray, names: Sequence[str], initial: Mapping[str, float], moved: Sequence[str]
) -> np.ndarray:
    """Whether no parameter but those of `moved` differs from the initial setting, bool (n,)."""
    still = [column for column, name in enumerate(names) if name not in moved]
    start = np.array([initial[names[column]] for column in still])
    return (np.abs(points[:, still] - start) <= SAME).all(axis=1)


# Settings that no adversary chose


def breaks_of_settings(
    judged: xr.Dataset, paths: Sequence[str], parameters: Mapping[str, Any], cutoff: float
) -> Iterator[Breaks]:
    """The breaks at settings that are drawn, and along each sweep of one parameter.

    Parameters
    ----------
    judged
        The frames at the settings (`reconattack.evidence.accidental.judged_frames`).
    paths
        Their files.
    parameters
        `box` of each parameter.
    cutoff
        Probability from which a frame has label 1, if the decision is binary.
    """
    names = [name for name in PARAMETERS if name in judged.coords]
    points = np.stack([judged[name].values for name in names], axis=1)
    distributions = judged["distribution"].values.astype(str)
    (start,) = np.flatnonzero(distributions == INITIAL)
    initial = dict(zip(names, points[start].tolist(), strict=True))
    changed = changed_decisions(judged, cutoff)
    box = moving({name: knob["box"] for name, knob in parameters.items()})
    for distribution in dict.fromkeys(distributions.tolist()):
        is_sweep = distribution.startswith(SWEEP)
        if not is_sweep and distribution not in DRAWN:
            continue
        moved = (distribution.removeprefix(SWEEP),) if is_sweep else tuple(box)
        own = distributions == distribution
        within = {name: box[name] for name in moved}
        shares = shares_of_box(points[own], names, initial, within)
        values = np.unique(points[own][:, names.index(moved[0])])
        yield Breaks(
            moved=moved,
            statement=EXHAUSTIVE if is_sweep else SAMPLED,
            source=distribution,
            paths=paths,
            box=within,
            frames=judged["frame"].values.astype(str).tolist(),
            shares=first_change(changed[:, own], shares),
            tried=np.sort(np.append(shares, 0) if shares.min() > 0 else shares),
            steps={moved[0]: widest_step(values)} if is_sweep else None,
            counted=EVERY,
        )


def first_change(changed: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The smallest share, of settings (m,), that changes each frame, bool (n, m)."""
    return np.where(changed, shares, np.inf).min(axis=1, initial=np.inf)


def widest_step(values: np.ndarray) -> float:
    """The largest distance of two neighbours among rising values, (n,)."""
    return round(float(np.diff(values).max(initial=0)), DECIMALS)


def moving(box: Box) -> dict[str, Sequence[float]]:
    """The parameters of a box that can move, in the order of the reconstruction."""
    return {name: box[name] for name in PARAMETERS if name in box and box[name][0] < box[name][1]}


# Records of attacks


def breaks_of_grid(attack: str, paths: Sequence[str], box: Box) -> Iterator[Breaks]:
    """The breaks on a lattice: all parameters together, and each alone."""
    box = moving(box)
    parts = [attacked_part(path, ["grid_flips", "parameters"]) for path in paths]
    parts = [part for part in parts if part.sizes["frame"]]
    if not parts:
        return
    axes = lattice_axes_of(paths[0])
    initial = parts[0]["parameters"].isel(frame=0, step=0).to_series().to_dict()
    start = {name: int(np.abs(axis - initial[name]).argmin()) for name, axis in axes.items()}
    whole = box_shares(list(axes.values()), np.array([initial[name] for name in axes]))
    for moved in together_and_alone(box):
        still = {f"{LATTICE}{name}": start[name] for name in axes if name not in moved}
        line = tuple(slice(None) if name in moved else start[name] for name in axes)
        shares = whole[line].ravel()
        flips = [
            part["grid_flips"].transpose("frame", *(f"{LATTICE}{name}" for name in axes))
            for part in parts
        ]
        changed = [part.isel(still).values.reshape(part.sizes["frame"], -1) for part in flips]
        yield Breaks(
            moved=moved,
            statement=EXHAUSTIVE,
            source=attack,
            paths=paths,
            box={name: box[name] for name in moved},
            frames=[str(name) for part in parts for name in part["frame"].values],
            shares=first_change(np.concatenate(changed), shares),
            tried=np.sort(shares),
            steps={name: widest_step(axes[name]) for name in moved},
        )


def breaks_of_proof(attack: str, paths: Sequence[str], box: Box) -> Iterator[Breaks]:
    """The breaks that are proved: no setting nearer changes the decision, all parameters together.

    A proved margin is a distance in half-widths of the box, which are shorter than the longer side
    of a box that is not centred on the initial setting: the break is the share of the longest side.
    """
    box = moving(box)
    frames = [frame for path in paths for frame in attacked_frames(path)]
    if not frames or not box:
        return
    initial = frames[0].initial
    sides = [np.subtract(box[name], initial[name]) * (-1, 1) for name in box]
    longest = max(2 * ends.max() / ends.sum() for ends in sides)
    shares = [
        np.inf
        if bool(frame.record["certified"])
        else float(frame.record["certified_margin"]) / longest
        for frame in frames
    ]
    names = [frame.name for frame in frames]
    yield Breaks(tuple(box), PROVED, attack, paths, box, names, np.array(shares))


def breaks_of_search(attack: str, paths: Sequence[str], box: Box) -> Iterator[Breaks]:
    """The breaks that a search found: all parameters together, and those that it moved alone.

    If the model is immune, no setting of the box changes its decisions by the way it is built: this
    is a proof.
    """
    box = moving(box)
    frames = [frame for path in paths for frame in attacked_frames(path)]
    if not frames or not box:
        return
    initial = frames[0].initial
    names = list(initial)
    points = [frame.points(names) for frame in frames]
    flips = [frame.steps["margin"].values < 0 for frame in frames]
    immune = all(frame.stop_reason == "immune" for frame in frames)
    for moved in dict.fromkeys([tuple(box), *moved_alone(frames[0], box)]):
        within = {name: box[name] for name in moved}
        own = [only_moved(one, names, initial, moved) for one in points]
        shares = [
            shares_of_box(one[kept], names, initial, within)
            for one, kept in zip(points, own, strict=True)
        ]
        yield Breaks(
            moved=moved,
            statement=PROVED if immune else SAMPLED,
            source=attack,
            paths=paths,
            box=within,
            frames=[frame.name for frame in frames],
            shares=np.array(
                [
                    share.min(where=flipped[kept], initial=np.inf)
                    for share, flipped, kept in zip(shares, flips, own, strict=True)
                ]
            ),
            tried=None if immune else tried_on_each(shares),
            settings=shares,
        )


def tried_on_each(shares: Sequence[np.ndarray]) -> np.ndarray:
    """The shares of the box at which a range of a search may end, rising.

    A range in which some frame was judged at the initial setting alone says nothing of that frame.
    So every frame has a further setting within the range. Frames without any further setting do not
    count here: the attack knew without one that no setting of the box changes them.

    Parameters
    ----------
    shares
        Shares of the settings that each frame was judged at, n arrays.
    """
    nearest = [one[one > 0].min() for one in shares if (one > 0).any()]
    every = np.unique(np.concatenate([*shares, [0.0]]))
    return every[(every == 0) | (every >= max(nearest, default=0))]


def together_and_alone(box: Box) -> list[tuple[str, ...]]:
    """All parameters of a box, then each alone; nothing twice."""
    return list(dict.fromkeys([tuple(box), *((name,) for name in box)]))


def moved_alone(frame: FrameResult, box: Box) -> Iterator[tuple[str, ...]]:
    """The parameters that an attack moved alone: each, or those of each control, or none."""
    if "safe_lower" in frame.record:
        yield from ((name,) for name in box)
    elif "knob_flips" in frame.record:
        controls = dict.fromkeys(PARAMETERS[name].control for name in box)
        for control in controls:
            yield tuple(name for name in box if PARAMETERS[name].control == control)
