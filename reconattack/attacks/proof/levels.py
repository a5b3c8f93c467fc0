"""Levels of a frame's pixels as affine functions of the setting, with a bound of the errors.

A pixel's grey level before clipping, 255 (level - alpha_lower) / (alpha_upper - alpha_lower), is
affine in u = 255 / (alpha_upper - alpha_lower), x = beta u and v = (alpha_lower - gain) u if its
level is affine in beta. It is, except for the logarithm of the mean of two samples, which a ramp of
s nepers a sample bends by less than s^2 / 8 nepers, as
`reconattack.reconstruction.steps.Amplitudes` says.
"""

from dataclasses import dataclass

import numpy as np

from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import DECIBELS_PER_NEPER, GREY_LEVELS, attenuation_level

UNIT = 2.0**-24  # unit roundoff of float32
LOGARITHM_ULPS = 4  # the error that NumPy documents for its float32 logarithm


@dataclass(frozen=True)
class PixelLevels:
    """Levels of the shown pixels of one frame, level = constant + slope * beta.

    Attributes
    ----------
    constant
        Level at beta = 0 and without gain, float64 (pixels,) [dB].
    slope
        Level that a unit of beta adds, float64 (pixels,) [dB/(dB/(cm MHz))].
    error
        How far a computed level may lie from this [dB].
    """

    constant: np.ndarray
    slope: np.ndarray
    error: float


def pixel_levels(
    reconstruction: Reconstruction, beta: tuple[float, float], gain: float = 0.0
) -> PixelLevels:
    """Levels of a frame's pixels over an interval of beta.

    Parameters
    ----------
    reconstruction
        The frame.
    beta
        Lowest and highest attenuation coefficient [dB/(cm MHz)].
    gain
        Largest absolute value of the gain [dB].
    """
    placed = reconstruction.amplitudes()
    spacing = (placed.depth[-1] - placed.depth[0]) / (len(placed.depth) - 1)
    depth = placed.depth[0] + placed.place.astype(float) * spacing
    per_beta = attenuation_level(1, reconstruction.frequency / 1e6, 100)
    base = reconstruction.reference_level - placed.reference_level
    steepest = max(abs(value * per_beta - placed.ramp) for value in beta)
    nepers = steepest * abs(spacing) / DECIBELS_PER_NEPER
    # The curve that stands for a logarithm up to a tenth of a neper has a little more than s^2 / 8.
    bend = DECIBELS_PER_NEPER * (nepers**2 / 8 + min(nepers, 0.1) ** 4 / 288)
    raised = steepest * float(np.abs(depth).max(initial=0)) + abs(base) + gain
    largest = float(np.abs(placed.level).max(initial=0)) + 2 * raised + bend
    # base, step, its product and three sums; the bend by a curve or by the logarithm of a sum
    rounding = UNIT * (4 * raised + 3 * largest)
    logarithm = 1 + 2 * np.expm1(nepers) + (3 + 2 * LOGARITHM_ULPS) * nepers
    bending = UNIT * (12 * bend + DECIBELS_PER_NEPER * logarithm)
    return PixelLevels(
        placed.level.astype(float) + base - placed.ramp * depth,
        per_beta * depth,
        bend + 1.01 * (rounding + bending),
    )


def grey_error(level_error: float, narrowest: float, threshold: float) -> float:
    """How far the computed grey level before rounding may lie from the exact one.

    Parameters
    ----------
    level_error
        Error of the levels [dB].
    narrowest
        Narrowest window between the thresholds [dB].
    threshold
        Largest absolute value of a threshold [dB].
    """
    per_decibel = GREY_LEVELS / narrowest
    # Both thresholds, then the difference, the scale, the product and the sum that rounds.
    return per_decibel * (level_error + 3 * UNIT * threshold) + 5 * UNIT * GREY_LEVELS
