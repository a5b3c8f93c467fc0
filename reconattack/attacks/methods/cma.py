"""CMA-ES, an evolution strategy that adapts the covariance of its steps, restarted.

Hansen and Ostermeier 2001, as pycma has it (https://github.com/CMA-ES/pycma), with its default
handling of bounds. The first run starts at the initial setting, the others at uniform random
points.
"""

import numpy as np

from reconattack.attacks.search import Evaluate
from reconattack.attacks.space import SearchSpace

POPULATION = 7
FIRST_STEP = 0.25  # standard deviation in units of the box


def search(evaluate: Evaluate, space: SearchSpace, random: np.random.Generator) -> None:
    """Minimize the margin from one starting point after another, without end."""
    import cma  # it loads Matplotlib, which other attacks need not wait for

    free = space.free.sum()
    dimensions = max(2, free)  # pycma takes no single parameter: an idle one goes with it
    start = np.full(dimensions, 0.5)
    start[:free] = space.scaled(space.initial[np.newaxis])[0]
    options = {
        "bounds": [0, 1],
        "popsize": POPULATION,
        "randn": lambda *shape: random.standard_normal(shape),
        "seed": np.nan,  # NumPy's global random numbers are left alone: threads share them
        "verbose": -9,
        "verb_log": 0,
        "signals_filename": "",
    }
    while True:
        strategy = cma.CMAEvolutionStrategy(start, FIRST_STEP, options)
        while not strategy.stop():
            steps = strategy.ask()
            strategy.tell(steps, evaluate(space.points(np.array(steps)[:, :free])))
        start = random.random(dimensions)
