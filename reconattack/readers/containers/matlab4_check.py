"""Check of a version 4 MATLAB file before SciPy parses it.

SciPy allocates the size that a header states, even if the file is shorter. MathWorks publishes the
layout (MAT-File Format, Level 4): each matrix has a header {type, rows, columns, complex or not,
length of the name}, the name and the numbers.
"""

import struct
from pathlib import Path

from reconattack.errors import InputError

HEADER_BYTES = 20
LARGEST_TYPE = 5000  # a greater number has the other byte order
NUMBER_BYTES = (8, 4, 4, 2, 2, 1)  # by the type's tens


def check_version4(path: Path) -> None:
    """Raise InputError unless each matrix is as long as its header states, to the file's end."""
    size, position = path.stat().st_size, 0
    with open(path, "rb") as file:
        order = "<" if struct.unpack("<I", file.read(4).ljust(4, b"\0"))[0] <= LARGEST_TYPE else ">"
        while position < size:
            file.seek(position)
            header = file.read(HEADER_BYTES).ljust(HEADER_BYTES, b"\xff")
            kind, rows, columns, is_complex, name = struct.unpack(f"{order}5i", header)
            precision = kind // 10 % 10
            known = 0 <= kind <= LARGEST_TYPE and precision < len(NUMBER_BYTES)
            if not known or min(rows, columns, name) < 0 or is_complex not in (0, 1):
                raise InputError(
                    f"damaged: a matrix of type {kind}, {rows} x {columns}, at byte {position}; "
                    "save or copy the file again"
                )
            numbers = rows * columns * (1 + is_complex)
            position += HEADER_BYTES + name + numbers * NUMBER_BYTES[precision]
        if position > size:
            raise InputError(
                f"truncated: {size} bytes; its variables declare at least {position}; save or copy "
                "the file again"
            )
