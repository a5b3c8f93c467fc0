"""Models that see nothing of what an attack moves: shown to be so, asked once, not searched.

A model that takes what stands before the attacked stages of the reconstruction
(`reconattack.classifiers.kinds.IMMUNE_TO`) is given the same bytes wherever the parameters go. That
is looked at for every frame, at the initial setting, the centres of the box's faces and its
corners. Its frames were attacked, in vain; those decided wrong at the start were not.
"""

from typing import Protocol

import numpy as np

from reconattack.attacks.methods.corners import faces_and_corners
from reconattack.attacks.methods.each_knob import KnobPath, start
from reconattack.attacks.methods.grid import digest_of
from reconattack.attacks.space import SearchSpace
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.kinds import IMMUNE_TO
from reconattack.errors import InputError


class Oracle(Protocol):
    """What is asked of `reconattack.attacks.oracle.Oracle`."""

    def __call__(self, frames: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Logits, float64 (n,), of frames, (n,), at parameter vectors, (n, parameter)."""

    def inputs(self, frame: int, parameters: np.ndarray) -> tuple[np.ndarray, ...]:
        """What is judged of a frame at parameter vectors."""


def is_immune(judge: Judge) -> bool:
    """Whether a judge takes what parameters of the reconstruction cannot change."""
    return judge.takes in IMMUNE_TO


def attack(
    oracle: Oracle, references: np.ndarray, space: SearchSpace, cutoff: float, judge: Judge
) -> list[KnobPath]:
    """Judge each frame at the initial setting, after a look whether any other would change it.

    Parameters
    ----------
    oracle
        Shows what is judged, and judges it.
    references
        (frame,): the decision to flip, 0 or 1; -1 where the classifier's own decision at the
        initial parameters is the reference. Frames decided otherwise at the start are not attacked.
    space
        The box.
    cutoff
        Probability from which on a frame counts as fatty.
    judge
        What is attacked; `is_immune`.

    Returns
    -------
    list of KnobPath
        One for each frame, in order, of one step; no control flips it.

    Raises
    ------
    InputError
        If a parameter of the box changes what is judged.
    """
    moving = [name for name, free in zip(space.names, space.free, strict=True) if free]
    seen = [name for name in moving if name not in IMMUNE_TO[judge.takes]]
    if seen:
        raise InputError(
            f"model {judge.name} takes {judge.takes}, which {', '.join(seen)} can change: it is "
            "not immune to this attack, and no search of its box is made; expected an attack on "
            "none of them"
        )
    for frame in range(len(references)):
        _check_unchanged(oracle, frame, space, judge)
    paths = start(oracle, references, space, cutoff)
    for path in paths:
        if path.stop_reason != "wrong_at_start":
            path.stop_reason = "immune"
    return paths


def _check_unchanged(oracle: Oracle, frame: int, space: SearchSpace, judge: Judge) -> None:
    """Raise InputError unless a frame's inputs have the same bytes all over the box."""
    (initial,) = space.scaled(space.initial[np.newaxis])
    points = [space.initial[np.newaxis], space.points(faces_and_corners(initial))]
    points = np.concatenate(points)
    digests = [digest_of(*looks) for looks in zip(*oracle.inputs(frame, points), strict=True)]
    changed = [point for point, digest in zip(points, digests, strict=True) if digest != digests[0]]
    if changed:
        there = ", ".join(
            f"{name} {value:g}" for name, value in zip(space.names, changed[0], strict=True)
        )
        raise InputError(
            f"model {judge.name} takes {judge.takes} and is shown something else of frame "
            f"{frame} at {there} than at the initial setting; expected the same bytes"
        )
