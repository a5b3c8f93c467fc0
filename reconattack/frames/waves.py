"""Elements of a probe, and the times at which they fire for a wave of a stated shape.

Positions are those of `reconattack.frames.channels`: x lateral, z into the body, z = 0 where the
face crosses the axis.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reconattack.errors import InputError


def element_positions(
    elements: int, pitch: float, probe_radius: float | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """x and z of each element of an array [m], both (element,).

    Parameters
    ----------
    elements
        Number of elements.
    pitch
        Distance between neighbours along the face [m]: an arc's length on a convex face.
    probe_radius
        Radius of a convex face [m]; None of a flat one.
    """
    along = (np.arange(elements) - (elements - 1) / 2) * pitch
    if probe_radius is None:
        return along, np.zeros(elements)
    angle = along / probe_radius
    return probe_radius * np.sin(angle), probe_radius * (np.cos(angle) - 1)


def firing(delay: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Delays of the elements that fire, by the weights with which they do.

    Parameters
    ----------
    delay
        Time at which each element would fire [s], shape (transmit, element).
    weight
        Weight of each element in each transmit, 0 or more, of the same shape.

    Returns
    -------
    tuple
        The delays, NaN of elements without weight; and a note if other weights are not equal, for
        they are not used: only times matter to a beamformer.
    """
    fires = weight > 0
    unequal = np.any(fires & (weight < weight.max(axis=1, keepdims=True)))
    notes = ("elements fire with unequal weights, which count alike",) if unequal else ()
    return np.where(fires, delay, np.nan), notes


def declared_delays(
    array: Mapping[str, Any], x: np.ndarray, z: np.ndarray, sound_speed: float
) -> np.ndarray | None:
    """When each element fires in each transmit that a scanner declares.

    Parameters
    ----------
    array
        `array` of a scanner in the configuration: one of `transmit_angles` [rad],
        `transmit_sources` [m] and `transmit_delays` [s].
    x, z
        Position of each element [m], shape (element,).
    sound_speed
        [m/s].

    Returns
    -------
    numpy.ndarray or None
        Shape (transmit, element) [s], NaN for silent elements. In waves of declared angles or
        sources the first element fires at 0. None if the scanner declares no waves.

    Raises
    ------
    InputError
        As `source_delays` does.
    """
    if "transmit_delays" in array:
        delays = array["transmit_delays"]
        return np.array([[np.nan if one is None else one for one in wave] for wave in delays])
    if "transmit_angles" in array:
        delays = [plane_delays(x, z, angle, sound_speed) for angle in array["transmit_angles"]]
    elif "transmit_sources" in array:
        delays = [
            source_delays(x, z, tuple(source), sound_speed) for source in array["transmit_sources"]
        ]
    else:
        return None
    return np.array([wave - wave.min() for wave in delays])


def plane_delays(x: np.ndarray, z: np.ndarray, angle: float, sound_speed: float) -> np.ndarray:
    """When each element fires for a plane wave that runs at an angle from straight down.

    Parameters
    ----------
    x, z
        Position of each element [m], shape (element,).
    angle
        [rad], right positive.
    sound_speed
        [m/s].

    Returns
    -------
    numpy.ndarray
        Shape (element,) [s]. Time 0 is when the wave passes x = z = 0.
    """
    return (x * np.sin(angle) + z * np.cos(angle)) / sound_speed


def source_delays(
    x: np.ndarray, z: np.ndarray, source: tuple[float, float], sound_speed: float
) -> np.ndarray:
    """When each element fires for a wave from, or to, a virtual source.

    Parameters
    ----------
    x, z
        Position of each element [m], shape (element,).
    source
        Lateral position and depth of the source [m]. A depth above 0 is a focus; below 0, behind
        the face, the wave diverges from there.
    sound_speed
        [m/s].

    Returns
    -------
    numpy.ndarray
        Shape (element,) [s]. Time 0 is when the wave passes x = z = 0.

    Raises
    ------
    InputError
        If the source lies on the face, or some elements are behind it and some in front.
    """
    across, depth = source
    distance, from_origin = np.hypot(x - across, z - depth), np.hypot(across, depth)
    in_front = z > depth if depth < 0 else z < depth
    if depth == 0 or not in_front.all():
        raise InputError(
            f"a virtual source at x {across * 1e3:g} mm, depth {depth * 1e3:g} mm lies between the "
            "elements; expected a focus below the face or a source behind all elements"
        )
    return np.sign(-depth) * (distance - from_origin) / sound_speed
