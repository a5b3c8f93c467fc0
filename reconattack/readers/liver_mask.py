"""Masks: a picture in which the liver or an overlay is painted, resampled to a frame or an image.

A mask covers the field of the picture on which it was drawn, at any size in pixels. For an RF frame
this picture is the B-mode image, whose pixels are square. The mask marks the samples of the frame,
so that the liver follows the tissue when a parameter changes the picture's geometry. The marks are
as fine as the samples: between two lines the edge is off by at most half their distance.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.frame import LIVER_ATTRIBUTES, lateral_coordinate
from reconattack.frames.geometry import image_grid, nearest, sample_places
from reconattack.frames.places import place_of
from reconattack.readers.containers.signatures import signature_of
from reconattack.readers.picture_files import open_picture, page_numbers, pages

FORMATS = ("PNG", "BMP", "TIFF")  # not JPEG: the black around its edges is not black
KINDS = tuple(f"a {name} picture" for name in FORMATS)
SHAPE_TOLERANCE = 0.03  # of the width that a mask should have for its height
ROUNDING = 0.5  # pixels


def frame_with_liver(frame: xr.Dataset, path: Path | str) -> xr.Dataset:
    """Mark the samples of an RF frame that lie in the liver.

    Parameters
    ----------
    frame
        An RF frame.
    path
        Mask of the frame's B-mode image at neutral geometry.

    Returns
    -------
    xarray.Dataset
        The frame with `liver`, bool (depth, angle) or (depth, lateral).

    Raises
    ------
    InputError
        If the mask cannot be read, has another shape than the image, or marks nothing of the frame.
    """

    def marks(mask: np.ndarray) -> np.ndarray:
        z, x = image_grid(frame, len(mask))
        seen = "the frame's B-mode image, without margins or text"
        mask = resampled(mask, (len(z), len(x)), seen)
        place_z, place_x = sample_places(frame)
        return mask[nearest(place_z, z), nearest(place_x, x)]

    return _with_liver(frame, path, marks, ("depth", lateral_coordinate(frame)))


def image_with_liver(
    image: xr.Dataset, path: Path | str, shape: tuple[int, int], cut: tuple[slice, slice]
) -> xr.Dataset:
    """Mark the pixels of an image that lie in the liver.

    Parameters
    ----------
    image
        `bmode` (z, x).
    path
        Mask of the whole image in its file.
    shape
        Rows and columns of the whole image.
    cut
        Rows and columns of the whole image that `image` holds.

    Returns
    -------
    xarray.Dataset
        The image with `liver`, bool (z, x).

    Raises
    ------
    InputError
        If the mask cannot be read, has another shape than the image, or marks nothing of the cut.
    """

    def marks(mask: np.ndarray) -> np.ndarray:
        return resampled(mask, shape, "the whole image in its file")[cut]

    return _with_liver(image, path, marks, ("z", "x"))


def overlay(path: Path | str, shape: tuple[int, int], cut: tuple[slice, slice]) -> np.ndarray:
    """Pixels of a picture that show no tissue, by a mask of its overlay.

    Parameters
    ----------
    path
        Mask of the whole picture in its file: what is not black is no tissue.
    shape
        Rows and columns of the whole picture.
    cut
        The part of it that is kept.

    Returns
    -------
    numpy.ndarray
        bool (z, x) of this part.

    Raises
    ------
    InputError
        If the mask cannot be read, is black, or has another shape than the picture.
    """
    try:
        if not Path(path).is_file():
            raise InputError(f"expected a file, and there is {place_of(path)}")
        return resampled(read_mask(path), shape, "the whole image in its file")[cut]
    except InputError as error:
        raise InputError(f"overlay mask {path}: {error}") from error


def read_mask(path: Path | str) -> np.ndarray:
    """Pixels of a picture that are not black, bool (z, x); InputError if there are none."""
    signature = signature_of(Path(path))
    if signature is not None and signature.name not in KINDS:
        raise InputError(
            f"found {signature.name}; expected PNG, BMP or TIFF (black is not exactly black in a "
            "JPEG)"
        )
    with open_picture(path, FORMATS) as picture:
        count = len(page_numbers(picture))
        if count != 1:
            raise InputError(f"found {count} pictures; expected one")
        (pixels,) = pages(picture, is_mask=True)
    mask = pixels.reshape(*pixels.shape[:2], -1).any(axis=2)
    if not mask.any():
        raise InputError("every pixel is black; expected marks in any other grey or colour")
    return mask


def resampled(mask: np.ndarray, shape: tuple[int, int], seen: str) -> np.ndarray:
    """Resample a mask to `shape` by the nearest pixel, bool (z, x).

    An error names `seen`, the picture that the mask should cover.
    """
    rows, columns = mask.shape
    width = rows * shape[1] / shape[0]
    if abs(columns - width) > max(ROUNDING, SHAPE_TOLERANCE * width):
        raise InputError(
            f"found {columns} x {rows} pixels (width x height); expected a width of about "
            f"{width:.0f} for this height, the shape of {seen}: draw the mask on that picture"
        )
    z, x = (
        (2 * np.arange(new) + 1) * old // (2 * new)
        for new, old in zip(shape, mask.shape, strict=True)
    )
    return mask[np.ix_(z, x)]


def _with_liver(
    dataset: xr.Dataset,
    path: Path | str,
    marks: Callable[[np.ndarray], np.ndarray],
    dims: tuple[str, str],
) -> xr.Dataset:
    try:
        if not Path(path).is_file():
            raise InputError(f"expected a file, and there is {place_of(path)}")
        liver = marks(read_mask(path))
        if not liver.any():
            raise InputError("nothing of what is seen is marked; expected a part of it")
    except InputError as error:
        raise InputError(f"liver mask {path}: {error}") from error
    return dataset.assign(liver=(dims, liver, LIVER_ATTRIBUTES))
