"""Choose the reader of a file, and check what the frame table states about the file."""

import dataclasses
from collections.abc import Mapping, Sized
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from reconattack.errors import InputError
from reconattack.frames.places import place_of
from reconattack.readers.containers.crashes import check_survives
from reconattack.readers.containers.hdf5 import is_hdf5
from reconattack.readers.containers.signatures import signature_of, unlike_its_name
from reconattack.readers.layout import Layout

PICTURES = ("picture", "DICOM file")  # ends of names of signatures
FRAMES, CHANNELS, IMAGES = "frames", "frames of channel data", "images"  # contents of files
UNDESCRIBED = "binary"  # the reader of files whose first bytes may be anything


def read_by(
    readers: Mapping[str, ModuleType],
    what: str,
    path: Path | str,
    count: int | None,
    reader: str | None,
    layout: Layout,
    *arguments: Any,
) -> tuple[str, Sized]:
    """Read one file by the named reader, or by the first reader that takes it.

    Parameters
    ----------
    readers
        Modules with `SUFFIXES`, `read(path, layout, *arguments)` and, optionally, `COLUMNS` and
        `recognises(path)`.
    what
        Content of their files: `FRAMES`, `CHANNELS` or `IMAGES`.
    path
        The file.
    count
        Number of frames or images that the frame table declares for it; None if nobody does.
    reader
        Name in `readers`; None chooses by the file's suffix and content.
    layout
        What the frame table states about the file's layout.
    arguments
        Further arguments of `read`.

    Returns
    -------
    str
        Name of the reader.
    Sized
        Content of the file.

    Raises
    ------
    InputError
        If no reader takes the file, the table states a column that the reader does not use, or the
        file cannot be read or holds another number.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: expected a file, and there is {place_of(path)}")
    read = partial(_read, readers, what, path, reader, layout, arguments)
    try:
        if is_hdf5(path):
            check_survives(read)
        name, content = read()
    except InputError as error:
        content = unlike_its_name(path) if reader != UNDESCRIBED else None
        hint = f"; the file {content}" if content else ""
        raise InputError(f"{path}: {error}{hint}") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read from disk: {error.strerror or error}") from error
    if count is not None and len(content) != count:
        raise InputError(
            f"{path}: the file holds {len(content)} {what}, the frame table says {count}; correct "
            "the column frames"
        )
    return name, content


def _read(
    readers: Mapping[str, ModuleType],
    what: str,
    path: Path,
    reader: str | None,
    layout: Layout,
    arguments: tuple,
) -> tuple[str, Sized]:
    name = reader or _chosen(readers, what, path)
    if name not in readers:
        raise InputError(
            f"reader is {name!r}, which does not read {what}; expected one of {', '.join(readers)}"
        )
    _check_columns(readers, name, layout)
    return name, readers[name].read(path, layout, *arguments)


def _check_columns(readers: Mapping[str, ModuleType], name: str, layout: Layout) -> None:
    """Raise InputError if the layout states what the reader does not use."""
    unused = [
        f"{column} ({value!r}; used by {', '.join(_users(readers, column)) or 'no reader'})"
        for column, value in dataclasses.asdict(layout).items()
        if value is not None and column not in used_columns(readers[name])
    ]
    if unused:
        raise InputError(
            f"the reader {name} does not use {' and '.join(unused)}; leave "
            f"{'this column' if len(unused) == 1 else 'these columns'} empty, or name another "
            "reader in the column reader"
        )


def used_columns(reader: ModuleType) -> tuple[str, ...]:
    """Layout columns of the frame table that a reader uses."""
    return getattr(reader, "COLUMNS", ())


def _users(readers: Mapping[str, ModuleType], column: str) -> list[str]:
    return sorted(name for name, module in readers.items() if column in used_columns(module))


def _chosen(readers: Mapping[str, ModuleType], what: str, path: Path) -> str:
    """Name of the first reader that takes the file by its suffix, or else by its content."""
    signature = signature_of(path)
    for suffixes in ({path.suffix.lower()}, set(signature.suffixes) if signature else set()):
        for name, module in readers.items():
            if suffixes & set(module.SUFFIXES) and _recognises(module, path):
                return name
    known = ", ".join(
        f"{name} ({' '.join(filter(None, module.SUFFIXES)) or 'only by name'})"
        for name, module in readers.items()
    )
    is_picture = signature is not None and signature.name.endswith(PICTURES)
    if what != IMAGES and is_picture:
        raise InputError(
            "this is a finished picture; expected RF or IQ samples: docs/pictures.md audits "
            "pictures, as a cohort of kind images"
        )
    hint = "" if what != CHANNELS else "; beamformed lines are a cohort of kind table"
    raise InputError(
        f"no reader of {what} takes this file; name one in the column reader, from {known}{hint}"
    )


def _recognises(module: ModuleType, path: Path) -> bool:
    return not hasattr(module, "recognises") or module.recognises(path)
