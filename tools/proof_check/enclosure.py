"""What float64 arithmetic may do to a number, and the corners of a part of the box.

Sums and products are computed in ordinary float64, in any order. Beside each stands the same sum of
absolute values, and `gamma` of the number of operations times that sum bounds what rounding changed
(Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.1). Such a bound is itself
computed in float64; `raised` covers this. Whatever else is chosen here, as slopes and groups, is a
choice that any float64 number may be.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

UNIT = 2.0**-53  # unit roundoff of float64
SINGLE = 2.0**-24  # unit roundoff of float32
GREY = 255.0
# A form at a corner: five roundings in each coordinate, four products and three sums.
AT_CORNER = 16 * UNIT


def gamma(operations: int, unit: float = UNIT) -> float:
    """Relative error of so many operations one after the other, rounded up."""
    return operations * unit / (1 - 1.01 * operations * unit) * (1 + 2.0**-40)


def raised(error):
    """At least the error that float64 computed of positive numbers in up to 2^22 operations."""
    return error * (1 + 2.0**-30) + 1e-290


def lowered(value):
    """The next lower number."""
    return np.nextafter(value, -np.inf)


@dataclass(frozen=True)
class Part:
    """A part of the box: intervals of beta, alpha_lower, alpha_upper and gain.

    A form is a row of four numbers, the coefficients of u = 255 / (alpha_upper - alpha_lower),
    x = beta u, v = (alpha_lower - gain) u and 1. Along each parameter alone it is affine, or a
    quotient of two affine functions without a pole between, hence monotonic. So it has its extremes
    over a part at corners.

    Attributes
    ----------
    lower, upper
        Ends of the intervals, exact, (4,).
    """

    lower: tuple[float, ...]
    upper: tuple[float, ...]

    @cached_property
    def corners(self) -> np.ndarray:
        """Settings, (corner, 4)."""
        ends = [sorted({*pair}) for pair in zip(self.lower, self.upper, strict=True)]
        return np.array([*product(*ends)])

    @cached_property
    def coordinates(self) -> np.ndarray:
        """u, x, v and 1 at the corners, (4, corner), each with a relative error of 5 UNIT."""
        return coordinates(self.corners)

    @cached_property
    def reach(self) -> np.ndarray:
        """Largest absolute values of the coordinates, (4,), rounded up."""
        return np.abs(self.coordinates).max(axis=1) * (1 + 8 * UNIT)

    @property
    def narrowest(self) -> float:
        """Smallest difference of the thresholds [dB], rounded down."""
        return float(lowered(self.lower[2] - self.upper[1]))

    def least(self, forms: np.ndarray) -> np.ndarray:
        """Lower bound of each of some forms, (n, 4), over the part, (n,)."""
        return lowered((self.coordinates.T @ forms.T).min(axis=0) - self.slack(forms))

    def largest(self, forms: np.ndarray) -> np.ndarray:
        """Upper bound of each of some forms, (n, 4), over the part, (n,)."""
        return -self.least(-forms)

    def slack(self, forms: np.ndarray) -> np.ndarray:
        """Error of forms, (n, 4), at a corner, (n,)."""
        return raised(AT_CORNER * (np.abs(forms) @ self.reach))

    def halves(self, knob: int) -> tuple["Part", "Part"]:
        """The two parts on either side of the middle of one parameter."""
        middle = (self.lower[knob] + self.upper[knob]) / 2
        below, above = list(self.upper), list(self.lower)
        below[knob] = above[knob] = middle
        return Part(self.lower, tuple(below)), Part(tuple(above), self.upper)


def coordinates(settings: np.ndarray) -> np.ndarray:
    """u, x, v and 1 at settings (n, 4), shape (4, n)."""
    beta, lower, upper, gain = settings.T
    u = GREY / (upper - lower)
    return np.stack([u, beta * u, (lower - gain) * u, np.ones_like(u)])
