"""The content of a file of channel data, joined with the table and the scanner description."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from reconattack.errors import InputError
from reconattack.frames.channels import Channels
from reconattack.frames.drift import remove_drift
from reconattack.frames.empty_samples import empty_samples
from reconattack.frames.frame import MAX_DEPTH
from reconattack.frames.quality import sample_quality
from reconattack.frames.scanner import FACTS, Scanner
from reconattack.frames.stated import agreed, agreed_gain_state
from reconattack.frames.waves import declared_delays, element_positions

FLAT = 1e-6  # m: depths of the elements of a flat array differ less
UNEVEN = 0.5  # of the distance between elements: how far they may lie off an arc
DIFFERENT = 1e-9  # s: two statements of one time differ by rounding alone
PHASED_LINES = 128
AS_FLAT = ("linear", "phased")
ARRAY_COLUMNS = {  # of the frame table, and the keys of a scanner's array that state the same
    "element_pitch": "pitch",
    **{name: name for name in ("transmit_angles", "start_time", "demodulation_frequency")},
}
WAVES = ("transmit_angles", "transmit_sources", "transmit_delays")


@dataclass(frozen=True)
class ChannelRecording:
    """The frames of one file of channel data and what it states; None where it states nothing.

    Attributes
    ----------
    frames
        One array for each frame, shape (transmit, element, time): real samples, or complex
        demodulated ones (IQ). A frame may be read only when it is asked for.
    facts
        Facts in the file, with the names and units of a scanner description
        (`reconattack.frames.scanner.FACTS`). `sampling_frequency` is that of the samples over time.
    element_x, element_z
        Position of each element [m], shape (element,).
    transmit_delay
        Time at which each element fires [s], shape (transmit, element); NaN if it is silent.
    start_time
        Time of the first sample on the same clock [s], shape (transmit,).
    demodulation_frequency
        Frequency by which IQ was demodulated [Hz], with the same phase at the first sample of each
        transmit; None of RF.
    applied_gain
        Time gain that the samples carry [dB], shape (time,).
    notes
        Remarks for the person who checks this file (`snakemake check_frames`).
    """

    frames: Sequence[np.ndarray]
    facts: Mapping[str, Any] = field(default_factory=dict)
    element_x: np.ndarray | None = None
    element_z: np.ndarray | None = None
    transmit_delay: np.ndarray | None = None
    start_time: np.ndarray | None = None
    demodulation_frequency: float | None = None
    applied_gain: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True)
class RecordedChannels:
    """One frame of channel data with all that a beamformer and a frame need.

    Attributes
    ----------
    channels
        What each element received.
    scanner
        Geometry and acquisition of the lines that are beamformed from it.
    depth, lines
        Depth of each sample [m] and angle [rad] or lateral position [m] of each line.
    applied_gain
        Time gain that the samples carry, or carried until it was removed [dB], shape (depth,).
    attributes
        What was measured on the samples as they were recorded, and `notes`.
    """

    channels: Channels
    scanner: Scanner
    depth: np.ndarray
    lines: np.ndarray
    applied_gain: np.ndarray | None
    attributes: Mapping[str, Any]


def recorded_channels(
    recording: ChannelRecording,
    index: int,
    description: Mapping[str, Any],
    row: Mapping[str, Any],
) -> RecordedChannels:
    """Join one frame of a file of channel data with all facts that are stated about it.

    The drift of RF samples is removed here, and their time gain where this is asked for, as
    `recorded_frame` does it of lines. Times count from the moment at which the first element fires
    in each transmit, and so does the phase by which IQ is demodulated.

    Parameters
    ----------
    recording
        Content of the file.
    index
        Number of the frame in it.
    description
        The scanner in the configuration: `name`, `reference_level` and any of the facts, `array`
        and `scan`.
    row
        The frame table's row: `notes` and any of the facts and of `ARRAY_COLUMNS`.

    Raises
    ------
    InputError
        If no source states what is needed, two sources disagree, or the samples cannot be used.
    """
    samples = np.asarray(recording.frames[index])
    array, scan = _stated_array(description, row), description.get("scan", {})
    description = {**description, "array": array}
    sources = {
        "the file": recording.facts,
        "the frame table": row,
        f"scanner {description['name']}": description,
    }
    facts = {name: agreed(name, sources) for name in FACTS if name != "gain_state"}
    facts["gain_state"] = agreed_gain_state(sources, recording.applied_gain is not None)
    _check_known(samples, facts, array, recording)
    x, z, facts = _elements(recording, samples.shape[1], facts, description)
    delay, start = _waves(recording, samples.shape[0], x, z, facts["sound_speed"], description)
    demodulation = _demodulation(recording, np.iscomplexobj(samples), description)
    first = np.nanmin(delay, axis=1)
    delay, start = delay - first[:, np.newaxis], start - first
    samples, x, z, delay = _from_left(samples, x, z, delay)
    scanner, depth, lines = _lines(x, z, facts, description, scan, start[0], samples.shape[2])
    gain = _gain_over_depth(recording, depth, facts, start[0])
    samples, attributes = _cleaned(samples, facts)
    if facts["gain_state"] == "removed":
        samples = samples / 10 ** (recording.applied_gain / 20)
    kind = np.complex64 if np.iscomplexobj(samples) else np.float32
    if demodulation is not None:
        turns = demodulation * start
        samples = samples * np.exp(-2j * np.pi * turns)[:, np.newaxis, np.newaxis]
    channels = Channels(
        np.ascontiguousarray(samples, kind), x, z, delay, start, facts["sampling_frequency"],
        demodulation,
    )  # fmt: skip
    silent = int(np.sum(np.all(samples == samples[..., :1], axis=(0, 2))))
    notes = [row.get("notes"), *recording.notes]
    if silent:
        notes.append(f"{silent} of {len(x)} elements receive nothing")
    notes = "; ".join(filter(None, notes))
    attributes |= {"notes": notes} if notes else {}
    return RecordedChannels(channels, scanner, depth, lines, gain, attributes)


def _stated_array(description: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """What the frame table and the scanner state of an array, with the keys of the scanner."""
    array, name = dict(description.get("array", {})), description["name"]
    for column, key in ARRAY_COLUMNS.items():
        value = row.get(column)
        if value is None:
            continue
        if isinstance(value, str):
            value = [float(angle) for angle in value.split(",")]
        others = [one for one in (WAVES if key in WAVES else (key,)) if one in array]
        if others and array.get(key) != value:
            raise InputError(
                f"{column} is {row[column]} by the frame table, and scanners.{name}.array has "
                f"{others[0]}; leave one of them out"
            )
        array[key] = value
    return array


def _check_known(
    samples: np.ndarray,
    facts: Mapping[str, Any],
    array: Mapping[str, Any],
    recording: ChannelRecording,
) -> None:
    """Raise InputError with a line for each thing that nobody states, and for samples of no use."""
    if samples.ndim != 3 or 0 in samples.shape:
        raise InputError(
            f"a frame of channel data has the shape {samples.shape}; expected (transmit, element, "
            "sample)"
        )
    missing = [
        name
        for name in ("sampling_frequency", "center_frequency", "sound_speed")
        if facts[name] is None
    ]
    if recording.element_x is None and "pitch" not in array:
        missing.append("array.pitch (the positions of the elements)")
    if recording.transmit_delay is None and not set(WAVES) & set(array):
        missing.append("array.transmit_angles (the transmitted waves)")
    demodulated = (recording.demodulation_frequency, array.get("demodulation_frequency"))
    if np.iscomplexobj(samples) and demodulated == (None, None):
        missing.append("array.demodulation_frequency (of complex samples)")
    if missing:
        raise InputError(
            f"nobody states {', '.join(missing)}; expected them from the file, a column of the "
            "frame table or the scanner in the configuration"
        )
    if np.all(samples == samples.flat[0]):
        raise InputError(f"every sample of the frame is {samples.flat[0]:g}; expected echoes")


def _elements(
    recording: ChannelRecording,
    count: int,
    facts: dict[str, Any],
    description: Mapping[str, Any],
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Position of each element, its face at z = 0 on the axis, and the facts with the probe."""
    array, name = description.get("array", {}), description["name"]
    stated = array.get("elements", count)
    if stated != count:
        raise InputError(
            f"the file has {count} elements and scanners.{name}.array.elements is {stated}; "
            "correct the one that is wrong, or the order of the axes"
        )
    facts = dict(facts)
    if recording.element_x is None:
        facts["probe"] = facts["probe"] or "linear"
        if facts["probe"] == "convex" and facts["probe_radius"] is None:
            raise InputError(
                "nobody states probe_radius; expected it of a convex probe whose elements are "
                "stated by their pitch"
            )
        radius = facts["probe_radius"] if facts["probe"] == "convex" else None
        return *element_positions(count, array["pitch"], radius), facts
    x, z = (np.asarray(place, float) for place in (recording.element_x, recording.element_z))
    if x.shape != (count,) or z.shape != (count,):
        raise InputError(
            f"the file states the positions of {len(x)} elements and has samples of {count}; "
            "expected one position for each"
        )
    if "pitch" in array:
        _check_pitch(x, z, array["pitch"], name)
    return _on_the_face(x, z, facts)


def _check_pitch(x: np.ndarray, z: np.ndarray, pitch: float, name: str) -> None:
    found = float(np.median(np.hypot(np.diff(x), np.diff(z))))
    if abs(found - pitch) > 0.01 * pitch:
        raise InputError(
            f"the elements lie {found * 1e3:.4g} mm apart by the file and {pitch * 1e3:.4g} mm by "
            f"scanners.{name}.array.pitch; correct the one that is wrong"
        )


def _on_the_face(
    x: np.ndarray, z: np.ndarray, facts: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Elements moved so that their face crosses the axis at x = z = 0, and what probe they make."""
    x = x - (x[0] + x[-1]) / 2
    if np.ptp(z) <= FLAT:
        facts["probe"] = facts["probe"] or "linear"
        if facts["probe"] not in AS_FLAT:
            raise InputError(
                f"the elements lie on a straight line, and probe is {facts['probe']}; expected "
                f"{' or '.join(AS_FLAT)}"
            )
        return x, np.zeros_like(z), facts
    # A circle about (0, centre): x^2 + z^2 = 2 centre z + (radius^2 - centre^2).
    system = np.stack([2 * z, np.ones_like(z)], axis=-1)
    (centre, rest), *_ = np.linalg.lstsq(system, x**2 + z**2, rcond=None)
    radius = float(np.sqrt(max(rest + centre**2, 0)))
    off = np.abs(np.hypot(x, z - centre) - radius).max()
    if off > UNEVEN * np.abs(np.diff(x)).min() or centre > z.min():
        raise InputError(
            "the elements lie neither on a straight line nor on a convex arc in the image plane "
            f"(off by {off * 1e3:.3g} mm); expected a linear, convex or phased array"
        )
    of_file = {"the file, by the positions of its elements": {"probe": "convex"}}
    of_people = {"the frame table or the scanner": facts}
    facts["probe"] = agreed("probe", of_file | of_people)
    of_file = {"the file, by the positions of its elements": {"probe_radius": radius}}
    facts["probe_radius"] = agreed("probe_radius", of_file | of_people)
    return x, z - (centre + radius), facts


def _waves(
    recording: ChannelRecording,
    count: int,
    x: np.ndarray,
    z: np.ndarray,
    sound_speed: float,
    description: Mapping[str, Any],
) -> tuple[np.ndarray, np.ndarray]:
    """When each element fires, (transmit, element), and the first sample's time, (transmit,)."""
    array, name = description.get("array", {}), description["name"]
    declared = declared_delays(array, x, z, sound_speed)
    delay = recording.transmit_delay
    if delay is None:
        delay = declared
    elif declared is not None:
        _check_same_waves(np.asarray(delay, float), declared, name)
    delay = np.asarray(delay, float)
    if delay.shape != (count, len(x)):
        raise InputError(
            f"{len(delay)} transmitted waves of {delay.shape[-1]} elements are stated, and the "
            f"file has {count} transmits of {len(x)} elements; expected one wave for each "
            "transmit: correct array of the scanner, or the order of the axes"
        )
    silent = np.flatnonzero(np.isnan(delay).all(axis=1))
    if len(silent):
        raise InputError(f"no element fires in transmit {silent[0]}; expected one at least")
    start = recording.start_time
    if start is None:
        start = array.get("start_time", 0.0)
    elif "start_time" in array and np.any(np.abs(start - array["start_time"]) > DIFFERENT):
        raise InputError(
            f"the file and scanners.{name}.array state different times of the first sample; leave "
            "start_time out of the configuration"
        )
    return delay, np.broadcast_to(np.asarray(start, float), (count,)).copy()


def _check_same_waves(delay: np.ndarray, declared: np.ndarray, name: str) -> None:
    """Raise InputError if the waves of a file and of a scanner differ in more than their clock."""
    same = delay.shape == declared.shape
    if same:
        apart = (delay - np.nanmin(delay, axis=1, keepdims=True)) - (
            declared - np.nanmin(declared, axis=1, keepdims=True)
        )
        same = np.nanmax(np.abs(apart), initial=0.0) <= 10 * DIFFERENT
    if not same:
        raise InputError(
            f"the file and scanners.{name}.array state different transmitted waves; leave them out "
            "of the configuration, or correct them"
        )


def _demodulation(
    recording: ChannelRecording, is_complex: bool, description: Mapping[str, Any]
) -> float | None:
    array, name = description.get("array", {}), description["name"]
    stated, declared = recording.demodulation_frequency, array.get("demodulation_frequency")
    if not is_complex:
        if declared is not None:
            raise InputError(
                f"the samples are real, and scanners.{name}.array.demodulation_frequency is "
                f"{declared:g} Hz; expected complex samples (an axis iq), or no such key"
            )
        return None
    if stated is not None and declared is not None and abs(stated - declared) > 1e-3 * declared:
        raise InputError(
            f"the samples were demodulated at {stated:g} Hz by the file and at {declared:g} Hz by "
            f"scanners.{name}.array; correct the one that is wrong"
        )
    return float(declared if stated is None else stated)


def _from_left(samples: np.ndarray, x: np.ndarray, z: np.ndarray, delay: np.ndarray) -> tuple:
    """Everything with the elements from left to right."""
    if x[0] > x[-1]:
        samples, x, z, delay = samples[:, ::-1], x[::-1], z[::-1], delay[:, ::-1]
    if np.any(np.diff(x) <= 0):
        raise InputError(
            "the elements do not follow one another along the face; expected a row of elements, "
            "from one side to the other"
        )
    return samples, x, z, delay


def _lines(
    x: np.ndarray,
    z: np.ndarray,
    facts: Mapping[str, Any],
    description: Mapping[str, Any],
    scan: Mapping[str, Any],
    start: float,
    samples: int,
) -> tuple[Scanner, np.ndarray, np.ndarray]:
    """The scanner of the beamformed lines, the depth of their samples, and where they lie."""
    facts = {name: value for name, value in facts.items() if value is not None}
    count = scan.get("lines", PHASED_LINES if facts["probe"] == "phased" else len(x))
    if facts["probe"] == "linear":
        facts.setdefault("lateral_span", float(x[-1] - x[0]))
    elif facts["probe"] == "convex":
        angle = np.arctan2(x, z + facts["probe_radius"])
        facts.setdefault("angle_span", float(angle[-1] - angle[0]))
    scanner = Scanner(
        name=description["name"], reference_level=description["reference_level"], **facts
    )
    step = scanner.sound_speed / (2 * scanner.sampling_frequency)
    last = start + (samples - 1) / scanner.sampling_frequency
    end = min(scan.get("end_depth", last * scanner.sound_speed / 2), MAX_DEPTH)
    if end <= scanner.start_depth:
        raise InputError(
            f"the last sample arrives from a depth of {end:g} m, above start_depth "
            f"{scanner.start_depth:g} m; expected echoes from below: is start_time in seconds?"
        )
    depth = scanner.depth(int((end - scanner.start_depth) / step + 1e-6) + 1)
    return scanner, depth, next(iter(scanner.lines(count).values()))


def _gain_over_depth(
    recording: ChannelRecording,
    depth: np.ndarray,
    facts: Mapping[str, Any],
    start: float,
) -> np.ndarray | None:
    """Time gain at the depths of a line [dB]: that at the times of their echoes on the axis."""
    if recording.applied_gain is None:
        return None
    time = start + np.arange(len(recording.applied_gain)) / facts["sampling_frequency"]
    return np.interp(2 * depth / facts["sound_speed"], time, recording.applied_gain)


def _cleaned(samples: np.ndarray, facts: Mapping[str, Any]) -> tuple[np.ndarray, dict[str, Any]]:
    """Samples without drift, and what was measured on them before it was removed."""
    frequencies = facts["sampling_frequency"], facts["center_frequency"]
    over_time = np.moveaxis(samples, 2, 0).reshape(samples.shape[2], -1)
    empty = empty_samples(over_time, *frequencies)
    quality = sample_quality(over_time, empty)
    quality["silent_lines"] = 0  # of the beamformed lines; silent elements have a note
    empty = empty.reshape(-1, *samples.shape[:2])
    cleaned, removed, energy = [], 0.0, 0.0
    for number, received in enumerate(samples):  # one by one, for the memory that it takes
        lines, share = remove_drift(received.T, empty[:, number], *frequencies)
        total = float(np.sum(np.abs(received.astype(float)) ** 2)) if share else 0.0
        cleaned.append(lines.T)
        removed, energy = removed + share * total, energy + total
    quality["drift_share"] = removed / energy if energy else 0.0
    return (np.stack(cleaned) if removed else samples), quality
