"""NIfTI files of version 1 and 2: a header of 348 or 540 bytes, then the samples; plain or gzip.

The layout is that of nifti1.h and nifti2.h (https://nifti.nimh.nih.gov). Slope and intercept of the
samples are applied.
"""

import math
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from reconattack.errors import InputError
from reconattack.readers.containers.unpacking import inflated
from reconattack.readers.containers.volumes import Volume

AGAIN = "export or copy the file again"
GZIP = b"\x1f\x8b"
NAMES = (".nii", ".nii.gz", ".hdr")
MOST_PACKED_BYTES = 4096  # in which the packed header ends
HEADER_BYTES = {348: 1, 540: 2}
MAGICS = {1: (344, b"n+1\0"), 2: (4, b"n+2\0")}
PLACES = {  # of numbers in the header, by version: their form for struct and their first byte
    1: {
        **{"dim": ("8h", 40), "datatype": ("h", 70), "pixdim": ("8f", 76)},
        **{"scale": ("3f", 108), "units": ("B", 123), "display": ("2f", 124)},
    },
    2: {
        **{"dim": ("8q", 16), "datatype": ("h", 12), "pixdim": ("8d", 104)},
        **{"scale": ("q2d", 168), "units": ("i", 500), "display": ("2d", 192)},
    },
}
PAIRS = (b"ni1\0", b"ni2\0")
MOST_OFFSET = 1 << 24  # extensions stand before the samples
TYPES = {
    **{2: "u1", 4: "i2", 8: "i4", 16: "f4", 32: "c8", 64: "f8", 256: "i1", 512: "u2"},
    **{768: "u4", 1024: "i8", 1280: "u8", 1792: "c16"},
}
COLOURS = {128: "RGB24", 2304: "RGBA32"}
METRES = {1: 1.0, 2: 1e-3, 3: 1e-6}  # by the lowest three bits of xyzt_units
DISPLAY = ((0, 0), (0, 255))  # cal_min, cal_max that change no grey level


class Header(NamedTuple):
    """Fields of a header; `order` is < or >, lengths and distances have the fastest axis first."""

    order: str
    lengths: tuple[int, ...]
    spacing: tuple[float, ...]
    datatype: int
    start: float
    slope: float
    intercept: float
    display: tuple[float, float]
    units: int


def is_nifti(path: Path) -> bool:
    """Whether a file is a NIfTI by its name or its content; `.gz` alone says nothing."""
    if path.name.lower().endswith(NAMES):
        return True
    with open(path, "rb") as file:
        content = file.read(MOST_PACKED_BYTES)
    try:
        content = _beginning(content) if content.startswith(GZIP) else content
    except InputError:
        return False
    return any(content[place : place + 4] == magic for place, magic in MAGICS.values())


def read_nifti(path: Path, is_picture: bool = False) -> Volume:
    """Read the samples and their distances.

    Parameters
    ----------
    path
        A `.nii` or `.nii.gz` file.
    is_picture
        Whether the samples are grey levels, which a range for the display would change.

    Raises
    ------
    InputError
        If the file is no NIfTI of one part, is cut short, or states what is not used here.
    """
    packed = path.read_bytes()
    is_packed = packed.startswith(GZIP)
    header = _header(_beginning(packed) if is_packed else packed[: max(HEADER_BYTES)])
    if is_picture and header.display not in DISPLAY:
        raise InputError(
            f"cal_min is {header.display[0]:g} and cal_max {header.display[1]:g}; expected 0 and "
            "255, or 0 and 0: the range of the display is not applied, so save the grey levels as "
            "they are shown"
        )
    dtype, start = np.dtype(TYPES[header.datatype]).newbyteorder(header.order), int(header.start)
    declared = start + math.prod(header.lengths) * dtype.itemsize
    content = _unpacked(packed, declared) if is_packed else packed
    if len(content) < declared:
        raise InputError(
            f"truncated: {len(content)} bytes; its header declares {declared} (dim "
            f"{' x '.join(map(str, header.lengths))}, datatype {header.datatype}); {AGAIN}"
        )
    values = np.frombuffer(content[start:declared], dtype).reshape(header.lengths[::-1])
    return Volume(_scaled(values, header), *_spacing(header))


def _beginning(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS + 32).decompress(packed, max(HEADER_BYTES))
    except zlib.error as error:
        raise InputError(f"a gzip file that cannot be unpacked: damaged; {AGAIN}") from error


def _unpacked(packed: bytes, declared: int) -> bytes:
    try:
        return inflated("its header", packed, declared)
    except zlib.error as error:
        raise InputError(
            f"its gzip content cannot be unpacked to the {declared} bytes that it declares: "
            f"cut short or damaged; {AGAIN}"
        ) from error


def _header(content: bytes) -> Header:
    content = content.ljust(max(HEADER_BYTES), b"\0")
    for order in "<>":
        version = HEADER_BYTES.get(struct.unpack_from(f"{order}i", content)[0])
        if version is None:
            continue
        place, magic = MAGICS[version]
        found = content[place : place + 4]
        if found in PAIRS:
            raise InputError(
                "the header of a NIfTI pair (.hdr and .img); expected header and samples in one "
                "file: save it as .nii"
            )
        if found == magic:
            return _checked(_fields(content, order, version))
    raise InputError(
        "no NIfTI file: it does not begin with a header of 348 bytes (version 1) or 540 (version "
        f"2) and its magic number; {AGAIN}"
    )


def _fields(content: bytes, order: str, version: int) -> Header:
    found = {
        name: struct.unpack_from(f"{order}{form}", content, place)
        for name, (form, place) in PLACES[version].items()
    }
    axes, *lengths = found["dim"]
    _, *spacing = found["pixdim"]
    start, slope, intercept = found["scale"]
    high, low = found["display"]
    return Header(
        order,
        tuple(lengths[: max(axes, 0)]),
        tuple(spacing[: max(axes, 0)]),
        *found["datatype"],
        start,
        slope,
        intercept,
        (low, high),
        *found["units"],
    )


def _checked(header: Header) -> Header:
    if header.datatype not in TYPES:
        name = COLOURS.get(header.datatype, "not known here")
        raise InputError(
            f"datatype is {header.datatype} ({name}); expected one number a sample, real or "
            "complex: save the file as grey levels, as RF or as IQ"
        )
    if not 1 <= len(header.lengths) <= 7 or min(header.lengths) < 1:
        raise InputError(
            f"dim is {' x '.join(map(str, header.lengths)) or 'empty'}; expected 1 to 7 axes of "
            f"lengths from 1: {AGAIN}"
        )
    if not 0 < header.start <= MOST_OFFSET:
        raise InputError(
            f"vox_offset is {header.start:g}; expected a place from 1 to {MOST_OFFSET}: {AGAIN}"
        )
    return header


def _scaled(values: np.ndarray, header: Header) -> np.ndarray:
    """slope * value + intercept; a slope of 0 says that there is none."""
    slope, intercept = header.slope, header.intercept
    if slope == 0 or (slope, intercept) == (1, 0):
        return values
    if not (math.isfinite(slope) and math.isfinite(intercept)):
        raise InputError(
            f"scl_slope is {slope:g} and scl_inter {intercept:g}; expected finite numbers: {AGAIN}"
        )
    return slope * values + intercept


def _spacing(header: Header) -> tuple[tuple[float | None, ...], tuple[str, ...]]:
    """Distance of elements along each axis [m], the slowest first, and remarks."""
    unit = METRES.get(header.units & 0b111)
    steps = [abs(step) if math.isfinite(step) else 0.0 for step in header.spacing]
    if unit is None:
        told = any(step not in (0, 1) for step in steps)
        notes = ("distances without a unit of length (xyzt_units) are not used",) if told else ()
        return (None,) * len(steps), notes
    in_space = [unit * step or None for step in steps[:3]]  # then times and others
    return (*(None,) * (len(steps) - len(in_space)), *in_space[::-1]), ()
