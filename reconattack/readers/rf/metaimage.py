"""MetaImage (.mha, .mhd): samples along the first axis, scan lines along the second, then frames.

ITK documents the header (https://itk.org/Wiki/ITK/MetaIO/Documentation). The PLUS toolkit adds what
the samples are (`UltrasoundImageType`) and where the axes run (`UltrasoundImageOrientation`). The
samples are read here and not by ITK, which passes over these two fields, the unit of distances and
the scaling of the samples, and takes some compressed samples that are cut short.

Samples are scaled as the header states, slope * sample + offset. Files of one scanner may have
slopes of their own, and their levels can be compared only after that.
"""

import math
import re
import zlib
from pathlib import Path

import numpy as np

from reconattack.errors import InputError
from reconattack.frames.recording import Recording
from reconattack.readers.containers.unpacking import inflated
from reconattack.readers.containers.volumes import Volume, volume_recording
from reconattack.readers.layout import Layout
from reconattack.readers.plus_fields import axis_of_parts

SUFFIXES = (".mha", ".mhd")
COLUMNS = ("axes",)
TYPES = {
    **{"MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2"},
    **{"MET_INT": "i4", "MET_UINT": "u4", "MET_LONG": "i4", "MET_ULONG": "u4"},
    **{"MET_LONG_LONG": "i8", "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4", "MET_DOUBLE": "f8"},
}
PLACEHOLDER_SPACING = [1.0, 1.0]
UNITS = {"um": 1e-6, "mm": 1e-3, "cm": 1e-2, "?": 1e-3}  # DistanceUnits
MOST_HEADER_BYTES = 1 << 16
LENGTH = re.compile(r"0*[1-9][0-9]{0,8}")
OFFSETS = ("Offset", "Position", "Origin")  # names of one field
AGAIN = "export or copy the file again"


def read(path: Path, layout: Layout) -> Recording:
    """Read the samples and the spacing of a MetaImage.

    The spacing is the distance of samples along a line and of lines; 1 1 is a placeholder. I and Q
    that alternate sample by sample or line by line become complex samples. Lines of PLUS run
    towards the marked side of the probe, as in its own pictures.

    Raises
    ------
    InputError
        If the file is no MetaImage, is truncated or damaged, holds a finished picture, or does not
        hold scalar frames.
    """
    header = _read_header(path)
    kind, orientation = (header.get(f"UltrasoundImage{name}") for name in ("Type", "Orientation"))
    axis_of_parts(kind)
    size = _size(header)
    values = _scaled(_read_elements(path, header, size), header)
    spacing = (None,) * (len(size) - 2) + _spacing(header)[::-1]
    return volume_recording(Volume(values, spacing, _notes(header), kind, orientation), layout)


def _read_header(path: Path) -> dict[str, str]:
    header = {}
    with open(path, "rb") as file:
        while (line := file.readline(MOST_HEADER_BYTES)) and file.tell() <= MOST_HEADER_BYTES:
            key, _, value = re.sub("[=:]", "=", line.decode("latin-1"), count=1).partition("=")
            if key.strip() in header:
                raise InputError(
                    f"its header states {key.strip()[:40]!r} twice; expected it once: export the "
                    "file again"
                )
            header[key.strip()] = value.strip()
            if key.strip() == "ElementDataFile":
                header["header bytes"] = str(file.tell())
                break
    missing = [k for k in ("DimSize", "ElementType", "ElementDataFile") if k not in header]
    if missing:
        raise InputError(
            f"not a MetaImage, or its header is cut short: no {', '.join(missing)}; {AGAIN}"
        )
    return header


def _size(header: dict[str, str]) -> list[int]:
    lengths = header["DimSize"].split()
    if not all(LENGTH.fullmatch(length) for length in lengths):
        raise InputError(
            f"DimSize is {header['DimSize'][:80]!r}; expected whole numbers from 1, such as "
            "2076 508 3: export the file again"
        )
    size = [int(length) for length in lengths]
    kind, channels = header["ElementType"], header.get("ElementNumberOfChannels", "1")
    is_plane = len(size) in (2, 3) or (len(size) == 4 and size[2] == 1)
    if kind not in TYPES or channels != "1" or not is_plane:
        raise InputError(
            f"{header['DimSize'][:80]} samples of {channels[:40]}-channel {kind[:40]}; expected "
            "one real number per sample and the axes (sample, line), (sample, line, frame) or "
            "(sample, line, 1, frame)"
        )
    if header.get("NDims", str(len(size))) != str(len(size)):
        raise InputError(
            f"NDims is {header['NDims'][:40]!r} with DimSize {header['DimSize'][:80]}; expected as "
            "many dimensions as lengths: export the file again"
        )
    return size


def _read_elements(path: Path, header: dict[str, str], size: list[int]) -> np.ndarray:
    """The samples as they are stored, with the axes of `size` in reverse."""
    if not _is_true(header, "BinaryData", "True"):
        raise InputError(
            "its samples stand as text (BinaryData is not True); expected binary samples: export "
            "the file again"
        )
    dtype = np.dtype(TYPES[header["ElementType"]]).newbyteorder(_byte_order(header))
    declared = math.prod(size) * dtype.itemsize
    path, skipped = _place(path, header, declared)
    if _is_true(header, "CompressedData"):
        content = _unpacked(path, skipped, header, declared)
        found = len(content)
    else:
        found = path.stat().st_size - skipped
        content = path.read_bytes()[skipped:] if found == declared else b""
    if found != declared:
        fault = "truncated" if found < declared else "longer than its header declares"
        count = f"more than {declared}" if found == declared + 1 else found
        raise InputError(
            f"{fault}: {count} bytes of samples; its header declares {declared} (DimSize "
            f"{header['DimSize']}, {header['ElementType']}); {AGAIN}"
        )
    return np.frombuffer(content, dtype).reshape(size[::-1])


def _place(path: Path, header: dict[str, str], declared: int) -> tuple[Path, int]:
    """The file that holds the samples, and the number of bytes before them."""
    name, before = header["ElementDataFile"], header.get("HeaderSize", "0")
    is_local, is_packed = name == "LOCAL", _is_true(header, "CompressedData")
    if not is_local and (name.split()[:1] == ["LIST"] or "%" in name):
        raise InputError(
            f"its samples stand in several files (ElementDataFile is {name[:80]!r}); expected one: "
            "export the frames into one file"
        )
    if not is_local and (Path(name).name != name or not (path.parent / name).is_file()):
        raise InputError(
            f"its samples stand in {name[:80]} (ElementDataFile), which is not beside it; copy "
            "both files"
        )
    place = path if is_local else path.parent / name
    if before == "-1" and not is_packed:
        return place, max(0, place.stat().st_size - declared)
    if not before.isdecimal() or (int(before) and (is_local or is_packed)):
        raise InputError(
            f"HeaderSize is {before[:40]!r}; expected -1 or, for uncompressed samples in a file of "
            "their own, the number of bytes before them"
        )
    return place, int(header["header bytes"]) if is_local else int(before)


def _unpacked(path: Path, skipped: int, header: dict[str, str], declared: int) -> bytes:
    """Unpacked samples, at most one byte more than declared."""
    packed = path.read_bytes()[skipped:]
    stated = header.get("CompressedDataSize", str(len(packed)))
    if not stated.isdecimal() or int(stated) > len(packed):
        raise InputError(
            "truncated or damaged: the compressed samples cannot be unpacked (CompressedDataSize "
            f"is {stated[:40]!r}; found {len(packed)} bytes); {AGAIN}"
        )
    try:
        return inflated("its header (DimSize)", packed[: int(stated)], declared)
    except zlib.error as error:
        raise InputError(
            f"truncated or damaged: the compressed samples cannot be unpacked to the {declared} "
            f"bytes that its header declares; {AGAIN}"
        ) from error


def _byte_order(header: dict[str, str]) -> str:
    names = ("BinaryDataByteOrderMSB", "ElementByteOrderMSB")
    orders = {_is_true(header, name) for name in names if name in header}
    if len(orders) == 2:
        raise InputError(f"{' and '.join(names)} differ; expected one byte order")
    return ">" if True in orders else "<"


def _is_true(header: dict[str, str], name: str, default: str = "False") -> bool:
    return header.get(name, default)[:1] in ("T", "t", "1")


def _scaled(values: np.ndarray, header: dict[str, str]) -> np.ndarray:
    slope, offset = (
        _number(header, f"ElementToIntensityFunction{name}", default)
        for name, default in (("Slope", "1"), ("Offset", "0"))
    )
    if slope == 0:
        raise InputError("ElementToIntensityFunctionSlope is 0; expected a scale of the samples")
    return values if (slope, offset) == (1, 0) else values * slope + offset


def _number(header: dict[str, str], name: str, default: str) -> float:
    return _numbers(header, name, default, count=1)[0]


def _numbers(header: dict[str, str], name: str, default: str, count: int) -> list[float]:
    """The first `count` numbers of a field."""
    text = header.get(name, default)
    try:
        numbers = [float(number) for number in text.split()]
    except ValueError:
        numbers = []
    if len(numbers) < count or not all(map(math.isfinite, numbers)):
        raise InputError(
            f"{name} is {text[:80]!r}; expected {'a number' if count == 1 else 'numbers'}: export "
            "the file again"
        )
    return numbers[:count]


def _spacing(header: dict[str, str]) -> tuple[float | None, ...]:
    """Distance of elements along the first axis and the second one [m], if it is stated."""
    name = "ElementSpacing" if "ElementSpacing" in header else "ElementSize"
    stated = _numbers(header, name, "1 1", count=2)
    if stated == PLACEHOLDER_SPACING:
        return None, None
    unit = header.get("DistanceUnits", "mm")
    if min(stated) <= 0 or unit not in UNITS:
        raise InputError(
            f"{name} is {header[name][:80]!r} (DistanceUnits {unit[:40]}); expected distances "
            f"above 0 in {', '.join(list(UNITS)[:3])}: export the file again"
        )
    return tuple(UNITS[unit] * distance for distance in stated)


def _notes(header: dict[str, str]) -> tuple[str, ...]:
    invalid = [
        str(int(match.group(1)))
        for name, value in header.items()
        if (match := re.fullmatch(r"Seq_Frame(\d{1,9})_ImageStatus", name)) and value != "OK"
    ]
    notes = [f"frames marked as invalid: {', '.join(invalid[:8])}"] if invalid else []
    offset = next((header[name] for name in OFFSETS if name in header), "0")
    if any(number.strip("-+0.") for number in offset.split()):
        notes.append(
            f"its place in space (Offset {offset[:80]}) is not used; state start_depth if it is "
            "the depth of the first sample"
        )
    return tuple(notes)
