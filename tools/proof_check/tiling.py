"""Whether stored parts fill a region, decided exactly.

The region is cut along faces of the parts until a part holds a piece or no part meets it. Stored
numbers are compared and never computed with, so there is no rounding, and no sample of points.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np


@dataclass(frozen=True)
class Box:
    """A closed box.

    Attributes
    ----------
    lower, upper
        Its ends, float64 (knob,); equal where a knob does not move.
    """

    lower: np.ndarray
    upper: np.ndarray

    @property
    def volume(self) -> float:
        """Product of the widths of the knobs that move."""
        widths = self.upper - self.lower
        return float(np.prod(widths[widths > 0]))

    def holds_more_than(self, other: "Box") -> bool:
        """Whether a point of this box lies outside another."""
        return bool((self.lower < other.lower).any() or (self.upper > other.upper).any())


def gaps(region: Box, lower: np.ndarray, upper: np.ndarray) -> list[Box]:
    """Pieces of a region that no part holds; together they are all that is left.

    Parameters
    ----------
    region
        The region.
    lower, upper
        Ends of the parts, float64 (part, knob). They may overlap.
    """
    found, waiting = [], [(region, np.arange(len(lower)))]
    moves = region.lower < region.upper
    while waiting:
        piece, near = waiting.pop()
        below, above = lower[near], upper[near]
        apart = np.where(
            moves,
            (below >= piece.upper) | (above <= piece.lower),
            (below > piece.upper) | (above < piece.lower),
        )
        near = near[~apart.any(axis=1)]
        if not len(near):
            found.append(piece)
            continue
        below, above = lower[near], upper[near]
        if ((below <= piece.lower) & (above >= piece.upper)).all(axis=1).any():
            continue
        waiting.extend((part, near) for part in _cut(piece, below, above))
    return found


def _cut(piece: Box, lower: np.ndarray, upper: np.ndarray) -> tuple[Box, Box]:
    """A piece cut at the face of a part that comes nearest to its middle."""
    faces = np.stack([lower, upper])
    inside = (faces > piece.lower) & (faces < piece.upper)
    width = np.where(piece.upper > piece.lower, piece.upper - piece.lower, 1)
    off = np.where(inside, np.abs((faces - piece.lower) / width - 0.5), np.inf)
    side, part, knob = np.unravel_index(off.argmin(), off.shape)
    below, above = piece.upper.copy(), piece.lower.copy()
    below[knob] = above[knob] = faces[side, part, knob]
    return Box(piece.lower, below), Box(above, piece.upper)


def nearer(box: Box, initial: np.ndarray, margin: float) -> Box:
    """The part of a box nearer to a setting than a margin, L-infinity in half-widths of the box.

    Its ends are exact fractions, rounded outwards to float64.
    """
    ends = []
    for low, high, start in zip(box.lower, box.upper, initial, strict=True):
        reach = Fraction(margin) * (Fraction(high) - Fraction(low)) / 2
        first, last = Fraction(start) - reach, Fraction(start) + reach
        ends.append((max(low, _rounded(first, -1)), min(high, _rounded(last, 1))))
    lower, upper = np.array(ends).T
    return Box(lower, upper)


def _rounded(exact: Fraction, sign: int) -> float:
    near = float(exact)
    if (Fraction(near) - exact) * sign < 0:
        return float(np.nextafter(near, sign * np.inf))
    return near
