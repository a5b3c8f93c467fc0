"""What rounding to whole grey levels does to a weighted sum of many pixels over a part.

Pixels fall into groups. A group has a middle, a form tau. Over the part a pixel's grey level stays
within `open` of tau + shift, with a shift of its own. Rounding is monotonic, so a pixel of positive
weight rounds to no less than tau + shift - open does, one of negative weight to no more than tau +
shift + open does. The group's sum then depends on tau alone. It is a line between jumps, and the
least of its values at the jumps and the ends is found, over those tau that the part has.
"""

import numpy as np

from tools.proof_check.enclosure import UNIT, Part, gamma, raised


def grouped(forms: np.ndarray, part: Part, residue: float) -> tuple[np.ndarray, np.ndarray]:
    """Group of each of some forms, (n,), and the groups' middles as forms, (group, 4).

    Parameters
    ----------
    forms
        Grey levels, (n, 4), n > 0.
    part
        The part.
    residue
        Grey levels that a pixel may move against the middle, about; any choice is sound.
    """
    u, _, _, _ = part.coordinates
    half_u, half_beta = (u.max() - u.min()) / 2, (part.upper[0] - part.lower[0]) / 2
    middle = (part.upper[0] + part.lower[0]) / 2
    level, slope = forms[:, 0] + forms[:, 1] * middle, forms[:, 1]
    row, level_of = _bins(level, residue / max(half_u, 1e-9))
    column, slope_of = _bins(slope, residue / max(half_beta * u.max(), 1e-9))
    number = row * (column.max() + 1) + column
    present = np.bincount(number) > 0
    where = np.flatnonzero(present)
    middles = np.zeros((len(where), 4))
    slopes = slope_of[where % (column.max() + 1)]
    middles[:, 0] = level_of[where // (column.max() + 1)] - slopes * middle
    middles[:, 1], middles[:, 2] = slopes, -1
    return (np.cumsum(present) - 1)[number], middles


def _bins(values: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Bin of each value, and the middle of every bin."""
    spread = float(np.ptp(values))
    count = int(min(np.ceil(spread / width), 4096)) or 1
    width = spread / count or 1.0
    number = np.minimum(((values - values.min()) / width).astype(np.int64), count - 1)
    return number, values.min() + (np.arange(count) + 0.5) * width


def around_middles(
    forms: np.ndarray, group: np.ndarray, middles: np.ndarray, part: Part
) -> tuple[np.ndarray, np.ndarray]:
    """Shift of each form from its group's middle, and how far it may lie from that, both (n,)."""
    u = part.coordinates[0]
    level, slope = (forms[:, k] - middles[group, k] for k in (0, 1))
    scales, betas = (u.min(), u.max()), (part.lower[0], part.upper[0])
    ends = np.stack([(level + slope * beta) * scale for scale in scales for beta in betas])
    shift = (ends.max(axis=0) + ends.min(axis=0)) / 2
    sizes = (np.abs(forms[:, :2]).max(axis=0) + np.abs(middles[:, :2]).max(axis=0)) @ part.reach[:2]
    return shift, raised((ends.max(axis=0) - ends.min(axis=0)) / 2) + 64 * UNIT * sizes


def least_roundings(
    weights: np.ndarray,
    shift: np.ndarray,
    open_: np.ndarray,
    group: np.ndarray,
    middles: np.ndarray,
    part: Part,
) -> float:
    """Lower bound of sum(weights * (whole - tau - shift)) over a part.

    Parameters
    ----------
    weights
        Weight of each pixel, exact, (n,).
    shift, open_
        A pixel's grey level before rounding, as computed, lies within open_ of tau + shift, (n,).
    group, middles
        As `grouped` gives them.
    part
        The part.
    """
    first, last = part.least(middles), part.largest(middles)
    span = np.minimum(last - first + 1e-12, 1.0)
    # The start of tau, and the place of the jump: a few roundings of numbers up to this size
    error = 8 * UNIT * (2 + np.abs(shift).max() + open_.max() + np.abs(first).max())
    error += 4 * UNIT * len(middles)
    open_ = open_ + error
    level = shift - np.sign(weights) * open_ + first[group]
    whole = np.floor(level + 0.5)
    jump = np.clip(whole + 0.5 - level, 0, 1)
    order = np.argsort(group + jump / 2)  # ties within a rounding of that may come either way
    group, jump, weights = group[order], jump[order], weights[order]
    rest = (whole - level)[order]
    absolute = float(np.abs(weights).sum())
    if absolute == 0:
        return 0.0
    # Whole numbers are added without rounding: 2^-scale of a weight is lost in each, downwards.
    scale = 2.0 ** (60 - np.ceil(np.log2(absolute)))
    steps = np.floor(weights * scale).astype(np.int64)
    after = np.cumsum(steps)
    ends = np.flatnonzero(np.append(np.diff(group) > 0, True))
    starts = np.concatenate([[0], ends[:-1] + 1])
    base = (after[starts] - steps[starts])[group]
    after -= base
    count = len(middles)
    total = np.bincount(group, weights, count)
    start = np.bincount(group, weights * rest, count)
    values = np.minimum(after, after - steps) / scale - jump * total[group]
    values = np.where(jump <= span[group] + 1e-9, values, np.inf)  # more than ties can move
    inside = np.bincount(group, np.where(jump <= span[group], steps / scale, 0), count)
    least = np.minimum(np.minimum.reduceat(values, starts), np.minimum(0, inside - span * total))
    # tau and shift are taken off the whole levels, and `open_` stands between them and the level.
    found = float((start + least).sum()) - float(np.abs(weights) @ open_[order])
    return found - float(raised(gamma(4 * len(weights) + 64) * absolute * 4))
