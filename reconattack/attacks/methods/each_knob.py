"""Each control of the scanner alone, then each two together: which of them flip a frame?

All other controls stay at the initial setting. A control, or a pair, is searched by the points of
`reconattack.attacks.methods.corners` in the box of its own parameters until the first flip. Points
of a pair move both of its controls, since what moves one of them was tried before. A pair of which
a control flips the frame alone flips it as well and is not searched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import xarray as xr

from reconattack.attacks import search
from reconattack.attacks.lattice import distances
from reconattack.attacks.methods import corners
from reconattack.attacks.path import Path, Scores, Target, judge_start
from reconattack.attacks.space import SearchSpace, decimal
from reconattack.classifiers.decisions.decision import Decision
from reconattack.reconstruction.parameter import described
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.seeds import seed_of

MANY_QUERIES = True
FINDS = "knobs"
SETTINGS = {
    "points_each": {
        "description": "Largest number of settings per frame for one control alone.",
        "type": "integer",
        "minimum": 1,
    },
    "points_pair": {
        "description": "Largest number of settings per frame for a pair of controls.",
        "type": "integer",
        "minimum": 1,
    },
}

Controls = tuple[str, ...]


@dataclass
class KnobPath(Path):
    """One frame's settings, those of every control and pair one after the other.

    Attributes
    ----------
    flips
        The controls and pairs whose search has flipped the frame.
    """

    flips: set[Controls] = field(default_factory=set)

    def flipped_by(self, controls: Controls) -> bool:
        """Whether the frame is flipped by some controls, or by one of them alone."""
        return not self.flips.isdisjoint([controls, *((control,) for control in controls)])


def attack(
    target: Target, space: SearchSpace, points_each: int, points_pair: int
) -> list[KnobPath]:
    """Attack many frames by each control and each pair of controls.

    Parameters
    ----------
    target
        Frames, classifier, reference decisions and the seeds of each frame's random numbers.
    space
        Box of the parameters; those whose box is one point stay as they are.
    points_each, points_pair
        Settings of a control alone, and of a pair, that a frame is judged at, at most.

    Returns
    -------
    list of KnobPath
        One for each frame, in order. Its result is the flip nearest to the initial setting, without
        any the setting of lowest margin.
    """
    remembering = _Memory(target.oracle)
    paths = _start(replace(target, oracle=remembering), space)
    controls = controls_of(space)
    subsets = [(control,) for control in controls] + list(combinations(controls, 2))
    for subset in subsets:
        frames = [
            frame
            for frame, path in enumerate(paths)
            if path.stop_reason != "wrong_at_start" and not path.flipped_by(subset)
        ]
        of_subset = replace(
            target,
            oracle=remembering.of(frames),
            references=np.array([paths[frame].reference for frame in frames], int),
            seeds=[seed_of(target.seeds[frame], *subset) for frame in frames],
        )
        max_queries = 1 + (points_each if len(subset) == 1 else points_pair)
        found = search.attack(of_subset, only(space, subset), _search, max_queries)
        for frame, path in zip(frames, found, strict=True):
            _add(paths[frame], subset, path)
    for path in paths:
        _conclude(path, space, target.decision)
    return paths


def controls_of(space: SearchSpace) -> list[str]:
    """Controls with a parameter that can move, in the order of the parameters."""
    moving = (name for name, free in zip(space.names, space.free, strict=True) if free)
    return list(dict.fromkeys(PARAMETERS[name].control for name in moving))


def only(space: SearchSpace, controls: Controls) -> SearchSpace:
    """The space in which some controls alone can move."""
    moves = np.array([PARAMETERS[name].control in controls for name in space.names])
    return replace(
        space,
        lower=np.where(moves, space.lower, space.initial),
        upper=np.where(moves, space.upper, space.initial),
    )


def findings(
    paths: Sequence[Path], target: Target, space: SearchSpace, **settings: object
) -> xr.Dataset:
    """Which controls and pairs flip each frame; False where it was not searched.

    Returns
    -------
    xarray.Dataset
        `knob_flips` (frame, control) and `pair_flips` (frame, control, other_control), the same
        both ways round and on its diagonal a control alone.
    """
    controls = controls_of(space)
    alone = np.zeros((len(paths), len(controls)), bool)
    pairs = np.zeros((len(paths), len(controls), len(controls)), bool)
    for number, path in enumerate(paths):
        if not isinstance(path, KnobPath):  # of an immune model
            continue
        alone[number] = [path.flipped_by((control,)) for control in controls]
        for first, second in combinations(range(len(controls)), 2):
            flipped = path.flipped_by((controls[first], controls[second]))
            pairs[number, [first, second], [second, first]] = flipped
        np.fill_diagonal(pairs[number], alone[number])
    names = np.array(controls, object)
    return xr.Dataset(
        {
            "knob_flips": (
                ("frame", "control"),
                alone,
                described("1", "whether a control alone flips the decision"),
            ),
            "pair_flips": (
                ("frame", "control", "other_control"),
                pairs,
                described("1", "whether one of two controls or both together flip the decision"),
            ),
        },
        coords={
            "control": ("control", names, described("1", "control of the scanner")),
            "other_control": ("other_control", names, described("1", "control of the scanner")),
        },
    )


class _Memory:
    """An oracle that asks another for no setting of a frame twice."""

    def __init__(self, oracle: Scores) -> None:
        self._oracle = oracle
        self._scores: dict[tuple, float] = {}

    def __call__(self, frames: np.ndarray, points: np.ndarray) -> np.ndarray:
        keys = [(frame, *point) for frame, point in zip(frames, points, strict=True)]
        new = [number for number, key in enumerate(keys) if key not in self._scores]
        if new:
            scores = self._oracle(frames[new], points[new])
            self._scores |= zip([keys[number] for number in new], scores, strict=True)
        return np.array([self._scores[key] for key in keys])

    def of(self, frames: Sequence[int]) -> Scores:
        """The oracle of some frames, which it numbers from 0."""
        frames = np.array(frames, int)
        return lambda numbers, points: self(frames[numbers], points)


def _start(target: Target, space: SearchSpace) -> list[KnobPath]:
    """Paths that hold the initial setting; without any control to search they are exhausted."""
    return [
        KnobPath(
            path.reference,
            path.parameters,
            path.scores,
            path.losses,
            stop_reason=path.stop_reason or "exhausted",
        )
        for path in judge_start(target, space)
    ]


def _search(evaluate: search.Evaluate, space: SearchSpace, random: np.random.Generator) -> None:
    """Try those points of `corners` that move every control which can move."""
    control = np.array([PARAMETERS[name].control for name in space.names])
    for points in corners.proposals(space, random):
        moved = decimal(points) != space.initial
        of_each = [moved[:, control == name].any(axis=1) for name in controls_of(space)]
        evaluate(points[np.all(of_each, axis=0)])


def _add(path: KnobPath, subset: Controls, found: Path) -> None:
    """Append what the search of a control or a pair has found; its first step is the start."""
    path.parameters += found.parameters[1:]
    path.scores += found.scores[1:]
    path.losses += found.losses[1:]
    path.repeats += found.repeats
    if found.stop_reason == "flipped":
        path.flips.add(subset)
    if path.stop_reason != "flipped":
        path.stop_reason = found.stop_reason


def _conclude(path: KnobPath, space: SearchSpace, decision: Decision) -> None:
    """Count the queries and choose the result."""
    path.queries = len(path.scores)
    path.best = int(path.margins(decision).argmin())
    flips = np.flatnonzero(path.is_flip(decision))
    if path.stop_reason == "flipped":
        farthest, length = distances(np.array(path.parameters)[flips], space)
        path.best = int(flips[np.lexsort((length, farthest))[0]])
        path.queries_to_flip = int(flips[0]) + 1
