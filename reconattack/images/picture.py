"""Pictures as scanners and people export them: PNG, JPEG, BMP and TIFF of 8 bits, by Pillow."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, ImageSequence

from reconattack.errors import InputError
from reconattack.images.image_file import Box, ImageFile, grey_stack
from reconattack.readers.layout import Layout

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
FORMATS = ("PNG", "JPEG", "BMP", "TIFF")
GREY_MODES = ("L",)
COLOUR_MODES = ("RGB", "RGBA", "LA", "P", "YCbCr")


def read(path: Path, layout: Layout, box: Box | None) -> ImageFile:
    """Read the pictures of a file, turned as its EXIF entry asks; a TIFF may hold several.

    The size of a pixel is not known: what pictures state is the resolution of a print.

    Raises
    ------
    InputError
        If Pillow cannot read the file, it is too large, not of 8 bits, transparent or coloured.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                return ImageFile(_grey_pictures(picture, box))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InputError(
            f"{error}; expected a picture of a scanner's screen: export it smaller"
        ) from error
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"Pillow cannot read this as {', '.join(FORMATS)} ({error}); is it cut short, or of "
            "another format?"
        ) from error


def _grey_pictures(picture: Image.Image, box: Box | None) -> np.ndarray:
    count = getattr(picture, "n_frames", 1)
    _check_depth(picture)
    first = _upright(picture)
    return grey_stack(_channels(picture), count, (first.height, first.width), box)


def _channels(picture: Image.Image) -> Iterator[np.ndarray]:
    for page in ImageSequence.Iterator(picture):
        _check_depth(page)
        upright = _upright(page)
        yield np.asarray(upright if upright.mode in GREY_MODES else _opaque(upright))


def _upright(page: Image.Image) -> Image.Image:
    return ImageOps.exif_transpose(page)


def _opaque(page: Image.Image) -> Image.Image:
    """Red, green and blue of a picture without transparent pixels."""
    if page.has_transparency_data and page.convert("RGBA").getextrema()[3][0] < 255:
        raise InputError(
            "some pixels are transparent; expected opaque ones: export the picture without an "
            "alpha channel"
        )
    return page.convert("RGB")


def _check_depth(page: Image.Image) -> None:
    """Raise InputError unless the file's own pixels have 8 bits: Pillow cuts some down silently."""
    stored = {str(tile.args if isinstance(tile.args, str) else tile.args[0]) for tile in page.tile}
    deep = [mode for mode in stored if any(f";{bits}" in mode for bits in (12, 15, 16, 32))]
    if page.mode not in GREY_MODES + COLOUR_MODES or deep:
        raise InputError(
            f"the pixels are stored as {', '.join(deep) or page.mode}; expected 8 bits per "
            "channel, grey or red, green and blue: convert the picture so that 0 is black and 255 "
            "white"
        )
