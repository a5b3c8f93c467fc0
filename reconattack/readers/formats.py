"""Readers of RF files: one module per format, chosen by the file's name and content.

A reader is a module with `SUFFIXES`, the suffixes of its files in lower case, and
`read(path, layout) -> Recording`, which raises InputError. If several formats share a suffix, it
also has `recognises(path)`, whether the content of a file is in its format. `READERS` registers it.
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

READERS = {  # a file is read by the first that takes it
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
        Name in `READERS`; None chooses by the file's suffix and content.
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
        If the file cannot be read or holds another number of frames.
    """
    return read_by(READERS, "frames", path, frames, reader, layout or Layout())
