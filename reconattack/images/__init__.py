"""Readers of B-mode images: one module per format, chosen by the file's name.

A reader's module has `SUFFIXES`, the suffixes of its files in lower case, and
`read(path, layout, box) -> ImageFile`, which raises InputError.
"""

from pathlib import Path

from reconattack.errors import InputError
from reconattack.images import dicom, matlab, picture
from reconattack.images.image_file import Box, ImageFile
from reconattack.readers.layout import Layout

READERS = {"picture": picture, "dicom": dicom, "matlab": matlab}


def read_images(
    path: Path | str,
    images: int,
    box: Box | None = None,
    reader: str | None = None,
    layout: Layout | None = None,
) -> tuple[str, ImageFile]:
    """Read one file of B-mode images.

    Parameters
    ----------
    path
        The file.
    images
        Number of images that the frame table declares for it.
    box
        Left, top, right, bottom in pixels, the last two outside: what is kept of each image.
    reader
        Name in `READERS`; None chooses by the file's suffix.
    layout
        What the frame table says of files that do not describe themselves.

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
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    name = reader or _chosen_reader(path)
    if name not in READERS:
        raise InputError(
            f"{path}: reader is {name!r}, which reads RF files; expected one for images: "
            f"{', '.join(READERS)}"
        )
    try:
        file = READERS[name].read(path, layout or Layout(), box)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    found = len(file.pixels)
    if found != images:
        raise InputError(
            f"{path}: the file holds {found} images, the frame table says {images}; correct the "
            "column frames"
        )
    return name, file


def _chosen_reader(path: Path) -> str:
    for name, module in READERS.items():
        if path.suffix.lower() in module.SUFFIXES:
            return name
    known = ", ".join(f"{name} ({' '.join(r.SUFFIXES).strip()})" for name, r in READERS.items())
    raise InputError(
        f"{path}: no reader of images takes this file; name one in the column reader, from {known}"
    )
