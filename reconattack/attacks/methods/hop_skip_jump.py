"""HopSkipJump, which is told decisions alone: a baseline for attacks that are told margins.

Chen, Jordan and Wainwright 2020, arXiv:1904.02144, as IBM's Adversarial Robustness Toolbox (ART)
has it, in the unit box and with distances in L-infinity. It begins at a point that flips the
decision; uniform random points are tried for one, as ART does, so until then it is the `random`
search. From there it walks along the boundary of the decision toward the initial setting: it goes
on after its first flip.

ART draws from NumPy's global random numbers. They are seeded for the walk and put back after it, so
frames are searched one after another.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from reconattack.attacks import search as searches
from reconattack.attacks.art import box_classifier
from reconattack.attacks.methods.minimal import nearest_flips
from reconattack.attacks.path import Path, Target
from reconattack.attacks.search import Evaluate
from reconattack.attacks.space import SearchSpace

# ART's 100 probes and 50 iterations are meant for pictures, which have more dimensions than a box.
# These take about 300 queries; 700 more bring a flip nearer by a few per cent at most frames.
FIRST_PROBES = 30
ITERATIONS = 5


def attack(target: Target, space: SearchSpace, max_queries: int) -> list[Path]:
    """Search the nearest flip of each frame; `search.attack` describes the arguments.

    Returns
    -------
    list of Path
        One for each frame, in order. Its best step is the flip of least L-infinity distance.
    """
    paths = searches.attack(
        target, space, search, max_queries, side_by_side=False, stop_at_flip=False
    )
    for path in paths:
        if path.stop_reason == "flipped":
            path.best, _ = nearest_flips(path, space, target.decision)
    return paths


def search(evaluate: Evaluate, space: SearchSpace, random: np.random.Generator) -> None:
    """Find a flip, then come nearer to the initial setting for a number of iterations."""

    def odds_of_flip(points: np.ndarray) -> np.ndarray:
        return np.where(evaluate(points) < 0, 1.0, -1.0)

    flip = _random_flip(evaluate, space, random)
    classifier = box_classifier(odds_of_flip, space)
    with warnings.catch_warnings():  # that PyTorch is not installed
        warnings.simplefilter("ignore")
        from art.attacks.evasion import HopSkipJump  # takes seconds
    walk = HopSkipJump(
        classifier, norm="inf", init_eval=FIRST_PROBES, max_iter=ITERATIONS, verbose=False
    )
    start = space.scaled(space.initial[np.newaxis])
    with _global_random_numbers(random):
        walk.generate(start, x_adv_init=flip)


def _random_flip(evaluate: Evaluate, space: SearchSpace, random: np.random.Generator) -> np.ndarray:
    """The first of uniform points of the unit box that flips the decision, (1, free)."""
    while True:
        scaled = random.random((1, space.free.sum()))
        if evaluate(space.points(scaled))[0] < 0:
            return scaled


@contextmanager
def _global_random_numbers(random: np.random.Generator) -> Iterator[None]:
    """NumPy's global random numbers, seeded from `random` and afterwards what they were before."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(random.integers(2**32))  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002
