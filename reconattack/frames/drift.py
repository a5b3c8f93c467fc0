"""Drift: the offset of RF lines and its slow variation, which no echo makes.

A converter adds an offset, an unsigned file is one, and an amplifier drifts after transmission. The
Hilbert transform cannot tell them from echoes: an offset of any size fills every dark place of a
picture. Echoes have no energy far below their centre frequency. So what lies there is told apart
from them and can be removed.
"""

import numpy as np

from reconattack.frames.spectrum import echo_band

CUTOFF = 1 / 8  # of the centre frequency: drift lies below, echoes from twice as much upwards
EXCESS = 4.0  # least energy below the cut-off, relative to the same width above it
STRETCH = 4  # least length of a stretch of depth in which energies are compared, in windows
MOST_STRETCHES = 8


def remove_drift(
    samples: np.ndarray, empty: np.ndarray, sampling_frequency: float, center_frequency: float
) -> tuple[np.ndarray, float]:
    """Remove the drift of RF lines if a frame has one; else return the very same samples.

    A frame has a drift if, in some stretch of its depth, the energy below the `CUTOFF` is more than
    `EXCESS` times that of the same width above it, or if samples that hold nothing are not zero.
    The energy of echoes falls towards zero frequency, and that of noise is the same in both.
    Nothing is removed if the band of what remains ends below twice the cut-off: then the centre
    frequency is not that of the echoes, and they would be removed too.

    Each line's mean is removed. If a drift is still there, so is a straight line that is fitted
    around each sample, twice: to the samples and to what the first fit leaves. Its window is twice
    the cut-off's period long and falls to zero at both ends (Hann), so that a strong echo acts no
    farther than this. An offset and a slope are removed exactly.

    Parameters
    ----------
    samples
        Shape (depth, line). Demodulated samples (complex) have no drift: their zero frequency is
        the carrier, the middle of their band.
    empty
        bool (depth, line): samples that hold nothing (`empty_samples`). They do not count, and are
        zero where a drift is removed.
    sampling_frequency, center_frequency
        [Hz].

    Returns
    -------
    numpy.ndarray
        float64 (depth, line) without the drift, or `samples` themselves.
    float
        Share of the energy of the samples that was removed, 0 if nothing was.
    """
    if np.iscomplexobj(samples) or not np.isfinite(samples.astype(np.float32)).all():
        return samples, 0.0  # numbers that no frame may hold are refused later
    whole = samples.astype(float)
    lines = np.where(empty, 0.0, whole)
    recorded = ~empty
    window = 2 * sampling_frequency / (CUTOFF * center_frequency)
    if np.array_equal(lines, whole) and not _has_drift(lines, recorded, window):
        return samples, 0.0
    offset = lines.sum(axis=0) / np.maximum(recorded.sum(axis=0), 1)
    rest = np.where(recorded, lines - offset, 0.0)
    if _has_drift(rest, recorded, window):
        rest -= moving_line(rest, recorded, window)
        rest -= moving_line(rest, recorded, window)
    if echo_band(rest, sampling_frequency)[1] < 2 * CUTOFF * center_frequency:
        return samples, 0.0
    return rest, float(np.sum((whole - rest) ** 2) / np.sum(whole**2))


def _has_drift(lines: np.ndarray, recorded: np.ndarray, window: float) -> bool:
    """Whether the energy below the cut-off exceeds that above it somewhere in depth."""
    below = moving_line(lines, recorded, window)
    above = moving_line(lines, recorded, window / 2) - below
    wide, narrow = hann(window), hann(window / 2)
    band = np.pad(narrow, (len(wide) - len(narrow)) // 2) - wide
    count = int(np.clip(len(lines) / (STRETCH * window), 1, MOST_STRETCHES))
    for rows in np.array_split(np.arange(len(lines)), count):
        # By what white noise has in each of the two bands.
        low = np.sum(below[rows] ** 2) / np.sum(wide**2)
        high = np.sum(above[rows] ** 2) / np.sum(band**2)
        if low > EXCESS * high:
            return True
    return False


def moving_line(lines: np.ndarray, counts: np.ndarray, window: float) -> np.ndarray:
    """Value at each sample of a straight line fitted around it by weighted least squares.

    Parameters
    ----------
    lines
        float64 (depth, line).
    counts
        bool (depth, line): samples that count. The others are zero in the result.
    window
        Length of the window in samples.
    """
    weights = hann(window)
    offsets = np.linspace(-1, 1, len(weights))
    counted = np.ones((len(lines), 1)) if counts.all() else counts.astype(float)
    s0, s1, s2 = (_correlate(counted, weights * offsets**power) for power in range(3))
    t0, t1 = (_correlate(lines, weights * offsets**power) for power in range(2))
    spread = s0 * s2 - s1**2
    fitted = spread > 1e-9 * s0**2
    value = np.where(fitted, s2 * t0 - s1 * t1, t0) / np.where(fitted, spread, np.maximum(s0, 1e-9))
    return np.where(counts, value, 0)


def hann(window: float) -> np.ndarray:
    """An odd number of positive weights that add up to 1 and fall to zero at both ends."""
    half = max(1, round(window / 2))
    weights = np.hanning(2 * half + 1)[1:-1] if half > 1 else np.ones(3)
    return weights / weights.sum()


def _correlate(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum of the values around each sample by weights, in the shape of `values`."""
    from scipy.signal import oaconvolve  # slow to import

    return oaconvolve(values, weights[::-1, np.newaxis], mode="same", axes=0)
