"""NIfTI files of B-mode images: columns along the first axis, then rows, then images."""

from pathlib import Path

from reconattack.readers.containers.nifti_files import is_nifti, read_nifti
from reconattack.readers.containers.volumes import volume_images
from reconattack.readers.image_file import Box, ImageFile
from reconattack.readers.layout import Layout

SUFFIXES = (".nii", ".gz", ".hdr")
COLUMNS = ("axes",)


def recognises(path: Path) -> bool:
    """Whether a file is a NIfTI; other packed files have the suffix `.gz`, too."""
    return is_nifti(path)


def read(path: Path, layout: Layout, box: Box | None, tint: str) -> ImageFile:
    """Read the images, uint8, and the size of their pixels if the file states it.

    Raises
    ------
    InputError
        If the file is cut short, is no NIfTI, states what is not used here, or has other pixels.
    """
    return volume_images(read_nifti(path, is_picture=True), layout, box, tint)
