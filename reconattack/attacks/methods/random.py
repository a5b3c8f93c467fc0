"""Uniform random points of the box: the worst of as many as the budget allows."""

import numpy as np

from reconattack.attacks.search import Evaluate
from reconattack.attacks.space import SearchSpace

BATCH = 8


def search(evaluate: Evaluate, space: SearchSpace, random: np.random.Generator) -> None:
    """Try uniform points without end."""
    while True:
        evaluate(space.points(random.random((BATCH, space.free.sum()))))
