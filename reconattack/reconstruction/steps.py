"""The steps of the reconstruction as functions of arrays: envelope, attenuation, window.

`reconattack.reconstruction.reconstruction` says what A and B are, and joins the steps.
"""

from copy import copy
from functools import lru_cache

import numpy as np
from scipy.fft import fft, ifft, next_fast_len

from reconattack.errors import InputError
from reconattack.reconstruction.passes import passes
from reconattack.reconstruction.scan_conversion import Pixels, shown_runs

GREY_LEVELS = 255
DECIBELS_PER_NEPER = 20 / np.log(10)
FINEST = 2.0**-18  # dB, the last digit of a float32 level from 32 to 64 dB
DEPTHS = 1 << 14  # on the axis of pixels without samples: a ramp is straight from one to the next
DEPTH_WITHOUT_SCALE = 1.0  # m
LINES_AT_ONCE = 8  # whose transforms stay in a processor's cache


class Amplitudes:
    """A frame's amplitudes in the pixels of a picture, before the gain of a setting.

    Attributes
    ----------
    shown
        bool (rows, columns): the pixels that show the frame; the other arrays hold these.
    runs
        The `shown_runs` of these pixels, int64 (run, 2).
    row
        Index of the sample above each pixel, int32 (pixels,).
    level
        Level [dB] of each pixel after the gain `ramp`, with `reference_level`, float32 (pixels,).
    place
        Where the amplitude of each pixel comes from [samples], float32 (pixels,): the index of the
        sample above and the share w of the sample below in the pixel's amplitude after `ramp`.
    depth
        Depth at which each sample is shown [m], evenly spaced, (depth,).
    ramp, reference_level
        Gain over depth [dB/m] and level [dB] that `level` has.

    Notes
    -----
    A ramp that is steeper by s nepers a sample raises a pixel at sample i by the level of its ramp
    at i and by log(1 + (e^s - 1) w). The second differs from s w by less than s^2 / 8, and from
    s w + w (1 - w) (s^2 / 2 + (1 - 2 w) s^3 / 6) by less than s^4 / 192: these are the first
    cumulants of a sample that is chosen with the chance w, of which the fourth is at most 1/8. So
    a straight line stands for the logarithm, or this curve, where that changes a level by less than
    `FINEST`.
    """

    def __init__(
        self,
        pixels: Pixels,
        amplitude: np.ndarray,
        depth: np.ndarray,
        ramp: float,
        reference_level: float,
    ) -> None:
        self.shown = pixels.shown
        self.row = pixels.row
        self.depth = depth
        self.ramp = ramp
        self.reference_level = reference_level
        self.runs = pixels.runs
        self._spacing = (depth[-1] - depth[0]) / (len(depth) - 1)
        total, self.place = pixels.amplitudes(amplitude, self._growth)
        self.level = np.log(total, out=total)
        if (library := passes()) is not None:
            pixels_of_row = self.row, len(self.row), depth.astype(np.float32)
            library.raise_levels(total, *pixels_of_row, DECIBELS_PER_NEPER, ramp, reference_level)
        else:
            self.level *= np.float32(DECIBELS_PER_NEPER)
            self.level += self._raised

    @classmethod
    def of_levels(
        cls,
        shown: np.ndarray,
        level: np.ndarray,
        depth: np.ndarray,
        ramp: float,
        reference_level: float,
    ) -> "Amplitudes":
        """Amplitudes of pixels whose levels are known, such as those of a finished picture.

        Parameters
        ----------
        shown
            bool (rows, columns): the pixels.
        level
            Their levels after a gain `ramp` [dB/m] and with `reference_level` [dB], (pixels,).
        depth
            Their depths [m], (pixels,).
        """
        placed = cls.__new__(cls)
        placed.shown, placed.runs = shown, shown_runs(shown)
        placed.ramp, placed.reference_level = ramp, reference_level
        first, last = float(depth.min()), float(depth.max())
        last = last if last > first else first + DEPTH_WITHOUT_SCALE
        placed.depth = np.linspace(first, last, DEPTHS)
        placed._spacing = (last - first) / (DEPTHS - 1)
        place = np.minimum((depth - first) / placed._spacing, DEPTHS - 1.5)
        placed.place = place.astype(np.float32)
        placed.row = placed.place.astype(np.int32)
        placed.level = np.asarray(level, np.float32)
        return placed

    @property
    def contributions(self) -> tuple[np.ndarray, np.ndarray]:
        """Contributions of the samples above and below without a gain, float32 (pixels,): A, B."""
        total = np.exp((self.level - self._raised) / np.float32(DECIBELS_PER_NEPER))
        below = total * (self.place - self.row)
        return (total - below).astype(np.float32), (below / self._growth).astype(np.float32)

    def amplified(self, gain: np.ndarray) -> "Amplitudes":
        """The same amplitudes after a gain [dB] of each sample, (depth,)."""
        above = np.minimum(self.place.astype(np.intp), len(self.depth) - 2)
        share = self.place - above.astype(np.float32)
        growth = (10 ** (np.diff(gain) / 20)).astype(np.float32).take(above)
        total = 1 + (growth - 1) * share
        amplified = copy(self)
        amplified.place = above.astype(np.float32) + growth * share / total
        amplified.level = self.level + gain.astype(np.float32).take(above)
        amplified.level += np.float32(DECIBELS_PER_NEPER) * np.log(total)
        return amplified

    def levels(self, ramp: float, reference_level: float) -> np.ndarray:
        """Level [dB] of each pixel after a gain ramp [dB/m] over depth, float32 (pixels,)."""
        terms = self._terms(ramp, reference_level)
        base, step, curve, skew = (term if term is None else np.float32(term) for term in terms)
        level = self.level + base
        if curve is None:
            above = np.trunc(self.place)
            level += above * step
            growth = np.float32(np.expm1(step / DECIBELS_PER_NEPER))
            level += np.float32(DECIBELS_PER_NEPER) * np.log(1 + (self.place - above) * growth)
            return level
        level += self.place * step
        if curve or skew:
            share = self.place - np.trunc(self.place)
            level += (share - share * share) * (curve + share * skew)
        return level

    def draw(
        self,
        image: np.ndarray,
        ramp: float,
        reference_level: float,
        alpha_lower: float,
        alpha_upper: float,
    ) -> bool:
        """Draw `levels` through a `window` into an image, uint8 (rows, columns), in one pass.

        Returns
        -------
        bool
            Whether that was possible here. If not, the image is as it was.
        """
        terms = self._terms(ramp, reference_level)
        if terms[2] is None or (library := passes()) is None:
            return False
        scale = grey_levels_per_decibel(alpha_lower, alpha_upper)
        pixels = self.level, self.place, len(self.level), self.runs, len(self.runs)
        library.draw(*pixels, *terms, alpha_lower, alpha_upper, scale, image, image.size)
        return True

    def _terms(self, ramp: float, reference_level: float) -> tuple[float | None, ...]:
        """What a ramp adds to each pixel: a constant, a sample's step, its curve and skew [dB].

        The last two are zero where a straight line will do, and None where only the logarithm does.
        """
        further = ramp - self.ramp
        base = reference_level - self.reference_level + further * self.depth[0]
        step = further * self._spacing
        nepers = step / DECIBELS_PER_NEPER
        if DECIBELS_PER_NEPER * nepers**2 / 8 < FINEST:
            curve = skew = 0.0
        elif DECIBELS_PER_NEPER * nepers**4 / 192 < FINEST:
            curve = DECIBELS_PER_NEPER * (nepers**2 / 2 + nepers**3 / 6)
            skew = -DECIBELS_PER_NEPER * nepers**3 / 3
        else:
            curve = skew = None
        return base, step, curve, skew

    @property
    def _growth(self) -> float:
        """Gain from one sample to the next."""
        return 10 ** (self.ramp * self._spacing / 20)

    @property
    def _raised(self) -> np.ndarray:
        """Level that `ramp` and `reference_level` add to each pixel [dB], float32 (pixels,)."""
        raised = self.depth.astype(np.float32).take(self.row, mode="clip")
        raised *= np.float32(self.ramp)
        raised += np.float32(self.reference_level)
        return raised


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
    count, n_lines = samples.shape
    padded = np.zeros((min(LINES_AT_ONCE, n_lines), 2 * next_fast_len(count, real=True)))
    for first in range(0, n_lines, LINES_AT_ONCE):
        lines = padded[: n_lines - first]
        lines[:, :count] = samples[:, first : first + LINES_AT_ONCE].T
        quadratures = _quadratures(lines)
        if (library := passes()) is not None:
            library.modulus(lines, quadratures, *lines.shape, count, amplitude, first, n_lines)
        else:
            square = lines[:, :count] ** 2 + quadratures[:, :count] ** 2
            amplitude[:, first : first + LINES_AT_ONCE] = np.sqrt(square, out=square).T
    return amplitude


def _quadratures(lines: np.ndarray) -> np.ndarray:
    """Hilbert transform of lines of an even length, float64 (line, sample).

    The transform at an even sample depends on the odd samples alone, and the other way round. So
    pairs of samples are taken for complex numbers, of which there are half as many. With a spectrum
    Z of n of these, that of the result is i sin(pi k / n) Z(k) + cos(pi k / n) conj Z(n - k). At
    k = 0 it is zero: the mean and the highest frequency, both there, have no quadrature.
    """
    spectrum = fft(lines.view(complex))
    sine, cosine = _rotation(spectrum.shape[1])
    if (library := passes()) is not None:
        library.turn(spectrum.view(float), *spectrum.shape, sine, cosine)
    else:
        mirrored = np.roll(spectrum[:, ::-1], 1, axis=1)
        real = cosine * mirrored.real - sine * spectrum.imag
        spectrum.imag = sine * spectrum.real - cosine * mirrored.imag
        spectrum.real = real
    return ifft(spectrum, overwrite_x=True).view(float)


@lru_cache(4)
def _rotation(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Sine and cosine of half a turn in `count` steps; both zero at the first."""
    angle = np.arange(count) * (np.pi / count)
    sine, cosine = np.sin(angle), np.cos(angle)
    cosine[0] = 0
    return sine, cosine


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
    scale = grey_levels_per_decibel(alpha_lower, alpha_upper)
    grey = np.clip(level, np.float32(alpha_lower), np.float32(alpha_upper), out=out)
    grey -= np.float32(alpha_lower)
    grey *= np.float32(scale)
    return grey


def grey_levels_per_decibel(alpha_lower: float, alpha_upper: float) -> float:
    """Slope of the window between two thresholds [dB].

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
    return GREY_LEVELS / (alpha_upper - alpha_lower)
