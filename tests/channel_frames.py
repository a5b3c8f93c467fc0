"""Channel data of points whose places are known, simulated by PyMUST, for several test modules."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pymust
import xarray as xr
from pymust.utils import Options, Param
from scipy.signal import hilbert

from reconattack.frames.channels import Channels
from reconattack.frames.scanner import Scanner
from reconattack.reconstruction.beamforming import beamformed

SPEED, CENTER, SAMPLING = 1540.0, 3e6, 12e6  # m/s, Hz, Hz
WAVELENGTH = SPEED / CENTER
ELEMENTS = 48
RADIUS = 0.04  # m, of the convex array
PROBES = ("linear", "convex", "phased")
WAVES = ("plane", "diverging", "focused")
# Depth [m] and the place among the lines, from -1 to 1.
POINTS = ((0.018, 0.0), (0.027, 0.55), (0.036, -0.5))


@dataclass(frozen=True)
class Array:
    """A probe of PyMUST: its parameters, the elements' places [m], and lines over its face."""

    param: Param
    x: np.ndarray
    z: np.ndarray
    lines: np.ndarray
    radius: float | None

    @property
    def scanner(self) -> Scanner:
        span = float(self.lines[-1] - self.lines[0])
        probe = {None: "linear", 0.0: "phased"}.get(self.radius, "convex")
        return Scanner(
            **{"name": "simulated", "reference_level": 0.0, "probe": probe, "gain_state": "raw"},
            **{"sampling_frequency": SAMPLING, "center_frequency": CENTER, "sound_speed": SPEED},
            lateral_span=span if probe == "linear" else None,
            angle_span=None if probe == "linear" else span,
            probe_radius=self.radius or None,
            start_depth=0.008,
        )

    @property
    def depth(self) -> np.ndarray:
        return self.scanner.depth(512)

    def places(self, points: tuple = POINTS) -> list[tuple[float, float]]:
        """Lateral position and depth [m] of points on lines."""
        found = []
        for depth, line in self.on_lines(points):
            if self.radius is None:
                found.append((line, depth))
            else:
                reach = self.radius + depth
                found.append((reach * np.sin(line), reach * np.cos(line) - self.radius))
        return found

    def on_lines(self, points: tuple = POINTS) -> list[tuple[float, float]]:
        """Depth [m] of points, and lateral position [m] or angle [rad] of their lines."""
        count = len(self.lines)
        lines = [round((count - 1) * (1 + place) / 2) for _, place in points]
        return [(depth, self.lines[line]) for (depth, _), line in zip(points, lines, strict=True)]


def array(probe: str) -> Array:
    """A small array of a kind."""
    param = Param()
    param.update(fc=CENTER, fs=SAMPLING, c=SPEED, bandwidth=70, Nelements=ELEMENTS, attenuation=0)
    pitch = 0.25e-3 if probe == "phased" else 0.35e-3
    param.update(pitch=pitch, width=pitch * 0.9, radius=RADIUS if probe == "convex" else np.inf)
    number = np.arange(ELEMENTS) - (ELEMENTS - 1) / 2
    if probe == "convex":
        angle = number * 2 * np.arcsin(pitch / 2 / RADIUS)
        return Array(param, RADIUS * np.sin(angle), RADIUS * (np.cos(angle) - 1), angle, RADIUS)
    x = number * pitch
    if probe == "linear":
        return Array(param, x, 0 * x, x, None)
    return Array(param, x, 0 * x, np.linspace(-0.5, 0.5, ELEMENTS + 1), 0.0)


def delays(probe: str, wave: str) -> np.ndarray:
    """Time at which each element fires [s], (transmit, element)."""
    known = array(probe)
    if wave == "plane":
        return np.stack([_fired(known.x * np.sin(a)) for a in (-0.15, 0, 0.15)])
    if wave == "diverging":
        sources = [(x, -0.02) for x in (-5e-3, 0, 5e-3)]
        return np.stack([_fired(np.hypot(known.x - x, known.z - z)) for x, z in sources])
    points = tuple((0.024, place) for place in np.linspace(-1, 1, 9))
    foci = known.places(points)
    return np.stack([_fired(-np.hypot(known.x - x, known.z - z)) for x, z in foci])


def _fired(distance: np.ndarray) -> np.ndarray:
    return (distance - distance.min()) / SPEED


@lru_cache
def simulated(probe: str, wave: str = "plane", speed: float = SPEED) -> Channels:
    """What the elements receive from `POINTS` in a medium of a sound speed [m/s]."""
    known, laws = array(probe), delays(probe, wave)
    x, z = np.transpose(known.places())
    param = known.param.copy()
    param.c = speed
    received = [
        # The library counts depth from the chord of a convex array.
        pymust.simus(x, z - known.z.min(), np.ones(len(x)), law[np.newaxis], param, Options())[0].T
        for law in laws
    ]
    samples = np.zeros((len(laws), ELEMENTS, max(one.shape[1] for one in received)), np.float32)
    for held, one in zip(samples, received, strict=True):
        held[:, : one.shape[1]] = one / 1e3
    return Channels(samples, known.x, known.z, laws, np.zeros(len(laws)), SAMPLING)


def demodulated(channels: Channels) -> Channels:
    """The same as IQ, at the same sampling frequency."""
    times = channels.samples.shape[-1]
    turns = CENTER * np.arange(times) / channels.sampling_frequency
    analytic = hilbert(channels.samples, 2 * times, axis=-1)[..., :times]
    samples = (analytic * np.exp(-2j * np.pi * turns)).astype(np.complex64)
    return replace(channels, samples=samples, demodulation_frequency=CENTER)


def noise(probe: str = "linear", transmits: int = 5) -> Channels:
    """Channel data of noise."""
    known = array(probe)
    random = np.random.default_rng(7)
    samples = random.standard_normal((transmits, ELEMENTS, 900), np.float32)
    angles = np.linspace(-0.2, 0.2, transmits) if transmits > 1 else [0]
    laws = np.stack([_fired(known.x * np.sin(angle)) for angle in angles])
    return Channels(samples, known.x, known.z, laws, np.zeros(transmits), SAMPLING)


def channel_frame(probe: str, channels: Channels, **setting: float) -> xr.Dataset:
    """A frame of lines that were beamformed at a setting."""
    known = array(probe)
    return beamformed(channels, known.scanner, known.depth, known.lines, setting, "p", label=1)
