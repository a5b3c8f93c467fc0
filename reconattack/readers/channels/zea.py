"""Channel data of the zea toolbox (https://github.com/tue-bmd/zea), HDF5, in both generations.

Since zea 0.1 a track (`tracks/track_N`, or the file's root) has `data/raw_data` and `scan`, and the
root has `probe`. In older files everything stands in the root and the probe's geometry in `scan`.
Axes are (frame, transmit, sample, element, channel), with one channel for RF and two for IQ.

Times count from the moment at which the first element fires, as zea has them. If the file keeps the
two-way waveform, its peak is the echo's time. Without one nothing is subtracted, where zea's own
beamformer assumes one period. A lens delays every echo by its thickness, here as for rays at right
angles to the face; zea leaves a lens out unless it is asked for.

Verified with files that zea 0.1.8 wrote; the older generation with its reader in zea alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from reconattack.errors import InputError, OptionalPackage
from reconattack.frames.channel_recording import ChannelRecording
from reconattack.frames.waves import firing
from reconattack.readers.containers.hdf5 import (
    StoredFrames,
    chosen,
    number,
    numbers,
    opened,
    recognised,
)
from reconattack.readers.containers.zea_files import (
    frequency_notes,
    probe_kind,
    single,
    subject_notes,
    track_paths,
)
from reconattack.readers.layout import Layout

h5py = OptionalPackage("h5py", "formats")

SUFFIXES = (".h5", ".hdf5")
COLUMNS = ("variable",)
WAVEFORM_FREQUENCY = 250e6  # Hz, of the waveforms in every file
OLD_LENS_SPEED = 1000.0  # m/s, by which zea takes the lens correction of an older file
OUT_OF_PLANE = 1e-6  # m, or rad
KINDS = ("linear", "convex", "phased")


def recognises(path: Path) -> bool:
    """Whether the file is one of zea."""
    return recognised(path, lambda file: any(f"{track}data" in file for track in track_paths(file)))


def read(path: Path, layout: Layout) -> ChannelRecording:
    """Read the channel data of one track; `variable` names one of several.

    Raises
    ------
    InputError
        If the file is damaged, holds no channel data, or states what no setting can follow: another
        receive aperture than the whole probe, elements or waves outside the image plane, elements
        that fire with opposite polarity.
    """
    with opened(path) as file:
        name, raw = chosen(_found(file), layout.variable)
        shape = _checked_shape(raw)
        track = file[name.removesuffix("data/raw_data") or "/"]
        if "scan" not in track:
            raise InputError(f"{track.name} has no scan, which says what was transmitted")
        scan = track["scan"]
        _, transmits, times, elements, parts = shape
        _check_receivers(scan, transmits, elements)
        x, z = _elements(file, scan, elements)
        delay, weight_notes = _delays(scan, transmits, elements)
        lens, lens_notes = _lens_delay(file, scan)
        peak, peak_notes = _peak_times(scan, transmits)
        start = _each_transmit(scan, "initial_times", transmits) - peak - lens
        gain_state, gain = _gain(scan, times)
        facts = {
            "sampling_frequency": number(scan, "sampling_frequency"),
            "center_frequency": single(scan, "center_frequency"),
            "sound_speed": number(scan, "sound_speed"),
            "probe": probe_kind(file, KINDS),
            "gain_state": gain_state,
        }
        return ChannelRecording(
            StoredFrames(path, (raw.name,), _arranged),
            {fact: value for fact, value in facts.items() if value is not None},
            element_x=x,
            element_z=z,
            transmit_delay=delay,
            start_time=start,
            demodulation_frequency=_demodulation(scan) if parts == 2 else None,
            applied_gain=gain,
            notes=(
                *frequency_notes(scan),
                *weight_notes,
                *lens_notes,
                *peak_notes,
                *subject_notes(file),
            ),
        )


def _found(file: h5py.File) -> dict[str, h5py.Dataset]:
    """Channel data in the file, by path."""
    data = [f"{track}data" for track in track_paths(file)]
    found = {name: file[name] for name in (f"{one}/raw_data" for one in data) if name in file}
    if not found:
        held = [f"{one}/{name}" for one in data for name in file.get(one, ())]
        raise InputError(
            f"the file holds {', '.join(held) or 'no data of zea'}; expected data/raw_data: "
            "beamformed lines are a cohort of kind table"
        )
    return found


def _checked_shape(raw: h5py.Dataset) -> tuple[int, ...]:
    shape = getattr(raw, "shape", None)
    if shape is None or len(shape) != 5 or shape[-1] not in (1, 2) or 0 in shape:
        raise InputError(
            f"{raw.name} has the shape {shape}; expected (frame, transmit, sample, element, "
            "channel), one channel for RF or two for IQ"
        )
    return shape


def _arranged(frame: np.ndarray) -> np.ndarray:
    """A frame (transmit, sample, element, channel) as (transmit, element, sample)."""
    frame = frame.swapaxes(1, 2)
    if frame.shape[-1] == 1:
        return frame[..., 0]
    return frame[..., 0] + 1j * frame[..., 1].astype(np.float32)


def _check_receivers(scan: h5py.Group, transmits: int, elements: int) -> None:
    """Raise InputError unless every element receives on every transmit."""
    receivers = numbers(scan, "rx_aperture_indices")
    if receivers is None:
        return
    whole = np.tile(np.arange(elements), transmits)
    if not np.array_equal(receivers, whole):
        raise InputError(
            "rx_aperture_indices states that only some elements of the probe receive; expected all "
            "of them on every transmit: put zeros for the others and leave the field out"
        )


def _elements(
    file: h5py.File, scan: h5py.Group, elements: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    places = numbers(file.get("probe", {}), "probe_geometry")
    if places is None:
        places = numbers(scan, "probe_geometry")
    if places is None:
        return None, None
    if places.size != 3 * elements:
        raise InputError(
            f"probe_geometry has {places.size} numbers; expected x, y and z of {elements} elements"
        )
    x, y, z = places.reshape(elements, 3).T
    if np.ptp(y) > OUT_OF_PLANE:
        raise InputError(
            f"the elements lie {np.ptp(y) * 1e3:.3g} mm apart across the image plane; expected one "
            "row of elements"
        )
    return x, z


def _delays(scan: h5py.Group, transmits: int, elements: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """When each element fires [s], (transmit, element), NaN of those without weight; notes."""
    steered = numbers(scan, "azimuth_angles")
    if steered is not None and np.abs(steered).max() > OUT_OF_PLANE:
        raise InputError(
            f"azimuth_angles is up to {np.abs(steered).max():g} rad; expected 0: waves in the "
            "image plane"
        )
    delay = _each_element(scan, "t0_delays", transmits, elements)
    weight = _each_element(scan, "tx_apodizations", transmits, elements)
    if weight.min() < 0:
        raise InputError(
            f"tx_apodizations holds {weight.min():g}: elements that fire with opposite polarity; "
            "expected weights from 0 to 1"
        )
    return firing(delay, weight)


def _each_element(scan: h5py.Group, name: str, transmits: int, elements: int) -> np.ndarray:
    values = numbers(scan, name)
    if values is None or values.size != transmits * elements:
        found = "missing" if values is None else f"{values.size} numbers"
        raise InputError(
            f"scan/{name}: {found}; expected {transmits} x {elements}, one for each element of "
            "each transmit"
        )
    return values.reshape(transmits, elements)


def _each_transmit(scan: h5py.Group, name: str, transmits: int) -> np.ndarray:
    values = numbers(scan, name)
    if values is None or values.size != transmits:
        found = "missing" if values is None else f"{values.size} numbers"
        raise InputError(f"scan/{name}: {found}; expected {transmits}, one for each transmit")
    return values


def _lens_delay(file: h5py.File, scan: h5py.Group) -> tuple[float, tuple[str, ...]]:
    """How much later echoes arrive through the lens [s], both ways."""
    probe, sound_speed = file.get("probe", {}), number(scan, "sound_speed")
    thickness, speed = number(probe, "lens_thickness"), number(probe, "lens_sound_speed")
    old = number(scan, "lens_correction")  # wavelengths, one way
    if thickness is None and old is not None:
        frequency = single(scan, "center_frequency")
        if frequency is None:
            raise InputError(
                "lens_correction counts wavelengths, and the transmits differ in frequency; "
                "expected one center_frequency"
            )
        speed, thickness = OLD_LENS_SPEED, old * OLD_LENS_SPEED / frequency
    if not thickness:
        return 0.0, ()
    if speed is None or sound_speed is None:
        missing = "lens_sound_speed" if speed is None else "scan/sound_speed"
        raise InputError(
            f"the lens is {thickness * 1e3:g} mm thick, and {missing} is missing; expected both"
        )
    delay = 2 * thickness * (1 / speed - 1 / sound_speed)
    return delay, (
        f"{delay * 1e9:.0f} ns of a lens of {thickness * 1e3:.3g} mm at {speed:g} m/s are taken "
        "out, as for rays at right angles to the face",
    )


def _peak_times(scan: h5py.Group, transmits: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Time from the start of each transmitted pulse to the peak of its echo [s], (transmit,)."""
    waveforms = list(_waveforms(scan, "waveforms_two_way"))
    if not waveforms:
        alone = "waveforms_one_way" in scan
        notes = ("a one-way waveform does not tell when an echo peaks",) if alone else ()
        return np.zeros(transmits), notes
    chosen_one = numbers(scan, "tx_waveform_indices")
    places = np.arange(transmits) if chosen_one is None else chosen_one.astype(int)
    if len(places) != transmits or places.min() < 0 or places.max() >= len(waveforms):
        raise InputError(
            f"waveforms_two_way holds {len(waveforms)} waveforms for {transmits} transmits; "
            "expected one for each"
        )
    from scipy.signal import hilbert  # slow to import

    peaks = [np.abs(hilbert(wave)).argmax() / WAVEFORM_FREQUENCY for wave in waveforms]
    return np.array(peaks)[places], ()


def _waveforms(scan: h5py.Group, name: str) -> Iterator[np.ndarray]:
    """Each waveform: the rows of an array, or the members of a group in an older file."""
    held = scan.get(name)
    if held is None:
        return
    if isinstance(held, h5py.Group):
        for member in sorted(held):
            yield numbers(held, member)
    else:
        yield from numbers(scan, name).reshape(held.shape)


def _gain(scan: h5py.Group, times: int) -> tuple[str | None, np.ndarray | None]:
    """State of the time gain, and the gain that the samples carry [dB], (time,)."""
    curve = numbers(scan, "tgc_gain_curve")
    if curve is None:
        return None, None
    if curve.min() <= 0 or len(curve) != times:
        raise InputError(
            f"tgc_gain_curve holds {len(curve)} factors down to {curve.min():g}; expected {times} "
            "above 0, one for each sample"
        )
    if np.ptp(curve) == 0:
        return "raw", None
    return "applied", 20 * np.log10(curve)


def _demodulation(scan: h5py.Group) -> float:
    """By which IQ was demodulated [Hz]; that of transmission if none is stated, as in zea."""
    stated = "demodulation_frequency" in scan
    frequency = single(scan, "demodulation_frequency" if stated else "center_frequency")
    if not frequency:
        raise InputError(
            "the samples are IQ, and no single demodulation_frequency above 0 is stated; expected "
            "one for all transmits"
        )
    return frequency
