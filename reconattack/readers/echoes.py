"""Whether real samples are echoes (RF): envelopes and finished pictures are no input."""

import numpy as np

from reconattack.errors import InputError
from reconattack.frames.frame import MIN_SAMPLES

MOST_LINES = 256  # whose spectra are averaged
LOWEST_SHARE = 0.01  # of the sampling frequency; below it lie offset and drift
MOST_LOW_POWER = 0.1  # of the peak's; real RF has 0.01, pictures and envelopes more than 0.6


def check_echoes(samples: np.ndarray) -> None:
    """Raise InputError if real samples are those of an envelope or of a finished picture.

    Samples are suspect if none of them is negative, if none is positive, or if they have 8 bits.
    They pass in two cases only:

    - They oscillate along the lines: the mean spectrum of the lines, without offset and drift, has
      little power below half the frequency of its peak. Probes transmit no low frequencies; the
      spectra of envelopes and pictures are highest there.
    - They have more than 8 bits and lie farther from zero than they spread, as those of a converter
      with an offset do. Pictures and envelopes reach down to black.

    Parameters
    ----------
    samples
        Shape (frame, sample, line). Complex samples pass: no picture is complex.
    """
    known = samples[np.isfinite(samples)] if samples.dtype.kind == "f" else samples
    if np.iscomplexobj(samples) or samples.shape[1] < MIN_SAMPLES or not known.size:
        return
    smallest, largest = float(known.min()), float(known.max())
    is_narrow, nearest = samples.dtype.itemsize == 1, max(smallest, -largest)
    if nearest < 0 and not is_narrow:
        return
    has_offset = nearest > largest - smallest and not is_narrow
    if not has_offset and not _oscillate(samples):
        sides = "" if nearest < 0 else f", nowhere {'negative' if smallest >= 0 else 'positive'}"
        raise InputError(
            f"the samples are real{sides} ({samples.dtype}, {smallest:g} to {largest:g}) and do "
            "not oscillate along the lines, as in an envelope or a finished picture; expected RF "
            "or IQ from before the envelope, with its axes in the right order"
        )


def _oscillate(samples: np.ndarray) -> bool:
    """Whether the lines have a carrier; lines that are constant or not finite do not count."""
    _, count, across = samples.shape
    number = np.arange(0, len(samples) * across, -(-len(samples) * across // MOST_LINES))
    lines = samples[number // across, :, number % across].T.astype(np.float64)
    lines = lines[:, np.isfinite(lines).all(axis=0) & (np.ptp(lines, axis=0) > 0)]
    if not lines.size:
        return True  # the frame's own checks tell what is wrong
    from scipy.signal import detrend  # slow to import

    spectrum = np.fft.rfft(detrend(lines, axis=0) * np.hanning(count)[:, np.newaxis], axis=0)
    frequency = np.fft.rfftfreq(count)
    power = np.mean(spectrum.real**2 + spectrum.imag**2, axis=1)[frequency >= LOWEST_SHARE]
    width = max(1, round(LOWEST_SHARE * count))
    power = np.convolve(power, np.ones(width) / width, mode="valid")
    peak = power.argmax()
    first = np.count_nonzero(frequency < LOWEST_SHARE)
    low = power[: max(1, (first + peak) // 2 - first + 1)]
    return bool(low.mean() <= MOST_LOW_POWER * power[peak])
