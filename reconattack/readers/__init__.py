"""Readers of RF files: one module per format, chosen by the file's name and content.

A reader's module has `SUFFIXES`, the suffixes of its files in lower case; where several formats
share a suffix, `recognises(path)`, whether this file is one of its own; and
`read(path, layout) -> Recording`, which raises InputError.
"""

from pathlib import Path
from types import ModuleType

from reconattack.errors import InputError
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
from reconattack.readers.layout import Layout
from reconattack.recording import Recording

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
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    name = reader or _chosen_reader(path)
    if name not in READERS:
        raise InputError(
            f"{path}: reader is {name!r}, which reads images; expected one for RF files: "
            f"{', '.join(READERS)}"
        )
    try:
        recording = READERS[name].read(path, layout or Layout())
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    found = len(recording.samples)
    if found != frames:
        raise InputError(
            f"{path}: the file holds {found} frames, the frame table says {frames}; correct the "
            "column frames"
        )
    return name, recording


def _chosen_reader(path: Path) -> str:
    for name, module in READERS.items():
        if path.suffix.lower() in module.SUFFIXES and _recognises(module, path):
            return name
    known = ", ".join(
        f"{name} ({' '.join(module.SUFFIXES) or 'only by name'})"
        for name, module in READERS.items()
    )
    raise InputError(
        f"{path}: no reader takes this file; name one in the column reader, from {known}"
    )


def _recognises(module: ModuleType, path: Path) -> bool:
    return not hasattr(module, "recognises") or module.recognises(path)
