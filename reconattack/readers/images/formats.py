"""Readers of B-mode images: one module per format, chosen by the suffix of the file.

A reader is a module with `SUFFIXES`, the suffixes of its files in lower case, and
`read(path, layout, box) -> ImageFile`, which raises InputError. `READERS` registers it.
"""

from pathlib import Path

from reconattack.readers.choice import read_by
from reconattack.readers.images import dicom, matlab, picture
from reconattack.readers.images.image_file import Box, ImageFile
from reconattack.readers.layout import Layout

READERS = {"picture": picture, "dicom": dicom, "matlab": matlab}


def read_image_file(
    path: Path | str,
    images: int,
    reader: str | None = None,
    layout: Layout | None = None,
    box: Box | None = None,
) -> tuple[str, ImageFile]:
    """Read one file of B-mode images.

    Parameters
    ----------
    path
        The file.
    images
        Number of images that the frame table declares for it.
    reader
        Name in `READERS`; None chooses by the file's suffix.
    layout
        What the frame table states about a file that does not describe itself.
    box
        Left, top, right, bottom [pixels], the last two outside: the part of each image that is
        kept. None keeps the whole image.

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
