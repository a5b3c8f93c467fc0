"""Classifiers whose answer is known in closed form, and an oracle that keeps every query."""

import numpy as np

START = np.array([0.9, 10.0, 55.0])
HALF_WIDTH = np.array([0.4, 5.0, 5.0])  # of the paper's box


class AnalyticOracle:
    """One function of the parameter vector per frame; every query is kept."""

    def __init__(self, *classifiers):
        self.classifiers = classifiers
        self.asked = [[] for _ in classifiers]
        self.calls = 0

    def __call__(self, frames, parameters):
        assert parameters.shape == (len(frames), 3)
        self.calls += 1
        for frame, vector in zip(frames, parameters, strict=True):
            self.asked[frame].append(tuple(vector))
        return np.array(
            [self.classifiers[f](v) for f, v in zip(frames, parameters, strict=True)], float
        )

    def slopes(self, frame, points):
        """Central differences, which are no queries."""
        assert points.shape == (len(points), 3)
        steps = 1e-6 * np.diag(HALF_WIDTH)
        logit = self.classifiers[frame]
        return np.array(
            [[logit(point + step) - logit(point - step) for step in steps] for point in points]
        ) / (2e-6 * HALF_WIDTH)

    @property
    def queries(self):
        return [len(asked) for asked in self.asked]


def linear(at_start, *slopes):
    """Logit that is linear in the parameters, `at_start` at the initial ones."""
    return lambda vector: at_start + np.dot(slopes, vector - START)


def toward_corner(*signs, depth=1.0):
    """Logit that falls to -`depth` at one corner of the paper's box; 3 at the start.

    With a depth of 1 it flips where the signed offsets in half-widths sum to 9/4 at least, which is
    the corner's 0.9 % of the box.
    """
    return lambda vector: 3 - (3 + depth) / 3 * np.dot(signs, (vector - START) / HALF_WIDTH)


def bump(center, width=0.4, depth=1.0):
    """Logit of 2 but for a round dent to -`depth` at `center`, `width` in half-widths."""

    def logit(vector):
        offset = (vector - np.asarray(center)) / HALF_WIDTH
        return 2 - (2 + depth) * np.exp(-np.sum((offset / width) ** 2))

    return logit


def bowl(center, height=1.0):
    """Quadratic logit whose lowest value is `height` at `center`."""
    return lambda vector: height + np.sum(((vector - np.asarray(center)) / HALF_WIDTH) ** 2)
