"""What the files of the zea toolbox have in common, beamformed or not: tracks, scan and probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from reconattack.errors import OptionalPackage
from reconattack.readers.containers.hdf5 import number, numbers

h5py = OptionalPackage("h5py", "formats")

PROBES = {"linear": "linear", "curved": "convex", "phased": "phased"}
FREQUENCY_TOLERANCE = 0.01  # of the frequency


def track_paths(file: h5py.File) -> list[str]:
    """Where a track may stand: "" for the file's root, "tracks/track_0/", ..."""
    return ["", *(f"tracks/{name}/" for name in file.get("tracks", ()))]


def single(scan: Mapping[str, h5py.Dataset], name: str) -> float | None:
    """A number that all transmits state; None if they differ or do not state it."""
    values = numbers(scan, name)
    return float(values[0]) if values is not None and np.ptp(values) == 0 else None


def frequency_notes(scan: Mapping[str, h5py.Dataset]) -> tuple[str, ...]:
    """A note if the transmits differ in frequency, or the receiver's is another."""
    sent, center = numbers(scan, "center_frequency"), single(scan, "center_frequency")
    if sent is not None and center is None:
        return (f"transmits differ in frequency, {sent.min() / 1e6:g} to {sent.max() / 1e6:g} MHz",)
    received = single(scan, "demodulation_frequency")
    if None in (center, received) or abs(received - center) <= FREQUENCY_TOLERANCE * center:
        return ()
    return (f"transmitted at {center / 1e6:g} MHz, demodulated at {received / 1e6:g} MHz",)


def subject_notes(file: h5py.File) -> tuple[str, ...]:
    """A note if the file states the subject's fat."""
    fat = number(file.get("metadata/subject", {}), "fat_percentage")
    return () if fat is None else (f"the file states a fat percentage of {fat:g} %",)


def probe_kind(file: h5py.File, known: Sequence[str]) -> str | None:
    """The probe in this project's word, or zea's with a remark if it is none of the `known`."""
    if "probe/type" not in file:
        return None
    stated = file["probe/type"].asstr()[()]
    kind = PROBES.get(stated)
    *others, last = known
    return kind if kind in known else f"{stated} (neither {', '.join(others)} nor {last})"
