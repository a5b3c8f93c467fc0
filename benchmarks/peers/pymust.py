"""Pictures by PyMUST, and by SciPy where it has no function."""

import numpy as np
import xarray as xr
from scipy.ndimage import map_coordinates

from benchmarks.peers.plain_scipy import pixel_places
from reconattack.reconstruction.steps import attenuation_gain


class PyMust:
    """`rf2iq` in place of the Hilbert transform, SciPy's scan conversion, `bmode`.

    `rf2iq` mixes down to the centre frequency and filters, so what lies beyond its band is lost.
    `bmode` takes the brightest pixel for the upper threshold: a corner outside the sector is given
    that level. It cuts grey levels off where others round.
    """

    def __init__(self, frame: xr.Dataset, rows: int) -> None:
        import pymust

        self._pymust = pymust
        self._samples = frame["rf"].values
        self._attributes = frame.attrs
        self._depth = frame["depth"].values * 100
        self._places = pixel_places(frame, rows)
        self._hidden = (self._places < 0).any(axis=0)
        self._corner = np.argwhere(self._hidden)[0]

    def from_rf(self, *setting: float) -> np.ndarray:
        """The picture at beta, lower and upper threshold, uint8 (z, x)."""
        frequencies = self._attributes["sampling_frequency"], self._attributes["center_frequency"]
        self._envelope = np.abs(self._pymust.rf2iq(self._samples, *frequencies))
        return self.another_setting(*setting)

    def another_setting(self, beta: float, lower: float, upper: float) -> np.ndarray:
        """The picture from the envelope that is kept, uint8 (z, x)."""
        gain = attenuation_gain(beta, self._attributes["center_frequency"] / 1e6, self._depth)
        amplitude = map_coordinates(self._envelope * gain[:, np.newaxis], self._places, order=1)
        brightest = 10 ** ((upper - self._attributes["reference_level"]) / 20)
        amplitude = np.clip(amplitude, 1e-30, brightest)
        amplitude[tuple(self._corner)] = brightest
        picture = self._pymust.bmode(amplitude.astype(complex), upper - lower)
        picture[self._hidden] = 0
        return picture
