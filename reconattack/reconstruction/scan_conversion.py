"""Scan conversion: the samples and lines between which each pixel of a picture lies."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import xarray as xr

from reconattack.frames.frame import lateral_coordinate
from reconattack.frames.geometry import probe_radius, to_probe
from reconattack.reconstruction.passes import passes

KEPT_GEOMETRIES = 4
TINY = np.finfo(np.float32).tiny


@dataclass(frozen=True)
class Pixels:
    """The pixels of a picture that show the frame, each between two samples of two lines.

    Attributes
    ----------
    shown
        bool (rows, columns): the pixels that show the frame; the other arrays hold these.
    row, line
        Index of the sample and of the line before each pixel, int32 (pixels,).
    place
        Index of that sample of that line in the flattened frame, int32 (pixels,).
    down, across
        Fraction of the distance to the next sample and to the next line, float32 (pixels,).
    """

    shown: np.ndarray
    row: np.ndarray
    line: np.ndarray
    place: np.ndarray
    down: np.ndarray
    across: np.ndarray

    def nearest(self, samples: np.ndarray) -> np.ndarray:
        """Value of the nearest of the samples (depth, line) to each pixel, (pixels,)."""
        row, line = self.row + np.rint(self.down), self.line + np.rint(self.across)
        return samples[row.astype(np.intp), line.astype(np.intp)]

    def without(self, samples: np.ndarray) -> "Pixels":
        """Leave out the pixels whose nearest sample is among these, bool (depth, line)."""
        kept = ~self.nearest(samples)
        shown = np.zeros_like(self.shown)
        shown[self.shown] = kept
        fields = (self.row, self.line, self.place, self.down, self.across)
        return Pixels(shown, *(values[kept] for values in fields))

    @cached_property
    def runs(self) -> np.ndarray:
        """The `shown_runs` of the picture."""
        return shown_runs(self.shown)

    def amplitudes(self, amplitude: np.ndarray, growth: float) -> tuple[np.ndarray, np.ndarray]:
        """Interpolate amplitudes, float32 (depth, line), that a gain raises from sample to sample.

        Parameters
        ----------
        growth
            Gain from one sample to the next.

        Returns
        -------
        total, place
            Amplitude of each pixel, A + growth B, where A and B are the contributions of the
            samples above and below. Then the index of the sample above and the share of the sample
            below, growth B / (A + growth B). Both float32 (pixels,).
        """
        growth = np.float32(growth)
        if (library := passes()) is not None:
            amplitude = np.ascontiguousarray(amplitude)
            places = self.place, self.row, self.down, self.across, len(self.row)
            total, place = np.empty_like(self.down), np.empty_like(self.down)
            library.interpolate(amplitude, amplitude.shape[1], *places, growth, TINY, total, place)
            return total, place
        flat, count = np.ravel(amplitude), amplitude.shape[1]
        above, below = self._between_lines(flat), self._between_lines(flat[count:])
        above *= 1 - self.down
        np.maximum(above, TINY, out=above)  # the logarithm of the total is finite
        below *= self.down
        below *= growth
        total = above + below
        below /= total
        below += self.row.astype(np.float32)
        return total, below

    def _between_lines(self, flat: np.ndarray) -> np.ndarray:
        # mode="clip" skips the check of each index: all of them lie inside.
        here, there = (values.take(self.place, mode="clip") for values in (flat, flat[1:]))
        there -= here
        there *= self.across
        there += here
        return there


def place_pixels(
    frame: xr.Dataset,
    z: np.ndarray,
    x: np.ndarray,
    depths: np.ndarray,
    zoom: float = 1.0,
    aspect: float = 1.0,
) -> Pixels:
    """Find the samples and lines around each pixel.

    Frames of the same geometry share the returned arrays, which are read-only.

    Parameters
    ----------
    frame
        An RF frame.
    z, x
        Pixel centres [m], shapes (rows,) and (columns,).
    depths
        Depth at which each sample is shown [m]: the frame's own depths, or those of another sound
        speed. Another sound speed moves the samples; it does not form the beams again.
    zoom, aspect
        Magnification about the picture's middle, and lateral over axial magnification.
    """
    lines = frame.variables[lateral_coordinate(frame)].values
    coordinates = (np.asarray(values, float).tobytes() for values in (lines, depths, z, x))
    return _place_pixels(probe_radius(frame), *coordinates, zoom, aspect)


def shown_runs(shown: np.ndarray) -> np.ndarray:
    """Runs of shown pixels in a flattened picture: the first and the one behind, int64 (run, 2)."""
    flat = np.concatenate([[False], shown.ravel(), [False]])
    return np.flatnonzero(flat[1:] != flat[:-1]).reshape(-1, 2)


@lru_cache(KEPT_GEOMETRIES)
def _place_pixels(
    radius: float | None,
    lines: bytes,
    depths: bytes,
    z: bytes,
    x: bytes,
    zoom: float,
    aspect: float,
) -> Pixels:
    lines, depths, z, x = map(np.frombuffer, (lines, depths, z, x))
    depth, lateral = to_probe(radius, magnified(z, zoom), magnified(x, zoom * aspect))
    shown = (
        (depth >= depths[0])
        & (depth <= depths[-1])
        & (lateral >= lines[0])
        & (lateral <= lines[-1])
    )
    row, down = _fraction(depth[shown], depths)
    line, across = _fraction(lateral[shown], lines)
    pixels = Pixels(shown, row, line, row * np.int32(len(lines)) + line, down, across)
    for array in vars(pixels).values():
        array.flags.writeable = False
    return pixels


def magnified(positions: np.ndarray, magnification: float) -> np.ndarray:
    """Positions in the frame that evenly spaced positions of a magnified picture show."""
    if magnification == 1:
        return positions
    middle = (positions[0] + positions[-1]) / 2
    return middle + (positions - middle) / magnification


def _fraction(position: np.ndarray, coordinate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the sample before each position, and the fraction of the distance to the next."""
    index = np.interp(position, coordinate, np.arange(len(coordinate)))
    before = np.minimum(index.astype(np.int32), np.int32(len(coordinate) - 2))
    return before, (index - before).astype(np.float32)
