"""Picture files: opened safely by Pillow, turned upright, with 8 bits per channel, opaque."""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps

from reconattack.errors import InputError

MAX_PIXELS = 50_000_000  # of one picture in the file; far more than scanners have
SMALL_PIXELS = 1 << 22  # allowed in a file of any size
PIXELS_A_BYTE = 2500  # allowed in a larger picture: PNG masks of 1 bit have up to 2,300
GREY_MODES = ("L",)
COLOUR_MODES = ("RGB", "RGBA", "LA", "P", "YCbCr")


@contextmanager
def open_picture(path: Path | str, formats: Sequence[str]) -> Iterator[Image.Image]:
    """Open a picture; every error inside the block becomes an InputError.

    `formats` are Pillow's names of the allowed formats.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=formats) as picture:
                _check_size(picture, os.path.getsize(path))
                yield picture
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InputError(
            f"{error}; expected a picture of a scanner's screen: export it smaller"
        ) from error
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"Pillow cannot read this as {', '.join(formats)} ({error}); is it cut short, or of "
            "another format?"
        ) from error


def _check_size(picture: Image.Image, stored: int) -> None:
    """Raise InputError if a picture is too large to be decoded, or too large for its file."""
    pixels = picture.width * picture.height
    if pixels > max(SMALL_PIXELS, PIXELS_A_BYTE * stored):
        raise InputError(
            f"the file states {picture.height} rows and {picture.width} columns in {stored} bytes; "
            f"expected at most {PIXELS_A_BYTE} pixels a byte: damaged; export the picture again"
        )
    if pixels > MAX_PIXELS:
        raise InputError(
            f"the file states {picture.height} rows and {picture.width} columns; expected at most "
            f"{MAX_PIXELS} pixels, as on a scanner's screen: export the picture smaller"
        )


def upright(page: Image.Image) -> Image.Image:
    """A picture turned by its EXIF orientation."""
    return ImageOps.exif_transpose(page)


def opaque(page: Image.Image) -> Image.Image:
    """Red, green and blue of a picture without transparent pixels."""
    if page.has_transparency_data and page.convert("RGBA").getextrema()[3][0] < 255:
        raise InputError(
            "some pixels are transparent; expected opaque ones: export the picture without an "
            "alpha channel"
        )
    return page.convert("RGB")


def check_depth(page: Image.Image) -> None:
    """Raise InputError unless the stored pixels have 8 bits: Pillow reduces some silently."""
    stored = {str(tile.args if isinstance(tile.args, str) else tile.args[0]) for tile in page.tile}
    deep = [mode for mode in stored if any(f";{bits}" in mode for bits in (12, 15, 16, 32))]
    if page.mode not in GREY_MODES + COLOUR_MODES or deep:
        raise InputError(
            f"the pixels are stored as {', '.join(deep) or page.mode}; expected 8 bits per "
            "channel, grey or red, green and blue: convert the picture so that 0 is black and 255 "
            "white"
        )
