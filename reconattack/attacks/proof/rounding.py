"""A bound of what rounding to whole grey levels adds to a weighted sum of pixels over a cell.

Half a grey level in every pixel is far more than rounding can do, since pixels do not all round in
the same direction. Pixels of nearly the same level and slope form a group. In a group all levels
move together with one number, so the sum of its roundings is a function of that number alone. It is
periodic with one grey level, and its least value is found. No distribution is assumed.
"""

import numpy as np

from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.levels import PixelLevels

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
    absolute = float(np.abs(weights).sum())
    coarse = -(0.5 + error) * absolute
    slope = levels.slope[pixels]
    middle = (cell.lower[0] + cell.upper[0]) / 2
    level = levels.constant[pixels] + slope * middle
    u = cell.coordinates[0]
    centre, half_u = (u.max() + u.min()) / 2, (u.max() - u.min()) / 2
    half_y = (cell.upper[0] - cell.lower[0]) / 2 * u.max()
    level_width, slope_width = _bin_widths(half_u, half_y, np.ptp(slope), len(pixels))
    group, group_level, group_slope = _groups(level, level_width, slope, slope_width)
    from_level, from_slope = level - group_level, slope - group_slope
    open_ = half_u * np.abs(from_level).max() + half_y * np.abs(from_slope).max() + error
    aligned = half_u * abs(weights @ from_level) + half_y * abs(weights @ from_slope)
    shifts = from_level * centre
    steps = _least_steps(group, shifts - np.sign(weights) * open_, weights)
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


def _groups(
    level: np.ndarray, level_width: float, slope: np.ndarray, slope_width: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Group of each pixel, and level and slope of its middle, each (n,)."""
    row = np.floor((level - level.min()) / level_width).astype(np.int64)
    column = np.floor((slope - slope.min()) / slope_width).astype(np.int64)
    group = row * (column.max() + 1) + column
    group_level = level.min() + (row + 0.5) * level_width
    group_slope = slope.min() + (column + 0.5) * slope_width
    present = np.bincount(group) > 0
    return (np.cumsum(present) - 1)[group], group_level, group_slope


def _least_steps(group: np.ndarray, levels: np.ndarray, weights: np.ndarray) -> float:
    """Sum over groups of the least value of sum(weights * (round(t + levels) - (t + levels))).

    A rounded level steps up where t + level is a half. Steps up of positive weight count as late as
    their bin allows, those of negative weight as early.
    """
    at = levels - 0.5
    whole = np.ceil(at)
    place = whole - at  # of the step, from 0 to below 1
    groups = int(group.max()) + 1
    start = np.bincount(group, weights * (whole - levels), groups)
    drift = np.bincount(group, weights, groups)
    bins = np.minimum((place * BINS).astype(np.int64), BINS - 1)
    cell = group * BINS + bins
    size = groups * BINS
    up = np.bincount(cell, weights, size).reshape(groups, BINS)
    early = np.bincount(cell, np.minimum(weights, 0), size).reshape(groups, BINS)
    before = np.cumsum(up, axis=1) - up
    edges = np.arange(BINS) / BINS
    falling = np.maximum(drift, 0)[:, np.newaxis] * (edges + 1 / BINS)
    rising = np.minimum(drift, 0)[:, np.newaxis] * edges
    return float((start[:, np.newaxis] + before + early - falling - rising).min(axis=1).sum())
