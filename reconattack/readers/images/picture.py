"""Exported pictures: PNG, JPEG, BMP and TIFF of 8 bits, read by Pillow."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from reconattack.readers.image_file import Box, ImageFile, grey_stack
from reconattack.readers.layout import Layout
from reconattack.readers.picture_files import GREY_MODES, check_depth, opaque, open_picture, upright

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
FORMATS = ("PNG", "JPEG", "BMP", "TIFF")


def read(path: Path, layout: Layout, box: Box | None) -> ImageFile:
    """Read the pictures of a file, turned by its EXIF orientation; a TIFF may hold several.

    The size of a pixel is unknown: the resolution in such files is that of a print.

    Raises
    ------
    InputError
        If Pillow cannot read the file, it is too large, not of 8 bits, transparent or coloured.
    """
    with open_picture(path, FORMATS) as picture:
        count = getattr(picture, "n_frames", 1)
        check_depth(picture)
        first = upright(picture)
        shape = first.height, first.width
        return ImageFile(grey_stack(_channels(picture), count, shape, box), shape=shape)


def _channels(picture: Image.Image) -> Iterator[np.ndarray]:
    for page in ImageSequence.Iterator(picture):
        check_depth(page)
        turned = upright(page)
        yield np.asarray(turned if turned.mode in GREY_MODES else opaque(turned))
