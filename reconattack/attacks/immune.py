"""Models that see nothing of what an attack moves: shown to be so, asked once, not searched.

A model that takes what stands before the attacked stages of the reconstruction
(`reconattack.classifiers.kinds.IMMUNE_TO`) is given the same bytes wherever the parameters go. That
is looked at for every frame, at the initial setting, the centres of the box's faces and its
corners. Its frames were attacked, in vain; those decided wrong at the start were not.
"""

import numpy as np

from reconattack.attacks.oracle import Oracle, digest_of
from reconattack.attacks.path import Path, Target, judge_start
from reconattack.attacks.space import SearchSpace, faces_and_corners
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.kinds import IMMUNE_TO
from reconattack.errors import InputError


def is_immune(judge: Judge) -> bool:
    """Whether a judge takes what parameters of the reconstruction cannot change."""
    return judge.takes in IMMUNE_TO


def attack(target: Target, space: SearchSpace) -> list[Path]:
    """Judge each frame at the initial setting, after a look whether any other would change it.

    Parameters
    ----------
    target
        Frames, reference decisions and a classifier that `is_immune`.
    space
        The box.

    Returns
    -------
    list of Path
        One for each frame, in order, of one step; nothing flips it.

    Raises
    ------
    InputError
        If a parameter of the box changes what is judged.
    """
    judge = target.judge
    moving = [name for name, free in zip(space.names, space.free, strict=True) if free]
    seen = [name for name in moving if name not in IMMUNE_TO[judge.takes]]
    if seen:
        raise InputError(
            f"model {judge.name} takes {judge.takes}, which {', '.join(seen)} can change: it is "
            "not immune to this attack, and no search of its box is made; expected an attack on "
            "none of them"
        )
    for frame in range(len(target.references)):
        _check_unchanged(target.oracle, frame, space, judge)
    paths = judge_start(target, space)
    for path in paths:
        path.stop_reason = path.stop_reason or "immune"
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
