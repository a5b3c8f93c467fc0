"""COBYQA, quadratic models in a trust region without derivatives, restarted.

Ragonneau and Zhang 2024, https://www.cobyqa.com, as SciPy has it. The first run starts at the
initial setting, the others at uniform random points. SciPy runs one COBYQA at a time, so frames are
searched one after another.
"""

import numpy as np
from scipy.optimize import minimize

from reconattack.attacks.search import Evaluate
from reconattack.attacks.space import SearchSpace

SIDE_BY_SIDE = False
# In units of the box. The last radius is 0.01 dB in the paper's box, below which a picture of 8
# bits hardly changes.
FIRST_RADIUS = 0.25
LAST_RADIUS = 1e-3


def search(evaluate: Evaluate, space: SearchSpace, random: np.random.Generator) -> None:
    """Minimize the margin from one starting point after another, without end."""
    (start,) = space.scaled(space.initial[np.newaxis])
    while True:
        minimize(
            lambda scaled: evaluate(space.points(scaled[np.newaxis]))[0],
            start,
            method="COBYQA",
            bounds=[(0, 1)] * len(start),
            options={"initial_tr_radius": FIRST_RADIUS, "final_tr_radius": LAST_RADIUS},
        )
        start = random.random(len(start))
