"""Texture features of the images and RF frames that a texture classifier is trained on."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.classifiers.texture_features import texture_features, texture_region
from reconattack.classifiers.training.training_frames import case_row, read_training_frames
from reconattack.errors import InputError
from reconattack.reconstruction.drawing import reconstruct


def training_pictures(
    images: Sequence[str],
    frames: Sequence[str],
    held_out: Collection[str],
    initial: Mapping[str, float],
    image_rows: int,
) -> Iterator[tuple[str, xr.Dataset]]:
    """Yield name and picture of each image and RF frame to train on.

    Parameters
    ----------
    images, frames
        Chunks of B-mode images and of RF frames.
    held_out
        Patients to leave out.
    initial
        Values of the reconstruction's parameters.
    image_rows
        Height of a frame's picture in pixels.
    """
    yield from read_training_frames(images, held_out)
    for name, frame in read_training_frames(frames, held_out):
        yield name, reconstruct(frame, initial, image_rows)


def training_features(
    pictures: Iterable[tuple[str, xr.Dataset]],
) -> tuple[np.ndarray, pd.DataFrame]:
    """Texture features of pictures, float64 (n, feature), and a row of the cases for each.

    Raises
    ------
    InputError
        If the region of a picture is too small to have a texture; the message names the frame.
    """
    features, cases = [], []
    for name, picture in pictures:
        try:
            rows = texture_features(picture["bmode"].values[np.newaxis], picture_region(picture))
        except InputError as error:
            raise InputError(f"frame {name}: {error}") from error
        features.append(rows[0])
        cases.append(case_row(name, picture))
    return np.stack(features), pd.DataFrame(cases).astype({"label": int})


def picture_region(picture: xr.Dataset) -> np.ndarray:
    """The region of a picture whose texture counts, bool (z, x)."""
    liver = picture["liver"].values if "liver" in picture else None
    return texture_region(picture["sector"].values, liver)
