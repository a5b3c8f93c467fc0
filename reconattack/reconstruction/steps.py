"""The steps of the reconstruction as functions of arrays: envelope, attenuation, window.

Units and the meaning of A and B are those of `reconattack.reconstruction.reconstruction`.
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
        bool (rows, columns): pixels that show the frame; the arrays hold these.
    row
        Index of the sample above each pixel, intp (pixels,).
    above, below
        What the samples above and below contribute, float32 (pixels,): A and B of the module.
    depth_above
        Depth of the sample above each pixel [m], float32 (pixels,).
    depth
        Depth of each sample as it is shown [m], evenly spaced, (depth,).
    """

    def __init__(self, pixels: Pixels, amplitude: np.ndarray, depth: np.ndarray) -> None:
        self.shown = pixels.shown
        self.row = pixels.row
        self.above, self.below = pixels.amplitudes(amplitude)
        np.maximum(self.above, TINY, out=self.above)  # so that there is always a logarithm
        self.depth = depth
        self.depth_above = depth.astype(np.float32).take(self.row, mode="clip")

    def amplified(self, gain: np.ndarray) -> "Amplitudes":
        """The same behind a gain of each sample, (depth,)."""
        amplified = copy(self)
        gain = gain.astype(np.float32)
        amplified.above = np.maximum(self.above * gain.take(self.row, mode="clip"), TINY)
        amplified.below = self.below * gain[1:].take(self.row, mode="clip")
        return amplified

    def levels(self, ramp: float, reference_level: float) -> np.ndarray:
        """Level [dB] of each pixel, float32 (pixels,), raised by a ramp [dB/m] over depth."""
        level = self.below * np.float32(10 ** (ramp * (self.depth[1] - self.depth[0]) / 20))
        level += self.above
        np.log(level, out=level)
        level *= np.float32(DECIBELS_PER_NEPER)
        raised = self.depth_above * np.float32(ramp)
        raised += np.float32(reference_level)
        level += raised
        return level


def envelope(samples: np.ndarray) -> np.ndarray:
    """Amplitude of each line, float32 (depth, line): of RF samples by the Hilbert transform, of
    demodulated (complex) ones their absolute value.

    RF lines are padded with zeros to twice their length: the transform is circular, and the loud
    first samples would leak into the faint last ones, which compensation then amplifies. It is done
    in double precision, for the same reason.
    """
    if np.iscomplexobj(samples):
        return np.abs(samples).astype(np.float32)
    amplitude = np.empty(samples.shape, np.float32)
    for first in range(0, samples.shape[1], LINES_AT_ONCE):
        some = slice(first, first + LINES_AT_ONCE)
        amplitude[:, some] = _hilbert_amplitude(samples[:, some].T.astype(np.float64, order="C")).T
    return amplitude


def _hilbert_amplitude(lines: np.ndarray) -> np.ndarray:
    """Amplitude of float64 RF lines (line, depth), which are overwritten."""
    count = lines.shape[1]
    padded = next_fast_len(2 * count, real=True)
    spectrum = rfft(lines, padded)
    spectrum *= -1j
    # Mean and highest frequency of an even length have no quadrature: irfft leaves them out.
    quadrature = irfft(spectrum, padded, overwrite_x=True)[:, :count]
    np.square(lines, out=lines)
    lines += np.square(quadrature, out=quadrature)
    return np.sqrt(lines, out=lines)


def attenuation_level(beta: float, frequency_mhz: float, depth_cm: np.ndarray) -> np.ndarray:
    """Level 2 beta f z [dB] that a two-way attenuation of beta dB/(cm MHz) takes away."""
    return 2 * beta * frequency_mhz * depth_cm


def attenuation_gain(beta: float, frequency_mhz: float, depth_cm: np.ndarray) -> np.ndarray:
    """Gain 10^(2 beta f z / 20) that undoes a two-way attenuation of beta dB/(cm MHz)."""
    return 10 ** (attenuation_level(beta, frequency_mhz, depth_cm) / 20)


def window(
    level: np.ndarray, alpha_lower: float, alpha_upper: float, out: np.ndarray | None = None
) -> np.ndarray:
    """Levels [dB] to grey levels, float32 before rounding: alpha_lower and below give 0,
    alpha_upper and above 255. They are written to `out` if it is given.
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
