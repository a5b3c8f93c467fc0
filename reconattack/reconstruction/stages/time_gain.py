"""Gain over depth beside the compensation of attenuation: overall gain and the sliders."""

from collections.abc import Sequence

import numpy as np


def time_gain(depth: np.ndarray, gain: float, sliders: Sequence[float]) -> np.ndarray:
    """Gain [dB] of each depth, shape (depth,), that the operator adds.

    Parameters
    ----------
    depth
        Depths [m], rising, shape (depth,).
    gain
        Overall gain [dB].
    sliders
        Gain [dB] of points that are spread evenly from the first depth to the last, straight lines
        between them, as the sliders of a console are.
    """
    points = np.linspace(depth[0], depth[-1], len(sliders))
    return gain + np.interp(depth, points, sliders)
