"""RF frames: one labelled and checked xarray object per frame, from any file format."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.scanner import Scanner

GAIN_STATES = ("raw", "applied", "removed", "unknown")
MIN_LINES = 2
MIN_SAMPLES = 64
UNEVEN = 1e-3  # largest spread of the steps between samples, over their mean: rounding
MAX_DEPTH = 0.6  # m

SAMPLES = {
    "rf": "post-beamformed radio-frequency samples",
    "in_phase": "post-beamformed demodulated samples, in-phase part",
    "quadrature": "post-beamformed demodulated samples, quadrature part",
}
LIVER_ATTRIBUTES = {"units": "1", "long_name": "liver by the frame's mask"}
COORDINATES = {
    "depth": {"units": "m", "long_name": "depth from the probe's face"},
    "angle": {"units": "rad", "long_name": "steering angle from the probe's axis"},
    "lateral": {"units": "m", "long_name": "lateral position from the probe's axis"},
}


def build_frame(
    samples: np.ndarray,
    scanner: Scanner,
    patient: str,
    label: int | None = None,
    fat_fraction: float | None = None,
    depth: np.ndarray | None = None,
    lines: np.ndarray | None = None,
    applied_gain: np.ndarray | None = None,
) -> xr.Dataset:
    """Label the samples of one RF frame and check them.

    Parameters
    ----------
    samples
        Shape (depth, line): RF of any real dtype, kept as float32, or complex demodulated data
        (IQ), kept as its two parts.
    scanner
        Geometry, frequencies [Hz], sound speed [m/s] and reference level [dB] of the recording.
    patient
        Identifier that all frames of one patient share.
    label
        1 fatty, 0 normal, None unknown.
    fat_fraction
        Liver fat [%], None unknown.
    depth, lines
        Position of each sample [m] and of each line [rad or m]; None takes the evenly spaced
        positions of the scanner.
    applied_gain
        Time gain that the samples carry, or carried until it was removed [dB], shape (depth,).

    Returns
    -------
    xarray.Dataset
        `rf` (depth, angle) for a convex probe or a phased array, (depth, lateral) for a linear one.
        IQ frames have `in_phase` and `quadrature` instead.

    Raises
    ------
    InputError
        If the samples, the coordinates or the label cannot be used.
    """
    samples = np.asarray(samples)
    if samples.ndim != 2:
        raise InputError(f"a frame has {samples.ndim} dimensions; expected 2: (depth, line)")
    coordinates = {"depth": scanner.depth(len(samples)), **scanner.lines(samples.shape[1])}
    lateral = list(coordinates)[1]
    for name, known in (("depth", depth), (lateral, lines)):
        if known is not None:
            coordinates[name] = np.asarray(known, float)
    dims = ("depth", lateral)
    parts = (
        {"in_phase": samples.real, "quadrature": samples.imag}
        if np.iscomplexobj(samples)
        else {"rf": samples}
    )
    frame = xr.Dataset(
        {
            name: (dims, part.astype(np.float32), {"units": "1", "long_name": SAMPLES[name]})
            for name, part in parts.items()
        },
        coords={name: (name, x, COORDINATES[name]) for name, x in coordinates.items()},
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
    if applied_gain is not None:
        gain_attributes = {"units": "dB", "long_name": "time gain of the scanner"}
        frame["applied_gain"] = ("depth", np.asarray(applied_gain, float), gain_attributes)
    if scanner.radius is not None:
        frame.attrs["probe_radius"] = float(scanner.radius)
    if label is not None:
        frame.attrs["label"] = label
    if fat_fraction is not None:
        frame.attrs["fat_fraction"] = float(fat_fraction)
    check_frame(frame)
    return frame


def frame_samples(frame: xr.Dataset) -> np.ndarray:
    """Samples of a frame, shape (depth, line): float32 RF, or complex64 IQ.

    Raises
    ------
    InputError
        If the frame is a finished picture.
    """
    if "rf" in frame:
        return frame.variables["rf"].values
    if "in_phase" not in frame:
        raise InputError(
            f"the frame of patient {frame.attrs.get('patient')} is a finished picture, which has "
            "no samples; expected an RF or IQ frame"
        )
    return frame["in_phase"].values + 1j * frame["quadrature"].values


def lateral_coordinate(frame: xr.Dataset) -> str:
    """Name of the coordinate across a frame's lines: `angle` or `lateral`."""
    return "angle" if "angle" in frame.coords else "lateral"


def check_frame(frame: xr.Dataset) -> None:
    """Raise InputError unless `frame` keeps the contract of an RF frame."""
    if "error" in frame.attrs:
        raise InputError(frame.attrs["error"])
    values = frame_samples(frame)
    samples, lines = values.shape
    if samples < MIN_SAMPLES or lines < MIN_LINES:
        raise InputError(
            f"the frame has {samples} samples and {lines} lines; expected at least {MIN_SAMPLES} "
            f"samples and {MIN_LINES} lines: are the axes in the order (depth, line)?"
        )
    bad = ~np.isfinite(values)
    if bad.any():
        sample, line = np.argwhere(bad)[0]
        raise InputError(
            f"the frame has {bad.sum()} samples of {values.size} that are NaN or infinite, the "
            f"first at sample {sample} of line {line}; expected finite numbers"
        )
    for name in ("depth", lateral_coordinate(frame)):
        if not np.all(np.diff(frame[name]) > 0):
            raise InputError(f"coordinate {name} does not increase from one sample to the next")
    steps = np.diff(frame["depth"])
    if np.ptp(steps) > UNEVEN * steps.mean():
        raise InputError(
            f"coordinate depth rises by {steps.min():g} to {steps.max():g} m; expected evenly "
            "spaced samples: a line is sampled at one frequency"
        )
    deepest = float(frame["depth"][-1])
    if deepest > MAX_DEPTH:
        raise InputError(
            f"the last sample lies at a depth of {deepest:g} m; expected at most {MAX_DEPTH} m: "
            "are sampling_frequency, sound_speed and start_depth in Hz, m/s and m?"
        )
    nyquist = frame.attrs["sampling_frequency"] / 2 if "rf" in frame else np.inf
    if not 0 < frame.attrs["center_frequency"] < nyquist:
        raise InputError(
            f"center_frequency is {frame.attrs['center_frequency']:g} Hz; expected between 0 and "
            f"half the sampling_frequency, {nyquist:g} Hz"
        )
    if frame.attrs["gain_state"] not in GAIN_STATES:
        raise InputError(
            f"gain_state is {frame.attrs['gain_state']!r}; expected one of {', '.join(GAIN_STATES)}"
        )
    check_label(frame.attrs.get("label"))


def check_label(label: Any) -> None:
    """Raise InputError unless a label is the number of a class, or None if it is unknown."""
    whole = isinstance(label, int | np.integer) and not isinstance(label, bool)
    if label is not None and not (whole and label >= 0):
        raise InputError(
            f"label is {label!r}; expected 1 (fatty), 0 (normal), the number of another class, or "
            "none (unknown)"
        )


def unreadable_frame(
    error: str, scanner: str, patient: str, label: int | None = None
) -> xr.Dataset:
    """A frame without samples, which keeps its place in a chunk; its attribute `error` says why."""
    attrs = {"error": error, "scanner": scanner, "patient": str(patient)}
    return xr.Dataset(attrs=attrs if label is None else attrs | {"label": label})


def facts(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Patient, diagnosis and scanner of a frame or an image, for a table.

    Parameters
    ----------
    attributes
        Attributes of an RF frame, an image or an unreadable frame.

    Returns
    -------
    dict
        `scanner`, `patient`, `label`, `fat_fraction` [%] and `gain_state`; None where unknown.
    """
    return {
        name: attributes.get(name)
        for name in ("scanner", "patient", "label", "fat_fraction", "gain_state")
    }


def caption(attributes: Mapping[str, Any], classes: Sequence[str]) -> str:
    """Diagnosis, fat fraction and, if it may be compensated twice, the time gain, in words.

    Parameters
    ----------
    attributes
        Attributes of an RF frame or an image.
    classes
        Words for the labels 0 and 1.
    """
    words = [dict(enumerate(classes)).get(attributes.get("label"), "label unknown")]
    if "fat_fraction" in attributes:
        words.append(f"{attributes['fat_fraction']:.1f} % fat")
    if attributes.get("gain_state") in ("applied", "unknown"):
        words.append(f"gain {attributes['gain_state']}")
    return ", ".join(words)
