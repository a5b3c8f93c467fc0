"""Read a file by the reader of its format.

A reader is a module with `SUFFIXES`, the suffixes of its files in lower case, and

    read(path, layout) -> Recording for RF frames, in `reconattack.readers.rf`,
    read(path, layout) -> ChannelRecording for channel data, in `reconattack.readers.channels`, or
    read(path, layout, box, tint) -> ImageFile for B-mode images, in `reconattack.readers.images`,

which raises InputError. `COLUMNS` names the layout columns of the frame table that it uses, if any;
a filled cell in another one is an error. If several formats share a suffix, it also has
`recognises(path)`, whether the content of a file is in its format; such a reader comes before those
that take any content.
"""

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType

from reconattack.errors import InputError
from reconattack.frames.channel_recording import ChannelRecording
from reconattack.frames.recording import Recording
from reconattack.readers.choice import CHANNELS, FRAMES, IMAGES, read_by
from reconattack.readers.colours import REFUSE
from reconattack.readers.echoes import check_echoes
from reconattack.readers.image_file import Box, ImageFile
from reconattack.readers.layout import Layout
from reconattack.readers.names import reader_modules, reader_names


@cache
def load_readers(kind: str) -> dict[str, ModuleType]:
    """The readers of a kind of `FOLDERS` by name, in the order in which they are asked."""
    modules = map(importlib.import_module, reader_modules(kind))
    readers = dict(zip(reader_names(kind), modules, strict=True))
    return dict(sorted(readers.items(), key=lambda reader: not hasattr(reader[1], "recognises")))


def read_recording(
    path: Path | str, frames: int | None, reader: str | None = None, layout: Layout | None = None
) -> tuple[str, Recording]:
    """Read one RF file.

    Parameters
    ----------
    path
        The file.
    frames
        Number of frames that the frame table declares for it; None if nobody does.
    reader
        Name of the reader; None chooses by the file's suffix and content.
    layout
        What the frame table states about a file that does not describe itself.

    Returns
    -------
    str
        Name of the reader.
    Recording
        All frames of the file, and the facts that the file states.

    Raises
    ------
    InputError
        If the file cannot be read, holds another number of frames, or holds an envelope or a
        finished picture.
    """
    name, recording = read_by(
        load_readers("frames"), FRAMES, path, frames, reader, layout or Layout()
    )
    try:
        check_echoes(recording.samples)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return name, recording


def read_channel_recording(
    path: Path | str, frames: int | None, reader: str | None = None, layout: Layout | None = None
) -> tuple[str, ChannelRecording]:
    """Read one file of channel data; the parameters and errors are those of `read_recording`.

    Returns
    -------
    str
        Name of the reader.
    ChannelRecording
        All frames of the file, and what the file states.
    """
    return read_by(load_readers("channels"), CHANNELS, path, frames, reader, layout or Layout())


def read_image_file(
    path: Path | str,
    images: int | None,
    reader: str | None = None,
    layout: Layout | None = None,
    box: Box | None = None,
    tint: str = REFUSE,
) -> tuple[str, ImageFile]:
    """Read one file of B-mode images.

    Parameters
    ----------
    path
        The file.
    images
        Number of images that the frame table declares for it; None if nobody does.
    reader
        Name of the reader; None chooses by the file's suffix.
    layout
        What the frame table states about a file that does not describe itself.
    box
        Left, top, right, bottom [pixels], the last two outside: the part of each image that is
        kept. None keeps the whole image.
    tint
        `refuse` or `convert`: what becomes of tinted images
        (`reconattack.readers.colours.grey_levels`).

    Returns
    -------
    str
        Name of the reader.
    ImageFile
        All images of the file.

    Raises
    ------
    InputError
        If the file cannot be read or holds another number of images.
    """
    layout = layout or Layout()
    return read_by(load_readers("images"), IMAGES, path, images, reader, layout, box, tint)
