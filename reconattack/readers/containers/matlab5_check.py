"""Check of a version 5 MATLAB file before SciPy parses it: SciPy trusts it and may crash.

MathWorks publishes the layout (MAT-File Format, Level 5): an element has a tag {type, size} and
data, padded to 8 bytes. Data of up to 4 bytes lie in the tag. Cells and structs hold matrices.
"""

import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

from reconattack.errors import InputError
from reconattack.readers.containers.unpacking import check_unpacked

HEADER_BYTES = 128
INT32, UINT32, MATRIX, COMPRESSED = 5, 6, 14, 15
NUMBERS = frozenset((1, 2, 3, 4, 5, 6, 7, 9, 12, 13))
TEXT = NUMBERS | {16, 17, 18}
CHAR, SPARSE = 4, 5
OPAQUE = 17  # string, datetime, table and other objects: name, type system and class stand first
CLASSES = {
    **{1: "cell", 2: "struct", 3: "object", CHAR: "char", SPARSE: "sparse", 6: "double"},
    **{7: "single", 8: "int8", 9: "uint8", 10: "int16", 11: "uint16", 12: "int32", 13: "uint32"},
    **{14: "int64", 15: "uint64", 16: "function"},
}
SMALLEST_ELEMENT = 8  # bytes of an empty matrix, of which cells and fields of structs are
NESTING_CLASSES = (1, 2, 3, 16, OPAQUE)  # cell, struct, object, function handle
ELEMENTS = {CHAR: 3, SPARSE: 5} | dict.fromkeys(range(6, 16), 3)  # size, name, then the data
COMPLEX = 0x800  # flag: one element more
LOGICAL = 0x200
MAX_DEPTH = 30
MAX_AXES = 32
MAX_NAME_BYTES = 256
ARRAYS_OF_MATRICES = (1, 2, 3)  # cell, struct, object
BLOCK = 1 << 16
PACKED_BLOCK = 1 << 12  # deflate makes 4 MiB of it at most


class Listed(NamedTuple):
    """Name of a variable, its shape, and its class in MATLAB's words."""

    name: str
    shape: tuple[int, ...]
    kind: str


def check_version5(path: Path) -> list[Listed]:
    """List the variables after all elements were checked.

    SciPy's own list fails at an object, such as a datetime.

    Raises
    ------
    InputError
        If an element is incomplete or of a type that its place does not allow, or two variables
        have one name.
    """
    size, variables = path.stat().st_size, []
    with open(path, "rb") as file:
        order = "<" if file.read(HEADER_BYTES)[-2:] == b"IM" else ">"
        while tag := file.read(8):
            kind, length = struct.unpack(f"{order}II", tag.ljust(8, b"\0"))
            end = file.tell() + length
            if end > size or len(tag) < 8:
                raise InputError(
                    f"truncated: {size} bytes; its variables declare at least {end}; save or copy "
                    "the file again"
                )
            content = _Content(file, length, order, kind == COMPRESSED)
            if kind == COMPRESSED:
                kind, length = content.numbers(2)
            if kind != MATRIX:
                raise InputError(
                    f"damaged: an element of type {kind} after {len(variables)} variables; "
                    f"expected a variable, type {MATRIX}: save or copy the file again"
                )
            variables.append(_check_matrix(content, length, depth=0))
            file.seek(end)
    named = [variable for variable in variables if variable.name]  # the others are MATLAB's own
    names = [variable.name for variable in named]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"the file holds {twice[0]} twice; expected it once: save the file again")
    return named


class _Content:
    """The bytes of one variable, unpacked only as far as they are needed."""

    def __init__(self, file: BinaryIO, length: int, order: str, is_compressed: bool) -> None:
        self.position = 0
        self._file, self._left, self.order = file, length, order
        self._stored, self._is_compressed = length, is_compressed
        self._unpack = zlib.decompressobj().decompress if is_compressed else bytes
        self._buffer = bytearray()

    def take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            packed = self._file.read(min(PACKED_BLOCK, self._left))
            if not packed:
                raise InputError("damaged: a variable ends too early; save or copy the file again")
            self._left -= len(packed)
            self._buffer += self._unpack(packed)
        if self._is_compressed:
            check_unpacked("a variable", self.position + len(self._buffer), self._stored)
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        self.position += count
        return taken

    def skip(self, count: int) -> None:
        while count > 0:
            count -= len(self.take(min(count, BLOCK)))

    def numbers(self, count: int) -> tuple[int, ...]:
        return struct.unpack(f"{self.order}{count}I", self.take(4 * count))


def _check_matrix(content: _Content, length: int, depth: int) -> Listed:
    if length == 0:  # an empty element of a cell
        return Listed("", (), "")
    end = content.position + length
    flags_type, flags_length, flags, _ = content.numbers(4)
    matrix_class = flags & 0xFF
    texts, shape = [], ()
    names = (0, 1, 2) if matrix_class == OPAQUE else (1,)
    is_fine, count = (flags_type, flags_length) == (6, 8) and depth < MAX_DEPTH, 0
    while is_fine and content.position < end:
        kind, size, data = _read_tag(content)
        is_fine = _may_stand(kind, size, matrix_class, count) and (data is None or size <= 4)
        is_fine &= data is not None or content.position + size <= end
        padded = 0 if data is not None else min(size + -size % 8, end - content.position)
        if is_fine and kind == MATRIX:
            _check_matrix(content, size, depth + 1)
        elif is_fine and count == 0 and matrix_class != OPAQUE:
            data = (data or content.take(padded))[:size]
            shape = struct.unpack(f"{content.order}{size // 4}i", data[: size // 4 * 4])
            _check_lengths(shape, matrix_class, end - content.position)
        elif is_fine and count in names and size <= MAX_NAME_BYTES:
            texts.append((data or content.take(padded))[:size].decode("utf-8", "replace"))
        elif is_fine:
            content.skip(padded)
        count += 1
    if matrix_class not in NESTING_CLASSES:
        is_complex = flags & COMPLEX and matrix_class != CHAR
        is_fine &= count == ELEMENTS.get(matrix_class, 0) + bool(is_complex)
    name = texts[0] if texts else ""
    if not is_fine or content.position != end:
        raise InputError(
            f"damaged: variable {name!r}, or a part of it, has other elements than MATLAB's format "
            f"allows (class {matrix_class}, depth {depth}); save or copy the file again"
        )
    if matrix_class == OPAQUE:
        return Listed(name, (), texts[-1] if len(texts) == 3 else "object")
    return Listed(name, shape, "logical" if flags & LOGICAL else CLASSES.get(matrix_class, ""))


def _check_lengths(lengths: tuple[int, ...], matrix_class: int, room: int) -> None:
    """Raise InputError if a cell or struct array has more elements than its bytes can hold."""
    needed = math.prod(lengths) * SMALLEST_ELEMENT
    if matrix_class in ARRAYS_OF_MATRICES and not 0 <= needed <= max(room, BLOCK):
        raise InputError(
            f"damaged: a cell or struct of {' x '.join(map(str, lengths))} elements in {room} "
            "bytes; save or copy the file again"
        )


def _read_tag(content: _Content) -> tuple[int, int, bytes | None]:
    """Type of an element, the bytes of its data, and the data themselves if they lie in its tag."""
    tag = content.take(8)
    kind, size = struct.unpack(f"{content.order}II", tag)
    return (kind & 0xFFFF, kind >> 16, tag[4:]) if kind >> 16 else (kind, size, None)


def _may_stand(kind: int, size: int, matrix_class: int, place: int) -> bool:
    """Whether the layout allows such an element at this place after a matrix's flags."""
    if place == 0 and matrix_class != OPAQUE:  # libmatio writes one length where MATLAB has two
        return kind in (INT32, UINT32) and 4 <= size <= 4 * MAX_AXES
    if place == 1 or (place <= 2 and matrix_class == OPAQUE):
        return kind in TEXT
    if kind == MATRIX:
        return matrix_class in NESTING_CLASSES
    return kind in (TEXT if matrix_class == CHAR else NUMBERS)
