"""Variables of MATLAB files: version 4 and 5 (to 7.2) through SciPy, version 7.3 through h5py.

A path names a value inside a variable: `rf`, `header.x`, `data[17].rf1`. Elements of struct and
cell arrays are counted from 0 in MATLAB's order, down the columns.
"""

from __future__ import annotations

import contextlib
import functools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from scipy.io import matlab

from reconattack.errors import InputError, OptionalPackage
from reconattack.readers.containers.hdf5 import is_hdf5, open_file
from reconattack.readers.containers.hdf5_chunks import check_chunks
from reconattack.readers.containers.matlab4_check import check_version4
from reconattack.readers.containers.matlab5_check import CLASSES, check_version5
from reconattack.readers.containers.unpacking import most_unpacked
from reconattack.readers.variables import Variable, listed

h5py = OptionalPackage("h5py", "formats")

PATH = re.compile(r"[A-Za-z]\w*(\[\d+\]|\.[A-Za-z]\w*)*")
STEP = re.compile(r"([A-Za-z]\w*)|\[(\d+)\]")
NOT_OF_MATLAB = "value that MATLAB did not write"
NUMBERS = (
    *("double", "single", "logical"),
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)


def load_variable(path: Path, variable: str) -> np.ndarray | str:
    """Read one value of a MATLAB file.

    Parameters
    ----------
    path
        A file of any version.
    variable
        Path of the value, such as `rf`, `header.x` or `data[17].rf1`.

    Returns
    -------
    numpy.ndarray or str
        A read-only array in MATLAB's order of axes (a single number has no axes), or a row of text
        as a string. Integers have the stored type, which may be smaller than MATLAB's.

    Raises
    ------
    InputError
        If the file cannot be read, has no such value, or the value is neither numbers nor text.
    """
    name, *steps = _steps(variable)
    with _opened(path, name) as node:
        found = _followed(node, steps, name)
        if found.kind not in ("numbers", "text"):
            plain = found.class_name == NOT_OF_MATLAB
            hint = ": say hdf5 in the column reader to read it as plain HDF5" if plain else ""
            raise InputError(f"{variable} is {_shown(found)}; expected numbers{hint}")
        return found.read()


def load_struct(path: Path, variable: str) -> dict[str, Any]:
    """Read a struct of a MATLAB file as nested dictionaries, struct and cell arrays as lists."""
    name, *steps = _steps(variable)
    with _opened(path, name) as node:
        found = _followed(node, steps, name)
        if found.kind != "struct" or found.size != 1:
            raise InputError(f"{variable} is {_shown(found)}; expected a single struct")
        return _nested(found)


def list_variables(path: Path) -> dict[str, Variable]:
    """List the variables of a MATLAB file without reading their values."""
    with _parser_errors(path):
        if not is_hdf5(path):
            return {
                name: Variable(shape, kind, kind in NUMBERS)
                for name, shape, kind in _listed_once(path, *_state(path))
            }
        with open_file(path) as file:
            nodes = {name: _Version73(_own(file, name)) for name in file if name[0] != "#"}
            return {
                name: Variable(node.shape, node.class_name, node.kind == "numbers")
                for name, node in nodes.items()
            }


def _steps(variable: str) -> list[str | int]:
    if not PATH.fullmatch(variable):
        plain = " (group/dataset of plain HDF5: say hdf5 in the column reader)"
        raise InputError(
            f"variable is {variable!r}; expected a name such as rf, header.x or data[17].rf1 "
            f"(counted from 0){plain if '/' in variable else ''}"
        )
    return [name or int(index) for name, index in STEP.findall(variable)]


@contextlib.contextmanager
def _opened(path: Path, name: str) -> Iterator[_Version5 | _Version73]:
    variables = list_variables(path)
    if name not in variables:
        raise InputError(
            f"no variable {name}; expected one that the file holds: {listed(variables)}"
        )
    with _parser_errors(path):
        if is_hdf5(path):
            with open_file(path) as file:
                yield _Version73(_own(file, name))
        elif variables[name].kind in (*NUMBERS, *CLASSES.values()):
            yield _Version5(_parsed(path, name, *_state(path)))
        else:  # SciPy does not find an object by its name
            raise InputError(f"{name} is a {variables[name].kind} of MATLAB; expected numbers")


@contextlib.contextmanager
def _parser_errors(path: Path) -> Iterator[None]:
    """Turn every exception of a parser into an InputError."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"the variables of this MATLAB file of {path.stat().st_size} bytes cannot be unpacked: "
            "cut short or damaged; save or copy it again"
        ) from error


@functools.lru_cache(maxsize=1)
def _parsed(path: Path, name: str, size: int, modified: int) -> Any:
    """A variable of a version 4 or 5 file, which has to be parsed whole; kept for further rows."""
    return scipy.io.loadmat(path, variable_names=[name])[name]


@functools.lru_cache(maxsize=8)
def _listed_once(path: Path, size: int, modified: int) -> list[tuple[str, tuple[int, ...], str]]:
    """Name, shape and class of each variable of a file that SciPy can parse safely."""
    try:
        major, _ = matlab.matfile_version(path)
    except ValueError:
        raise InputError(
            f"no MATLAB file of version 4, 5 or 7.3, by the header of its {size} bytes; save or "
            "copy it again"
        ) from None
    if major == 2:
        raise InputError(f"a MATLAB 7.3 file cut short to {size} bytes; copy it again")
    if major == 1:
        return check_version5(path)
    check_version4(path)
    return scipy.io.whosmat(path)


def _state(path: Path) -> tuple[int, int]:
    """Size and time of the last change of a file, which tell whether it has changed."""
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _own(group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
    """A member of a group; InputError for a link that may lead out of the file."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise InputError(f"{name} is a link; expected the data itself in the file")
    return group[name]


def _followed(
    node: _Version5 | _Version73, steps: list[str | int], name: str
) -> _Version5 | _Version73:
    """The value at the end of a path; messages show the part of the path that was found."""
    index = None  # of a struct array's element, whose field comes next
    for step in steps:
        if isinstance(step, int):
            if node.kind not in ("struct", "cell") or index is not None or step >= node.size:
                raise InputError(f"no {name}[{step}]: {name} is {_shown(node)}")
            name += f"[{step}]"
            node, index = (node.element(step), None) if node.kind == "cell" else (node, step)
        else:
            if node.kind != "struct" or step not in node.fields:
                raise InputError(f"no {name}.{step}: {name} is {_shown(node)}")
            if index is None and node.size != 1:
                raise InputError(
                    f"no {name}.{step}: {name} is {_shown(node)}; say of which element, such as "
                    f"{name}[0].{step}"
                )
            name += f".{step}"
            node, index = node.member(index or 0, step), None
    if index is not None:
        raise InputError(f"{name} is a struct; expected one of its fields {', '.join(node.fields)}")
    return node


def _shown(node: _Version5 | _Version73) -> str:
    fields = f" with the fields {', '.join(node.fields)}" if node.kind == "struct" else ""
    return f"a {' x '.join(map(str, node.shape))} {node.class_name}{fields}"


def _nested(node: _Version5 | _Version73) -> Any:
    if node.kind == "struct":
        elements = [
            {name: _nested(node.member(index, name)) for name in node.fields}
            for index in range(node.size)
        ]
        return elements[0] if node.size == 1 else elements
    if node.kind == "cell":
        return [_nested(node.element(index)) for index in range(node.size)]
    return node.read()


@dataclass(frozen=True)
class _Version5:
    """A value as SciPy parses it: structs are records, cells object arrays."""

    value: Any

    @property
    def kind(self) -> str:
        if type(self.value) is not np.ndarray:  # function handle, object, datetime, sparse matrix
            return "other"
        if self.value.dtype.names:
            return "struct"
        return {"O": "cell", "U": "text", "V": "other"}.get(self.value.dtype.kind, "numbers")

    @property
    def class_name(self) -> str:
        if isinstance(self.value, matlab.MatlabOpaque):
            return self.value.ravel()[0][2].decode()  # name, type system, class, content
        if self.kind == "other":
            return type(self.value).__name__
        return self.kind if self.kind != "numbers" else str(self.value.dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def size(self) -> int:
        return self.value.size

    @property
    def fields(self) -> tuple[str, ...]:
        return self.value.dtype.names

    def member(self, index: int, name: str) -> _Version5:
        return _Version5(self.value[name].ravel(order="F")[index])

    def element(self, index: int) -> _Version5:
        return _Version5(self.value.ravel(order="F")[index])

    def read(self) -> np.ndarray | str:
        if self.kind == "text":
            return _text(list(np.atleast_1d(self.value)))
        array = self.value.reshape(() if self.value.size == 1 else self.value.shape)
        array.flags.writeable = False
        return array


@dataclass(frozen=True)
class _Version73:
    """A value in HDF5: axes reversed, structs are groups, elements are references.

    In a struct array each field is a dataset of references without the attribute `MATLAB_class`.
    """

    item: h5py.Group | h5py.Dataset

    @property
    def class_name(self) -> str:
        if "OCTAVE_NEW_FORMAT" in self.item.attrs:
            raise InputError("this is Octave's own HDF5 format; save the file with -v7 or -v6")
        if "MATLAB_sparse" in self.item.attrs:
            return "sparse matrix"
        name = self.item.attrs.get("MATLAB_class", NOT_OF_MATLAB)
        return name.decode() if isinstance(name, bytes) else str(name)

    @property
    def kind(self) -> str:
        name = self.class_name
        if isinstance(self.item, h5py.Group):
            return "struct" if name == "struct" else "other"
        if "MATLAB_object_decode" in self.item.attrs:
            return "other"
        if name in NUMBERS:
            return "numbers"
        return {"char": "text", "cell": "cell", "struct": "struct"}.get(name, "other")

    @property
    def shape(self) -> tuple[int, ...]:
        if isinstance(self.item, h5py.Group):
            first = next(iter(self.fields), None)
            is_array = first is not None and self._is_references(first)
            return _own(self.item, first).shape[::-1] if is_array else (1, 1)
        if self._is_empty():
            return tuple(int(length) for length in self._values())
        return self.item.shape[::-1]

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.item) if isinstance(self.item, h5py.Group) else ()

    def member(self, index: int, name: str) -> _Version73:
        if not self._is_references(name):
            return _Version73(_own(self.item, name))
        return _Version73(_own(self.item, name)).element(index)

    def element(self, index: int) -> _Version73:
        # HDF5's last axis is MATLAB's first, so its order of elements is MATLAB's
        reference = self._values().ravel()[index]
        return _Version73(self.item.file[reference])

    def read(self) -> np.ndarray | str:
        if self._is_empty():
            return "" if self.kind == "text" else self._empty()
        values = self._values().T
        if self.kind == "text":
            return _text(["".join(map(chr, row)) for row in np.atleast_2d(values)])
        if values.dtype.names == ("real", "imag"):
            values = values["real"] + 1j * values["imag"]
        return values.reshape(()) if values.size == 1 else values

    def _is_references(self, name: str) -> bool:
        field = _own(self.item, name)
        return (
            isinstance(field, h5py.Dataset)
            and h5py.check_ref_dtype(field.dtype) is not None
            and "MATLAB_class" not in field.attrs
        )

    def _is_empty(self) -> bool:
        return bool(self.item.attrs.get("MATLAB_empty", 0))

    def _empty(self) -> np.ndarray:
        if self.size:
            raise InputError(f"{self.item.name} claims to be empty and {_shown(self)}")
        return np.zeros(self.shape)

    def _values(self) -> np.ndarray:
        """All values; InputError if the file is too small to hold them."""
        data = self.item
        if data.is_virtual or data.external:
            raise InputError(f"{data.name} stands in other files; expected it in this one")
        held = Path(data.file.filename).stat().st_size
        compressed = data.id.get_create_plist().get_nfilters() > 0
        if data.nbytes > (most_unpacked(held) if compressed else held):
            raise InputError(
                f"{data.name} declares {data.nbytes} bytes in a file of {held}; save or copy it "
                "again"
            )
        check_chunks(data)
        return data[()]


def _text(rows: list[str]) -> np.ndarray | str:
    """One row of text as a string, several as an array of strings."""
    return np.array(rows) if len(rows) > 1 else str("".join(rows))
