"""Picture files: opened safely by Pillow, turned upright, with 8 bits per channel, opaque."""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from reconattack.errors import InputError

MAX_PIXELS = 50_000_000  # of one picture in the file; far more than scanners have
SMALL_PIXELS = 1 << 22  # allowed in a file of any size
PIXELS_A_BYTE = 2500  # allowed in a larger picture: PNG masks of 1 bit have up to 2,300
GREY = "L"
BILEVEL = "1"
COLOUR_MODES = ("RGB", "RGBA", "LA", "P", "YCbCr")
SUBFILE_TYPE, OLD_SUBFILE_TYPE, SAMPLE_FORMAT = 254, 255, 339  # tags of TIFF 6.0
REDUCED, OLD_REDUCED = 1, 2
UNSIGNED = 1
SCREEN_GAMMA, GAMMA_TOLERANCE = 0.45455, 0.01  # what a PNG states of an ordinary screen
SAMPLE_FORMATS = {2: "signed integers", 3: "floating-point numbers", 4: "numbers of no stated kind"}


@contextmanager
def open_picture(path: Path | str, formats: Sequence[str]) -> Iterator[Image.Image]:
    """Open a picture; every error inside the block becomes an InputError.

    `formats` are Pillow's names of the allowed formats.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Pillow scrambles a TIFF that lies on its side if it opens the path itself.
            with open(path, "rb") as file, Image.open(file, formats=formats) as picture:
                _check_size(picture, os.path.getsize(path))
                yield picture
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InputError(
            f"more pixels than a picture of a scanner's screen has; expected at most {MAX_PIXELS}: "
            "export it smaller"
        ) from error
    except InputError:
        raise
    except UnidentifiedImageError as error:
        raise InputError(
            f"not a picture of the kinds {', '.join(formats)}, or of a kind of pixels that is not "
            "read; export it as a PNG of 8 bits"
        ) from error
    except Exception as error:
        raise InputError(
            f"its pixels cannot be decoded: the {os.path.getsize(path)} bytes are cut short or "
            "damaged, or a page has a kind of pixels that is not read; export or copy it again, as "
            "a PNG of 8 bits"
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


def pages(picture: Image.Image, is_mask: bool = False) -> Iterator[np.ndarray]:
    """The pictures of a file, turned by the orientation that it states.

    A page that a TIFF marks as a smaller copy of another is left out.

    Parameters
    ----------
    picture
        An open file.
    is_mask
        Whether pixels of 1 bit are taken as well.

    Yields
    ------
    numpy.ndarray
        uint8 or bool (row, column), or uint8 (row, column, channel): red, green, blue.

    Raises
    ------
    InputError
        If a page has not 8 bits, is transparent, or is of another size than the first.
    """
    first = None
    for number in page_numbers(picture):
        picture.seek(number)
        if not (is_mask and picture.mode == BILEVEL):
            _check_depth(picture)
        pixels = np.asarray(_opaque(ImageOps.exif_transpose(picture)))
        first = pixels.shape[:2] if first is None else first
        if pixels.shape[:2] != first:
            raise InputError(
                f"page {number + 1} has {pixels.shape[1]} x {pixels.shape[0]} pixels (width x "
                f"height) and the first has {first[1]} x {first[0]}; expected pictures of one "
                "size: save each size to a file of its own"
            )
        yield pixels


def page_numbers(picture: Image.Image) -> list[int]:
    """Numbers of the pages that are pictures of their own, from 0; InputError if none is."""
    count = getattr(picture, "n_frames", 1)
    if not isinstance(picture, TiffImageFile):
        return list(range(count))
    numbers = []
    for number in range(count):
        picture.seek(number)
        kind = picture.tag_v2.get(SUBFILE_TYPE, 0)
        if not kind & REDUCED and picture.tag_v2.get(OLD_SUBFILE_TYPE) != OLD_REDUCED:
            numbers.append(number)
    if not numbers:
        raise InputError(
            "every page is marked as a smaller copy of another one (NewSubfileType); expected a "
            "picture in full size: export the file again"
        )
    return numbers


def profile_notes(picture: Image.Image) -> tuple[str, ...]:
    """A remark if the file states how its levels are to be shown: this is not applied."""
    gamma = picture.info.get("gamma", SCREEN_GAMMA)
    if "icc_profile" in picture.info or abs(gamma / SCREEN_GAMMA - 1) > GAMMA_TOLERANCE:
        return ("its colour profile is not applied",)
    return ()


def _opaque(page: Image.Image) -> Image.Image:
    """A grey picture as it is, any other as red, green and blue; InputError if it is not opaque."""
    key = page.info.get("transparency")
    if key is not None and page.mode in (GREY, BILEVEL, "RGB"):
        raise InputError(
            f"the file calls the {'colour' if page.mode == 'RGB' else 'grey level'} {key} "
            "transparent; expected an opaque picture: export it without a transparent colour"
        )
    if page.has_transparency_data and page.convert("RGBA").getextrema()[3][0] < 255:
        raise InputError(
            "some pixels are transparent; expected opaque ones: export the picture without an "
            "alpha channel"
        )
    return page if page.mode in (GREY, BILEVEL) else page.convert("RGB")


def _check_depth(page: Image.Image) -> None:
    """Raise InputError unless the stored pixels have 8 bits: Pillow reduces some silently."""
    stored = {str(tile.args if isinstance(tile.args, str) else tile.args[0]) for tile in page.tile}
    deep = [mode for mode in stored if any(f";{bits}" in mode for bits in (12, 15, 16, 32))]
    if page.mode not in (GREY, *COLOUR_MODES) or deep:
        raise InputError(
            f"the pixels are stored as {', '.join(deep) or page.mode}; expected 8 bits per "
            "channel, grey or red, green and blue: convert the picture so that 0 is black and 255 "
            "white"
        )
    formats = page.tag_v2.get(SAMPLE_FORMAT, ()) if isinstance(page, TiffImageFile) else ()
    for kind in formats:
        if kind != UNSIGNED:
            raise InputError(
                f"the pixels are {SAMPLE_FORMATS.get(kind, 'of an unknown kind')} (SampleFormat "
                f"{kind}); expected unsigned integers (1): convert the picture so that 0 is black "
                "and 255 white"
            )
