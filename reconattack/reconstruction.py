"""From an RF frame to a B-mode image: the five steps of the paper, in its order.

1. amplitude by the Hilbert transform; 2. attenuation compensation; 3. scan conversion (bilinear, of
the amplitude); 4. logarithmic compression and thresholding; 5. linear mapping to 8 bits
(Byra et al. 2020, arXiv:2009.03364, section 2.2).

The parameters enter only at step 2, as a gain per depth row. Steps 1 and 3 are therefore done once
per frame: a pixel between the samples i and i + 1 of a (laterally interpolated) line has the
amplitude g[i] A + g[i+1] B, where A and B do not depend on the parameters.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from scipy.fft import next_fast_len
from scipy.signal import hilbert

from reconattack.errors import InputError
from reconattack.frames import frame_samples, lateral_coordinate
from reconattack.parameters import PAPER_PARAMETERS, PARAMETERS

GREY_LEVELS = 255
DECIBELS_PER_NEPER = 20 / np.log(10)


class Reconstruction:
    """One RF frame, ready to be turned into B-mode images at any parameter vector.

    Parameters
    ----------
    frame
        An RF frame (`reconattack.frames.build_frame`).
    rows
        Height of the image in pixels. Pixels are isotropic: the frame's depth range sets their
        size, its width the number of columns.

    Attributes
    ----------
    z, x
        Pixel centres [m], shapes (rows,) and (columns,); z = 0 where the face crosses the axis.
    sector
        bool (rows, columns): True inside the insonified region.
    """

    def __init__(self, frame: xr.Dataset, rows: int) -> None:
        self.z, self.x = image_grid(frame, rows)
        depth, lateral = probe_coordinates(frame, self.z, self.x)
        lines = frame[lateral_coordinate(frame)].values
        depths = frame["depth"].values
        self.sector = (
            (depth >= depths[0])
            & (depth <= depths[-1])
            & (lateral >= lines[0])
            & (lateral <= lines[-1])
        )
        row, down = _fraction(depth[self.sector], depths)
        line, across = _fraction(lateral[self.sector], lines)
        amplitude = envelope(frame_samples(frame))
        self._row = row
        self._above = (1 - down) * _between_lines(amplitude, row, line, across)
        self._below = down * _between_lines(amplitude, row + 1, line, across)
        self._depth_cm = depths * 100
        self._frequency_mhz = frame.attrs["center_frequency"] / 1e6
        self._reference_level = frame.attrs["reference_level"]

    def levels(self, beta: float) -> np.ndarray:
        """Compensated, scan-converted level [dB] of each sector pixel, shape (pixels,), float32."""
        gain = attenuation_gain(beta, self._frequency_mhz, self._depth_cm).astype(np.float32)
        amplitude = gain[self._row]
        amplitude *= self._above
        below = gain[self._row + 1]
        below *= self._below
        amplitude += below
        np.maximum(amplitude, np.finfo(np.float32).tiny, out=amplitude)
        level = np.log(amplitude, out=amplitude)
        level *= np.float32(DECIBELS_PER_NEPER)
        level += np.float32(self._reference_level)
        return level

    def bmode(self, parameters: np.ndarray) -> np.ndarray:
        """B-mode images at many parameter vectors.

        Parameters
        ----------
        parameters
            Shape (n, 3): beta [dB/(cm MHz)], alpha_lower [dB], alpha_upper [dB].

        Returns
        -------
        numpy.ndarray
            uint8 (n, rows, columns); 0 outside the sector.
        """
        parameters = np.atleast_2d(np.asarray(parameters, float))
        images = np.zeros((len(parameters), *self.sector.shape), np.uint8)
        level, level_beta = None, None
        for image, (beta, lower, upper) in zip(images, parameters, strict=True):
            if beta != level_beta:
                level, level_beta = self.levels(beta), beta
            image[self.sector] = compress(level, lower, upper)
        return images


def envelope(samples: np.ndarray) -> np.ndarray:
    """Amplitude of each line, float32 (depth, line): of RF samples by the Hilbert transform, of
    demodulated (complex) ones their absolute value.

    RF lines are padded with zeros to twice their length: the transform is circular, and the loud
    first samples would leak into the faint last ones, which compensation then amplifies.
    """
    if np.iscomplexobj(samples):
        return np.abs(samples).astype(np.float32)
    count = len(samples)
    analytic = hilbert(samples.astype(np.float64), N=next_fast_len(2 * count), axis=0)
    return np.abs(analytic[:count]).astype(np.float32)


def attenuation_gain(beta: float, frequency_mhz: float, depth_cm: np.ndarray) -> np.ndarray:
    """Gain 10^(2 beta f z / 20) that undoes a two-way attenuation of beta dB/(cm MHz)."""
    return 10 ** (2 * beta * frequency_mhz * depth_cm / 20)


def compress(level: np.ndarray, alpha_lower: float, alpha_upper: float) -> np.ndarray:
    """Levels [dB] to grey levels: alpha_lower and below give 0, alpha_upper and above 255."""
    if not alpha_lower < alpha_upper:
        raise InputError(
            f"alpha_lower is {alpha_lower:g} dB, alpha_upper {alpha_upper:g} dB; expected "
            "alpha_lower below alpha_upper"
        )
    grey = np.clip(level, np.float32(alpha_lower), np.float32(alpha_upper))
    grey -= np.float32(alpha_lower)
    grey *= np.float32(GREY_LEVELS / (alpha_upper - alpha_lower))
    return np.rint(grey, out=grey).astype(np.uint8)


def reconstruct(frame: xr.Dataset, parameters: Mapping[str, float], rows: int) -> xr.Dataset:
    """Reconstruct one frame at one setting as a labelled image.

    Returns
    -------
    xarray.Dataset
        `bmode` (z, x) uint8 and `sector` (z, x) bool, with the parameters as scalar coordinates and
        the frame's patient, label, fat fraction and scanner as attributes.
    """
    reconstruction = Reconstruction(frame, rows)
    vector = [parameters[name] for name in PAPER_PARAMETERS]
    image = label_image(
        reconstruction.bmode(vector)[0], reconstruction.sector, reconstruction.z, reconstruction.x
    )
    image.attrs = image_attributes(frame)
    return image.assign_coords(
        {
            name: ((), float(parameters[name]), PARAMETERS[name].attributes)
            for name in PAPER_PARAMETERS
        }
    )


def image_attributes(frame: xr.Dataset) -> dict[str, str | float]:
    """What an image keeps of its frame's attributes."""
    names = ("scanner", "patient", "label", "fat_fraction", "gain_state")
    return {name: frame.attrs[name] for name in names if name in frame.attrs}


def label_image(
    bmode: np.ndarray,
    sector: np.ndarray,
    z: np.ndarray | None = None,
    x: np.ndarray | None = None,
) -> xr.Dataset:
    """Name the axes of an 8-bit image and its sector, both (z, x); z and x in m where known."""
    image = xr.Dataset(
        {
            "bmode": (("z", "x"), bmode, {"units": "1", "long_name": "B-mode grey level"}),
            "sector": (("z", "x"), sector, {"units": "1", "long_name": "insonified region"}),
        }
    )
    if z is None:
        return image
    return image.assign_coords(
        z=("z", z, {"units": "m", "long_name": "depth along the probe's axis"}),
        x=("x", x, {"units": "m", "long_name": "lateral position"}),
    )


def image_grid(frame: xr.Dataset, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixel centres z, x [m] of an isotropic grid that just holds the frame's sector."""
    depth = frame["depth"].values
    if "lateral" in frame.coords:
        lateral = frame["lateral"].values
        z_first, z_last = depth[0], depth[-1]
        x_first, x_last = lateral[0], lateral[-1]
    else:
        radius = frame.attrs["probe_radius"]
        angle = frame["angle"].values
        steepest = max(abs(angle[0]), abs(angle[-1]))
        z_first = (radius + depth[0]) * np.cos(steepest) - radius
        z_last = depth[-1]
        x_first, x_last = (radius + depth[-1]) * np.sin(angle[[0, -1]])
    size = (z_last - z_first) / rows
    columns = round((x_last - x_first) / size)
    z = z_first + size * (np.arange(rows) + 0.5)
    x = (x_first + x_last) / 2 + size * (np.arange(columns) - (columns - 1) / 2)
    return z, x


def probe_coordinates(
    frame: xr.Dataset, z: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Depth [m] and lateral coordinate (angle [rad] or lateral [m]) of each pixel, both (z, x)."""
    z, x = np.meshgrid(z, x, indexing="ij")
    if "lateral" in frame.coords:
        return z, x
    radius = frame.attrs["probe_radius"]
    return np.hypot(x, z + radius) - radius, np.arctan2(x, z + radius)


def _fraction(position: np.ndarray, coordinate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the sample before each position and the fraction of the way to the next one."""
    index = np.interp(position, coordinate, np.arange(len(coordinate)))
    before = np.minimum(index.astype(np.int32), len(coordinate) - 2)
    return before, (index - before).astype(np.float32)


def _between_lines(
    amplitude: np.ndarray, row: np.ndarray, line: np.ndarray, across: np.ndarray
) -> np.ndarray:
    here, there = amplitude[row, line], amplitude[row, line + 1]
    return here + across * (there - here)
