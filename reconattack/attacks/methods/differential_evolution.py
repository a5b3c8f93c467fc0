"""Differential evolution, a population that moves by its members' differences, restarted.

Storn and Price 1997, as SciPy has it, without the final polish by gradients. The initial setting is
a member of the first population of every run.
"""

import numpy as np
from scipy.optimize import differential_evolution

from reconattack.attacks.search import Evaluate
from reconattack.attacks.space import SearchSpace

MEMBERS = 5  # for each parameter that moves; SciPy's 15 leave four generations in 200 queries


def search(evaluate: Evaluate, space: SearchSpace, random: np.random.Generator) -> None:
    """Let one population after another converge, without end."""
    (start,) = space.scaled(space.initial[np.newaxis])
    while True:
        differential_evolution(
            lambda scaled: evaluate(space.points(scaled.T)),
            [(0, 1)] * len(start),
            popsize=MEMBERS,
            x0=start,
            rng=random,
            polish=False,
            vectorized=True,
            updating="deferred",
        )
