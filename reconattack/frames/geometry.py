"""Where samples and pixels lie: from a probe's coordinates to a picture's, and back."""

import numpy as np
import xarray as xr

from reconattack.frames.frame import lateral_coordinate


def image_grid(frame: xr.Dataset, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixel grid of the picture of a frame: square pixels, as large as the frame's sector allows.

    Parameters
    ----------
    frame
        An RF frame.
    rows
        Height of the picture in pixels.

    Returns
    -------
    tuple of numpy.ndarray
        Pixel centres z and x [m], shapes (rows,) and (columns,); z = 0 where the probe's face
        crosses its axis.
    """
    depth = frame.variables["depth"].values
    if "lateral" in frame.coords:
        lateral = frame.variables["lateral"].values
        z_first, z_last = depth[0], depth[-1]
        x_first, x_last = lateral[0], lateral[-1]
    else:
        radius = frame.attrs["probe_radius"]
        angle = frame.variables["angle"].values
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
    """Depth [m] and angle [rad] or lateral position [m] of pixels at z and x [m], both (z, x)."""
    return to_probe(probe_radius(frame), z, x)


def probe_radius(frame: xr.Dataset) -> float | None:
    """Radius of a convex probe [m], 0 of a phased array; None for a linear probe."""
    return None if "lateral" in frame.coords else float(frame.attrs["probe_radius"])


def to_probe(radius: float | None, z: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`probe_coordinates` for a probe of a radius [m], None for a linear probe."""
    z, x = np.meshgrid(z, x, indexing="ij")
    if radius is None:
        return z, x
    return np.hypot(x, z + radius) - radius, np.arctan2(x, z + radius)


def sample_places(frame: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Position z and x [m] of each sample, both (depth, line); inverts `probe_coordinates`."""
    lines = frame[lateral_coordinate(frame)].values
    return from_probe(probe_radius(frame), frame["depth"].values, lines)


def from_probe(
    radius: float | None, depth: np.ndarray, lines: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`sample_places` of lines at lateral positions [m] or angles [rad]; inverts `to_probe`."""
    depth, lateral = np.meshgrid(depth, lines, indexing="ij")
    if radius is None:
        return depth, lateral
    return (radius + depth) * np.cos(lateral) - radius, (radius + depth) * np.sin(lateral)


def nearest(position: np.ndarray, coordinate: np.ndarray) -> np.ndarray:
    """Index of the value of an increasing coordinate (n,) that is nearest to each position."""
    return np.rint(np.interp(position, coordinate, np.arange(len(coordinate)))).astype(np.intp)
