"""Find where the scan lies in a picture: its lit pixels, two lines, and where they end.

The surround of the scan must be black. Each side is the line that most of the outermost lit pixels
support. If both lines are vertical, the region is a rectangle; else they cross at the apex of a
fan. The radii are those at which most of the fan's sectors begin and end.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from reconattack.errors import InputError
from reconattack.frames.region import Fan, Rectangle, Region
from reconattack.frames.region_doubts import (
    echoes_above,
    echoes_late,
    is_flat,
    leaning,
    seam,
    uneven,
)
from reconattack.frames.written_numbers import percentage

# Brightest level that may still be black: the edges of a JPEG ring, by 3 pixels and a few levels.
BLACK, LOSSY_BLACK = 0, 8
SPECKLE, STROKE = 7, 3  # pixels: gaps that are closed, and lines of text that are taken away
RING, RINGING = (3, 9), 0.05  # sizes of the ring around the lit area, and its share of faint pixels
LEAST = 24  # rows and columns of a picture
SMALL = 0.05  # of the picture
VERTICAL = math.radians(2)  # steepest side of a fan
TRIES, SEED, ROUNDS = 400, 0, 5
NEAR, BEYOND = 1.0, 2.0  # pixels: rows that support a line, and rows that speak against it
FEWEST = 12  # rows without which there is no side
FEW, SHORT = 24, 0.3  # rows, and part of the depth: a side that is seen in less may lean otherwise
COST = 2  # of a row beyond a line: speckle is black at a side, but nothing lies outside
ENDS = 64  # sectors of a fan or strips of a rectangle in which the region's ends are sought
PIXEL = 0.7  # half a pixel's diagonal
FACE, FAR = 0.3, 0.6  # quantiles of these ends
MOST = 0.75  # of them: text may hide where the others begin
SAME = 4  # grey levels, of a surround of one grey level
PLAIN, WIDE = 0.9, 0.15  # shares of the border and of the picture that it fills


@dataclass(frozen=True)
class FoundRegion:
    """A region found in a picture.

    Attributes
    ----------
    region
        The fan or the rectangle.
    doubts
        Why a person should confirm it, a sentence each.
    """

    region: Region
    doubts: tuple[str, ...] = ()


def find_region(
    grey: np.ndarray,
    lossy: bool = False,
    face: float | None = None,
    aspect: float | None = None,
) -> FoundRegion:
    """Find the region of a picture in which a scan lies, the probe above.

    Parameters
    ----------
    grey
        Grey levels, uint8 (rows, columns), black outside the scan.
    lossy
        Whether the picture was ever a JPEG, whose black is not exactly black.
    face
        Probe radius of a fan divided by the depth of the deepest echo, if both are known.
    aspect
        Depth of a rectangle divided by its width, if both are known. By default the face is where
        the picture begins to be lit, and a black near field misleads.

    Returns
    -------
    FoundRegion
        The region, and doubts. The same picture gives the same region.

    Raises
    ------
    InputError
        If there is no such region, saying what was found.
    """
    if grey.dtype != np.uint8 or grey.ndim != 2 or min(grey.shape) < LEAST:
        raise InputError(
            f"a picture of shape {grey.shape} and type {grey.dtype}; expected uint8 (rows, "
            f"columns), at least {LEAST} of each"
        )
    if face is not None and not 0 <= face < math.inf:
        raise InputError(f"the probe's radius is {face:g} times the depth; expected at least 0")
    if aspect is not None and not 0 < aspect < math.inf:
        raise InputError(f"the depth is {aspect:g} times the width; expected more than 0")
    black = LOSSY_BLACK if lossy else BLACK
    _check_surround(grey, black)
    lit, doubts = _lit(grey > black)
    if not lossy and looks_lossy(grey):
        doubts.append("Faint pixels surround the lit area: was the picture ever a JPEG?")
    left, right = sides = _sides(lit)
    if _support(_sides(lit[::-1])) > 2 * _support(sides):
        raise InputError(
            "the sides of the lit area meet below it; expected the probe above: turn the picture"
        )
    _check_parallel(left, right)
    slants = [side.slant for side in sides if side is not None]
    if all(slant < VERTICAL for slant in slants):
        region, further = _rectangle(lit, left, right, aspect)
        leans = [side.lean for side in sides if side is not None]
        further += [*leaning(leans, region), *seam(grey, lit, region)]
    elif len(slants) < 2:
        raise InputError(
            f"the {'right' if left else 'left'} side of the lit area is not seen, and the other "
            f"slants by {math.degrees(slants[0]):.0f} degrees; expected both sides of a fan: is "
            "the picture cut?"
        )
    else:
        region, further = _fan(lit, left, right, face)
    weak = [
        f"The {name} side is seen in {side.rows} rows, along "
        f"{100 * side.length / region.height:.0f} % of the depth."
        for name, side in zip(("left", "right"), sides, strict=True)
        if side is not None and (side.rows < FEW or side.length < SHORT * region.height)
    ]
    return FoundRegion(region, (*doubts, *further, *weak))


def looks_lossy(grey: np.ndarray) -> bool:
    """Whether faint pixels surround the lit area of a picture, as a JPEG leaves them.

    They are 20 % of the ring or more in simulated pictures that were a JPEG of quality 90 or 97,
    and at most 1.2 % in the same pictures without it.

    Parameters
    ----------
    grey
        Grey levels, uint8 (rows, columns), black outside the scan.
    """
    try:
        lit = _lit(grey > LOSSY_BLACK)[0].view(np.uint8)
    except InputError:
        return False
    inner, outer = RING
    ring = ndimage.grey_dilation(lit, outer) > ndimage.grey_dilation(lit, inner)
    return bool(ring.any() and np.mean(grey[ring] - np.uint8(1) < LOSSY_BLACK) > RINGING)


@dataclass(frozen=True)
class Side:
    """One side of the region: x = offset + slope y [pixels], and the rows that support it."""

    offset: float
    slope: float
    rows: int

    @property
    def length(self) -> float:
        """Length of the supported part [pixels]."""
        return self.rows * math.hypot(1, self.slope)

    @property
    def lean(self) -> float:
        """Its angle from straight down [rad], right positive."""
        return math.atan(self.slope)

    @property
    def slant(self) -> float:
        """Its angle from the vertical [rad]."""
        return abs(self.lean)


def _check_surround(grey: np.ndarray, black: int) -> None:
    """Raise InputError if one grey level that is not black fills the border, and not it alone."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]).astype(np.int16)
    level = int(np.median(border))
    if level <= black or np.mean(abs(border - level) <= SAME) <= PLAIN:
        return
    if np.mean(abs(grey.astype(np.int16) - level) <= SAME) > WIDE:
        raise InputError(
            f"the border of the picture has the grey level {level}; expected a scan on a black "
            "surround: declare picture.region, or cut with the cohort's box"
        )


def _check_parallel(left: Side | None, right: Side | None) -> None:
    """Raise InputError if both sides lean the same way by nearly the same angle."""
    if left is None or right is None:
        return
    opening, lean = right.lean - left.lean, (left.lean + right.lean) / 2
    if opening < 2 * VERTICAL and abs(lean) > VERTICAL:
        raise InputError(
            f"both sides of the lit area lean by {abs(math.degrees(lean)):.1f} degrees to the "
            f"{'right' if lean > 0 else 'left'}, as those of a linear scan with steered lines, or "
            "of a turned picture; expected a fan, or a rectangle: turn the picture, or cut it with "
            "the cohort's box"
        )


def _lit(bright: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The largest connected area of lit pixels, bool, without gaps and thin lines; doubts."""
    closed = ndimage.grey_closing(bright.view(np.uint8), SPECKLE)
    areas, count = ndimage.label(ndimage.grey_opening(closed, STROKE))
    sizes = np.bincount(areas.ravel(), minlength=2)[1:]
    share = sizes.max() / bright.size
    if share < SMALL:
        raise InputError(
            f"{percentage(bright.mean())} of the pixels are not black, and the largest area among "
            f"them is {percentage(share)} of the picture; expected a scan on a black surround"
        )
    second = np.sort(sizes)[-2] if count > 1 else 0
    is_large = second > sizes.max() / 4
    doubt = f"A second area is {100 * second / sizes.max():.0f} % as large: is it another image?"
    return areas == 1 + sizes.argmax(), [doubt] if is_large else []


def _sides(lit: np.ndarray) -> tuple[Side | None, Side | None]:
    """The lines along the leftmost and the rightmost lit pixels; None for a side that is cut."""
    mirrored = _left_side(lit[:, ::-1])
    if mirrored is None:
        return _left_side(lit), None
    right = Side(lit.shape[1] - mirrored.offset, -mirrored.slope, mirrored.rows)
    return _left_side(lit), right


def _left_side(lit: np.ndarray) -> Side | None:
    """A row that reaches the picture's border does not show where the region ends."""
    edge, seen = lit.argmax(axis=1), lit.any(axis=1)
    rows = np.flatnonzero(seen & (edge > 0))
    if len(rows) < max(FEWEST, 0.05 * np.count_nonzero(seen)):
        return None
    return _line(rows + 0.5, edge[rows].astype(float))


def _line(y: np.ndarray, x: np.ndarray) -> Side | None:
    """The line with most points near it and fewest to the left of it, then by least squares.

    It does not lean to the right: there, the outer arc of a wide fan resembles a line.
    """
    random = np.random.default_rng(SEED)
    first = random.integers(len(y), size=TRIES)
    second = (first + random.integers(1, len(y), size=TRIES)) % len(y)
    slopes = (x[second] - x[first]) / (y[second] - y[first])
    leans = slopes < math.tan(VERTICAL)
    if not leans.any():
        return None
    first, slopes = first[leans], slopes[leans]
    offsets = x[first] - slopes * y[first]
    across = (x - offsets[:, np.newaxis] - np.outer(slopes, y)) / np.hypot(1, slopes)[:, np.newaxis]
    score = (abs(across) <= NEAR).sum(axis=1) - COST * (across < -BEYOND).sum(axis=1)
    slope, offset = slopes[score.argmax()], offsets[score.argmax()]
    for _ in range(ROUNDS):
        near = abs(x - offset - slope * y) <= NEAR * math.hypot(1, slope)
        slope, offset = np.polyfit(y[near], x[near], 1)
    if near.sum() < FEWEST:
        return None
    return Side(float(offset), float(slope), int(near.sum()))


def _support(sides: tuple[Side | None, Side | None]) -> int:
    return sum(side.rows for side in sides if side is not None)


def _rectangle(
    lit: np.ndarray, left: Side | None, right: Side | None, aspect: float | None
) -> tuple[Rectangle, list[str]]:
    """The rectangle between two vertical sides, or the picture's border where there is none."""
    rows, columns = lit.shape
    edges = [
        border if side is None else side.offset + side.slope * rows / 2
        for border, side in ((0, left), (columns, right))
    ]
    y, x = (place + 0.5 for place in np.nonzero(_outline(lit)))
    firsts, lasts = _ends(y, x, edges, np.full(len(x), PIXEL))
    tops, bottoms = y[firsts] - 0.5, y[lasts] + 0.5
    top, bottom = np.quantile(tops, FACE), np.quantile(bottoms, FAR)
    doubts = ["The probe's face is where the picture begins to be lit: is the near field black?"]
    if aspect is not None:
        depth = aspect * (edges[1] - edges[0])
        doubts = echoes_above(bottom - depth - np.quantile(tops, MOST), depth, "depth and width")
        top = bottom - depth
    if left is None or right is None:
        doubts.append("The region reaches a side of the picture: where it ends is not seen.")
    doubts += echoes_late(np.quantile(tops, FACE) - top, bottom - top)
    doubts += uneven(bottoms - bottom, bottom - top)
    return Rectangle(*map(float, (edges[0], top, edges[1], bottom))), doubts


def _fan(lit: np.ndarray, left: Side, right: Side, face: float | None) -> tuple[Fan, list[str]]:
    """The fan between two sides that cross above the region."""
    rows, columns = lit.shape
    apex_y = (left.offset - right.offset) / (right.slope - left.slope)
    apex_x = left.offset + left.slope * apex_y
    angles = math.atan(left.slope), math.atan(right.slope)
    y, x = np.nonzero(_outline(lit))
    is_border = (x == 0) | (x == columns - 1) | (y == 0) | (y == rows - 1)
    down, across = y + 0.5 - apex_y, x + 0.5 - apex_x
    radius, angle = np.hypot(down, across), np.arctan2(across, down)
    firsts, lasts = _ends(radius, angle, angles, PIXEL / radius)
    starts = radius[_preferred(firsts, ~is_border)]
    ends = radius[_preferred(lasts, ~is_border)]
    start, end = float(np.quantile(starts, FACE)), float(np.quantile(ends, FAR))
    face_radius = start if face is None else end * float(face / (1 + face))
    depth = end - face_radius
    doubts = []
    if face is None:
        doubts.append(
            f"The probe's radius, {start / depth:.3g} of the depth, is where the picture begins to "
            "be lit: is the near field black?"
        )
    else:
        above = face_radius - np.quantile(starts, MOST)
        doubts += echoes_above(above, depth, "probe radius and depth")
        doubts += echoes_late(start - face_radius, depth)
    cut = np.count_nonzero(is_border[lasts] & (radius[lasts] < end - BEYOND))
    if cut > ENDS / 2:
        doubts.append(f"The outer arc is cut off in {cut} of {ENDS} sectors.")
    doubts += uneven(ends - end, depth)
    flat = [
        name
        for name, places in (("face", firsts), ("lower end", lasts))
        if is_flat(radius, angle - sum(angles) / 2, places[~is_border[places]], depth)
    ]
    if flat:
        doubts.append(
            f"The {' and the '.join(flat)} {'are' if len(flat) > 1 else 'is'} flatter than an arc: "
            "is the scan a trapezoid, as a linear probe with steered lines draws it, or cut off?"
        )
    return Fan(apex_x, apex_y, face_radius, end, *angles), doubts


def _ends(
    along: np.ndarray, across: np.ndarray, edges: tuple[float, float], reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """First and last pixel of the outline in each of the parts between two edges.

    Parameters
    ----------
    along, across
        Places of the outline's pixels.
    edges
        Least and greatest `across`.
    reach
        How far a pixel extends to both sides of its `across`.

    Returns
    -------
    tuple of numpy.ndarray
        Indices of pixels; parts without a pixel are left out.
    """
    width = (edges[1] - edges[0]) / ENDS
    middles = edges[0] + width * (np.arange(ENDS) + 0.5)
    parts = [np.flatnonzero(abs(across - middle) <= width / 2 + reach) for middle in middles]
    parts = [part for part in parts if len(part)]
    if not parts:
        raise InputError(
            "nothing is lit between the two lines along the sides of the lit area; expected a scan"
        )
    firsts, lasts = ([part[pick(along[part])] for part in parts] for pick in (np.argmin, np.argmax))
    return np.array(firsts), np.array(lasts)


def _preferred(places: np.ndarray, good: np.ndarray) -> np.ndarray:
    """The places that are good, or all if none is."""
    kept = places[good[places]]
    return kept if len(kept) else places


def _outline(lit: np.ndarray) -> np.ndarray:
    """Lit pixels beside one that is not, and those on the picture's border, bool."""
    inner = np.zeros_like(lit)
    inner[1:-1, 1:-1] = (
        lit[1:-1, 1:-1] & lit[:-2, 1:-1] & lit[2:, 1:-1] & lit[1:-1, :-2] & lit[1:-1, 2:]
    )
    return lit & ~inner
