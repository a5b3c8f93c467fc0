"""`uff.channel_data` of the UltraSound ToolBox (USTB), HDF5.

An object is a group whose attribute `class` names its type (https://www.ustb.no). The samples have
the axes time, channel, wave, frame; HDF5 sees them reversed. A wave is plane or comes from a source
at a distance, azimuth and elevation. Time 0 is when it passes its origin; `delay` of the wave and
`initial_time` of the data, added, are the time of the first sample, as in USTB's beamformer.

Complex samples without a modulation frequency are analytic: their real part is RF.

Verified with files that pyuff-ustb 3.0 wrote; the layout of USTB with its source alone.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reconattack.errors import InputError, OptionalPackage
from reconattack.frames.channel_recording import ChannelRecording
from reconattack.frames.waves import firing, plane_delays, source_delays
from reconattack.readers.containers.hdf5 import (
    StoredFrames,
    chosen,
    groups,
    number,
    numbers,
    opened,
    recognised,
)
from reconattack.readers.layout import Layout

h5py = OptionalPackage("h5py", "formats")

SUFFIXES = (".uff", ".h5", ".hdf5")
COLUMNS = ("variable",)
CLASS = "uff.channel_data"
AXES = ("frame", "wave", "channel", "time")
ARRAYS = ("uff.linear_array", "uff.curvilinear_array", "uff.probe")
PLANE, SPHERICAL, PHOTOACOUSTIC = range(3)
OUT_OF_PLANE = 1e-6  # m, or rad
SPEED_TOLERANCE = 1e-3  # of the sound speed


def recognises(path: Path) -> bool:
    """Whether the file holds objects of USTB."""
    return path.suffix.lower() == ".uff" or recognised(path, lambda file: bool(_classes(file)))


def read(path: Path, layout: Layout) -> ChannelRecording:
    """Read one `uff.channel_data`.

    Raises
    ------
    InputError
        If the file is damaged, holds no such object, or states what no setting can follow: waves or
        elements outside the image plane, photoacoustic waves, apodizations that are not written
        out.
    """
    with opened(path) as file:
        found = _channel_data(file)
        if not found:
            held = ", ".join(f"{name} ({kind})" for name, kind in _classes(file).items())
            raise InputError(
                f"the file holds {held or 'no UFF objects'}; expected {CLASS}: beamformed lines "
                "are a cohort of kind table"
            )
        _, data = chosen(found, layout.variable)
        x, z = _elements(_part(data, "probe"))
        names, shape = _samples(_part(data, "data"))
        waves = _waves(_part(data, "sequence"))
        speeds = [number(wave, "sound_speed") for wave in waves]
        sound_speed = _agreed_speed(number(data, "sound_speed"), speeds)
        delay = np.array([_passed(wave, x, z, sound_speed) for wave in waves])
        delay, notes = firing(delay, np.array([_weights(wave, len(x)) for wave in waves]))
        first = number(data, "initial_time") or 0.0
        delays = np.array([number(wave, "delay") or 0.0 for wave in waves])
        modulation = number(data, "modulation_frequency") or 0.0
        is_complex = len(names) == 2
        if modulation and not is_complex:
            raise InputError(
                f"the samples are real, but demodulated at {modulation / 1e6:g} MHz; expected "
                "complex data, or RF with a modulation_frequency of 0"
            )
        if is_complex and not modulation:
            names, notes = names[:1], (*notes, "the real part of analytic samples")
        pulse = data.get("pulse", {})
        facts = {
            "sampling_frequency": number(data, "sampling_frequency"),
            "center_frequency": number(pulse, "center_frequency"),
            "sound_speed": sound_speed,
        }

        def arranged(frame: np.ndarray) -> np.ndarray:
            return frame.reshape(len(waves), len(x), shape[-1])

        _check_shape(shape, len(waves), len(x))
        return ChannelRecording(
            StoredFrames(path, names, arranged, has_frames=len(shape) == len(AXES)),
            {name: value for name, value in facts.items() if value is not None},
            element_x=x,
            element_z=z,
            transmit_delay=delay,
            start_time=first + delays,
            demodulation_frequency=modulation or None,
            notes=notes,
        )


def _classes(file: h5py.File) -> dict[str, str]:
    """Class of each UFF object in the file's root, by its name."""
    return {
        path: _class(group)
        for path, group in groups(file)
        if "/" not in path and _class(group).startswith("uff.")
    }


def _channel_data(file: h5py.File) -> dict[str, h5py.Group]:
    return {
        path: group
        for path, group in groups(file)
        if _class(group) == CLASS and np.prod(group.attrs.get("size", 1)) == 1
    }


def _class(item: h5py.Group | h5py.Dataset) -> str:
    kind = np.ravel(item.attrs.get("class", ""))[0]
    return kind.decode() if isinstance(kind, bytes) else str(kind)


def _part(group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
    if name not in group:
        raise InputError(f"{group.name} has no {name}; export the file again")
    return group[name]


def _samples(data: h5py.Group | h5py.Dataset) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Paths of the real and, of complex samples, the imaginary parts, and their shape."""
    if isinstance(data, h5py.Group):
        parts = [_part(data, name) for name in ("real", "imag")]
        if parts[0].shape != parts[1].shape:
            raise InputError(
                f"the parts of {data.name} have the shapes {parts[0].shape} and {parts[1].shape}; "
                "expected the same"
            )
        return tuple(part.name for part in parts), parts[0].shape
    return (data.name,), data.shape


def _check_shape(shape: tuple[int, ...], waves: int, elements: int) -> None:
    """Raise InputError unless the axes are `AXES`; the first ones may be missing."""
    expected = (waves, elements)
    fits = {4: shape[1:3] == expected, 3: shape[:2] == expected, 2: waves == 1}
    if len(shape) == 2:
        fits[2] = fits[2] and shape[0] == elements
    if not fits.get(len(shape), False) or 0 in shape:
        raise InputError(
            f"data has the shape {shape} in HDF5's order; expected ({', '.join(AXES)}) with "
            f"{waves} waves and {elements} channels"
        )


def _elements(probe: h5py.Group) -> tuple[np.ndarray, np.ndarray]:
    kind = _class(probe)
    if kind not in ARRAYS:
        raise InputError(
            f"the probe is {kind or 'of no class'}; expected one of {', '.join(ARRAYS)}"
        )
    _check_at_origin(probe)
    held = probe.get("geometry")
    if held is None:
        return _regular_elements(probe, kind)
    places = numbers(probe, "geometry")
    if 7 not in held.shape or len(held.shape) != 2:
        raise InputError(
            f"{held.name} has the shape {held.shape}; expected 7 numbers for each element: x, y, "
            "z, two angles, width and height"
        )
    # MATLAB's (element, 7) is (7, element) in HDF5.
    places = places.reshape(held.shape)
    x, y, z = (places if held.shape[0] == 7 else places.T)[:3]
    if np.abs(y).max() > OUT_OF_PLANE:
        raise InputError(
            f"elements lie {np.abs(y).max() * 1e3:.3g} mm off the image plane; expected one row"
        )
    return x, z


def _check_at_origin(probe: h5py.Group) -> None:
    origin = probe.get("origin")
    if origin is not None and abs(number(origin, "distance") or 0.0) > OUT_OF_PLANE:
        raise InputError(
            f"the probe stands {number(origin, 'distance') * 1e3:.3g} mm from the origin; expected "
            "it there"
        )


def _regular_elements(probe: h5py.Group, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Elements of an array that is stated by its number, pitch and radius, as USTB places them."""
    count, pitch = number(probe, "N"), number(probe, "pitch")
    radius = number(probe, "radius")
    if count is None or pitch is None or (kind == ARRAYS[1] and radius is None):
        raise InputError(
            f"{probe.name} has no geometry; expected it, or N and pitch, and radius of a "
            "curvilinear array"
        )
    place = np.arange(int(count)) - (int(count) - 1) / 2
    if kind != ARRAYS[1]:
        return place * pitch, np.zeros(int(count))
    angle = place * 2 * np.arcsin(pitch / 2 / radius)
    return radius * np.sin(angle), radius * (np.cos(angle) - 1)


def _waves(sequence: h5py.Group) -> list[h5py.Group]:
    waves = [sequence]
    if np.prod(sequence.attrs.get("size", 1)) > 1:
        waves = [sequence[name] for name in sorted(sequence)]
    events = [number(wave, "event") for wave in waves]
    stated = [event for event in events if event is not None]
    if len(stated) != len(set(stated)):
        raise InputError(
            "several waves of the sequence have one event; expected one wave for each transmit"
        )
    return waves


def _agreed_speed(of_data: float | None, of_waves: list[float | None]) -> float | None:
    """The sound speed of data and waves; InputError if they differ."""
    stated = [speed for speed in (of_data, *of_waves) if speed is not None]
    if stated and np.ptp(stated) > SPEED_TOLERANCE * stated[0]:
        raise InputError(
            f"the data and the waves state sound speeds from {min(stated):g} to {max(stated):g} "
            "m/s; expected one"
        )
    if not stated:
        raise InputError("no sound speed is stated; expected that of the data: export it again")
    return stated[0]


def _passed(wave: h5py.Group, x: np.ndarray, z: np.ndarray, sound_speed: float) -> np.ndarray:
    """When a wave passes each element [s], on the clock that is 0 as it passes its origin."""
    front = number(wave, "wavefront")
    front = SPHERICAL if front is None else int(front)
    if front not in (PLANE, SPHERICAL):
        kind = "photoacoustic" if front == PHOTOACOUSTIC else f"of the unknown kind {front}"
        raise InputError(f"{wave.name} is {kind}; expected a plane or a spherical wave")
    source, origin = _part(wave, "source"), wave.get("origin")
    distance, azimuth = _place(source)
    if front == PLANE or np.isinf(distance):
        delay = plane_delays(x, z, azimuth, sound_speed)
        at_origin = _at_origin(origin, lambda ox, oz: plane_delays(ox, oz, azimuth, sound_speed))
    else:
        place = distance * np.sin(azimuth), distance * np.cos(azimuth)
        delay = source_delays(x, z, place, sound_speed)
        at_origin = _at_origin(origin, lambda ox, oz: source_delays(ox, oz, place, sound_speed))
    return delay - at_origin


def _at_origin(origin: h5py.Group | None, passed) -> float:
    """When the wave passes its own origin, on the clock of x = z = 0."""
    if origin is None:
        return 0.0
    distance, azimuth = _place(origin)
    place = np.array([distance * np.sin(azimuth)]), np.array([distance * np.cos(azimuth)])
    return float(passed(*place)[0])


def _place(point: h5py.Group) -> tuple[float, float]:
    """Distance [m], which may be infinite, and azimuth [rad] of a point in the image plane."""
    values = {
        name: float(np.ravel(point[name][()])[0]) if name in point else 0.0
        for name in ("distance", "azimuth", "elevation")
    }
    if abs(values["elevation"]) > OUT_OF_PLANE or np.isnan(list(values.values())).any():
        raise InputError(
            f"{point.name} has the elevation {values['elevation']:g} rad; expected 0: a point in "
            "the image plane"
        )
    return values["distance"], values["azimuth"]


def _weights(wave: h5py.Group, elements: int) -> np.ndarray:
    """Weight with which each element fires; equal where the file states no apodization."""
    apodization = wave.get("apodization")
    if apodization is None:
        return np.ones(elements)
    written = numbers(apodization, "apodization_vector")
    window = number(apodization, "window") or 0.0
    if written is None and window:
        raise InputError(
            f"{apodization.name} states a window of number {window:g} in place of weights; "
            "expected apodization_vector, or no window: which elements fire decides when"
        )
    if written is None:
        return np.ones(elements)
    if written.size != elements or written.min() < 0:
        raise InputError(
            f"{apodization.name} has {written.size} weights down to {written.min():g}; expected "
            f"{elements} from 0 upwards"
        )
    return written
