"""NRRD files: a text header, an empty line and the samples, or the samples in a file beside it.

The format is described by its author (https://teem.sourceforge.net/nrrd/format.html). Raw and gzip
encodings are read.
"""

import math
import re
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reconattack.errors import InputError
from reconattack.readers.containers.unpacking import inflated
from reconattack.readers.containers.volumes import Volume

AGAIN = "export or copy the file again"
MAGIC = re.compile(rb"NRRD000[1-6]\s*")
MOST_HEADER_BYTES = 1 << 16
MOST_AXES = 16
LENGTH = re.compile("0*[1-9][0-9]{0,8}")
NUMBER = re.compile(r"\d+\.?\d*(?:[eE][-+]?\d+)?")
VECTOR = re.compile(r"\([^()]*\)|none")
INTEGER = re.compile(
    "(signed |unsigned |u)?(char|short|int|long ?long|int8|int16|int32|int64)( int)?(_t)?"
)
BYTES = {"char": 1, "int8": 1, "short": 2, "int16": 2, "int": 4, "int32": 4}  # others: 8
FLOATS = {"float": "f4", "double": "f8"}
METRES = {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "µm": 1e-6}
ENCODINGS = ("raw", "gz", "gzip")
SYNONYMS = {"datafile": "data file", "byteskip": "byte skip", "lineskip": "line skip"}
SYNONYMS |= {"oldmin": "old min", "oldmax": "old max"}
REFUSED = ("old min", "old max", "line skip", "byte skip")  # unless they are 0 0
PLAIN_KINDS = ("domain", "space", "time", "list", "none", "???", "scalar", "stub")
OF_PLUS = ("ultrasound image type", "ultrasound image orientation")
IN_SPACE = ("space origin", "axis mins", "axismins")
ANATOMICAL = re.compile(
    "[lr](eft|ight)?-?[ap](nterior|osterior)?-?[si](uperior|nferior)?(-time|t)?"
)


def read_nrrd(path: Path) -> Volume:
    """Read the samples and the distances of a file; an axis of kind `complex` makes them complex.

    Raises
    ------
    InputError
        If the file is no NRRD, is cut short, or states what is not used here.
    """
    header, samples = _read_header(path)
    size = _size(header)
    dtype = _dtype(header)
    values = np.frombuffer(_content(path, header, samples, math.prod(size) * dtype.itemsize), dtype)
    values, spacing = values.reshape(size[::-1]), _spacing(header, len(size))[::-1]
    kinds = header.get("kinds", "").split()[::-1] or [PLAIN_KINDS[0]] * len(size)
    return Volume(*_joined(values, spacing, kinds), _notes(header), *map(header.get, OF_PLUS))


def _read_header(path: Path) -> tuple[dict[str, str], bytes]:
    """Fields of the header by their names, and what follows the header."""
    content = path.read_bytes()
    first, *lines = content[:MOST_HEADER_BYTES].split(b"\n")
    if not MAGIC.fullmatch(first):
        raise InputError(f"no NRRD file: it does not begin with NRRD0001 to NRRD0006; {AGAIN}")
    header, position = {}, len(first) + 1
    for line in lines:
        position += len(line) + 1
        text = line.rstrip(b"\r").decode("latin-1")
        if not text:
            break
        name, colon, value = text.partition(":")
        if text.startswith("#"):
            continue
        if value.startswith("="):  # a key that the format does not define
            if name.strip().lower() not in OF_PLUS:
                continue
            value = value[1:]
        name = SYNONYMS.get(name.strip().lower(), name.strip().lower())
        if not colon or name in header:
            raise InputError(
                f"its header has the line {text[:60]!r}; expected each field once, as in "
                f"'encoding: raw': {AGAIN}"
            )
        header[name] = value.strip()
    missing = [name for name in ("type", "dimension", "sizes", "encoding") if name not in header]
    if missing:
        raise InputError(f"its header states no {', '.join(missing)}, or is cut short; {AGAIN}")
    for name in REFUSED:
        if header.get(name, "0") != "0":
            raise InputError(
                f"its header states {name} {header[name][:40]}, which is not used here; expected "
                "none: save the file again with its samples as they are"
            )
    return header, content[position:]


def _size(header: Mapping[str, str]) -> list[int]:
    """Length of each axis, the fastest first."""
    lengths = header["sizes"].split()
    known = all(LENGTH.fullmatch(length) for length in lengths) and len(lengths) <= MOST_AXES
    if not known or header["dimension"] != str(len(lengths)):
        raise InputError(
            f"dimension is {header['dimension'][:40]!r} and sizes {header['sizes'][:80]!r}; "
            f"expected as many whole numbers from 1, such as 2 and 2048 128: {AGAIN}"
        )
    return [int(length) for length in lengths]


def _dtype(header: Mapping[str, str]) -> np.dtype:
    integer = INTEGER.fullmatch(header["type"])
    if integer is None and header["type"] not in FLOATS:
        raise InputError(
            f"type is {header['type'][:40]!r}; expected numbers of one kind, such as int16 or float"
        )
    kind = FLOATS.get(header["type"])
    if integer is not None:
        sign = "u" if (integer[1] or "").startswith("u") else "i"
        kind = f"{sign}{BYTES.get(integer[2], 8)}"
    dtype = np.dtype(kind)
    order = {"little": "<", "big": ">"}.get(header.get("endian", ""))
    if dtype.itemsize > 1 and order is None:
        raise InputError(
            f"endian is {header.get('endian', 'not stated')[:40]}; expected little or big for "
            f"{header['type']}: {AGAIN}"
        )
    return dtype.newbyteorder(order) if dtype.itemsize > 1 else dtype


def _content(path: Path, header: Mapping[str, str], samples: bytes, declared: int) -> bytes:
    """The bytes of the samples, as many as declared."""
    encoding = header["encoding"].lower()
    if encoding not in ENCODINGS:
        raise InputError(
            f"encoding is {header['encoding'][:40]!r}; expected raw or gzip: save the file again"
        )
    if "data file" in header:
        samples = _beside(path, header["data file"])
    try:
        found = samples if encoding == "raw" else inflated("its header", samples, declared)
    except zlib.error as error:
        raise InputError(
            f"its compressed samples cannot be unpacked to the {declared} bytes that its header "
            f"declares: cut short or damaged; {AGAIN}"
        ) from error
    if len(found) != declared:
        more = "more than " if encoding != "raw" and len(found) > declared else ""
        raise InputError(
            f"{more}{min(len(found), declared) if more else len(found)} bytes of samples; its "
            f"header declares {declared} (sizes {header['sizes'][:80]}, {header['type']}): {AGAIN}"
        )
    return found


def _beside(path: Path, name: str) -> bytes:
    name = name.removeprefix("./")
    beside = path.parent / name
    if Path(name).name != name or "%" in name or not beside.is_file():
        raise InputError(
            f"its samples stand in {name[:80]!r} (data file); expected the name of one file beside "
            "it: copy both files, or save them as one"
        )
    return beside.read_bytes()


def _spacing(header: Mapping[str, str], axes: int) -> list[float | None]:
    """Distance of elements along each axis [m], the fastest first; None if it is not known."""
    if "space directions" in header:
        vectors = VECTOR.findall(header["space directions"])
        steps = [_length(vector, header) for vector in vectors]
    else:
        steps = [_number(step, "spacings") for step in header.get("spacings", "").split()]
    if not steps:
        return [None] * axes
    units = re.findall(r'"([^"]*)"', header.get("space units", header.get("units", "")))
    if not units and ANATOMICAL.fullmatch(header.get("space", "").lower()):
        units = ["mm"]  # as ITK and 3D Slicer take it
    units += units[-1:] * (axes - len(units)) if units else [""] * axes
    if len(steps) != axes:
        raise InputError(f"its header states {len(steps)} distances; expected {axes}: {AGAIN}")
    return [
        step * METRES[unit] if step and math.isfinite(step) and unit in METRES else None
        for step, unit in zip(steps, units, strict=False)
    ]


def _length(vector: str, header: Mapping[str, str]) -> float | None:
    if vector == "none":
        return None
    return math.hypot(*(_number(part, "space directions") for part in vector[1:-1].split(",")))


def _number(text: str, name: str) -> float:
    try:
        return abs(float(text))
    except ValueError as error:
        raise InputError(f"{name} holds {text[:40]!r}; expected numbers: {AGAIN}") from error


def _joined(
    values: np.ndarray, spacing: list[float | None], kinds: list[str]
) -> tuple[np.ndarray, tuple[float | None, ...]]:
    """Samples in which an axis of kind `complex` has become complex numbers."""
    if len(kinds) != values.ndim:
        raise InputError(f"its header states {len(kinds)} kinds; expected {values.ndim}: {AGAIN}")
    other = [kind for kind in kinds if kind not in (*PLAIN_KINDS, "complex")]
    pairs = [axis for axis, kind in enumerate(kinds) if kind == "complex"]
    if other or len(pairs) > 1 or any(values.shape[axis] != 2 for axis in pairs):
        raise InputError(
            f"the axes are of the kinds {', '.join(kinds[::-1])}; expected numbers, or one axis "
            "complex of length 2: save the file as grey levels, as RF or as IQ"
        )
    for axis in pairs:
        real, imaginary = np.moveaxis(values, axis, 0)
        values, spacing = real + 1j * imaginary, spacing[:axis] + spacing[axis + 1 :]
    return values, tuple(spacing)


def _notes(header: Mapping[str, str]) -> tuple[str, ...]:
    notes = []
    steps = f"{header.get('space directions', '')} {header.get('spacings', '')}"
    are_told = any(float(step) not in (0, 1) for step in NUMBER.findall(steps))
    if are_told and not any(_spacing(header, len(header["sizes"].split()))):
        notes.append("distances without a unit of length (space units, units) are not used")
    for name in IN_SPACE:
        if any(number.strip("-+0.") for number in re.split(r"[\s(),]+", header.get(name, ""))):
            notes.append(f"its place in space ({name} {header[name][:80]}) is not used")
    return tuple(notes)
