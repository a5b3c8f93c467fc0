"""Numbers of HDF5 files, read only if the file stores as many as it declares."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np

from reconattack.errors import InputError, OptionalPackage, needs_extra
from reconattack.readers.containers.crashes import check_survives
from reconattack.readers.containers.hdf5_chunks import check_chunks
from reconattack.readers.containers.unpacking import MOST_COMPRESSION

h5py = OptionalPackage("h5py", "formats")

MOST_HEADER_NUMBERS = 1_000_000
SIGNATURE = b"\x89HDF\r\n\x1a\n"
COMPLEX_FIELDS = (("r", "i"), ("real", "imag"), ("re", "im"))
MISSING = re.compile("object '([^']+)' doesn't exist")  # in h5py's KeyError
FIRST_BLOCK = 512  # bytes; what stands before the signature has this length, twice, four times, ...

T = TypeVar("T")


def is_hdf5(path: Path) -> bool:
    """Whether a file has HDF5's signature, at its start or after a block of another format."""
    size, start = path.stat().st_size, 0
    with open(path, "rb") as file:
        while start < size:
            file.seek(start)
            if file.read(len(SIGNATURE)) == SIGNATURE:
                return True
            start = 2 * start or FIRST_BLOCK
    return False


def open_file(path: Path) -> h5py.File:
    """Open a file for reading, with more filters than HDF5's own."""
    with needs_extra("formats"):
        import hdf5plugin  # noqa: F401  (its import adds them)
    return h5py.File(path, "r")


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Open a file for reading; every error of HDF5 becomes an InputError."""
    try:
        with open_file(path) as file:
            list(groups(file))  # none of them may lead out of the file
            yield file
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{_found(path, error)}; export or copy the file again") from error


def _found(path: Path, error: Exception) -> str:
    missing = MISSING.search(str(error)) if isinstance(error, KeyError) else None
    if missing:
        return f"the file has no {missing[1]}, which its format needs"
    size = path.stat().st_size
    if not is_hdf5(path):
        return f"no HDF5 file: its {size} bytes have no signature of HDF5"
    return f"an HDF5 file cut short or damaged: its {size} bytes cannot be read"


def recognised(path: Path, is_own: Callable[[h5py.File], bool]) -> bool:
    """Whether a reader takes this file. It also takes an unreadable file: reading says why."""
    try:
        with open_file(path) as file:
            return is_own(file)
    except Exception:
        return True


def groups(file: h5py.File) -> Iterator[tuple[str, h5py.Group]]:
    """Path and group of each group in a file, outer groups first; the root has an empty path.

    Raises
    ------
    InputError
        If a member of a group lies in another file, which must not be opened.
    """
    waiting, seen = deque([("", file["/"])]), set()
    while waiting:
        path, group = waiting.popleft()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:
            continue
        seen.add(address)
        yield path, group
        for name in group:
            link, member = group.get(name, getlink=True), f"{path}/{name}".lstrip("/")
            if isinstance(link, h5py.ExternalLink):
                raise InputError(
                    f"{member} stands in another file, {link.filename}; expected it in this one"
                )
            if isinstance(link, h5py.HardLink) and group.get(name, getclass=True) is h5py.Group:
                waiting.append((member, group[name]))


def chosen(found: Mapping[str, T], variable: str | None) -> tuple[str, T]:
    """The only object found in a file, or the one that the frame table names."""
    names = ", ".join(found)
    if variable is not None and variable.strip("/") not in found:
        raise InputError(f"variable is {variable!r}; the file holds {names}")
    if variable is None and len(found) > 1:
        raise InputError(
            f"the file holds {names}; name one of them in the column variable of the frame table"
        )
    name = next(iter(found)) if variable is None else variable.strip("/")
    return name, found[name]


def samples(dataset: h5py.Dataset) -> np.ndarray:
    """All numbers of a dataset, in its shape and type; real and imaginary fields as one number.

    Raises
    ------
    InputError
        If they are no numbers, fewer are stored than declared, or no filter can unpack them.
    """
    fields = check_samples(dataset)
    return _numbers_of(dataset[()], fields)


def check_samples(dataset: h5py.Dataset) -> tuple[str, str] | None:
    """Names of the fields of complex numbers, or None; raises as `samples` does."""
    fields = complex_fields(dataset)
    _check_numbers(dataset, with_fields=fields is not None)
    stored = min(dataset.id.get_storage_size(), Path(dataset.file.filename).stat().st_size)
    if dataset.nbytes > MOST_COMPRESSION * stored:
        raise InputError(
            f"{dataset.name} declares {dataset.nbytes} bytes of samples and stores {stored}: its "
            "writing was cut short, or its header is wrong; export the file again"
        )
    check_chunks(dataset)
    return fields


def _numbers_of(values: np.ndarray, fields: tuple[str, str] | None) -> np.ndarray:
    return values[fields[0]] + 1j * values[fields[1]] if fields else values


class StoredFrames(Sequence):
    """The frames of an HDF5 file along the first axis of its datasets, read one at a time.

    Parameters
    ----------
    path
        The file.
    names
        Paths of its datasets: one, or the real and the imaginary parts.
    arranged
        Brings the numbers of one frame into the order (transmit, element, time).
    has_frames
        Whether the first axis counts frames; otherwise the file has one frame.

    Raises
    ------
    InputError
        At once, if the datasets hold no numbers or fewer than declared.
    """

    def __init__(
        self,
        path: Path,
        names: tuple[str, ...],
        arranged: Callable[[np.ndarray], np.ndarray],
        has_frames: bool = True,
    ) -> None:
        self.path, self.names, self.arranged, self.has_frames = path, names, arranged, has_frames
        with opened(path) as file:
            for name in names:
                check_samples(file[name])
            self._count = file[names[0]].shape[0] if has_frames else 1

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> np.ndarray:
        def read() -> list[np.ndarray]:
            with opened(self.path) as file:
                place = index if self.has_frames else ()
                return [
                    _numbers_of(file[name][place], complex_fields(file[name]))
                    for name in self.names
                ]

        check_survives(read)
        real, *imaginary = read()
        return self.arranged(real + 1j * imaginary[0] if imaginary else real)


def complex_fields(dataset: h5py.Dataset) -> tuple[str, str] | None:
    """Names of the real and the imaginary field of a compound type; None for any other type."""
    dtype = getattr(dataset, "dtype", None)
    names = (dtype and dtype.names) or ()
    same = len(names) == 2 and dtype[0] == dtype[1] and dtype[0].kind in "iuf"
    return names if same and tuple(map(str.lower, names)) in COMPLEX_FIELDS else None


def numbers(group: h5py.Group, name: str, most: int = MOST_HEADER_NUMBERS) -> np.ndarray | None:
    """Finite numbers with a name in a group, flat; None if there are none."""
    dataset = group.get(name)
    if dataset is None:
        return None
    _check_numbers(dataset)
    if dataset.size > most:
        raise InputError(f"{dataset.name} declares {dataset.size} numbers; expected at most {most}")
    if dataset.size == 0:
        return None
    check_chunks(dataset)
    values = np.asarray(dataset[()], float).ravel()
    if not np.isfinite(values).all():
        bad = values[~np.isfinite(values)][0]
        raise InputError(f"{dataset.name} is {bad:g}; expected finite numbers")
    return values


def number(group: h5py.Group, name: str) -> float | None:
    """The number with a name in a group; None if there is none.

    Equal numbers, such as one per transmitted wave, count as one.
    """
    values = numbers(group, name)
    if values is None:
        return None
    if np.ptp(values) > 0:
        raise InputError(
            f"{group[name].name} holds {values.size} numbers from {values.min():g} to "
            f"{values.max():g}; expected a single one"
        )
    return float(values[0])


def _check_numbers(dataset: h5py.Dataset | h5py.Group, with_fields: bool = False) -> None:
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        raise InputError(f"{dataset.name} is no array; expected numbers")
    if dataset.dtype.kind not in "iufc" and not with_fields:
        raise InputError(f"{dataset.name} is of type {dataset.dtype}; expected numbers")
    if dataset.external or dataset.is_virtual:
        raise InputError(f"{dataset.name} stands in other files; expected it in this one")
    properties = dataset.id.get_create_plist()
    for code, _, _, name in map(properties.get_filter, range(properties.get_nfilters())):
        if not h5py.h5z.filter_avail(code):
            raise InputError(
                f"{dataset.name} is compressed by HDF5 filter {code} ({name.decode()}), which is "
                "not installed here; write the file again with gzip or without compression"
            )
