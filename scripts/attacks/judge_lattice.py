"""Judge those frames of one chunk which one fold's model judges, on a coarse lattice of the box."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import xarray as xr

from reconattack.attacks.lattice import lattice_points
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.space import SearchSpace, decimal, search_space
from reconattack.classifiers.folds import frames_of_fold
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.opening import open_classifier
from reconattack.frames.chunks import open_frames
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.run.jobs import job
from reconattack.storage import trace, write_dataset


def judge_lattice(
    chunk: str,
    judged: set[str] | None,
    shown: Collection[str],
    model: str | None,
    model_settings: Mapping,
    points: int,
    parameters: Mapping[str, Mapping],
    initial: Mapping[str, float],
    image_rows: int,
    resize: Mapping[str, str],
    threads: int,
    output: str,
    attributes: Mapping[str, str],
) -> None:
    """Write the logits of the `judged` frames of a chunk (None: all) that are `shown`.

    A frame that could not be read has none.
    """
    space = search_space(initial, parameters, "explorer")
    axes = lattice_axes(space, points)
    judge = open_classifier(model_settings, model, resize, threads)
    logits = {
        name: logits_of_frame(frame, axes, space, initial, image_rows, judge)
        for name, frame in open_frames(chunk, shown)
        if judged is None or name in judged
    }
    judge.log_use()
    write_dataset(output, labelled_logits(logits, axes, space), attributes)


def lattice_axes(space: SearchSpace, points: int) -> list[np.ndarray]:
    """Evenly spaced values of each parameter from bound to bound, and its initial value."""
    bounds = zip(space.lower, space.upper, space.initial, strict=True)
    return [
        np.unique(decimal(np.append(np.linspace(lower, upper, points), start)))
        for lower, upper, start in bounds
    ]


def logits_of_frame(
    frame: xr.Dataset,
    axes: Sequence[np.ndarray],
    space: SearchSpace,
    initial: Mapping[str, float],
    image_rows: int,
    judge: Judge,
) -> np.ndarray:
    """Logits of one frame, an axis for each parameter; NaN if it could not be read."""
    shape = [len(axis) for axis in axes]
    if "error" in frame.attrs:
        return np.full(shape, np.nan)
    oracle = Oracle([Reconstruction(frame, image_rows, space.names, initial)], judge)
    points = lattice_points(axes)
    return oracle(np.zeros(len(points), int), points).reshape(shape)


def labelled_logits(
    logits: Mapping[str, np.ndarray], axes: Sequence[np.ndarray], space: SearchSpace
) -> xr.Dataset:
    """Name the axes of the logits of each frame, as the record of a grid does."""
    names = [f"grid_{name}" for name in space.names]
    values = np.reshape(list(logits.values()), (len(logits), *map(len, axes)))
    dataset = xr.Dataset(
        {
            "grid_logit": (
                ("frame", *names),
                values.astype(np.float32),
                {"units": "1", "long_name": "log-odds of fatty liver on the lattice"},
            )
        },
        coords={
            "frame": (
                "frame",
                np.array(list(logits), object),
                {"units": "1", "long_name": "RF frame"},
            ),
            **{
                name: (name, axis, PARAMETERS[parameter].attributes)
                for name, parameter, axis in zip(names, space.names, axes, strict=True)
            },
        },
    )
    dataset["grid_logit"].encoding = {"zlib": True, "complevel": 1}
    return dataset


if __name__ == "__main__":
    with job(snakemake.log[0]):
        judge_lattice(
            chunk=snakemake.input.frames,
            shown=snakemake.params.shown,
            judged=frames_of_fold(snakemake.input.folds, snakemake.wildcards.fold),
            model=next(iter(snakemake.input.model), None),
            model_settings=snakemake.params.model_settings,
            points=snakemake.params.points,
            parameters=snakemake.params.parameters,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            resize=snakemake.params.resize,
            threads=snakemake.params.threads,
            output=snakemake.output.logits,
            attributes=trace(dict(snakemake.params.items()), list(snakemake.input))
            | {"image_rows": snakemake.params.image_rows},
        )
