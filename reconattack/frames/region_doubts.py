"""Doubts about a region that was found in a picture: sentences for a person who looks at it.

They name what the fit of a fan or a rectangle cannot represent, or cannot know.
"""

import math
from collections.abc import Sequence

import numpy as np

from reconattack.frames.region import Rectangle

EVEN = 0.02  # of the depth, between the ends of a sector and of the region
EXACT = 0.01  # of the depth: largest error of a depth without a doubt
LATE = 0.4  # of the depth below the face: the black near field of a dark picture is shorter
ALIKE, UNLIKE = 0.5, 0.3  # correlation of neighbouring columns, and part of it across a seam
BORDER = 3  # columns at the sides, which may lie outside the scan
LEAST = 12  # rows and columns in which a seam is sought
FLAT = (0.0, 0.25, 0.5, 0.75, 1.0)  # shapes of a fan's end, from an arc to a line
SEEN = 24  # sectors in which an end must be seen
NEAR, SMOOTH = 1.0, 0.004  # pixels, and part of the depth: how near an end lies to its shape
MOST, MORE = 0.75, 1.25  # of the sectors that fit a flat shape, and times those that fit an arc


def echoes_above(distance: float, depth: float, declared: str) -> list[str]:
    """A doubt if echoes begin at a distance above the face."""
    if distance <= EVEN * depth:
        return []
    return [
        f"Echoes begin {100 * distance / depth:.1f} % of the depth above the face that the "
        f"declared {declared} state."
    ]


def echoes_late(distance: float, depth: float) -> list[str]:
    """A doubt if echoes begin so far below the face that it may be another image's."""
    if distance <= LATE * depth:
        return []
    return [
        f"No echoes are seen in the first {100 * distance / depth:.0f} % of the depth: does the "
        "scan touch another image, or is the declared size wrong?"
    ]


def leaning(leans: Sequence[float], region: Rectangle) -> list[str]:
    """A doubt if the sides of a rectangle lean so far that depths are off; leans in rad."""
    lean = abs(float(np.mean(leans))) if len(leans) else 0.0
    if math.tan(lean) * (region.right - region.left) <= EXACT * region.height:
        return []
    return [f"The sides lean by {math.degrees(lean):.1f} degrees: is the picture turned?"]


def seam(grey: np.ndarray, lit: np.ndarray, region: Rectangle) -> list[str]:
    """A doubt if neighbouring columns have nothing in common in one place, unlike elsewhere."""
    left = max(0, math.ceil(region.left)) + BORDER
    columns = slice(left, min(grey.shape[1], math.floor(region.right)) - BORDER)
    inside = lit[:, columns]
    part = grey[2 * inside.sum(axis=1) > inside.shape[1], columns].astype(np.float32)
    if min(part.shape) < LEAST:
        return []
    part -= part.mean(axis=0)
    size = np.sqrt((part**2).sum(axis=0))
    alike = (part[:, 1:] * part[:, :-1]).sum(axis=0) / np.maximum(size[1:] * size[:-1], 1)
    usual = np.median(alike)
    if usual < ALIKE or alike.min() > UNLIKE * usual:
        return []
    place = left + int(alike.argmin()) + 1
    return [f"A seam runs down the scan at x {place}: do two images touch there?"]


def is_flat(radius: np.ndarray, angle: np.ndarray, places: np.ndarray, depth: float) -> bool:
    """Whether an end of a fan is better described by a flatter line than an arc.

    A virtual convex scan of a linear probe begins at a flat face; its lines are equally long, so
    that its lower end lies between a line and an arc.

    Parameters
    ----------
    radius, angle
        Pixels of the outline, (n,), from the apex and from the axis of the fan [pixels, rad].
    places
        Those of the end.
    depth
        Depth of the fan [pixels].
    """
    if len(places) < SEEN:
        return False
    radius, bends = radius[places], 1 / np.cos(angle[places]) - 1
    fits = {}
    for flat in FLAT:
        middle = radius / (1 + flat * bends)  # where the end would cross the axis
        near = abs(middle - middle[:, np.newaxis]) <= max(NEAR, SMOOTH * depth)
        fits[flat] = int(near.sum(axis=1).max())
    flat = max(fits, key=lambda one: (fits[one], -one))
    bend = flat * float(np.median(radius)) * float(bends.max())
    return bend > EXACT * depth and fits[flat] >= max(MORE * fits[0.0], MOST * len(places))


def uneven(distance: np.ndarray, depth: float) -> list[str]:
    """A doubt if most ends of a region lie elsewhere than the end that was found."""
    elsewhere = np.mean(abs(distance) > EVEN * depth)
    if elsewhere <= 0.5:
        return []
    return [f"The lower end is uneven: {100 * elsewhere:.0f} % of it lie elsewhere."]
