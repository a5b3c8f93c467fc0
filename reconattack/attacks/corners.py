"""The baseline search: the box's faces and corners, then points spread evenly over it.

After the initial setting come the centres of the box's faces and its corners, the nearest to the
initial setting first (distances in units of the box; of equal distance faces before corners, then
in the order of the parameters, lower before upper), then scrambled Sobol points (Sobol 1967; Owen
1998) until the budget is used.
"""

from itertools import product

import numpy as np
from scipy.stats import qmc

from reconattack.attacks.search import Evaluate
from reconattack.attacks.space import SearchSpace

BATCH = 8  # a power of two, as Sobol points are drawn


def search(evaluate: Evaluate, space: SearchSpace, random: np.random.Generator) -> None:
    """Try faces and corners, then Sobol points without end."""
    (start,) = space.scaled(space.initial[np.newaxis])
    evaluate(space.points(faces_and_corners(start)))
    points = qmc.Sobol(len(start), scramble=True, rng=random)
    while True:
        evaluate(space.points(points.random(BATCH)))


def faces_and_corners(start: np.ndarray) -> np.ndarray:
    """Face centres and corners of the unit box, (point, free), the nearest to `start` first."""
    dimensions = len(start)
    faces = np.full((dimensions, 2, dimensions), 0.5)
    for dimension in range(dimensions):
        faces[dimension, :, dimension] = 0, 1
    corners = np.array(list(product((0.0, 1.0), repeat=dimensions)))
    points = np.concatenate([faces.reshape(-1, dimensions), corners])
    distances = np.linalg.norm(points - start, axis=1).round(9)
    return points[np.argsort(distances, kind="stable")]
