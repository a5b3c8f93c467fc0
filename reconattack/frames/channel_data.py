"""Channel data, samples of single elements, that were taken for beamformed lines."""

import numpy as np
import xarray as xr

from reconattack.frames.frame import frame_samples, lateral_coordinate

BLOCK = 16  # periods of the centre frequency in a block of depth
FEWEST_BLOCKS = 4
NEAREST = 1 / 4  # of the aperture: above this depth a wave front is no parabola
CURVATURES = np.arange(-2, 2.01, 0.1)  # in units of that of a spherical wave from its own depth
SPHERICAL = (0.4, 1.6)  # curvatures of channel data, whatever was transmitted
EXCESS = 1.25  # least agreement with a spherical wave, relative to that with other explanations
ABOVE_CHANCE = 2.5  # least agreement, in units of 1 / sqrt(pairs of lines)


def is_channel_data(frame: xr.Dataset) -> bool:
    """Whether the samples of an RF or IQ frame arrive as at the single elements of a probe.

    An echo reaches the elements as a spherical wave whose radius is the echo's depth z, so its
    delay grows by x^2 / (2 c z) with the distance x from the nearest element. Beamforming removes
    these delays: echoes of neighbouring lines are then aligned, or tilted by the same tissue. Here
    the phase from each line to the next, in blocks of depth, is compared with waves of many
    curvatures. The answer is yes if the best of them is that of a spherical wave at every depth,
    and agrees clearly better than aligned lines or, under a convex probe, flat layers.

    False may also mean that it cannot be known: at low frequencies, of few lines, or far from a
    narrow probe the delays are too small.
    """
    samples, depth = frame_samples(frame), frame["depth"].values
    frequency, speed = frame.attrs["center_frequency"], frame.attrs["sound_speed"]
    lines = frame[lateral_coordinate(frame)].values
    pairs, step = len(lines) - 1, float(lines[-1] - lines[0]) / (len(lines) - 1)
    radius = frame.attrs.get("probe_radius")
    aperture = pairs * step * (1 if radius is None else radius)

    def spherical(z: np.ndarray) -> np.ndarray:
        """How much the phase between neighbours grows from pair to pair, in periods."""
        square = step**2 if radius is None else step**2 * radius * (radius + z)
        return frequency * square / (speed * z)

    def flat(z: np.ndarray) -> np.ndarray:
        """The same for a flat layer, which a convex probe sees curved."""
        return 0 * z if radius is None else 2 * frequency * (radius + z) * step**2 / speed

    deep = depth >= NEAREST * aperture
    told_apart = np.flatnonzero(deep)[spherical(depth[deep]) * pairs > 1]
    length = int(np.ceil(BLOCK * speed / (2 * frequency) / np.diff(depth).mean()))
    if len(told_apart) < FEWEST_BLOCKS * length:
        return False
    samples, depth = samples[told_apart], depth[told_apart]
    from scipy.signal import hilbert  # slow to import

    analytic = samples if np.iscomplexobj(samples) else hilbert(samples.astype(float), axis=0)
    place = np.arange(pairs) - (pairs - 1) / 2
    waves, layers, whole = np.zeros(len(CURVATURES)), np.zeros(len(CURVATURES)), 0.0
    for first in range(0, len(depth) - length + 1, length):
        block = slice(first, first + length)
        phase, z = _neighbours(analytic[block]), depth[block].mean()
        waves += _agreement(phase, place, spherical(z))
        layers += _agreement(phase, place, flat(z))
        whole += np.abs(phase).sum()
    best = waves.argmax()
    aligned = waves[np.abs(CURVATURES).argmin()]
    return bool(
        SPHERICAL[0] <= CURVATURES[best] <= SPHERICAL[1]
        and waves[best] > EXCESS * max(aligned, layers.max())
        and waves[best] > ABOVE_CHANCE / np.sqrt(pairs) * whole
    )


def _neighbours(analytic: np.ndarray) -> np.ndarray:
    """Correlation of each line with the next at equal depth, complex (pair,); 0 without samples."""
    left, right = analytic[:, :-1], analytic[:, 1:]
    energy = np.sum(np.abs(left) ** 2, axis=0) * np.sum(np.abs(right) ** 2, axis=0)
    product = np.sum(left.conj() * right, axis=0)
    return np.where(energy > 0, product / np.sqrt(np.where(energy > 0, energy, 1)), 0)


def _agreement(phase: np.ndarray, place: np.ndarray, growth: float) -> np.ndarray:
    """How well the phases grow from pair to pair as by each of the `CURVATURES`."""
    return np.abs(np.exp(2j * np.pi * growth * np.outer(CURVATURES, place)) @ phase)
