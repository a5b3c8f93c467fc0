"""Files of the Ultrasonix (Sonix) software: a header of 19 numbers, then frame after frame.

Software of version 5 writes a number of 4 bytes before each frame, software of version 6 none; the
length of the file tells which. The layout is that of the maker's public scripts.
"""

import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np

from reconattack.errors import InputError

HEADER = struct.Struct("<19i")
TAG_BYTES = 4
KINDS = {
    **{2: "lines of an envelope (.bpr)", 4: "finished pictures of 8 bits (.b8)"},
    **{8: "finished pictures of 32 bits (.b32)", 16: "RF (.rf)", 32: "a finished M-mode (.mpr)"},
    **{64: "a finished M-mode (.m)", 128: "Doppler RF (.drf)", 256: "pulsed Doppler (.pw)"},
    **{512: "colour Doppler RF (.crf)", 1024: "colour Doppler (.col)"},
}


class Header(NamedTuple):
    """The beginning of a file: lengths, frequencies [Hz], and corners in pixels of a screen."""

    kind: int
    frames: int
    width: int
    height: int
    bits: int
    corners: tuple[int, ...]
    probe: int
    transmit_frequency: int
    sampling_frequency: int
    frame_rate: int
    line_density: int
    extra: int


def read_header(path: Path) -> Header:
    """The header of a file; InputError if it is none of this software."""
    with open(path, "rb") as file:
        content = file.read(HEADER.size)
    if len(content) < HEADER.size:
        raise InputError(
            f"no Ultrasonix file: {len(content)} bytes; expected a header of {HEADER.size}; copy "
            "the file again"
        )
    numbers = HEADER.unpack(content)
    header = Header(*numbers[:5], numbers[5:13], *numbers[13:])
    if min(header.frames, header.width, header.height) < 1 or header.bits not in (8, 16, 32):
        raise InputError(
            f"no Ultrasonix file: its header states {header.frames} frames of {header.width} x "
            f"{header.height} samples of {header.bits} bits; expected numbers from 1, and 8, 16 or "
            "32 bits; copy the file again"
        )
    return header


def named(kind: int) -> str:
    """A type of file, in words."""
    return f"type {kind}, {KINDS.get(kind, 'which is not known here')}"


def read_frames(path: Path, header: Header, dtype: str) -> np.ndarray:
    """All frames of a file, one after another, without the numbers before them.

    Parameters
    ----------
    path
        The file.
    header
        Its header.
    dtype
        Type of a sample; the header must state the same number of bits.

    Returns
    -------
    numpy.ndarray
        Shape (frame, width x height), in the file's order.

    Raises
    ------
    InputError
        If the header states other bits, or the file has another length than it states.
    """
    bits = 8 * np.dtype(dtype).itemsize
    if header.bits != bits:
        raise InputError(
            f"its header states samples of {header.bits} bits; expected {bits} for "
            f"{named(header.kind)}"
        )
    frame = header.width * header.height * bits // 8
    found = path.stat().st_size - HEADER.size
    for tag in (0, TAG_BYTES):
        if found == header.frames * (tag + frame):
            content = np.fromfile(path, np.uint8, offset=HEADER.size)
            return content.reshape(header.frames, tag + frame)[:, tag:].copy().view(dtype)
    raise InputError(
        f"{found} bytes after the header; expected {header.frames * frame} (software of version 6) "
        f"or {header.frames * (TAG_BYTES + frame)} (version 5), of {header.frames} frames of "
        f"{header.width} x {header.height} samples of {bits} bits; copy the file again"
    )
