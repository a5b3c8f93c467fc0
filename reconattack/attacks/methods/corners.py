"""The baseline search: the box's faces and corners, then points spread evenly over it.

After the initial setting come the centres of the box's faces and its corners, the nearest to the
initial setting first (distances in units of the box; of equal distance faces before corners, then
in the order of the parameters, lower before upper), then scrambled Sobol points (Sobol 1967; Owen
1998) until the budget is used. A box of more than `space.MOST_CORNERS` corners is searched without
them: d parameters have 2^d, of which a budget would hold the first few only, all in one part of it.
"""

from collections.abc import Iterator

import numpy as np

from reconattack.attacks.search import Evaluate
from reconattack.attacks.space import SearchSpace, faces_and_corners

BATCH = 8  # a power of two, as Sobol points are drawn


def search(evaluate: Evaluate, space: SearchSpace, random: np.random.Generator) -> None:
    """Try faces and corners, then Sobol points without end."""
    for points in proposals(space, random):
        evaluate(points)


def proposals(space: SearchSpace, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Faces and corners, then Sobol points in batches without end, each (n, parameter)."""
    (start,) = space.scaled(space.initial[np.newaxis])
    yield space.points(faces_and_corners(start))
    from scipy.stats import qmc  # slow to import, and often the budget ends before

    points = qmc.Sobol(len(start), scramble=True, rng=random)
    while True:
        yield space.points(points.random(BATCH))
