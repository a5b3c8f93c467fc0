"""Readers of RF files: one module per format, chosen by the file's name and content.

A reader's module has `SUFFIXES`, the suffixes of its files in lower case; where several formats
share a suffix, `recognises(path)`, whether this file is one of its own; and
`read(path, layout) -> Recording`, which raises InputError.
"""

from pathlib import Path

from reconattack.frames.recording import Recording
from reconattack.readers import (
    binary,
    clarius,
    matlab,
    metaimage,
    numpy_array,
    siemens_rfd,
    siemens_uri_matlab,
    uff,
    zea,
)
from reconattack.readers.choice import read_by
from reconattack.readers.layout import Layout

READERS = {  # the first that takes a file reads it
    "metaimage": metaimage,
    "siemens_uri_matlab": siemens_uri_matlab,
    "siemens_rfd": siemens_rfd,
    "clarius": clarius,
    "uff": uff,
    "zea": zea,
    "matlab": matlab,
    "numpy": numpy_array,
    "binary": binary,
}


def read_recording(
    path: Path | str, frames: int, reader: str | None = None, layout: Layout | None = None
) -> tuple[str, Recording]:
    """Read one RF file.

    Parameters
    ----------
    path
        The file.
    frames
        Number of frames that the frame table declares for it.
    reader
        Name in `READERS`; None chooses by the file's suffix and content.
    layout
        What the frame table says of files that do not describe themselves.

    Returns
    -------
    str
        Name of the reader.
    Recording
        All frames of the file and what it states about them.

    Raises
    ------
    InputError
        If the file cannot be read or holds another number of frames.
    """
    return read_by(READERS, "frames", path, frames, reader, layout or Layout())
