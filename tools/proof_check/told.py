"""The setting that a network is given, between two forms over a part of the box.

With w = alpha_lower - gain, a form's coordinates are u, x = beta u, v = w u and 1. For any c and m,

    beta = c + (x - c u) / m + (beta - c) (1 - u / m),

whose last term is a product of two small numbers, and w likewise. alpha_upper is alpha_lower + 255
/ u. The second term is convex in u: it lies above its tangents and below its chords.
"""

import numpy as np

from tools.proof_check.enclosure import GREY, UNIT, Part, raised


def told_setting(part: Part) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Forms below and above beta, alpha_lower and alpha_upper, (3, 4), and the error of both.

    The error, (3,), covers what float64 changed in the coefficients, each of which is computed with
    a few roundings.
    """
    u = part.coordinates[0]
    first, last = float(u.min()), float(u.max())
    m = (first + last) / 2
    off = float(raised(max(abs(1 - first / m), abs(1 - last / m)) + 16 * UNIT))
    beta, beta_half = _around(part.lower[0], part.upper[0])
    w, w_half = _around(part.lower[1] - part.upper[3], part.upper[1] - part.lower[3])
    gain, gain_half = _around(part.lower[3], part.upper[3])
    lines = np.array([[-beta / m, 1 / m, 0, beta], [-w / m, 0, 1 / m, w + gain]])
    open_ = np.array([beta_half * off, w_half * off + gain_half])
    tangent = np.array([-GREY / m**2, 0, 0, 2 * GREY / m])
    chord = np.array([-GREY / first / last, 0, 0, GREY / first + GREY / last])
    below = np.concatenate([lines, lines[1:] + tangent])
    above = np.concatenate([lines, lines[1:] + chord])
    open_ = np.append(open_, open_[1])
    below[:, 3] -= open_
    above[:, 3] += open_
    # The sum of two forms hides how large its terms were.
    size = np.maximum(np.abs(below), np.abs(above)) @ part.reach + 4 * GREY / first
    size += 4 * (abs(w) + abs(gain) + abs(beta)) * last / m
    return below, above, raised(64 * UNIT * size)


def _around(low: float, high: float) -> tuple[float, float]:
    """A number between two, and how far both lie from it at most."""
    middle = (low + high) / 2
    half = max(abs(high - middle), abs(middle - low))
    return middle, float(raised(half + 8 * UNIT * (abs(low) + abs(high))))
