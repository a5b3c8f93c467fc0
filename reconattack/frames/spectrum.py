"""The band of the echoes in the spectrum of RF lines."""

import numpy as np

BAND_DECIBELS = 6.0
# Shares of the sampling frequency
SMOOTHING_SHARE = 0.01  # narrower than a pulse's band, wider than the ripple of one spectrum
DRIFT_SHARE = 0.01  # below it lie offset and drift


def echo_band(samples: np.ndarray, sampling_frequency: float) -> tuple[float, float]:
    """Lowest and highest frequency [Hz] within 6 dB of the spectrum's peak.

    The power spectrum is averaged over the lines and smoothed.

    Parameters
    ----------
    samples
        Real RF samples, shape (depth, line).
    sampling_frequency
        [Hz].
    """
    from scipy.signal import detrend  # slow to import

    spectrum = np.fft.rfft(detrend(samples, axis=0), axis=0)
    power = np.mean(spectrum.real**2 + spectrum.imag**2, axis=1)
    frequency = np.fft.rfftfreq(len(samples), 1 / sampling_frequency)
    power[frequency < DRIFT_SHARE * sampling_frequency] = 0
    width = max(1, round(SMOOTHING_SHARE * len(samples)))
    smooth = np.convolve(power, np.ones(width) / width, mode="same")
    (band,) = np.nonzero(smooth >= smooth.max() * 10 ** (-BAND_DECIBELS / 10))
    return float(frequency[band[0]]), float(frequency[band[-1]])
