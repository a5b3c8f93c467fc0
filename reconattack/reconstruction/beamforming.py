"""Lines from channel data: delay and sum by PyMUST, at any setting of the beamformer.

`reconattack.reconstruction.delays` interpolates what each element received from each point of a
line. What follows here is which elements take part in the sum, and with what weight.

A point of a line is the mean over the elements, and over the transmits, times their number: at the
neutral setting that is the library's sum, and a setting that uses fewer of them keeps the level of
an echo.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr
from scipy.fft import next_fast_len

from reconattack.errors import InputError
from reconattack.frames.channels import Channels, attach_channels, channels_of
from reconattack.frames.frame import build_frame, lateral_coordinate
from reconattack.frames.geometry import from_probe, probe_radius
from reconattack.frames.scanner import Scanner
from reconattack.reconstruction.delays import (
    BYTES_PER_PAIR,
    FOCUSED_BLOCK,
    KEPT_PAIRS,
    KEPT_SPEEDS,
    Points,
    blocks,
    check_transmits,
    matrices,
)
from reconattack.reconstruction.parameters import BEAM, NEUTRAL

SOUND_SPEEDS = (1000.0, 2000.0)  # m/s
BYTES_PER_WORKING_PAIR = 200  # of a block, while the library computes
LEAST_WEIGHT = 1e-6  # of an active element, so that a sum of weights is never 0
NEAREST = 1e-9  # m, in place of no distance


class Beamformer:
    """The channel data of a frame, ready to be summed to its lines at any setting.

    Parameters
    ----------
    channels
        What each element received.
    depth
        Depth of each sample of a line [m], (depth,).
    lines
        Lateral position [m] or angle [rad] of each line, (line,).
    radius
        Radius of the face of a convex probe [m], 0 of a phased array; None if lines are parallel.
    sound_speed
        The frame's own [m/s].
    center_frequency
        By which IQ lines are demodulated [Hz].

    Raises
    ------
    InputError
        If PyMUST is not installed, or cannot use a transmit.
    """

    def __init__(
        self,
        channels: Channels,
        depth: np.ndarray,
        lines: np.ndarray,
        radius: float | None,
        sound_speed: float,
        center_frequency: float,
    ) -> None:
        check_transmits(channels.transmit_delay)
        self.channels = channels = _from_left_to_right(channels)
        self.depth = np.asarray(depth, float)
        self.radius = radius
        self.sound_speed = float(sound_speed)
        self.center_frequency = float(center_frequency)
        x, z = channels.element_x, channels.element_z
        normals = np.arctan2(x, z + radius) if radius else np.zeros(len(x))
        z, x = (place.ravel() for place in from_probe(radius, self.depth, lines))
        self.points = Points(x, z, normals)

    @classmethod
    def of_frame(cls, frame: xr.Dataset) -> "Beamformer":
        """The beamformer of a frame with channel data, on the frame's own lines."""
        return cls(
            channels_of(frame),
            frame.variables["depth"].values,
            frame.variables[lateral_coordinate(frame)].values,
            probe_radius(frame),
            frame.attrs["sound_speed"],
            frame.attrs["center_frequency"],
        )

    def setting(self, values: Mapping[str, float]) -> tuple[float, ...]:
        """The values of `BEAM` in their order, in which what is meant by 0 is said in numbers.

        Values that make the same lines are then equal.
        """
        values = NEUTRAL | dict(values)
        speed, recorded = values["beam_sound_speed"], len(self.channels.samples)
        used = min(max(1, round(values["transmits"])), recorded)
        said = {
            "beam_sound_speed": speed or self.sound_speed,
            "transmits": used if values["transmits"] else recorded,
        }
        return tuple(float((values | said)[name]) for name in BEAM)

    def lines(
        self,
        beam_sound_speed: float = NEUTRAL["beam_sound_speed"],
        f_number: float = NEUTRAL["f_number"],
        receive_window: float = NEUTRAL["receive_window"],
        transmits: float = NEUTRAL["transmits"],
        coherence: float = NEUTRAL["coherence"],
    ) -> np.ndarray:
        """Beamformed lines.

        Parameters
        ----------
        beam_sound_speed
            Sound speed of the delays [m/s]; 0 is the frame's own.
        f_number
            Depth over the width of the active aperture; 0 is the whole aperture.
        receive_window
            From 0, equal weights, to 1, those of a Hann window over the active aperture.
        transmits
            Number of transmits that are summed, rounded; 0, or more than were recorded, is all.
        coherence
            From 0 to 1, the share of the coherence factor (Mallart and Fink, J. Acoust. Soc. Am.
            1994;96:3721) that lines are multiplied by.

        Returns
        -------
        numpy.ndarray
            (depth, line): float32 RF, or complex64 IQ, demodulated by the centre frequency.

        Raises
        ------
        InputError
            If the sound speed is that of no tissue.
        """
        given = (beam_sound_speed, f_number, receive_window, transmits, coherence)
        speed, _, _, used, _ = self.setting(dict(zip(BEAM, given, strict=True)))
        if not SOUND_SPEEDS[0] <= speed <= SOUND_SPEEDS[1]:
            raise InputError(
                f"beam_sound_speed is {speed:g} m/s; expected 0 (the frame's own) or from "
                f"{SOUND_SPEEDS[0]:g} to {SOUND_SPEEDS[1]:g} m/s"
            )
        echoes = _echoes(self, speed, int(used), coherence != NEUTRAL["coherence"])
        summed = np.empty(echoes.shape[1], echoes.dtype)
        for block in blocks(*echoes.shape[::-1]):
            weights = self._weights(block, f_number, receive_window)
            summed[block] = _summed(echoes[:, block], weights, coherence)
        lines = summed.reshape(len(self.depth), -1)
        if self.channels.demodulation_frequency is None:
            return np.ascontiguousarray(lines.real)
        turns = 2 * self.center_frequency / self.sound_speed * self.depth
        return lines * np.exp(-2j * np.pi * turns).astype(np.complex64)[:, np.newaxis]

    def _weights(self, block: slice, f_number: float, window: float) -> np.ndarray:
        """Weight of each element for each point of a block, float32 (element, point or 1)."""
        place = np.abs(self._aperture(block, f_number))
        active = place <= 1
        hann = 1 - window * np.sin(np.pi / 2 * np.where(active, place, 0)) ** 2
        # Near the face the aperture is narrower than an element: the nearest one is active.
        nearest = place == place.min(axis=0, keepdims=True)
        weights = np.where(active | nearest, np.maximum(hann, LEAST_WEIGHT), 0)
        return weights.astype(np.float32)

    def _aperture(self, block: slice, f_number: float) -> np.ndarray:
        """Place of each element in the aperture of each point: from -1 to 1 if it is active.

        (element, point or 1). The aperture of a linear array lies about the point's lateral
        position, that of a convex one about the element whose normal meets the point, as in PyMUST;
        that of a phased array lies about the middle of its face, where its lines begin.
        """
        element_x = self.channels.element_x[:, np.newaxis]
        element_z = self.channels.element_z[:, np.newaxis]
        if f_number == NEUTRAL["f_number"]:
            count = len(element_x)
            return (np.arange(count) - (count - 1) / 2)[:, np.newaxis] / (count / 2)
        x, z = self.points.x[block], self.points.z[block]
        if self.radius is None:
            return (x - element_x) / np.maximum(z / (2 * f_number), NEAREST)
        if self.radius == 0:
            return element_x / np.maximum(np.hypot(x, z) / (2 * f_number), NEAREST)
        distance = np.maximum(np.hypot(x - element_x, z - element_z), NEAREST)
        angle = np.arcsin((x - element_x) / distance) - self.points.normals[:, np.newaxis]
        return angle / np.arctan(1 / (2 * f_number))


def beamformed(
    channels: Channels,
    scanner: Scanner,
    depth: np.ndarray,
    lines: np.ndarray,
    setting: Mapping[str, float],
    patient: str,
    **known: Any,
) -> xr.Dataset:
    """A frame of lines that were beamformed at a setting, with the channel data beside them.

    Parameters
    ----------
    channels
        What each element received.
    scanner
        Geometry, centre frequency [Hz] and sound speed [m/s] of the lines.
    depth, lines
        Depth of each sample [m], and lateral position [m] or angle [rad] of each line.
    setting
        Values of any of `BEAM`, and of other parameters, which do not count here; a parameter of
        `BEAM` that is not named is neutral.
    patient, known
        As for `reconattack.frames.frame.build_frame`: `label`, `fat_fraction`.

    Returns
    -------
    xarray.Dataset
        As of `build_frame` and `attach_channels`, with an attribute for each parameter of `BEAM`.

    Raises
    ------
    InputError
        As of `Beamformer`, its `lines` and `build_frame`.
    """
    values = {name: float(setting.get(name, NEUTRAL[name])) for name in BEAM}
    frequencies = scanner.sound_speed, scanner.center_frequency
    beamformer = Beamformer(channels, depth, lines, scanner.radius, *frequencies)
    samples = beamformer.lines(**values)
    frame = build_frame(samples, scanner, patient, depth=depth, lines=lines, **known)
    return attach_channels(frame, channels).assign_attrs(values)


def stated_beam(frame: xr.Dataset) -> dict[str, float]:
    """The values of `BEAM` at which the lines of a frame were made, as far as it states them."""
    return {name: float(frame.attrs[name]) for name in BEAM if name in frame.attrs}


def transmits_used(recorded: int, used: int) -> np.ndarray:
    """Indices of the transmits that are used of those recorded, evenly and symmetrically spread.

    The first and the last one are among them, except if one alone is used: that is the middle one.
    """
    if used == 1:
        return np.array([recorded // 2])
    even = np.linspace(0, recorded - 1, used)
    first = np.floor(even[: used // 2] + 0.5).astype(int)
    middle = [recorded // 2] if used % 2 else []
    return np.array([*first, *middle, *(recorded - 1 - first[::-1])])


def memory(elements: int, points: int, transmits: int, samples: int, iq: bool) -> int:
    """Most memory that the lines of one frame need besides the frame itself, in bytes.

    Parameters
    ----------
    elements, points, transmits, samples
        Number of elements, of points on all lines, of transmits, and of samples of each element.
    iq
        Whether the samples are demodulated.
    """
    pairs = elements * points
    echoes = 16 * pairs  # complex, of this setting and of the last
    signals = 64 * elements * samples  # of one transmit, padded
    kept = 0
    if pairs * transmits <= KEPT_PAIRS:
        kept = KEPT_SPEEDS * BYTES_PER_PAIR[iq] * pairs * transmits
    working = BYTES_PER_WORKING_PAIR * min(FOCUSED_BLOCK, pairs)
    return echoes + signals + kept + working


def _from_left_to_right(channels: Channels) -> Channels:
    """Channel data in the order of the elements' lateral positions, which the library expects."""
    order = np.argsort(channels.element_x, kind="stable")
    if np.all(np.diff(order) == 1):
        return channels
    return replace(
        channels,
        samples=channels.samples[:, order],
        element_x=channels.element_x[order],
        element_z=channels.element_z[order],
        transmit_delay=channels.transmit_delay[:, order],
    )


def _summed(echoes: np.ndarray, weights: np.ndarray, coherence: float) -> np.ndarray:
    """Weighted sum of echoes (element, point) over the elements, (point,).

    The coherence factor is |sum w a|^2 / (sum w sum w |a|^2): of equal weights that is
    |sum a|^2 / (N sum |a|^2).
    """
    weighted = echoes * weights
    total, weight = weighted.sum(axis=0), weights.sum(axis=0)
    summed = total * (len(echoes) / weight)
    if coherence == NEUTRAL["coherence"]:
        return summed
    power = (weights * _power(echoes)).sum(axis=0) * weight
    factor = np.divide(_power(total), power, out=np.zeros_like(power), where=power > 0)
    return summed * (1 - coherence + coherence * factor).astype(np.float32)


def _power(values: np.ndarray) -> np.ndarray:
    return values.real**2 + values.imag**2


@lru_cache(1)  # the largest arrays: another frame's or setting's take their place
def _echoes(beamformer: Beamformer, speed: float, used: int, analytic: bool) -> np.ndarray:
    """What each element received from each point: mean over transmits times their number.

    (element, point): complex64 for IQ and analytic RF, otherwise float32.
    """
    channels = beamformer.channels
    recorded, elements, _ = channels.samples.shape
    iq = channels.demodulation_frequency is not None
    kind = np.complex64 if iq or analytic else np.float32
    echoes = np.zeros((elements, len(beamformer.points.x)), kind)
    for transmit in transmits_used(recorded, used):
        samples = channels.samples[transmit].ravel()
        quadrature = None
        if analytic and not iq:
            quadrature = _quadrature(channels.samples[transmit]).ravel()
        for block, matrix in matrices(channels, beamformer.points, transmit, speed):
            part = echoes[:, block]
            if quadrature is None:
                part += (matrix @ samples).reshape(elements, -1)
            else:
                part.real += (matrix @ samples).reshape(elements, -1)
                part.imag += (matrix @ quadrature).reshape(elements, -1)
    echoes *= np.float32(recorded / used)
    return echoes


def _quadrature(samples: np.ndarray) -> np.ndarray:
    """Imaginary part of the analytic signals of RF (element, time), float32."""
    from scipy.signal import hilbert  # slow to import

    count = samples.shape[1]
    padded = next_fast_len(2 * count)  # so that the end does not leak into the start
    return np.ascontiguousarray(hilbert(samples, padded)[:, :count].imag)
