"""Files of given masks: pictures, NumPy arrays and NIfTI files of whole numbers.

A mask covers the whole picture on which it was drawn, at any size in pixels. For an RF frame this
picture is the B-mode image, whose pixels are square.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from PIL import ImageOps

from reconattack.errors import InputError
from reconattack.frames.geometry import image_grid
from reconattack.frames.given_mask import LABELS, MASK, numbered_mask, with_mask
from reconattack.frames.places import place_of
from reconattack.readers.containers import numpy_files
from reconattack.readers.containers.nifti_files import is_nifti, read_nifti
from reconattack.readers.liver_mask import FORMATS, frame_with_liver, resampled
from reconattack.readers.picture_files import open_picture, page_numbers, pages

PALETTE = "P"


def frame_with_masks(
    frame: xr.Dataset, row: Mapping[str, Any], decisions: Sequence[Mapping[str, Any]]
) -> xr.Dataset:
    """Give an RF frame the masks that its row of the frame table names, if it names any.

    Parameters
    ----------
    frame
        An RF frame.
    row
        `liver_mask`, `mask` and `index` of the frame.
    decisions
        Those that are compared with given masks; without them `mask` is not read.

    Raises
    ------
    InputError
        As `frame_with_liver` and `frame_with_mask` do.
    """
    if row["liver_mask"]:
        frame = frame_with_liver(frame, row["liver_mask"])
    if decisions and row["mask"]:
        frame = frame_with_mask(frame, row["mask"], decisions, row["index"])
    return frame


def frame_with_mask(
    frame: xr.Dataset, path: Path | str, decisions: Sequence[Mapping[str, Any]], index: int = 0
) -> xr.Dataset:
    """Give an RF frame its mask.

    Parameters
    ----------
    frame
        An RF frame.
    path
        Mask of the frame's B-mode image at neutral geometry, without margins or text.
    decisions
        `structures` and, if it is declared, `labels` of each model that is compared with the mask.
    index
        Number of the frame in its own file; a mask of one frame holds for all of them.

    Raises
    ------
    InputError
        If the mask cannot be read, has another shape than the image, or does not fit a decision.
    """

    def over_image(mask: np.ndarray) -> np.ndarray:
        z, x = image_grid(frame, len(mask))
        return resampled(mask, (len(z), len(x)), "the frame's B-mode image, without margins")

    return _with_mask(frame, path, decisions, index, over_image)


def picture_with_mask(
    picture: xr.Dataset,
    path: Path | str,
    decisions: Sequence[Mapping[str, Any]],
    shape: tuple[int, int],
    cut: tuple[slice, slice],
    index: int = 0,
) -> xr.Dataset:
    """Give a picture frame its mask.

    Parameters
    ----------
    picture
        A picture frame.
    path
        Mask of the whole picture in its file.
    decisions, index
        As for `frame_with_mask`.
    shape
        Rows and columns of the whole picture.
    cut
        Rows and columns of it that `picture` holds.

    Raises
    ------
    InputError
        As `frame_with_mask` does.
    """

    def over_image(mask: np.ndarray) -> np.ndarray:
        return resampled(mask, shape, "the whole image in its file")[cut]

    return _with_mask(picture, path, decisions, index, over_image)


def _with_mask(
    frame: xr.Dataset,
    path: Path | str,
    decisions: Sequence[Mapping[str, Any]],
    index: int,
    over_image: Callable[[np.ndarray], np.ndarray],
) -> xr.Dataset:
    try:
        if not Path(path).is_file():
            raise InputError(f"expected a file, and there is {place_of(path)}")
        masked = with_mask(frame, over_image(read_labels(path, index)))
        for decision in decisions:
            numbered_mask(masked[MASK], decision["structures"], decision.get("labels"))
    except InputError as error:
        raise InputError(f"mask {path}: {error}") from error
    return masked


def read_labels(path: Path | str, index: int = 0) -> np.ndarray:
    """Read the values of a mask.

    Parameters
    ----------
    path
        A PNG, BMP or TIFF picture in grey or with a palette, whose indices count; a `.npy` array
        (row, column) or (frame, row, column); a NIfTI file with columns along its first axis, then
        rows, then frames.
    index
        Which frame of several.

    Returns
    -------
    numpy.ndarray
        Whole numbers from 0, (row, column).

    Raises
    ------
    InputError
        If the file cannot be read, or holds something else.
    """
    path = Path(path)
    if path.suffix.lower() == ".npy":
        values = numpy_files.read_array(path)
    elif is_nifti(path):
        values = read_nifti(path).values
    else:
        values = _read_picture(path)
    values = _of_frame(values, index)
    if values.dtype.kind not in "biuf" or not (values == np.round(values.astype(float))).all():
        raise InputError("found other than whole numbers; expected the number of a structure")
    lowest, highest = int(values.min()), int(values.max())
    if lowest < 0 or highest > LABELS[1]:
        raise InputError(
            f"found values from {lowest} to {highest}; expected 0 for background and structures "
            f"from {LABELS[0]} to {LABELS[1]}"
        )
    return values.astype(np.uint16)


def _of_frame(values: np.ndarray, index: int) -> np.ndarray:
    """The mask of one frame, (row, column); one mask holds for all frames."""
    shape = values.shape
    while values.ndim > 3 and 1 in values.shape[:-2]:
        values = values.squeeze(axis=values.shape.index(1))
    if values.ndim == 2:
        values = values[np.newaxis]
    if values.ndim != 3 or not values.size:
        raise InputError(
            f"found the shape {list(shape)}; expected rows and columns, or frames before them"
        )
    if len(values) == 1:
        return values[0]
    if index >= len(values):
        raise InputError(
            f"found masks of {len(values)} frames, and this is frame {index} of its file, counted "
            "from 0; expected one mask for all frames, or one for each"
        )
    return values[index]


def _read_picture(path: Path) -> np.ndarray:
    with open_picture(path, FORMATS) as picture:
        count = len(page_numbers(picture))
        if count != 1:
            raise InputError(f"found {count} pictures; expected one")
        if picture.mode == PALETTE:
            return np.asarray(ImageOps.exif_transpose(picture))
        (pixels,) = pages(picture, is_mask=True)
    if pixels.ndim == 2:
        return pixels
    if (pixels != pixels[..., :1]).any():
        raise InputError(
            "found colours; expected one number a pixel: grey levels, or the indices of a palette"
        )
    return pixels[..., 0]
