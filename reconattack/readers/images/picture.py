"""Exported pictures: PNG, JPEG, BMP and TIFF of 8 bits, read by Pillow."""

from itertools import chain
from pathlib import Path

from reconattack.readers.image_file import Box, ImageFile, grey_stack
from reconattack.readers.layout import Layout
from reconattack.readers.picture_files import open_picture, page_numbers, pages, profile_notes

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
FORMATS = ("PNG", "JPEG", "BMP", "TIFF")
LOSSY_TIFF = ("jpeg", "tiff_jpeg", "webp")  # Pillow's names of compressions


def read(path: Path, layout: Layout, box: Box | None, tint: str) -> ImageFile:
    """Read the pictures of a file, turned by the orientation it states; a TIFF may hold several.

    The size of a pixel is unknown: the resolution in such files is that of a print.

    Raises
    ------
    InputError
        If Pillow cannot read the file, it is too large, not of 8 bits, transparent or coloured.
    """
    with open_picture(path, FORMATS) as picture:
        count, images = len(page_numbers(picture)), pages(picture)
        first = next(images)
        shape = first.shape[:2]
        pixels = grey_stack(chain([first], images), count, shape, box, tint)
        lossy = picture.format == "JPEG" or picture.info.get("compression") in LOSSY_TIFF
        return ImageFile(pixels, notes=profile_notes(picture), shape=shape, lossy=lossy)
