"""Readers of B-mode images: one module per format, chosen by the file's name.

A reader's module has `SUFFIXES`, the suffixes of its files in lower case, and
`read(path, layout, box) -> ImageFile`, which raises InputError.
"""

from pathlib import Path

from reconattack.readers.choice import read_by
from reconattack.readers.images import dicom, matlab, picture
from reconattack.readers.images.image_file import Box, ImageFile
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
    return read_by(READERS, "images", path, images, reader, layout or Layout(), box)
