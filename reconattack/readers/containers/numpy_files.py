"""Arrays of NumPy files: `.npy`, and the named arrays of `.npz`.

NumPy documents the layout (numpy.lib.format). Arrays of objects are never read: they are pickles.
"""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

import numpy as np

from reconattack.errors import InputError
from reconattack.readers.containers.unpacking import check_unpacked
from reconattack.readers.variables import Variable, chosen_variable, listed

# A header is Python text, which NumPy passes to Python's parser.
NO_HEADER = (ValueError, SyntaxError, TypeError, tokenize.TokenError, RecursionError, MemoryError)
READ_HEADER = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # as NumPy writes
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, UnicodeDecodeError)


def read_arrays(
    path: Path, variable: str | None, beside: Collection[str] = ()
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Read one array of a file, and those that a `.npz` holds with the names `beside`.

    Without a `variable`, the one is the only array that has none of these names.

    Raises
    ------
    InputError
        If the file cannot be read, holds objects, or one array cannot be chosen.
    """
    if path.suffix.lower() == ".npz":
        return _read_npz(path, variable, beside)
    if variable is not None:
        raise InputError(
            f"variable is {variable!r}, but a .npy file holds one array without a name; "
            "leave the column empty (.npz files hold named arrays)"
        )
    return read_array(path), {}


def read_array(path: Path) -> np.ndarray:
    """Read the array of a `.npy` file; raises as `read_arrays` does."""
    with open(path, "rb") as file:
        return _read_array(file, path.stat().st_size)


def _read_npz(
    path: Path, variable: str | None, beside: Collection[str]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {
                member.filename.removesuffix(".npy"): member for member in archive.infolist()
            }
            variables = {
                name: _variable(archive, member)
                for name, member in members.items()
                if member.filename.endswith(".npy")
            }
            others = {name: held for name, held in variables.items() if name not in beside}
            name = chosen_variable(variable, others)
            if name not in variables:
                raise InputError(
                    f"no variable {name}; expected one that the file holds: {listed(variables)}"
                )
            arrays = {
                one: _read_member(archive, members[one])
                for one in (name, *(other for other in beside if other in variables))
            }
            return arrays.pop(name), arrays
    except DAMAGES as error:
        raise InputError(
            f"the {path.stat().st_size} bytes of this .npz file are no whole zip archive of arrays "
            "(cut short, damaged or encrypted); save it again with numpy.savez, or copy it again"
        ) from error


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(member) as file:
        return _read_array(file, member.file_size)


def _variable(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Variable:
    if member.compress_type not in PACKED:
        raise InputError(
            f"{member.filename} is compressed by method {member.compress_type} of zip; expected 0 "
            "or 8: save it with numpy.savez or numpy.savez_compressed"
        )
    check_unpacked(member.filename, member.file_size, member.compress_size)
    with archive.open(member) as file:
        shape, _, dtype = _read_header(file)
    return Variable(shape, str(dtype), dtype.kind in "iufc")


def _read_array(file: BinaryIO, size: int) -> np.ndarray:
    """Read an array from a file of `size` bytes; InputError if its header declares another size."""
    shape, is_fortran, dtype = _read_header(file)
    if dtype.hasobject:
        raise InputError(
            "the array holds Python objects, which can run code when read; expected numbers: save "
            "them as a plain array"
        )
    declared, found = math.prod(shape) * dtype.itemsize, size - file.tell()
    if found != declared:
        raise InputError(
            f"{found} bytes of samples; its header declares {declared} (shape {shape}, {dtype}); "
            "save or copy the file again"
        )
    array = np.frombuffer(file.read(declared), dtype)
    return array.reshape(shape, order="F" if is_fortran else "C")


def _read_header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    try:
        version = np.lib.format.read_magic(file)
        if version in READ_HEADER:
            return READ_HEADER[version](file)
    except NO_HEADER as error:
        raise InputError(
            "no NumPy array of numbers, or cut short: it has no header that can be read; save it "
            "again with numpy.save, or copy it again"
        ) from error
    raise InputError(
        f"a NumPy file of version {version[0]}.{version[1]}; expected 1.0 or 2.0, as plain arrays "
        "of numbers have: save it again with numpy.save"
    )
