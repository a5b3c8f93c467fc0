"""Logits of frames on a coarse lattice of the box."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from reconattack.attacks.judging import logits_at
from reconattack.attacks.lattice import even_axes, lattice_points
from reconattack.attacks.results import LATTICE
from reconattack.attacks.space import SearchSpace, search_space
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.parameter import described
from reconattack.reconstruction.parameters import PARAMETERS


def judge_even_lattice(
    frames: Iterable[tuple[str, xr.Dataset]],
    judge: Judge,
    points: int,
    parameters: Mapping[str, Mapping],
    initial: Mapping[str, float],
    image_rows: int,
) -> xr.Dataset:
    """Logits of frames on a coarse lattice of the box, labelled as the record of a grid.

    Parameters
    ----------
    frames
        Name and RF frame.
    judge
        The classifier.
    points
        Values of each parameter from bound to bound, to which its initial value is added.
    parameters
        `box` of each parameter.
    initial
        The initial setting.
    image_rows
        Height of the pictures in pixels.

    Returns
    -------
    xarray.Dataset
        `grid_logit`, float32, with dimension frame and `grid_{parameter}` for each parameter; NaN
        for a frame that could not be read.
    """
    space = search_space(initial, parameters, "explorer")
    axes = even_axes(space, points)
    settings = lattice_points(axes)
    logits = {
        name: logits_at(frame, settings, space.names, initial, image_rows, judge)
        for name, frame in frames
    }
    return label_lattice(logits, axes, space)


def label_lattice(
    logits: Mapping[str, np.ndarray], axes: Sequence[np.ndarray], space: SearchSpace
) -> xr.Dataset:
    """Name the axes of the logits of each frame, (point,), as the record of a grid does."""
    names = [f"{LATTICE}{name}" for name in space.names]
    values = np.reshape(list(logits.values()), (len(logits), *map(len, axes)))
    dataset = xr.Dataset(
        {
            "grid_logit": (
                ("frame", *names),
                values.astype(np.float32),
                described("1", "log-odds of fatty liver on the lattice"),
            )
        },
        coords={
            "frame": ("frame", np.array(list(logits), object), described("1", "RF frame")),
            **{
                name: (name, axis, PARAMETERS[parameter].attributes)
                for name, parameter, axis in zip(names, space.names, axes, strict=True)
            },
        },
    )
    dataset["grid_logit"].encoding = {"zlib": True, "complevel": 1}
    return dataset
