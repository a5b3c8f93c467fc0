"""The probe and the scan lines that fit pixels of known positions."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reconattack.errors import InputError
from reconattack.frames.recording import Recording
from reconattack.frames.scanner import PLAUSIBLE

TOLERANCE = 1e-6  # m; positions in the body kept as float32 are off by some 1e-8 m
SPACING_TOLERANCE = 0.01  # of the distance between samples
RADIUS_TOLERANCE = 0.01  # of the radius


def recording_on_pixels(
    samples: np.ndarray,
    x: np.ndarray,
    z: np.ndarray,
    facts: Mapping[str, Any],
    of_probe: Mapping[str, Any],
    notes: tuple[str, ...] = (),
) -> Recording:
    """Find the scan lines along which pixels lie.

    Parameters
    ----------
    samples
        Shape (frame, sample, line).
    x, z
        Position of each pixel [m], both (sample, line); the probe's face crosses its axis at
        x = z = 0.
    facts
        Further facts in the file.
    of_probe
        `probe` and `probe_radius` [m] from the file's description of the probe, if it has one.
    notes
        Notes of the recording.

    Returns
    -------
    Recording
        On parallel lines of a linear probe, or the fan of lines that leave a convex face at right
        angles, from left to right.

    Raises
    ------
    InputError
        If the pixels lie on neither, or contradict the file's description of the probe.
    """
    if min(x.shape) < 2 or not (np.isfinite(x).all() and np.isfinite(z).all()):
        raise InputError(
            f"the {x.shape[0]} x {x.shape[1]} pixels have no position each; expected finite "
            "positions of at least 2 x 2"
        )
    if x[-1, 0] > x[-1, -1]:
        samples, x, z = samples[..., ::-1], x[:, ::-1], z[:, ::-1]
    geometry, depth, lines = _parallel_lines(x, z) or _fan(x, z)
    _check_spacing(depth)
    for name, value in of_probe.items():
        if name in geometry and _differ(geometry[name], value):
            raise InputError(
                f"{name} is {_shown(geometry[name])} by the positions of the pixels and "
                f"{_shown(value)} by the probe that the file names; expected lines that leave its "
                "face at right angles"
            )
    return Recording(samples, {**facts, **geometry}, depth=depth, lines=lines, notes=notes)


def _parallel_lines(
    x: np.ndarray, z: np.ndarray
) -> tuple[dict[str, Any], np.ndarray, np.ndarray] | None:
    """A linear probe's facts, depths and lines, if the columns are parallel to its axis."""
    if np.ptp(x, axis=0).max() > TOLERANCE or np.ptp(z, axis=1).max() > TOLERANCE:
        return None
    return {"probe": "linear"}, z.mean(axis=1), x.mean(axis=0)


def _fan(x: np.ndarray, z: np.ndarray) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """A convex probe's facts, depths and angles, if the columns meet on its axis behind its face.

    Pixel (i, j) lies at apex + r_i (sin t_j, cos t_j); the apex, the centre of the face's
    curvature, follows from the first pixels of all columns by least squares.
    """
    angle = np.arctan2(x[-1] - x[0], z[-1] - z[0])
    one, zero = np.ones_like(angle), np.zeros_like(angle)
    system = np.block([[one, zero], [zero, one], [np.sin(angle), np.cos(angle)]]).T
    apex_x, apex_z, _ = np.linalg.lstsq(system, np.concatenate([x[0], z[0]]), rcond=None)[0]
    distance = np.hypot(x - apex_x, z - apex_z).mean(axis=1)
    off = np.hypot(
        apex_x + np.outer(distance, np.sin(angle)) - x,
        apex_z + np.outer(distance, np.cos(angle)) - z,
    ).max()
    if off > TOLERANCE or abs(apex_x) > TOLERANCE:
        raise InputError(
            "the columns of pixels are neither parallel to the probe's axis nor a fan from a point "
            f"on it (off by {max(off, abs(apex_x)) * 1e3:.3g} mm); expected scan lines of a linear "
            "or a convex probe"
        )
    smallest, largest = PLAUSIBLE["probe_radius"]
    if not smallest <= -apex_z <= largest:
        raise InputError(
            f"the lines fan out from a point {round(-apex_z * 1e3, 3) + 0:g} mm behind the face; "
            f"expected {smallest * 1e3:g} to {largest * 1e3:g} mm, the radius of a convex probe: "
            "sectors of phased arrays, from a point on the face, are not supported"
        )
    return {"probe": "convex", "probe_radius": float(-apex_z)}, distance + apex_z, angle


def _check_spacing(depth: np.ndarray) -> None:
    step = np.diff(depth)
    if step.min() <= 0 or np.ptp(step) > SPACING_TOLERANCE * step.mean():
        raise InputError(
            f"the samples lie from {step.min() * 1e3:.4g} to {step.max() * 1e3:.4g} mm apart along "
            "a line; expected one distance, downwards"
        )


def _differ(one: Any, other: Any) -> bool:
    if isinstance(one, str):
        return one != other
    return abs(one - other) > RADIUS_TOLERANCE * abs(other)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.4g} m"
