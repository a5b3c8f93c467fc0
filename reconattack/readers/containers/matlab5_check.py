"""Check of a version 5 MATLAB file before SciPy parses it: SciPy trusts it and may crash.

MathWorks publishes the layout (MAT-File Format, Level 5): an element has a tag {type, size} and
data, padded to 8 bytes. Data of up to 4 bytes lie in the tag. Cells and structs hold matrices.
"""

import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from reconattack.errors import InputError
from reconattack.readers.containers.unpacking import check_unpacked

HEADER_BYTES = 128
INT32, MATRIX, COMPRESSED = 5, 14, 15
NUMBERS = frozenset((1, 2, 3, 4, 5, 6, 7, 9, 12, 13))
TEXT = NUMBERS | {16, 17, 18}
CHAR, SPARSE = 4, 5
OPAQUE = 17
SMALLEST_ELEMENT = 8  # bytes of an empty matrix, of which cells and fields of structs are
NESTING_CLASSES = (1, 2, 3, 16, OPAQUE)  # cell, struct, object, function handle
ELEMENTS = {CHAR: 3, SPARSE: 5} | dict.fromkeys(range(6, 16), 3)  # size, name, then the data
COMPLEX = 0x800  # flag: one element more
MAX_DEPTH = 30
MAX_AXES = 32
ARRAYS_OF_MATRICES = (1, 2, 3)  # cell, struct, object
BLOCK = 1 << 16
PACKED_BLOCK = 1 << 12  # deflate makes 4 MiB of it at most


def check_version5(path: Path) -> None:
    """Raise InputError unless all elements are complete and have types that their places allow."""
    size = path.stat().st_size
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
                    f"damaged: an element of type {kind}; expected a variable; save or copy the "
                    "file again"
                )
            _check_matrix(content, length, depth=0)
            file.seek(end)


class _Content:
    """The bytes of one variable, unpacked only as far as they are needed."""

    def __init__(self, file: BinaryIO, length: int, order: str, is_compressed: bool) -> None:
        self.position = 0
        self._file, self._left, self._order = file, length, order
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
        return struct.unpack(f"{self._order}{count}I", self.take(4 * count))


def _check_matrix(content: _Content, length: int, depth: int) -> None:
    if length == 0:  # an empty element of a cell
        return
    end = content.position + length
    flags_type, flags_length, flags, _ = content.numbers(4)
    matrix_class = flags & 0xFF
    is_fine, count = (flags_type, flags_length) == (6, 8) and depth < MAX_DEPTH, 0
    while is_fine and content.position < end:
        kind, size, size_in_tag = _read_tag(content)
        is_fine = _may_stand(kind, size, matrix_class, count) and size_in_tag <= 4
        is_fine &= content.position + size <= end
        count += 1
        if is_fine and kind == MATRIX:
            _check_matrix(content, size, depth + 1)
        elif is_fine and count == 1 and matrix_class in ARRAYS_OF_MATRICES:
            _check_lengths(content, size, end)
        elif is_fine:
            content.skip(min(size + -size % 8, end - content.position))
    if matrix_class not in NESTING_CLASSES:
        is_complex = flags & COMPLEX and matrix_class != CHAR
        is_fine &= count == ELEMENTS.get(matrix_class, 0) + bool(is_complex)
    if not is_fine or content.position != end:
        raise InputError(
            f"damaged: a variable of other elements than it must have (class {matrix_class}, depth "
            f"{depth}); save or copy the file again"
        )


def _check_lengths(content: _Content, size: int, end: int) -> None:
    """Raise InputError if a cell or struct array has more elements than its bytes can hold."""
    is_fine = size <= 4 * MAX_AXES
    lengths = content.numbers(size // 4) if is_fine else ()
    content.skip(min(-size % 8, end - content.position))
    if not is_fine or math.prod(lengths) * SMALLEST_ELEMENT > max(end - content.position, BLOCK):
        raise InputError(
            f"damaged: a cell or struct of {' x '.join(map(str, lengths))} elements in "
            f"{end - content.position} bytes; save or copy the file again"
        )


def _read_tag(content: _Content) -> tuple[int, int, int]:
    """Type of an element, bytes of data after its tag, bytes of data in its tag."""
    kind, size = content.numbers(2)
    return (kind & 0xFFFF, 0, kind >> 16) if kind >> 16 else (kind, size, 0)


def _may_stand(kind: int, size: int, matrix_class: int, place: int) -> bool:
    """Whether the layout allows such an element at this place after a matrix's flags."""
    if place == 0 and matrix_class != OPAQUE:
        return kind == INT32 and size >= 8  # the lengths of two axes or more
    if kind == MATRIX:
        return matrix_class in NESTING_CLASSES
    return kind in (TEXT if matrix_class == CHAR else NUMBERS)
