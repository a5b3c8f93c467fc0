"""The operator's gain over depth: overall gain and the sliders of the time-gain curve."""

from collections.abc import Sequence

import numpy as np


def time_gain(depth: np.ndarray, gain: float, sliders: Sequence[float]) -> np.ndarray:
    """Gain [dB] that the operator adds at each depth, shape (depth,).

    Parameters
    ----------
    depth
        Depths [m], rising, shape (depth,).
    gain
        Overall gain [dB].
    sliders
        Gain [dB] of points that are spread evenly from the first depth to the last, with straight
        lines between them, like the sliders of a console.
    """
    points = np.linspace(depth[0], depth[-1], len(sliders))
    return gain + np.interp(depth, points, sliders)
