"""RF frames: one labelled, checked xarray object per frame, whatever the file it came from."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.scanners import Scanner

GAIN_STATES = ("raw", "applied", "removed", "unknown")
MIN_LINES = 2
MIN_SAMPLES = 64

COORDINATES = {
    "depth": {"units": "m", "long_name": "depth from the probe's face"},
    "angle": {"units": "rad", "long_name": "steering angle from the probe's axis"},
    "lateral": {"units": "m", "long_name": "lateral position from the probe's axis"},
}


def build_frame(
    rf: np.ndarray,
    scanner: Scanner,
    patient: str,
    label: int | None = None,
    fat_fraction: float | None = None,
) -> xr.Dataset:
    """Label the samples of one RF frame and check them.

    Parameters
    ----------
    rf
        Samples, shape (depth, line), any real dtype; kept as float32.
    scanner
        Geometry, frequencies [Hz], sound speed [m/s] and reference level [dB] of the recording.
    patient
        Identifier that all frames of one patient share.
    label
        1 fatty, 0 normal, None unknown.
    fat_fraction
        Liver fat [%], None unknown.

    Returns
    -------
    xarray.Dataset
        `rf` (depth, angle) for a convex probe, (depth, lateral) for a linear one.

    Raises
    ------
    InputError
        If the samples, the coordinates or the label cannot be used.
    """
    rf = np.asarray(rf)
    if rf.ndim != 2:
        raise InputError(f"rf has {rf.ndim} dimensions; expected 2: (depth, line)")
    if np.iscomplexobj(rf):
        raise InputError("rf is complex; expected real samples")
    lines = scanner.lines(rf.shape[1])
    (lateral,) = lines
    frame = xr.Dataset(
        {"rf": (("depth", lateral), rf.astype(np.float32))},
        coords={"depth": scanner.depth(rf.shape[0]), **lines},
        attrs={
            "sampling_frequency": float(scanner.sampling_frequency),
            "center_frequency": float(scanner.center_frequency),
            "sound_speed": float(scanner.sound_speed),
            "reference_level": float(scanner.reference_level),
            "gain_state": scanner.gain_state,
            "scanner": scanner.name,
            "patient": str(patient),
        },
    )
    if scanner.probe == "convex":
        frame.attrs["probe_radius"] = float(scanner.probe_radius)
    if label is not None:
        frame.attrs["label"] = label
    if fat_fraction is not None:
        frame.attrs["fat_fraction"] = float(fat_fraction)
    frame["rf"].attrs = {"units": "1", "long_name": "post-beamformed radio-frequency samples"}
    for name in ("depth", lateral):
        frame[name].attrs = COORDINATES[name]
    check_frame(frame)
    return frame


def check_frame(frame: xr.Dataset) -> None:
    """Raise InputError unless `frame` keeps the contract of an RF frame."""
    if "error" in frame.attrs:
        raise InputError(frame.attrs["error"])
    rf = frame["rf"]
    samples, lines = rf.shape
    if samples < MIN_SAMPLES or lines < MIN_LINES:
        raise InputError(
            f"rf has {samples} samples and {lines} lines; expected at least {MIN_SAMPLES} samples "
            f"and {MIN_LINES} lines: are the axes in the order (depth, line)?"
        )
    bad = ~np.isfinite(rf.values)
    if bad.any():
        sample, line = np.argwhere(bad)[0]
        raise InputError(
            f"rf has {bad.sum()} samples of {rf.size} that are NaN or infinite, the first at "
            f"sample {sample} of line {line}; expected finite numbers"
        )
    for name in rf.dims:
        if not np.all(np.diff(frame[name]) > 0):
            raise InputError(f"coordinate {name} does not increase from one sample to the next")
    nyquist = frame.attrs["sampling_frequency"] / 2
    if not 0 < frame.attrs["center_frequency"] < nyquist:
        raise InputError(
            f"center_frequency is {frame.attrs['center_frequency']:g} Hz; expected between 0 and "
            f"half the sampling_frequency, {nyquist:g} Hz"
        )
    if frame.attrs["gain_state"] not in GAIN_STATES:
        raise InputError(
            f"gain_state is {frame.attrs['gain_state']!r}; expected one of {', '.join(GAIN_STATES)}"
        )
    if frame.attrs.get("label", 0) not in (0, 1):
        raise InputError(
            f"label is {frame.attrs['label']!r}; expected 1 (fatty), 0 (normal) or none (unknown)"
        )


def unreadable_frame(
    error: str, scanner: str, patient: str, label: int | None = None
) -> xr.Dataset:
    """A frame that holds its place in a chunk but no samples: `error` says why."""
    attrs = {"error": error, "scanner": scanner, "patient": str(patient)}
    return xr.Dataset(attrs=attrs if label is None else attrs | {"label": label})


def open_frames(path: Path | str) -> Iterator[tuple[str, xr.Dataset]]:
    """Yield (name, frame) of a chunk in the order of the frame table, one in memory at a time.

    Serves `rf` and `bmode` chunks alike: both hold one group per frame.
    """
    with xr.open_datatree(path, engine="netcdf4") as chunk:
        for name, group in chunk.children.items():
            yield name, group.to_dataset().load()


def frame_attributes(path: Path | str) -> Iterator[tuple[str, dict]]:
    """Yield (name, attributes) of a chunk's frames without reading their samples."""
    with xr.open_datatree(path, engine="netcdf4") as chunk:
        for name, group in chunk.children.items():
            yield name, group.attrs
