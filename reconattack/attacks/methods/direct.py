"""DIRECT, dividing rectangles, locally biased: needs no starting point and no random numbers.

Jones et al. 1993; Gablonsky and Kelley 2001; as SciPy has it. It ends by itself where its
rectangles are too small to divide.
"""

import numpy as np
from scipy.optimize import direct

from reconattack.attacks.search import Evaluate
from reconattack.attacks.space import SearchSpace

MOST_EVALUATIONS = 80_000  # SciPy takes no more than about 90,000; the budget ends searches earlier


def search(evaluate: Evaluate, space: SearchSpace, random: np.random.Generator) -> None:
    """Divide the box until DIRECT ends."""
    direct(
        lambda scaled: evaluate(space.points(scaled[np.newaxis]))[0],
        [(0, 1)] * int(space.free.sum()),
        locally_biased=True,
        maxfun=MOST_EVALUATIONS,
        maxiter=MOST_EVALUATIONS,
    )
