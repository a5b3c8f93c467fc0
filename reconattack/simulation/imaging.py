"""The B-mode image that scanner A makes and exports of its RF.

It shares only the geometry with the paper's reconstruction. It has a time-gain curve set by hand,
the machine's dynamic range, a mild speckle filter and an S-shaped grey map.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter1d, uniform_filter

from reconattack.errors import InputError
from reconattack.frames.geometry import probe_coordinates
from reconattack.frames.image import label_image
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import GREY_LEVELS
from reconattack.simulation.patients import random_stream

OPERATOR_SPREAD = 1.5  # dB, spread of the operator's overall gain; a choice
SPECKLE_LEVEL_VARIANCE = 5.57**2  # dB^2, of the log-compressed Rayleigh envelope


@dataclass(frozen=True)
class ImageProcessing:
    """Settings of a scanner's own image processing.

    Attributes
    ----------
    gain_slope
        Preset time-gain compensation [dB/(cm MHz)], at the scanner's centre frequency.
    slider_share
        Share of the depth trend after the preset that the operator's sliders remove, 0 to 1.
    slider_smoothing
        Smoothness of the slider curve in depth [m].
    dynamic_range
        Range from black to white [dB].
    mean_position
        Grey of the mean level after the operator's overall gain, from 0 (black) to 1 (white).
    grey_contrast
        Slope of the S-shaped grey map at its middle, 1 (a straight line) to 1.5 (flat ends).
    speckle_filter
        Side of the adaptive speckle filter's square [pixels].
    filter_share
        Share of the filtered picture in the mixture with the unfiltered one, 0 to 1.
    """

    gain_slope: float
    slider_share: float
    slider_smoothing: float
    dynamic_range: float
    mean_position: float
    grey_contrast: float
    speckle_filter: int
    filter_share: float

    def __post_init__(self) -> None:
        for name in ("slider_share", "mean_position", "filter_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} is {getattr(self, name):g}; expected between 0 and 1")
        for name in ("slider_smoothing", "dynamic_range", "speckle_filter"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name):g}; expected above 0")
        if not 1 <= self.grey_contrast <= 1.5:
            raise InputError(f"grey_contrast is {self.grey_contrast:g}; expected 1 to 1.5")


def process_image(frame: xr.Dataset, processing: ImageProcessing, rows: int) -> xr.Dataset:
    """B-mode image that the scanner makes of an RF frame.

    Parameters
    ----------
    frame
        RF frame of the scanner without time gain.
    processing
        Settings of the machine and the operator.
    rows
        Height of the image in pixels.

    Returns
    -------
    xarray.Dataset
        `bmode` and `sector` (z, x), without parameter coordinates: the settings are not the
        paper's.
    """
    reconstruction = Reconstruction(frame, rows, kept_beta=processing.gain_slope)
    sector = reconstruction.sector
    depth, _ = probe_coordinates(frame, reconstruction.z, reconstruction.x)
    level = np.zeros(sector.shape, np.float32)
    level[sector] = reconstruction.levels(processing.gain_slope)
    level[sector] -= slider_curve(level[sector], depth[sector], processing)
    level[~sector] = level[sector].mean()
    level = filter_speckle(level, processing)
    operator = random_stream(frame.attrs["patient"], "operator").normal(0, OPERATOR_SPREAD)
    relative = (level - level[sector].mean() + operator) / processing.dynamic_range
    position = relative[sector] + processing.mean_position
    bmode = np.zeros(sector.shape, np.uint8)
    bmode[sector] = grey_map(position, processing.grey_contrast)
    image = label_image(bmode, sector, reconstruction.z, reconstruction.x)
    image.attrs = {
        name: frame.attrs[name]
        for name in ("scanner", "patient", "label", "fat_fraction")
        if name in frame.attrs
    }
    return image


def slider_curve(level: np.ndarray, depth: np.ndarray, processing: ImageProcessing) -> np.ndarray:
    """Level [dB] that the operator's sliders remove: smoothed mean level at each pixel's depth."""
    step = processing.slider_smoothing / 10
    band = ((depth - depth.min()) / step).astype(int)
    count = np.maximum(np.bincount(band), 1)
    mean = np.bincount(band, weights=level) / count
    smooth = gaussian_filter1d(mean, 10, mode="nearest")
    return processing.slider_share * np.interp(
        depth - depth.min(), step * (np.arange(len(smooth)) + 0.5), smooth
    )


def filter_speckle(level: np.ndarray, processing: ImageProcessing) -> np.ndarray:
    """Smooth areas with the spread of speckle and keep edges (Lee's filter on levels [dB])."""
    mean = uniform_filter(level, processing.speckle_filter)
    variance = uniform_filter(level**2, processing.speckle_filter) - mean**2
    kept = np.clip(1 - SPECKLE_LEVEL_VARIANCE / np.maximum(variance, 1e-3), 0, 1)
    filtered = mean + kept * (level - mean)
    return level + processing.filter_share * (filtered - level)


def grey_map(position: np.ndarray, contrast: float) -> np.ndarray:
    """Grey level 0-255 of a position between black (0) and white (1), along an S-shaped curve."""
    position = np.clip(position, 0, 1)
    straight = 2 * position - 1
    # The cubic with slope `contrast` in the middle, which reaches both ends.
    bend = contrast - 1
    curve = (1 + bend) * straight - bend * straight**3
    return np.rint(GREY_LEVELS * (1 + curve) / 2)
