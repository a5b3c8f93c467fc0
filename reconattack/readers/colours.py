"""From the pixels of a file to grey levels: what counts as grey, as tinted and as coloured.

A tint gives each grey level one colour: the whole image has one curve from black through its
colours to white. An overlay, such as Doppler or a coloured marker, puts another colour on the same
level, or one that is far from grey.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from reconattack.errors import InputError
from reconattack.frames.written_numbers import percentage

TINTS = REFUSE, CONVERT = "refuse", "convert"
COLOUR_TOLERANCE = 16  # grey levels between a pixel's channels; JPEG put 11 beside a green marker
STRONGEST = 160  # grey levels between the channels of a tint: a pure colour has 255
BLOCK = 8  # pixels over which JPEG blurs colours
# ITU-R BT.601: what Pillow, OpenCV and JPEG take as the luminance of red, green and blue
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


def grey_levels(
    image: np.ndarray,
    cut: tuple[slice, slice] = (slice(None), slice(None)),
    tint: str = REFUSE,
    tissue: Sequence[int] | None = None,
) -> np.ndarray:
    """Grey levels of a part of an image with or without colour channels.

    Parameters
    ----------
    image
        The whole image, uint8 (row, column) or (row, column, channel): red, green, blue.
    cut
        Its rows and columns that are kept.
    tint
        `refuse`: the channels of a pixel may differ by `COLOUR_TOLERANCE`, and are averaged.
        `convert`: a tinted image is taken, too, and its luminance is the grey level. A network has
        most probably been trained on that, for libraries convert colours to grey so.
    tissue
        Left, top, right, bottom of the part where the file says that the scan lies; an error
        suggests it as the box.

    Returns
    -------
    numpy.ndarray
        uint8 (z, x).

    Raises
    ------
    InputError
        If the pixels are not uint8, or some of the part are coloured.
    """
    if image.dtype != np.uint8:
        raise InputError(
            f"the pixels are of type {image.dtype}; expected 8-bit grey levels (uint8): export the "
            "images as the scanner shows them, 0 black and 255 white"
        )
    pixels = image[cut]
    if pixels.ndim == 2:
        return pixels
    coloured = np.ptp(pixels, axis=2) > COLOUR_TOLERANCE
    if tint == CONVERT and coloured.any():
        coloured = off_tint(pixels)
    if coloured.any():
        raise InputError(_colour_error(pixels, coloured, cut, tint, tissue))
    if tint == CONVERT:
        return np.rint(pixels @ LUMINANCE).astype(np.uint8)
    return np.rint(pixels.mean(axis=2, dtype=np.float32)).astype(np.uint8)


def off_tint(pixels: np.ndarray) -> np.ndarray:
    """Pixels that have another colour than most of their luminance, or one far from grey.

    Parameters
    ----------
    pixels
        uint8 (row, column, channel): red, green, blue.

    Returns
    -------
    numpy.ndarray
        bool (row, column). A JPEG shares a colour among neighbours, so a pixel may be off by as
        much as the tint's own channels differ, if its neighbourhood is not.
    """
    level = np.rint(pixels @ LUMINANCE).astype(np.intp)
    colour = np.stack([_medians(level, pixels[..., channel]) for channel in range(3)], axis=1)
    spread = np.ptp(colour, axis=1)
    is_far = spread > np.minimum(np.arange(256) + 2 * COLOUR_TOLERANCE, STRONGEST)
    off = pixels - colour[level].astype(np.float32)
    blurred = ndimage.uniform_filter(off, (BLOCK, BLOCK, 1))
    limit = COLOUR_TOLERANCE + spread[~is_far].max()
    return (
        is_far[level]
        | (abs(blurred).max(axis=2) > COLOUR_TOLERANCE)
        | (abs(off).max(axis=2) > limit)
    )


def _medians(level: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Median of the values at each of 256 levels, (256,); 0 at a level that no pixel has."""
    counts = np.bincount((256 * level + values).ravel(), minlength=256 * 256).reshape(256, 256)
    below = counts.cumsum(axis=1)
    return (2 * below >= below[:, -1:]).argmax(axis=1)


def _colour_error(
    pixels: np.ndarray,
    coloured: np.ndarray,
    cut: tuple[slice, slice],
    tint: str,
    tissue: Sequence[int] | None,
) -> str:
    """Where the coloured pixels lie in the whole image, and what to do."""
    top, left = (part.start or 0 for part in cut)
    rows, columns = np.nonzero(coloured)
    rows, columns = rows + top, columns + left
    found = (
        f"{percentage(coloured.mean())} of the pixels are coloured, in the rows {rows.min()} to "
        f"{rows.max()} and the columns {columns.min()} to {columns.max()} of the image, the first "
        f"in row {rows[0]} and column {columns[0]}"
    )
    kind = "grey ones" if tint == REFUSE else "a single colour for each grey level"
    advice = f"{found}; expected {kind}: keep the overlay out by the cohort's box"
    if tissue is None:
        advice = f"{advice} (left, top, right, bottom)"
    else:
        left, top, right, bottom = tissue
        inside = (columns >= left) & (columns < right) & (rows >= top) & (rows < bottom)
        held = "with some of them" if inside.any() else "without them"
        advice = f"{advice}, by the file {list(tissue)} (left, top, right, bottom) {held}"
    if tint == REFUSE:
        advice = f"{advice}; if the whole image is tinted, set the cohort's tint to convert"
    return advice
