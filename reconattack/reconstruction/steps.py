"""The steps of the reconstruction as functions of arrays: envelope, attenuation, window.

`reconattack.reconstruction.reconstruction` says what A and B are, and joins the steps.
"""

from copy import copy

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from reconattack.errors import InputError
from reconattack.reconstruction.scan_conversion import Pixels

GREY_LEVELS = 255
DECIBELS_PER_NEPER = 20 / np.log(10)
TINY = np.finfo(np.float32).tiny
LINES_AT_ONCE = 16  # whose transforms stay in a processor's cache


class Amplitudes:
    """A frame's amplitudes in the pixels of a picture, before any gain.

    Attributes
    ----------
    shown
        bool (rows, columns): the pixels that show the frame; the other arrays hold these.
    row
        Index of the sample above each pixel, intp (pixels,).
    above, below
        Contributions of the samples above and below, float32 (pixels,): A and B.
    depth_above
        Depth of the sample above each pixel [m], float32 (pixels,).
    depth
        Depth at which each sample is shown [m], evenly spaced, (depth,).
    """

    def __init__(self, pixels: Pixels, amplitude: np.ndarray, depth: np.ndarray) -> None:
        self.shown = pixels.shown
        self.row = pixels.row
        self.above, self.below = pixels.amplitudes(amplitude)
        np.maximum(self.above, TINY, out=self.above)  # its logarithm is finite
        self.depth = depth
        self.depth_above = depth.astype(np.float32).take(self.row, mode="clip")

    def amplified(self, gain: np.ndarray) -> "Amplitudes":
        """The same amplitudes after a gain, (depth,), of each sample."""
        amplified = copy(self)
        gain = gain.astype(np.float32)
        amplified.above = np.maximum(self.above * gain.take(self.row, mode="clip"), TINY)
        amplified.below = self.below * gain[1:].take(self.row, mode="clip")
        return amplified

    def levels(self, ramp: float, reference_level: float) -> np.ndarray:
        """Level [dB] of each pixel after a gain ramp [dB/m] over depth, float32 (pixels,)."""
        level = self.below * np.float32(10 ** (ramp * (self.depth[1] - self.depth[0]) / 20))
        level += self.above
        np.log(level, out=level)
        level *= np.float32(DECIBELS_PER_NEPER)
        raised = self.depth_above * np.float32(ramp)
        raised += np.float32(reference_level)
        level += raised
        return level


def envelope(samples: np.ndarray) -> np.ndarray:
    """Amplitude of each line: by the Hilbert transform of RF samples, the modulus of complex ones.

    RF lines are padded with zeros to twice their length: the transform is circular, and the strong
    first samples would leak into the weak last ones, which compensation then amplifies. For the
    same reason the transform is computed in double precision.

    Parameters
    ----------
    samples
        Shape (depth, line): real RF samples, or complex demodulated ones.

    Returns
    -------
    numpy.ndarray
        float32 (depth, line).
    """
    if np.iscomplexobj(samples):
        return np.abs(samples).astype(np.float32)
    amplitude = np.empty(samples.shape, np.float32)
    for first in range(0, samples.shape[1], LINES_AT_ONCE):
        some = slice(first, first + LINES_AT_ONCE)
        amplitude[:, some] = _hilbert_amplitude(samples[:, some].T.astype(np.float64, order="C")).T
    return amplitude


def _hilbert_amplitude(lines: np.ndarray) -> np.ndarray:
    """Amplitude of RF lines, float64 (line, depth), which it overwrites."""
    count = lines.shape[1]
    padded = next_fast_len(2 * count, real=True)
    spectrum = rfft(lines, padded)
    spectrum *= -1j
    # Mean and, at an even length, highest frequency have no quadrature: irfft leaves them out.
    quadrature = irfft(spectrum, padded, overwrite_x=True)[:, :count]
    np.square(lines, out=lines)
    lines += np.square(quadrature, out=quadrature)
    return np.sqrt(lines, out=lines)


def attenuation_level(beta: float, frequency_mhz: float, depth_cm: np.ndarray) -> np.ndarray:
    """Level 2 beta f z [dB] that is lost to a two-way attenuation of beta dB/(cm MHz)."""
    return 2 * beta * frequency_mhz * depth_cm


def attenuation_gain(beta: float, frequency_mhz: float, depth_cm: np.ndarray) -> np.ndarray:
    """Gain 10^(2 beta f z / 20) that compensates a two-way attenuation of beta dB/(cm MHz)."""
    return 10 ** (attenuation_level(beta, frequency_mhz, depth_cm) / 20)


def window(
    level: np.ndarray, alpha_lower: float, alpha_upper: float, out: np.ndarray | None = None
) -> np.ndarray:
    """Map levels to grey levels, linearly between two thresholds.

    Parameters
    ----------
    level
        Levels [dB], float32, of any shape.
    alpha_lower, alpha_upper
        Thresholds [dB]: alpha_lower and below give 0, alpha_upper and above 255.
    out
        Array for the result; None makes a new one.

    Returns
    -------
    numpy.ndarray
        Grey levels before rounding, float32, in the shape of `level`.

    Raises
    ------
    InputError
        If alpha_lower does not lie below alpha_upper.
    """
    if not alpha_lower < alpha_upper:
        raise InputError(
            f"alpha_lower is {alpha_lower:g} dB, alpha_upper {alpha_upper:g} dB; expected "
            "alpha_lower below alpha_upper"
        )
    grey = np.clip(level, np.float32(alpha_lower), np.float32(alpha_upper), out=out)
    grey -= np.float32(alpha_lower)
    grey *= np.float32(GREY_LEVELS / (alpha_upper - alpha_lower))
    return grey
