"""Properties that are measured on the samples of an RF frame, to compare with stated ones."""

from typing import Any

import numpy as np
import xarray as xr

from reconattack.frames.empty_samples import empty_samples, trailing_rows
from reconattack.frames.frame import frame_samples, lateral_coordinate
from reconattack.frames.spectrum import echo_band

# Attributes of a recorded frame: what was measured on its samples before anything was removed.
AS_RECORDED = ("saturated_share", "silent_lines", "empty_share", "empty_rows", "drift_share")


def frame_quality(frame: xr.Dataset) -> dict[str, Any]:
    """The `AS_RECORDED` properties of an RF frame's samples, as they were recorded.

    They stand in the frame's attributes if it comes from a file. A simulated frame has the samples
    that were simulated.
    """
    if all(name in frame.attrs for name in AS_RECORDED):
        return {name: frame.attrs[name] for name in AS_RECORDED}
    samples = frame_samples(frame)
    empty = empty_samples(
        samples, frame.attrs["sampling_frequency"], frame.attrs["center_frequency"]
    )
    return sample_quality(samples, empty) | {"drift_share": 0.0}


def sample_quality(samples: np.ndarray, empty: np.ndarray) -> dict[str, Any]:
    """Properties of samples, (depth, line), of which some are empty, bool (depth, line)."""
    return {
        "saturated_share": saturated_share(samples, empty),
        "silent_lines": silent_lines(samples),
        "empty_share": float(empty.mean()),
        "empty_rows": trailing_rows(empty),
    }


def saturated_share(samples: np.ndarray, empty: np.ndarray) -> float:
    """Share of the samples that are not empty at the largest or smallest value among them.

    Values that occur once do not count.
    """
    recorded = samples[~empty]
    parts = (recorded.real, recorded.imag) if np.iscomplexobj(recorded) else (recorded,)
    if not recorded.size:
        return 0.0
    counts = [np.sum(part == limit) for part in parts for limit in (part.max(), part.min())]
    return float(sum(count for count in counts if count > 1) / (recorded.size * len(parts)))


def silent_lines(samples: np.ndarray) -> int:
    """Number of lines, of samples (depth, line), that hold a single value."""
    return int(np.sum(np.all(samples == samples[0], axis=0)))


def measured_frequency(frame: xr.Dataset) -> float:
    """Centre frequency of the echoes [Hz]: middle of the band within 6 dB of the spectrum's peak.

    Attenuation shifts it downwards with depth, so it usually lies somewhat below the nominal
    frequency. It is NaN for demodulated samples, which have lost their carrier.
    """
    samples = frame_samples(frame)
    if np.iscomplexobj(samples):
        return np.nan
    lowest, highest = echo_band(samples, frame.attrs["sampling_frequency"])
    return (lowest + highest) / 2


def extent(frame: xr.Dataset) -> dict[str, float]:
    """First and last depth [m] and the fan [rad] or width [m] of a frame."""
    lateral = lateral_coordinate(frame)
    depth, lines = frame["depth"].values, frame[lateral].values
    span = "angle_span" if lateral == "angle" else "lateral_span"
    return {
        "start_depth": float(depth[0]),
        "end_depth": float(depth[-1]),
        span: float(lines[-1] - lines[0]),
    }
