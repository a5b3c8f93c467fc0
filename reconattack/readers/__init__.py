"""Readers of RF files: one module per format, chosen by the file's suffix."""

from pathlib import Path

import numpy as np

from reconattack.errors import InputError
from reconattack.readers.metaimage import read_metaimage
from reconattack.scanners import Scanner

READERS = {".mha": read_metaimage, ".mhd": read_metaimage}
SPACING_TOLERANCE = 0.01


def read_frames(path: Path | str, scanner: Scanner, frames: int) -> list[np.ndarray]:
    """Read all frames of one RF file.

    A reader takes the path and returns the samples, shape (frame, depth, line), and the spacing
    that the file states, (along the line, between lines) [m], or None where it states none.

    Parameters
    ----------
    path
        File whose suffix is one of `READERS`.
    scanner
        What the configuration states about the recording; the file must not disagree.
    frames
        Number of frames that the frame table declares for this file.

    Returns
    -------
    list of numpy.ndarray
        Samples of each frame, shape (depth, line), in the file's dtype.

    Raises
    ------
    InputError
        If the file cannot be read or contradicts the frame table or the scanner description.
    """
    path = Path(path)
    if path.suffix.lower() not in READERS:
        raise InputError(f"{path}: no reader for {path.suffix!r}; expected {', '.join(READERS)}")
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    samples, spacing = READERS[path.suffix.lower()](path)
    if len(samples) != frames:
        raise InputError(
            f"{path}: the file holds {len(samples)} frames, the frame table says {frames}; "
            "correct the column frames"
        )
    if spacing is not None:
        _check_spacing(path, spacing, scanner, lines=samples.shape[2])
    return list(samples)


def _check_spacing(path: Path, spacing: tuple[float, float], scanner: Scanner, lines: int) -> None:
    described = scanner.sound_speed / (2 * scanner.sampling_frequency)
    if _disagree(spacing[0], described):
        raise InputError(
            f"{path}: samples are {spacing[0] * 1e3:.6g} mm apart by the file, "
            f"{described * 1e3:.6g} mm by scanner {scanner.name} "
            f"(sound_speed {scanner.sound_speed:g} m/s, sampling_frequency "
            f"{scanner.sampling_frequency:g} Hz); correct the one that is wrong, and see that the "
            "file's first axis is depth"
        )
    span = spacing[1] * (lines - 1)
    if scanner.probe == "linear" and _disagree(span, scanner.lateral_span):
        raise InputError(
            f"{path}: {lines} lines that are {spacing[1] * 1e3:.6g} mm apart span "
            f"{span * 1e3:.6g} mm by the file, {scanner.lateral_span * 1e3:.6g} mm by scanner "
            f"{scanner.name} (lateral_span); correct the one that is wrong"
        )


def _disagree(found: float, described: float) -> bool:
    return abs(found - described) > SPACING_TOLERANCE * abs(described)
