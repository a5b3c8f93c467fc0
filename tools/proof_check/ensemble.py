"""A lower bound of the margin of a mean probability over several settings.

The mean of numbers is nowhere below the mean of their lower bounds.
"""

import numpy as np
from scipy.special import expit, logit

from tools.proof_check.enclosure import Part, lowered
from tools.proof_check.margin import Bounded, Margin

# Error of a probability and of a logit by the float64 arithmetic here and in the run's mean.
ARITHMETIC = 1e-12


class MeanMargin:
    """Bounds the margin of one frame's decision by the mean over several settings.

    Parameters
    ----------
    margin
        The bound of one image's margin, with the cut-off of the mean.
    offsets
        What is added to a setting for each image, in the order of a part's parameters, (image, 4).
    """

    def __init__(self, margin: Margin, offsets: np.ndarray) -> None:
        self._margin = margin
        self._offsets = offsets

    def __call__(self, part: Part) -> Bounded:
        """Bound the margin over a part."""
        found = [self._margin(moved(part, offset)) for offset in self._offsets]
        beyond = self._margin.threshold
        lowest = np.array([bound.least for bound in found])
        chance = expit(lowered(lowest + beyond)).mean() * (1 - ARITHMETIC)
        slack = ARITHMETIC * (1 + np.log(len(found)) + abs(beyond))
        worst = int(lowest.argmin())
        setting = np.clip(found[worst].setting - self._offsets[worst], part.lower, part.upper)
        spread = sum(bound.spread for bound in found)
        return Bounded(float(lowered(logit(chance) - beyond - slack)), setting, spread)


def moved(part: Part, offset: np.ndarray) -> Part:
    """A part that holds every setting of another one plus an offset, as float64 adds them.

    Rounding keeps the order of sums, so the sums of the ends are the ends of the sums.
    """
    return Part(*(tuple(np.add(ends, offset).tolist()) for ends in (part.lower, part.upper)))
