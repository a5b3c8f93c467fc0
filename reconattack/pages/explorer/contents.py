"""The data of the page: frames, their images and the stored judgements of every model."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reconattack import __version__
from reconattack.attacks.stop_reasons import STOP_REASONS
from reconattack.pages.explorer.judgements import (
    encode_floats,
    read_lattices,
    read_nearest,
    read_paths,
)
from reconattack.pages.explorer.page import sliders
from reconattack.pages.explorer.pictures import LEVEL_STEP, LOWEST_LEVEL, picture_of
from reconattack.storage import read_table

Key = tuple[str, str, str]  # model, seed, frame


def page_contents(
    frames: Iterable[tuple[str, xr.Dataset]],
    models: Sequence[Mapping[str, str]],
    files: Mapping[str, Sequence[Mapping[str, str]]],
    shown: Collection[str],
    cohort_size: int,
    box: Mapping[str, Sequence[float]],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    classes: Sequence[str],
    simulated: bool,
) -> tuple[dict[str, Any], list[bytes]]:
    """The data of the page and the images of its frames.

    Parameters
    ----------
    frames
        Names and RF frames.
    models
        `model`, `seed`, `kind` and the file of the `predictions` of each model.
    files
        `lattices`, `paths` and `nearest`: records with their `model`, `seed` and `path`. If a
        frame has two lattices, the later one is shown.
    shown
        Names of the frames.
    cohort_size
        Number of frames of the cohort.
    box
        Bounds of the parameters that are attacked.
    initial
        The initial setting.
    image_rows
        Height of the images in pixels.
    cutoff
        Probability from which a frame counts as fatty.
    classes
        Words for the labels 0 and 1.
    simulated
        Whether the frames are simulated.

    Returns
    -------
    data : dict
        Numbers, texts, lists and maps, as the page's script reads them.
    levels : list of bytes
        The PNG of each frame (`reconattack.pages.explorer.pictures`).
    """
    stored = read_judgements(files, set(shown))
    predictions = read_predictions(models)
    axes: list[list[list[float]]] = []
    described, levels = [], []
    for name, frame in frames:
        picture = picture_of(frame, image_rows, initial)
        levels.append(picture.pop("levels"))
        judged = [judged_by(model, name, predictions, stored, axes) for model in models]
        described.append(describe(name, frame) | picture | {"judged": judged})
    data = {
        "version": __version__,
        "simulated": simulated,
        "count": cohort_size,
        "classes": list(classes),
        "cutoff": cutoff,
        "sliders": sliders(initial, box),
        "level": {"lowest": LOWEST_LEVEL, "step": LEVEL_STEP},
        "models": [{key: model[key] for key in ("model", "seed", "kind")} for model in models],
        "lattices": axes,
        "stop_reasons": STOP_REASONS,
        "frames": described,
    }
    return data, levels


def read_judgements(
    files: Mapping[str, Sequence[Mapping[str, str]]], frames: Collection[str]
) -> dict[str, dict[Key, Any]]:
    """The `lattice`, `path` and `nearest` flip of some frames in the records, each by its key."""
    found: dict[str, dict[Key, Any]] = {"lattice": {}, "path": {}, "nearest": {}}
    for file in files["lattices"]:
        for name, axes, logits in read_lattices(file["path"], frames):
            found["lattice"][file["model"], file["seed"], name] = (axes, logits)
    for file in files["paths"]:
        for name, path in read_paths(file["path"], frames):
            found["path"][file["model"], file["seed"], name] = path
    for file in files["nearest"]:
        for name, nearest in read_nearest(file["path"], frames):
            found["nearest"][file["model"], file["seed"], name] = nearest
    return found


def read_predictions(models: Sequence[Mapping[str, str]]) -> dict[Key, Mapping[str, Any]]:
    """The row of each frame in the models' tables of predictions, with `fold` and `logit`."""
    predictions = {}
    for model in models:
        table = read_table(model["predictions"], dtype={"seed": str, "fold": str})
        for row in table[table["seed"] == model["seed"]].to_dict("records"):
            predictions[model["model"], model["seed"], row["frame"]] = row
    return predictions


def judged_by(
    model: Mapping[str, str],
    name: str,
    predictions: Mapping[Key, Mapping[str, Any]],
    stored: Mapping[str, Mapping[Key, Any]],
    axes: list[list[list[float]]],
) -> dict[str, Any]:
    """The stored judgements of a frame by a model; new axes of a lattice are added to `axes`."""
    key = model["model"], model["seed"], name
    row = predictions[key]
    judged = {"fold": row["fold"], "logit": float(row["logit"])}
    judged |= {kind: found.get(key) for kind, found in stored.items()}
    if judged["lattice"] is not None:
        values, logits = judged["lattice"]
        lattice = [axis.tolist() for axis in values]
        if lattice not in axes:
            axes.append(lattice)
        judged["lattice"] = {"axes": axes.index(lattice), "logits": encode_floats(logits)}
    return judged


def describe(name: str, frame: xr.Dataset) -> dict[str, Any]:
    """Name and known attributes of a frame, with Python's own numbers, as JSON needs them."""
    known = ("patient", "scanner", "gain_state", "label", "fat_fraction")
    return {"name": name} | {
        key: np.asarray(frame.attrs[key]).item() for key in known if key in frame.attrs
    }
