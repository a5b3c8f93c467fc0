"""A part of the box, its corners, and linear forms over them.

A form is a row of four numbers, the coefficients of u, x, v and 1, as
`reconattack.attacks.proof.levels` defines them. Along one parameter a form is a quotient of two
affine functions, so its extremes over a cell lie at the cell's corners: nothing is lost.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from reconattack.reconstruction.steps import GREY_LEVELS

KNOBS = ("beta", "alpha_lower", "alpha_upper", "gain")


@dataclass(frozen=True)
class Cell:
    """Intervals of the parameters that a proof covers.

    Attributes
    ----------
    lower, upper
        Ends of the intervals in the order of `KNOBS`, (4,).
    """

    lower: tuple[float, ...]
    upper: tuple[float, ...]

    @cached_property
    def corners(self) -> np.ndarray:
        """Settings at the corners, (corner, 4), each once."""
        ends = [sorted({*pair}) for pair in zip(self.lower, self.upper, strict=True)]
        return np.array([*product(*ends)])

    @cached_property
    def coordinates(self) -> np.ndarray:
        """u, x, v and 1 at the corners, (4, corner)."""
        return coordinates(self.corners)

    @cached_property
    def thresholds(self) -> np.ndarray:
        """Every pair of alpha_lower and alpha_upper at the corners, (pair, 2)."""
        return np.array([*product(*zip(self.lower[1:3], self.upper[1:3], strict=True))])

    def halves(self, knob: int, at: float) -> tuple["Cell", "Cell"]:
        """The two parts below and above a value of one parameter."""
        below, above = list(self.upper), list(self.lower)
        below[knob] = above[knob] = at
        return Cell(self.lower, tuple(below)), Cell(tuple(above), self.upper)

    def within(self, centre: np.ndarray, half: np.ndarray, distance: float) -> "Cell":
        """The part that lies within a distance of a setting, in half-widths (4,) of the box."""
        reach = np.where(half > 0, half, 1) * distance
        lower = np.maximum(self.lower, np.nextafter(centre - reach, -np.inf))
        upper = np.minimum(self.upper, np.nextafter(centre + reach, np.inf))
        return Cell(tuple(lower.tolist()), tuple(upper.tolist()))

    @property
    def volume(self) -> float:
        """Product of the widths of the intervals that are not points."""
        widths = np.subtract(self.upper, self.lower)
        return float(np.prod(widths[widths > 0]))


def coordinates(settings: np.ndarray) -> np.ndarray:
    """u, x, v and 1 at settings (n, 4), shape (4, n)."""
    beta, lower, upper, gain = np.atleast_2d(settings).T
    u = GREY_LEVELS / (upper - lower)
    return np.stack([u, beta * u, (lower - gain) * u, np.ones_like(u)])
