"""A bound of what rounding to whole grey levels adds to a weighted sum of pixels over a cell.

Half a grey level in every pixel is far more than rounding can do, since pixels do not all round in
the same direction. Pixels of nearly the same level and slope form a group. In a group all levels
move together with one number, so the sum of its roundings is a function of that number alone. It is
periodic with one grey level, and its least value is found. No distribution is assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.levels import PixelLevels
from reconattack.reconstruction.passes import passes

BINS = 64  # of a grey level: the places where pixels step up are counted in them
WIDEST = 0.25  # grey levels that a group may leave open


def least_rounding(
    levels: PixelLevels, pixels: np.ndarray, weights: np.ndarray, cell: Cell, error: float
) -> float:
    """A lower bound of sum(weights * (round(grey) - grey)) for unclipped pixels over a cell.

    Parameters
    ----------
    levels
        Levels of all pixels.
    pixels
        Positions of those that are never clipped in the cell, (n,).
    weights
        Their weights, (n,).
    cell
        The cell.
    error
        How far a computed grey level before rounding may lie from the exact one.

    Returns
    -------
    float
        Never less than -(0.5 + error) * sum(abs(weights)) would be.
    """
    if not len(pixels):
        return 0.0
    pixels = np.asarray(pixels, np.int32)
    absolute = float(np.abs(weights).sum())
    coarse = -(0.5 + error) * absolute
    middle = (cell.lower[0] + cell.upper[0]) / 2
    chosen = levels, pixels, weights
    lowest, highest, least_slope, most_slope = _extent(levels, pixels, middle)
    u = cell.coordinates[0]
    centre, half_u = (u.max() + u.min()) / 2, (u.max() - u.min()) / 2
    half_y = (cell.upper[0] - cell.lower[0]) / 2 * u.max()
    level_width, slope_width = _bin_widths(half_u, half_y, most_slope - least_slope, len(pixels))
    bins = _Bins(middle, lowest, level_width, least_slope, slope_width)
    rows, columns = bins.numbers(highest, most_slope)
    groups, (farthest, steepest, by_level, by_slope) = _grouped(*chosen, bins, rows, columns)
    open_ = half_u * farthest + half_y * steepest + error
    aligned = half_u * abs(by_level) + half_y * abs(by_slope)
    steps = float(_least_steps(groups, centre, open_).sum())
    return max(coarse, steps - open_ * absolute - aligned)


def _bin_widths(half_u: float, half_y: float, slopes: float, count: int) -> tuple[float, float]:
    """Widths of the bins of level and slope: what they leave open against their number."""
    if half_u <= 0 and half_y <= 0:
        return WIDEST, max(slopes, 1e-9)
    left_open = min(1.35 * np.sqrt(0.6 * np.sqrt(20 * half_u * slopes * half_y / count)), WIDEST)
    left_open = max(left_open, 1e-3)
    level_width = left_open / half_u if half_u > 0 else WIDEST
    slope_width = left_open / half_y if half_y > 0 else max(slopes, 1e-9)
    return level_width, max(slope_width, 1e-9)


@dataclass(frozen=True)
class _Bins:
    """The bins of level and slope that make groups: where they begin, and how wide they are."""

    middle: float  # beta at which the levels are taken
    level: float
    level_width: float
    slope: float
    slope_width: float

    @property
    def places(self) -> np.ndarray:
        """What `passes.c` is given."""
        level = self.level, self.level_width, 1 / self.level_width
        return np.array([self.middle, *level, self.slope, self.slope_width, 1 / self.slope_width])

    def numbers(self, highest: float, steepest: float) -> tuple[int, int]:
        """How many bins of level and of slope there are up to the highest values."""
        _, level, _, per_level, slope, _, per_slope = self.places.tolist()
        return int((highest - level) * per_level) + 1, int((steepest - slope) * per_slope) + 1


@dataclass(frozen=True)
class _Groups:
    """Pixels in the order of their groups.

    Attributes
    ----------
    away
        How far the level of each pixel lies from the middle of its group, (n,).
    weights
        Its weight, (n,).
    begins
        Where each group begins, and the end, (group + 1,).
    """

    away: np.ndarray
    weights: np.ndarray
    begins: np.ndarray


def _extent(levels: PixelLevels, pixels: np.ndarray, middle: float) -> Sequence[float]:
    """Lowest and highest level at a beta, lowest and highest slope."""
    compiled = passes()
    if compiled is None:
        slope = levels.slope[pixels]
        level = levels.constant[pixels] + slope * middle
        return float(level.min()), float(level.max()), float(slope.min()), float(slope.max())
    ends = np.empty(4)
    compiled.extent(levels.constant, levels.slope, pixels, len(pixels), middle, ends)
    return ends.tolist()


def _grouped(
    levels: PixelLevels,
    pixels: np.ndarray,
    weights: np.ndarray,
    bins: _Bins,
    rows: int,
    columns: int,
) -> tuple[_Groups, Sequence[float]]:
    """The groups, the largest distances from their middles, and the weighted sums of distances.

    The distances are those of the level and of the slope.
    """
    compiled, count = passes(), len(pixels)
    if compiled is None:
        return _grouped_by_numpy(levels, pixels, weights, bins, columns)
    size = rows * columns
    away, ordered, begins = np.empty(count), np.empty(count), np.empty(count + 1, np.int64)
    groups, found = np.empty(1, np.int64), np.empty(4)
    compiled.group_pixels(
        *(levels.constant, levels.slope, pixels, weights, count, bins.places, columns),
        *(np.zeros(size, np.int32), size, np.empty(count, np.int32)),
        *(away, ordered, begins, groups, found),
    )
    return _Groups(away, ordered, begins[: groups[0] + 1]), found.tolist()


def _grouped_by_numpy(
    levels: PixelLevels, pixels: np.ndarray, weights: np.ndarray, bins: _Bins, columns: int
) -> tuple[_Groups, Sequence[float]]:
    middle, first, width, per_level, least, slope_width, per_slope = bins.places
    slope = levels.slope[pixels]
    level = levels.constant[pixels] + slope * middle
    row = ((level - first) * per_level).astype(np.int64)
    column = ((slope - least) * per_slope).astype(np.int64)
    from_level = level - (first + (row + 0.5) * width)
    from_slope = slope - (least + (column + 0.5) * slope_width)
    bin_ = row * columns + column
    order = np.argsort(bin_, kind="stable")
    sizes = np.bincount(bin_)
    begins = np.concatenate([[0], np.cumsum(sizes[sizes > 0])])
    together = np.zeros(len(pixels), int)
    sums = [np.bincount(together, weights * away)[0] for away in (from_level, from_slope)]
    found = [np.abs(from_level).max(), np.abs(from_slope).max(), *sums]
    return _Groups(from_level[order], weights[order], begins), [*map(float, found)]


def _least_steps(groups: _Groups, centre: float, open_: float) -> np.ndarray:
    """The least value of sum(weights * (round(t + levels) - (t + levels))) of each group, (group,).

    A rounded level steps up where t + level is a half. Steps up of positive weight count as late as
    their bin allows, those of negative weight as early.
    """
    compiled, count, weights = passes(), len(groups.begins) - 1, groups.weights
    if compiled is not None:
        least = np.empty(count)
        places = weights, groups.begins, count, centre, open_
        compiled.least_steps(groups.away, *places, least)
        return least
    group = np.repeat(np.arange(count), np.diff(groups.begins))
    shifts = groups.away * centre - np.sign(weights) * open_
    at = shifts - 0.5
    whole = np.ceil(at)
    place = whole - at  # of the step, from 0 to below 1
    start = np.bincount(group, weights * (whole - shifts), count)
    drift = np.bincount(group, weights, count)
    steps = np.minimum((place * BINS).astype(np.int64), BINS - 1)
    cell = group * BINS + steps
    up = np.bincount(cell, weights, count * BINS).reshape(count, BINS)
    early = np.bincount(cell, np.minimum(weights, 0), count * BINS).reshape(count, BINS)
    before = np.zeros((count, BINS))
    before[:, 1:] = np.cumsum(up, axis=1)[:, :-1]
    edges = np.arange(BINS) / BINS
    falling = np.maximum(drift, 0)[:, np.newaxis] * (edges + 1 / BINS)
    rising = np.minimum(drift, 0)[:, np.newaxis] * edges
    return (start[:, np.newaxis] + before + early - falling - rising).min(axis=1)
