"""When an echo reaches each element: PyMUST's delays, as matrices that interpolate samples.

`dasmtx` of PyMUST (Perrot et al., "So you think you can DAS?", Ultrasonics 2021;111:106309) gives
for one transmit the sparse matrix that delays and sums the samples of all elements to points. The
rows are taken apart here, one for each element and point, so that the sum can be weighted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from reconattack.errors import InputError, OptionalPackage
from reconattack.frames.channels import Channels

pymust = OptionalPackage("pymust", "channel")
pymust_utils = OptionalPackage("pymust.utils", "channel")

BLOCK = 1 << 17  # pairs of a point and an element: what the library computes stays in the cache
FOCUSED_BLOCK = 1 << 20  # of a focused transmit, whose virtual array costs as much for any block
KEPT_PAIRS = 12 << 20  # of a point and an element over all transmits
KEPT_SPEEDS = 2  # the initial one and the last
BYTES_PER_PAIR = {False: 24, True: 32}  # of a kept matrix, by whether the samples are complex
CONVERGING = 1e-3  # rad between the rays of the first and the last elements
FEWEST_FIRING = 4  # elements: the library interpolates between them by cubic splines


@dataclass(frozen=True)
class Points:
    """Points of a picture and the angles of the elements that look at them.

    Attributes
    ----------
    x, z
        Positions [m], (point,).
    normals
        Angle between each element's normal and the probe's axis [rad], (element,).
    """

    x: np.ndarray
    z: np.ndarray
    normals: np.ndarray


def matrices(
    channels: Channels, points: Points, transmit: int, speed: float
) -> Iterator[tuple[slice, Any]]:
    """Matrices that interpolate what each element received from each point, block by block.

    Those of a small frame are kept: frames of the same geometry share them.

    Parameters
    ----------
    channels
        Geometry and times; the samples do not count.
    points
        The points.
    transmit
        Index of a transmit.
    speed
        Sound speed [m/s].

    Yields
    ------
    tuple
        A slice of points, and a sparse array (element * point, element * time): float32, or
        complex64 for IQ, whose samples it also remodulates.
    """
    recorded, elements, times = channels.samples.shape
    if len(points.x) * elements * recorded > KEPT_PAIRS:
        yield from _matrices(channels, points, transmit, speed)
        return
    geometry = channels.element_x, channels.element_z, channels.transmit_delay, channels.start_time
    facts = (speed, times, channels.sampling_frequency, channels.demodulation_frequency)
    places = (np.asarray(array, float).tobytes() for array in (*geometry, points.x, points.z))
    kept = _kept_matrices(*places, *facts)
    if transmit not in kept:
        kept[transmit] = list(_matrices(channels, points, transmit, speed))
    yield from kept[transmit]


@lru_cache(KEPT_SPEEDS)
def _kept_matrices(*geometry: Any) -> dict[int, list[tuple[slice, Any]]]:
    """The matrices of each transmit at one geometry and sound speed, filled by `matrices`."""
    return {}


def check_transmits(transmit_delay: np.ndarray) -> None:
    """Raise InputError unless the library can tell the waves of all transmits.

    Parameters
    ----------
    transmit_delay
        Time at which each element fires [s], NaN if it is silent, (transmit, element).
    """
    lines = []
    for transmit, fires in enumerate(np.isfinite(transmit_delay)):
        count, gaps = fires.sum(), np.abs(np.diff(fires.astype(int))).sum()
        if count == 0 or 1 < count < FEWEST_FIRING:
            lines.append(
                f"transmit {transmit} fires {count} elements; expected one element, or at least "
                f"{FEWEST_FIRING}"
            )
        elif gaps > 2 or (gaps == 2 and fires[0]):
            lines.append(
                f"transmit {transmit} fires elements with silent ones between them; expected "
                "neighbouring elements"
            )
    if lines:
        raise InputError("\n    ".join(f"channel data: {line}" for line in lines))


def converges(
    x: np.ndarray, z: np.ndarray, normals: np.ndarray, delay: np.ndarray, speed: float
) -> bool:
    """Whether the wave of a transmit runs to a focus before it spreads.

    A ray leaves the array at an angle from the element's normal whose sine is the rise of delay
    times speed along the face. Behind a focus the first wave to arrive comes from the outermost
    elements and is not the focused one; the library's virtual array then tells the time.

    Parameters
    ----------
    x, z, normals, delay
        Position [m], angle of the normal [rad] and time [s] of each element that fires.
    speed
        Sound speed [m/s].
    """
    if len(x) < FEWEST_FIRING:
        return False
    along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(z)))])
    sine = np.gradient(delay * speed, along)
    ray = normals + np.arcsin(np.clip(sine, -1, 1))
    ends = max(1, len(x) // 4)
    return bool(ray[-ends:].mean() - ray[:ends].mean() < -CONVERGING)


def blocks(points: int, elements: int, pairs: int = BLOCK) -> Iterator[slice]:
    """Slices of points that have at most `pairs` pairs of a point and an element each."""
    size = max(1, pairs // elements)
    return (slice(first, min(first + size, points)) for first in range(0, points, size))


def _matrices(
    channels: Channels, points: Points, transmit: int, speed: float
) -> Iterator[tuple[slice, Any]]:
    from scipy.sparse import coo_array

    _, elements, times = channels.samples.shape
    delay = channels.transmit_delay[transmit]
    first = np.nanmin(delay)  # the library's clock begins when the first element fires
    param = _elements_class()(
        element_x=channels.element_x,
        element_z=channels.element_z,
        Nelements=elements,
        pitch=float(np.diff(channels.element_x).mean()),
        # The library asks only whether the radius is finite.
        radius=1.0 if np.ptp(channels.element_z) else np.inf,
        fs=float(channels.sampling_frequency),
        c=speed,
        t0=np.array([[channels.start_time[transmit] - first]]),
        fnumber=0,
    )
    size, kind = np.array([times, elements]), np.float32
    if channels.demodulation_frequency is not None:
        param.fc, size, kind = channels.demodulation_frequency, size * 1j, np.complex64
    fires = np.isfinite(delay)
    fired = (channels.element_x, channels.element_z, points.normals, delay)
    param.useVirtualSource = converges(*(values[fires] for values in fired), speed)
    pairs = FOCUSED_BLOCK if param.useVirtualSource else BLOCK
    for block in blocks(len(points.x), elements, pairs):
        x, z = points.x[block], points.z[block]
        matrix = pymust.dasmtx(size, x, z, delay - first, param)
        # The columns of an element lie together.
        row = matrix.row + matrix.col // times * len(x)
        shape = (elements * len(x), elements * times)
        yield block, coo_array((matrix.data.astype(kind), (row, matrix.col)), shape)


@cache
def _elements_class() -> type:
    """PyMUST's parameters with elements anywhere; its own are evenly spaced."""

    class Elements(pymust_utils.Param):
        def getElementPositions(self) -> tuple[np.ndarray, ...]:  # noqa: N802  the library's name
            x, z = (np.reshape(self[name], (1, -1)) for name in ("element_x", "element_z"))
            return x, z, np.zeros_like(x), np.zeros_like(x)

    return Elements
