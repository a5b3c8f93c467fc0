"""From rows of the frame table to RF frames or images; a row that fails keeps its place."""

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.admission import told_once
from reconattack.frames.frame import unreadable_frame
from reconattack.readers.layout import Layout

log = logging.getLogger(__name__)


def read_rows(
    rows: Sequence[Mapping[str, Any]],
    read: Callable[[str, int, str | None, Layout], tuple[str, Any]],
    build: Callable[[Any, Mapping[str, Any]], xr.Dataset],
    title: str,
) -> dict[str, xr.Dataset]:
    """Read the file of each row and build the row's frame or image from it.

    A file is read once for the rows that follow each other.

    Parameters
    ----------
    rows
        Rows of the frame table (`reconattack.frames.table.read_frame_table`).
    read
        Reads a file from its path, number of frames, reader (None chooses one) and layout; gives
        the reader's name and the content, or raises InputError.
    build
        Builds a frame or an image from a file's content and a row, or raises InputError.
    title
        Start of an error message, with names of columns in braces.

    Returns
    -------
    dict
        Frame or image by name, in the order of the rows, with the attribute `reader`. A frame that
        cannot be read or built is an `unreadable_frame`. Errors are logged, each once.
    """

    @functools.lru_cache(maxsize=1)
    def read_file(*arguments: Any) -> tuple[str, Any] | InputError:
        log.info("%s: reading", arguments[0])  # if a library crashes, the log ends with its file
        try:
            return read(*arguments)
        except InputError as error:
            return error

    frames, messages = {}, []
    for row in rows:
        file = read_file(row["path"], row["frames"], row["reader"], Layout.of_row(row))
        try:
            if isinstance(file, InputError):
                raise file
            reader, content = file
            frame = build(content, row).assign_attrs(reader=reader)
        except InputError as error:
            message = f"{title.format_map(row)}: {error}"
            messages.append(message)
            frame = unreadable_frame(message, row["scanner"], row["patient"], row["label"])
        frames[row["frame"]] = frame
    for message in told_once(messages):
        log.warning(message)
    return frames
