"""The images of one file, cut to the box and converted to grey levels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.image import label_image
from reconattack.readers.colours import REFUSE, grey_levels
from reconattack.readers.picture_files import MAX_PIXELS

MAX_BYTES = 500_000_000  # of all images of one file, after the box

Box = Sequence[int]  # left, top, right, bottom in pixels, the last two outside


@dataclass(frozen=True)
class Tissue:
    """Where a file says that the scan lies: a suggestion, for files are often wrong here.

    Attributes
    ----------
    box
        Left, top, right, bottom [pixels of the whole image], the last two outside.
    pixel_size
        Height and width of a pixel in it [m]; None if the file does not state them.
    """

    box: Box
    pixel_size: tuple[float, float] | None = None


@dataclass(frozen=True)
class ImageFile:
    """The images of one file.

    Attributes
    ----------
    pixels
        uint8 (image, z, x), cut to the box.
    pixel_size
        Height and width of a pixel [m]; None if the file does not state them.
    notes
        Remarks for the person who checks this file.
    shape
        Rows and columns of the whole image; None if `pixels` hold it whole.
    tissue
        Where the file says that the scan lies, if it does.
    lossy
        Whether the file compresses with losses.
    """

    pixels: np.ndarray
    pixel_size: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    shape: tuple[int, int] | None = None
    tissue: Tissue | None = None
    lossy: bool = False

    def __len__(self) -> int:
        return len(self.pixels)


def labelled_image(file: ImageFile, index: int, row: Mapping[str, Any]) -> xr.Dataset:
    """Join one image of a file with the frame table's row.

    Parameters
    ----------
    file
        The images.
    index
        Number of the image in the file.
    row
        The frame table's row: `scanner`, `patient`, `label`, `fat_fraction`, `notes`.

    Returns
    -------
    xarray.Dataset
        `bmode` and `sector` (z, x), without parameter coordinates. Every pixel counts as
        insonified, because the file does not state where the fan ends. `z` and `x` [m] exist only
        if the file states the size of its pixels. They count from the image's top and from its
        middle, because the file does not state where the probe's face lies.
    """
    pixels = file.pixels[index]
    image = label_image(pixels, np.ones(pixels.shape, bool))
    if file.pixel_size is not None:
        rows, columns = pixels.shape
        height, width = file.pixel_size
        image = image.assign_coords(
            z=("z", height * (np.arange(rows) + 0.5), _metres("distance from the image's top")),
            x=(
                "x",
                width * (np.arange(columns) - (columns - 1) / 2),
                _metres("distance from the image's middle"),
            ),
        )
    known = {field: row.get(field) for field in ("scanner", "patient", "label", "fat_fraction")}
    image.attrs = {field: value for field, value in known.items() if value is not None}
    notes = "; ".join(filter(None, [row.get("notes"), *file.notes]))
    return image.assign_attrs({"notes": notes} if notes else {})


def grey_stack(
    images: Iterator[np.ndarray],
    count: int,
    shape: tuple[int, int],
    box: Box | None,
    tint: str = REFUSE,
    tissue: Tissue | None = None,
) -> np.ndarray:
    """Cut images to the box and convert them to grey levels, one after another.

    Parameters
    ----------
    images
        `count` images, uint8 (row, column) or (row, column, channel), channels red, green, blue.
    count, shape
        Number of images and their (rows, columns) as the file states them; they are checked before
        an image is decoded.
    box
        Left, top, right, bottom in pixels, the last two outside; None takes the whole image.
    tint
        What becomes of tinted images (`reconattack.readers.colours.grey_levels`).
    tissue
        Where the file says that the scan lies; an error suggests it.

    Returns
    -------
    numpy.ndarray
        uint8 (image, z, x).

    Raises
    ------
    InputError
        If the images are too large, the box is not inside them, or a pixel in it is coloured.
    """
    cut = checked_cut(count, shape, box)
    suggested = None if tissue is None else tissue.box
    return np.stack([grey_levels(image, cut, tint, suggested) for image in images])


def checked_cut(count: int, shape: tuple[int, int], box: Box | None) -> tuple[slice, slice]:
    """Rows and columns of the box; InputError if it or the size of the images is unusable."""
    rows, columns = shape
    if rows * columns > MAX_PIXELS or rows < 1 or columns < 1 or count < 1:
        raise InputError(
            f"the file states {count} images of {rows} rows and {columns} columns; expected at "
            f"least one, of 1 to {MAX_PIXELS} pixels: is the file damaged?"
        )
    left, top, right, bottom = box or (0, 0, columns, rows)
    if not (0 <= left < right <= columns and 0 <= top < bottom <= rows):
        raise InputError(
            f"box is {list(box)} (left, top, right, bottom) and the image has {columns} columns "
            f"and {rows} rows; expected left < right and top < bottom inside the image: correct "
            "the cohort's box"
        )
    if count * (bottom - top) * (right - left) > MAX_BYTES:
        raise InputError(
            f"{count} images of {bottom - top} rows and {right - left} columns; expected at most "
            f"{MAX_BYTES} pixels in one file: split it"
        )
    return slice(top, bottom), slice(left, right)


def _metres(meaning: str) -> dict[str, str]:
    return {"units": "m", "long_name": meaning}
