"""Properties that are measured on the samples of an RF frame, to compare with stated ones."""

import numpy as np
import xarray as xr
from scipy.signal import detrend

from reconattack.frames.frame import frame_samples, lateral_coordinate

BAND_DECIBELS = 6.0
# Shares of the sampling frequency
SMOOTHING_SHARE = 0.01  # narrower than a pulse's band, wider than the ripple of one spectrum
DRIFT_SHARE = 0.01  # below it lie offset and drift


def measured_frequency(frame: xr.Dataset) -> float:
    """Centre frequency of the echoes [Hz]: middle of the band within 6 dB of the spectrum's peak.

    The power spectrum is averaged over the lines and smoothed. Attenuation shifts it downwards with
    depth, so it usually lies somewhat below the nominal frequency. It is NaN for demodulated
    samples, which have lost their carrier.
    """
    samples = frame_samples(frame)
    if np.iscomplexobj(samples):
        return np.nan
    sampling_frequency = frame.attrs["sampling_frequency"]
    spectrum = np.fft.rfft(detrend(samples, axis=0), axis=0)
    power = np.mean(spectrum.real**2 + spectrum.imag**2, axis=1)
    frequency = np.fft.rfftfreq(len(samples), 1 / sampling_frequency)
    power[frequency < DRIFT_SHARE * sampling_frequency] = 0
    width = max(1, round(SMOOTHING_SHARE * len(samples)))
    smooth = np.convolve(power, np.ones(width) / width, mode="same")
    (band,) = np.nonzero(smooth >= smooth.max() * 10 ** (-BAND_DECIBELS / 10))
    return float((frequency[band[0]] + frequency[band[-1]]) / 2)


def saturated_share(frame: xr.Dataset) -> float:
    """Share of samples at the largest or smallest value; values that occur once do not count."""
    samples = frame_samples(frame)
    parts = (samples.real, samples.imag) if np.iscomplexobj(samples) else (samples,)
    counts = [np.sum(part == limit) for part in parts for limit in (part.max(), part.min())]
    return float(sum(count for count in counts if count > 1) / (samples.size * len(parts)))


def silent_lines(frame: xr.Dataset) -> int:
    """Number of lines that hold a single value."""
    samples = frame_samples(frame)
    return int(np.sum(np.all(samples == samples[0], axis=0)))


def extent(frame: xr.Dataset) -> dict[str, float]:
    """First and last depth [m] and the fan [rad] or width [m] of a frame."""
    lateral = lateral_coordinate(frame)
    depth, lines = frame["depth"].values, frame[lateral].values
    span = "angle_span" if lateral == "angle" else "lateral_span"
    return {
        "start_depth": float(depth[0]),
        "end_depth": float(depth[-1]),
        span: float(lines[-1] - lines[0]),
    }
