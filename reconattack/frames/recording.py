"""Recordings: the content of an RF file, joined with the table and the scanner description."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.drift import remove_drift
from reconattack.frames.empty_samples import empty_samples
from reconattack.frames.frame import build_frame
from reconattack.frames.quality import sample_quality
from reconattack.frames.scanner import FACTS, Scanner
from reconattack.frames.stated import agreed, agreed_gain_state


@dataclass(frozen=True)
class Recording:
    """The frames of one file and the facts that it states; None where it states nothing.

    Attributes
    ----------
    samples
        Shape (frame, depth, line): real RF samples, or complex demodulated ones (IQ).
    facts
        Facts in the file, with the names and units of a scanner description
        (`reconattack.frames.scanner.FACTS`).
    depth
        Depth of each sample from the probe's face [m], shape (depth,).
    lines
        Angle [rad] (convex probe) or lateral position [m] (linear) of each line, shape (line,).
    sample_spacing, line_spacing
        Distance between samples along a line and between parallel lines [m], if the file states
        them instead of positions.
    start_time
        Time from transmission to the first sample [s], if the file states it instead of a depth.
    applied_gain
        Time gain that the samples already carry [dB], shape (depth,).
    gain_curve
        Applied gain at depths of its own: these depths [m], shape (point,), and the gain of each
        frame [dB], shape (frame, point). It is linear between the points and constant beyond them.
    notes
        Remarks for the person who checks this file (`snakemake check_frames`).
    """

    samples: np.ndarray
    facts: Mapping[str, Any] = field(default_factory=dict)
    depth: np.ndarray | None = None
    lines: np.ndarray | None = None
    sample_spacing: float | None = None
    line_spacing: float | None = None
    start_time: float | None = None
    applied_gain: np.ndarray | None = None
    gain_curve: tuple[np.ndarray, np.ndarray] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.samples)


def recorded_frame(
    recording: Recording,
    index: int,
    description: Mapping[str, Any],
    row: Mapping[str, Any],
) -> xr.Dataset:
    """Build one frame of a recording from all facts that are stated about it.

    What no echo makes is removed here, once for everything that is computed from the frame: the
    drift of RF lines, and then their time gain where this is asked for. The frame's attributes say
    what the samples were before (`reconattack.frames.quality.AS_RECORDED`).

    Parameters
    ----------
    recording
        Content of the file.
    index
        Number of the frame in it.
    description
        The scanner in the configuration: `name`, `reference_level` and any of the facts.
    row
        The frame table's row: `patient`, `label`, `fat_fraction`, `notes` and any of the facts.

    Raises
    ------
    InputError
        If no source states a fact, two sources disagree, or the samples cannot be used.
    """
    sources = {
        "the file": _file_facts(recording),
        "the frame table": row,
        f"scanner {description['name']}": description,
    }
    facts = {name: agreed(name, sources) for name in FACTS if name != "gain_state"}
    facts |= _spacing_facts(recording, facts, sources)
    has_curve = recording.applied_gain is not None or recording.gain_curve is not None
    facts["gain_state"] = agreed_gain_state(sources, has_curve)
    scanner = Scanner(
        name=description["name"],
        reference_level=description["reference_level"],
        **{name: value for name, value in facts.items() if value is not None},
    )
    samples, gain = recording.samples[index], _applied_gain(recording, index, scanner)
    if np.all(samples == samples[0]):
        raise InputError(
            f"every line of the frame is constant ({samples.flat[0]:g} in the first); expected "
            "echoes"
        )
    frequencies = scanner.sampling_frequency, scanner.center_frequency
    empty = empty_samples(samples, *frequencies)
    quality = sample_quality(samples, empty)
    samples, quality["drift_share"] = remove_drift(samples, empty, *frequencies)
    if facts["gain_state"] == "removed":
        samples = samples / 10 ** (gain[:, np.newaxis] / 20)
    frame = build_frame(
        samples,
        scanner,
        patient=row["patient"],
        label=row.get("label"),
        fat_fraction=row.get("fat_fraction"),
        depth=recording.depth,
        lines=recording.lines,
        applied_gain=gain,
    )
    notes = "; ".join(filter(None, [row.get("notes"), *recording.notes]))
    return frame.assign_attrs(quality | ({"notes": notes} if notes else {}))


def _file_facts(recording: Recording) -> dict[str, Any]:
    """Facts of the file, including those that follow from its positions."""
    facts = dict(recording.facts)
    if recording.depth is not None:
        facts["start_depth"] = float(recording.depth[0])
    if recording.lines is not None:
        span = "angle_span" if facts["probe"] == "convex" else "lateral_span"
        facts[span] = float(recording.lines[-1] - recording.lines[0])
    return facts


def _applied_gain(recording: Recording, index: int, scanner: Scanner) -> np.ndarray | None:
    """Time gain that the samples of one frame carry [dB], shape (depth,)."""
    if recording.gain_curve is None:
        return recording.applied_gain
    depth = recording.depth
    if depth is None:
        depth = scanner.depth(recording.samples.shape[1])
    points, gain = recording.gain_curve
    return np.interp(depth, points, gain[index])


def _spacing_facts(
    recording: Recording, facts: Mapping[str, Any], sources: Mapping[str, Mapping]
) -> dict[str, float]:
    """Facts that follow from times and distances of samples and lines and from other facts."""
    spacing, depth, result = recording.sample_spacing, recording.depth, {}
    if depth is not None:
        spacing = float(depth[-1] - depth[0]) / (len(depth) - 1)
    if spacing is not None and facts["sound_speed"] is not None:
        sampling_frequency = facts["sound_speed"] / (2 * spacing)
        of_file = {
            "the file, by the distance of its samples": {"sampling_frequency": sampling_frequency}
        }
        result["sampling_frequency"] = agreed("sampling_frequency", of_file | sources)
    if recording.start_time is not None and facts["sound_speed"] is not None:
        start = recording.start_time * facts["sound_speed"] / 2
        of_file = {"the file, by the time of its first sample": {"start_depth": start}}
        result["start_depth"] = agreed("start_depth", of_file | sources)
    if recording.line_spacing is not None and facts["probe"] == "linear":
        span = recording.line_spacing * (recording.samples.shape[2] - 1)
        of_file = {"the file, by the distance of its lines": {"lateral_span": span}}
        result["lateral_span"] = agreed("lateral_span", of_file | sources)
    return result
