"""NRRD files of B-mode images: columns along the first axis, then rows, then images."""

from pathlib import Path

from reconattack.readers.containers.nrrd_files import read_nrrd
from reconattack.readers.containers.volumes import volume_images
from reconattack.readers.image_file import Box, ImageFile
from reconattack.readers.layout import Layout

SUFFIXES = (".nrrd", ".nhdr")
COLUMNS = ("axes",)


def read(path: Path, layout: Layout, box: Box | None, tint: str) -> ImageFile:
    """Read the images, uint8, and the size of their pixels if the file states it.

    Raises
    ------
    InputError
        If the file is cut short, is no NRRD, states what is not used here, or has other pixels.
    """
    return volume_images(read_nrrd(path), layout, box, tint)
