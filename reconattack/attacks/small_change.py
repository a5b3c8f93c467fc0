"""The share of a box whose corners change the image little."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.space import decimal, search_space
from reconattack.errors import InputError
from reconattack.reconstruction.drawing import reconstruction_of
from reconattack.reconstruction.picture_change import is_within, picture_change
from reconattack.reconstruction.reconstruction import Reconstruction

STEPS = 100  # shares are hundredths


def scaled_box(
    initial: Mapping[str, float], parameters: Mapping[str, Mapping[str, Any]], share: float
) -> dict[str, list[float]]:
    """A box whose bounds have moved towards the initial setting.

    Parameters
    ----------
    initial
        The initial setting.
    parameters
        `box` [lower, upper] of each parameter.
    share
        Distance of each bound from the initial value, as a share of its distance before.

    Returns
    -------
    dict
        [lower, upper] of each parameter, in its unit.

    Raises
    ------
    InputError
        If the initial setting is not in the box.
    """
    space = search_space(initial, parameters)
    bounds = {
        name: decimal(start + share * (np.array([lower, upper]) - start)).tolist()
        for name, start, lower, upper in zip(
            space.names, space.initial, space.lower, space.upper, strict=True
        )
    }
    return {name: bounds[name] for name in parameters}


def corner_changes(
    reconstructions: Sequence[Reconstruction],
    initial: Mapping[str, float],
    box: Mapping[str, Sequence[float]],
) -> pd.DataFrame:
    """Median change of the images at each corner of a box.

    Parameters
    ----------
    reconstructions
        The frames.
    initial
        The initial setting.
    box
        [lower, upper] of each parameter, in the order of the reconstructions' vectors.

    Returns
    -------
    pandas.DataFrame
        A row per corner: its setting, and the median of each `picture_change` over the frames.
    """
    start = np.array([initial[name] for name in box])
    rows = []
    for corner in product(*box.values()):
        changes = [
            picture_change(*frame.bmode(np.array([start, corner])), frame.sector)
            for frame in reconstructions
        ]
        medians = pd.DataFrame(changes).median().to_dict()
        rows.append(dict(zip(box, corner, strict=True)) | medians)
    return pd.DataFrame(rows)


def small_change_box(
    frames: Iterable[xr.Dataset],
    initial: Mapping[str, float],
    parameters: Mapping[str, Mapping[str, Any]],
    limits: Mapping[str, float],
    image_rows: int,
) -> pd.DataFrame:
    """The largest scaled box at whose corners the median change of the images is small.

    No classifier takes part: only the images decide. The changes are taken to grow with the share.

    Parameters
    ----------
    frames
        RF frames that could be read.
    initial
        The initial setting.
    parameters
        `box` [lower, upper] of each parameter, which is scaled.
    limits
        The largest allowed change of each measure; for ssim the smallest value.
    image_rows
        Height of the images in pixels.

    Returns
    -------
    pandas.DataFrame
        A row per corner of the scaled box: `share` (hundredths), the corner's setting and the
        median changes (`corner_changes`).

    Raises
    ------
    InputError
        If there is no frame, or a hundredth of the box already changes the images more.
    """
    start = search_space(initial, parameters)
    values = dict(zip(start.names, start.initial, strict=True)) | dict(initial)
    reconstructions = [
        reconstruction_of(frame, image_rows, tuple(parameters), initial) for frame in frames
    ]
    if not reconstructions:
        raise InputError("no frame could be read; expected frames whose images can be compared")

    def at(step: int) -> pd.DataFrame:
        share = step / STEPS
        changes = corner_changes(reconstructions, values, scaled_box(initial, parameters, share))
        return changes.assign(share=share)

    def is_small(step: int) -> bool:
        return bool(is_within(at(step), limits).all())

    small, large = 0, STEPS + 1
    while large - small > 1:
        middle = (small + large) // 2
        small, large = (middle, large) if is_small(middle) else (small, middle)
    if small == 0:
        raise InputError(
            f"at {1 / STEPS:g} of the box the median change of the images is not within "
            f"run.visible_limit {dict(limits)}; expected a narrower box or a wider limit"
        )
    found = at(small)
    return found[["share", *found.columns.drop("share")]]
