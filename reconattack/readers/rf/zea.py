"""HDF5 files of the zea toolbox (https://github.com/tue-bmd/zea), in both generations.

Since zea 0.1 a track (`tracks/track_N`, or the file's root) has `data/beamformed_data/values` and
the position of each pixel in `coordinates`. In older files `data/beamformed_data` is an array
without positions; the frame table or the scanner description then states the geometry. Axes are
(frame, z, x, channel), with one channel for RF and two for IQ. z = 0 is the probe's face; lines of
a polar grid start from the centre of a curved probe's curvature.

`scan` describes the data before beamforming. Its sampling frequency and its gain curve (factors,
not dB) hold for the beamformed samples only if there are as many of them as recorded samples.

Verified with files that zea 0.1.8 wrote; the older generation with its format description alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reconattack.errors import InputError, OptionalPackage
from reconattack.frames.recording import Recording
from reconattack.readers.containers.hdf5 import chosen, number, numbers, opened, recognised
from reconattack.readers.containers.hdf5 import samples as stored_samples
from reconattack.readers.containers.zea_files import (
    frequency_notes,
    probe_kind,
    single,
    subject_notes,
    track_paths,
)
from reconattack.readers.layout import Layout, arrange
from reconattack.readers.positions import SPACING_TOLERANCE, TOLERANCE, recording_on_pixels

h5py = OptionalPackage("h5py", "formats")

SUFFIXES = (".h5", ".hdf5")
COLUMNS = ("variable", "axes")
PRODUCTS = ("beamformed_data", "raw_data", "aligned_data", "envelope_data", "image", "image_sc")
KINDS = ("linear", "convex")


def recognises(path: Path) -> bool:
    """Whether the file holds tracks of zea."""
    return recognised(path, lambda file: bool(_tracks(file)))


def read(path: Path, layout: Layout) -> Recording:
    """Read the beamformed data of one track.

    Raises
    ------
    InputError
        If the file is damaged, holds no beamformed data, or its pixels do not lie on the scan lines
        of a linear or a convex probe.
    """
    with opened(path) as file:
        name, product = chosen(_beamformed_data(file), layout.variable)
        track = file[name.removesuffix("data/beamformed_data") or "/"]
        scan = track.get("scan", {})
        facts = _facts(scan)
        notes = (*frequency_notes(scan), *subject_notes(file))
        values = product["values"] if isinstance(product, h5py.Group) else product
        if isinstance(product, h5py.Group) and "coordinates" in product:
            samples = _located_samples(values, layout)
            x, z = _positions(product["coordinates"], samples.shape)
            recording = recording_on_pixels(samples, x, z, facts, _probe(file), notes)
        else:
            recording = Recording(_samples(values, layout), facts, notes=notes)
        return _with_recorded_facts(recording, scan, _recorded_samples(track))


def _tracks(file: h5py.File) -> list[str]:
    """Paths of the tracks in the file: "" for its root, "tracks/track_0/", ..."""
    return [
        track
        for track in track_paths(file)
        if any(f"{track}data/{product}" in file for product in PRODUCTS)
    ]


def _beamformed_data(file: h5py.File) -> dict[str, h5py.Group | h5py.Dataset]:
    tracks = _tracks(file)
    names = [f"{track}data/beamformed_data" for track in tracks]
    found = {name: file[name] for name in names if name in file}
    if not found:
        held = [f"{track}data/{name}" for track in tracks for name in file[f"{track}data"]]
        raise InputError(
            f"the file holds {', '.join(held) or 'no data of zea'}; expected data/beamformed_data "
            "(raw_data are channel data, a cohort of kind channel; in Python, "
            "read_frame with channels=True)"
        )
    return found


def _samples(dataset: h5py.Dataset, layout: Layout) -> np.ndarray:
    """Samples, shape (frame, sample, line), complex if there are two channels."""
    values, axes = _one_number_per_pixel(dataset)
    return arrange(values, layout, axes)


def _located_samples(dataset: h5py.Dataset, layout: Layout) -> np.ndarray:
    """As `_samples`, for pixels with coordinates, which tell the axes apart."""
    if layout.axes is not None:
        raise InputError(
            f"axes is {layout.axes!r}, but the coordinates of the pixels tell the axes; leave the "
            "column empty"
        )
    values, axes = _one_number_per_pixel(dataset)
    return arrange(values, Layout(axes=axes))


def _one_number_per_pixel(dataset: h5py.Dataset) -> tuple[np.ndarray, str]:
    """Values without the channel axis of RF, and the names of their axes in zea."""
    shape = dataset.shape
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[-1] not in (1, 2)):
        raise InputError(
            f"{dataset.name} has the shape {shape}; expected (frame, z, x, channel), one channel "
            "for RF or two for IQ"
        )
    values = stored_samples(dataset)
    if len(shape) == 4 and shape[-1] == 2:
        return values, "frame,sample,line,iq"
    return values.reshape(shape[:3]), "frame,sample,line"


def _positions(
    coordinates: h5py.Dataset, shape: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """x and z of each pixel [m], both (sample, line), the same in all frames."""
    frames, *grid = shape
    if coordinates.shape not in ((*grid, 3), (frames, *grid, 3)):
        raise InputError(
            f"coordinates has the shape {coordinates.shape}; expected {(*grid, 3)}: x, y and z of "
            "each pixel"
        )
    every = numbers(coordinates.parent, "coordinates", most=coordinates.size)
    every = every.reshape(-1, *grid, 3)
    x, y, z = np.moveaxis(every[0], -1, 0)
    if np.ptp(every, axis=0).max() > TOLERANCE or np.ptp(y) > TOLERANCE:
        raise InputError(
            "the coordinates of the pixels change from frame to frame or leave the image plane; "
            "expected one plane"
        )
    return x, z


def _facts(scan: Mapping[str, h5py.Dataset]) -> dict[str, float]:
    """Facts of the recording that hold for the beamformed data too."""
    facts = {name: single(scan, name) for name in ("center_frequency", "sound_speed")}
    return {name: value for name, value in facts.items() if value is not None}


def _probe(file: h5py.File) -> dict[str, str]:
    """`probe` from the file's description of the probe."""
    kind = probe_kind(file, KINDS)
    return {} if kind is None else {"probe": kind}


def _recorded_samples(track: h5py.Group) -> int | None:
    """Number of samples of each channel before beamforming; None if it is not stated."""
    if "data/raw_data" in track:
        return track["data/raw_data"].shape[2]
    if "scan/tgc_gain_curve" in track:
        return track["scan/tgc_gain_curve"].size
    return number(track.get("scan", {}), "n_ax")


def _with_recorded_facts(
    recording: Recording, scan: Mapping[str, h5py.Dataset], recorded: int | None
) -> Recording:
    """Add the facts of the recorded samples, if the beamformed samples are as many."""
    sampling_frequency = number(scan, "sampling_frequency")
    same = recorded == recording.samples.shape[1] and _spaced_as_recorded(
        recording, sampling_frequency
    )
    facts, gain, notes = dict(recording.facts), None, recording.notes
    if same and recording.depth is None and sampling_frequency is not None:
        facts["sampling_frequency"] = sampling_frequency
    curve = numbers(scan, "tgc_gain_curve")
    if curve is not None:
        if curve.min() <= 0:
            raise InputError(f"tgc_gain_curve holds {curve.min():g}; expected factors above 0")
        facts["gain_state"] = "applied" if np.ptp(curve) > 0 else "raw"
        gain = 20 * np.log10(curve) if same else None
        if not same:
            notes += (f"the gain curve is of {curve.size} recorded samples, not of these",)
    return dataclasses.replace(recording, facts=facts, applied_gain=gain, notes=notes)


def _spaced_as_recorded(recording: Recording, sampling_frequency: float | None) -> bool:
    """Whether the samples have the same distance as the echoes of recorded samples."""
    if recording.depth is None:
        return True
    sound_speed = recording.facts.get("sound_speed")
    if None in (sound_speed, sampling_frequency):
        return False
    spacing = (recording.depth[-1] - recording.depth[0]) / (len(recording.depth) - 1)
    recorded = sound_speed / (2 * sampling_frequency)
    return abs(spacing - recorded) <= SPACING_TOLERANCE * recorded
