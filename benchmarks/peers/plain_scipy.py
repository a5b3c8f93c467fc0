"""Pictures by plain SciPy."""

import numpy as np
import xarray as xr
from scipy.fft import next_fast_len
from scipy.ndimage import map_coordinates
from scipy.signal import hilbert

from reconattack.frames.geometry import image_grid, probe_coordinates
from reconattack.reconstruction.steps import attenuation_gain


class PlainScipy:
    """What one writes who has SciPy: every step by its own function.

    Parameters
    ----------
    frame
        An RF frame.
    rows
        Height of the picture.
    padded
        Whether the lines are padded to twice their length before the Hilbert transform, which is
        then done in double precision; without, SciPy does it in the samples' single precision.
    """

    def __init__(self, frame: xr.Dataset, rows: int, padded: bool = False) -> None:
        self._samples = frame["rf"].values
        self._padded = padded
        self._places = pixel_places(frame, rows)
        self._shown = (self._places >= 0).all(axis=0)
        self._frequency = frame.attrs["center_frequency"] / 1e6
        self._depth = frame["depth"].values * 100
        self._reference_level = frame.attrs["reference_level"]

    def from_rf(self, *setting: float) -> np.ndarray:
        """The picture at beta, lower and upper threshold, uint8 (z, x)."""
        self._envelope = padded_envelope(self._samples) if self._padded else self._plain_envelope()
        return self.another_setting(*setting)

    def another_setting(self, beta: float, lower: float, upper: float) -> np.ndarray:
        """The picture from the envelope that is kept, uint8 (z, x)."""
        return self.bmode(self._envelope, beta, lower, upper)

    def bmode(self, envelope: np.ndarray, beta: float, lower: float, upper: float) -> np.ndarray:
        """The picture of an envelope (depth, line), uint8 (z, x)."""
        gain = attenuation_gain(beta, self._frequency, self._depth)
        amplitude = map_coordinates(envelope * gain[:, np.newaxis], self._places, order=1)
        level = 20 * np.log10(np.maximum(amplitude, 1e-30)) + self._reference_level
        grey = np.rint(255 * (np.clip(level, lower, upper) - lower) / (upper - lower))
        return np.where(self._shown, grey, 0).astype(np.uint8)

    def _plain_envelope(self) -> np.ndarray:
        return np.abs(hilbert(self._samples, axis=0))


def padded_envelope(samples: np.ndarray) -> np.ndarray:
    """Amplitude float64 (depth, line) of RF lines that are padded to twice their length."""
    count = len(samples)
    analytic = hilbert(samples.astype(np.float64), next_fast_len(2 * count), axis=0)
    return np.abs(analytic[:count])


def pixel_places(frame: xr.Dataset, rows: int) -> np.ndarray:
    """Where each pixel lies between samples and between lines, (2, z, x); -1 outside."""
    places = probe_coordinates(frame, *image_grid(frame, rows))
    axes = frame["depth"].values, frame["angle"].values
    return np.stack(
        [
            np.interp(place, axis, np.arange(len(axis)), left=-1, right=-1)
            for place, axis in zip(places, axes, strict=True)
        ]
    )
