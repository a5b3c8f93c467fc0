"""The explorer: frames, pictures and stored judgements in one HTML file."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import xarray as xr

from reconattack import __version__
from reconattack.attacks.stop_reasons import STOP_REASONS
from reconattack.errors import InputError
from reconattack.frames.chunks import readable_frames
from reconattack.pages.explorer.judgements import (
    encode_floats,
    read_lattices,
    read_nearest,
    read_paths,
)
from reconattack.pages.explorer.page import build_page, sliders
from reconattack.pages.explorer.pictures import LEVEL_STEP, LOWEST_LEVEL, picture_of
from reconattack.run.jobs import job
from reconattack.storage import located, read_table, replacing

Key = tuple[str, str, str]  # model, seed, frame


def explorer(
    chunks: Sequence[str],
    shown: Sequence[str],
    cohort_size: int,
    models: Sequence[Mapping[str, str]],
    files: Mapping[str, Sequence[Mapping[str, str]]],
    box: Mapping[str, Sequence[float]],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    classes: Sequence[str],
    simulated: bool,
    output: str,
) -> None:
    """Write the page.

    Parameters
    ----------
    chunks
        RF frames.
    shown
        Names of the frames that are shown, those aside that could not be read.
    cohort_size
        Number of frames of the cohort.
    models
        `model`, `seed`, `kind` and the path of its `predictions` of each model that is shown.
    files
        `lattices`, `paths` and `nearest`: result files with their `model`, `seed` and `path`. Of
        two lattices of the same frame the later one is shown.
    box
        Bounds of the parameters that are attacked.
    initial
        The initial setting.
    image_rows
        Height of the pictures in pixels.
    cutoff
        Probability from which on a frame counts as fatty.
    classes
        Words for the labels 0 and 1.
    simulated
        Whether the frames are.
    output
        The HTML file.
    """
    stored = stored_judgements(files, set(shown))
    predicted = read_predictions(models)
    axes: list[list[list[float]]] = []
    frames, levels = [], []
    for name, frame in chain.from_iterable(readable_frames(chunk, shown) for chunk in chunks):
        picture = picture_of(frame, image_rows, initial)
        levels.append(picture.pop("levels"))
        judged = [judged_by(model, name, predicted, stored, axes) for model in models]
        frames.append(described(name, frame) | picture | {"judged": judged})
    if not frames:
        raise InputError(
            f"none of the {len(shown)} frames to be shown could be read: nothing is to be explored"
        )
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
        "frames": frames,
    }
    with replacing(output) as temporary:
        temporary.write_text(build_page(data, levels, "Reconattack explorer"), encoding="utf-8")


def stored_judgements(
    files: Mapping[str, Sequence[Mapping[str, str]]], names: set[str]
) -> dict[str, dict[Key, Any]]:
    """What the files hold of the chosen frames, by what it is, model, seed and frame."""
    return {
        "lattice": {
            (file["model"], file["seed"], name): (axes, logits)
            for file in files["lattices"]
            for name, axes, logits in read_lattices(file["path"], names)
        },
        **{
            kind: {
                (file["model"], file["seed"], name): found
                for file in files[of_kind]
                for name, found in read(file["path"], names)
            }
            for kind, of_kind, read in (
                ("path", "paths", read_paths),
                ("nearest", "nearest", read_nearest),
            )
        },
    }


def read_predictions(models: Sequence[Mapping[str, str]]) -> dict[Key, Mapping[str, Any]]:
    """Fold and logit of each frame at the initial setting."""
    predicted = {}
    for model in models:
        table = read_table(model["predictions"], dtype={"seed": str, "fold": str})
        for row in table[table["seed"] == model["seed"]].to_dict("records"):
            predicted[model["model"], model["seed"], row["frame"]] = row
    return predicted


def judged_by(
    model: Mapping[str, str],
    name: str,
    predicted: Mapping[Key, Mapping[str, Any]],
    stored: Mapping[str, Mapping[Key, Any]],
    axes: list[list[list[float]]],
) -> dict[str, Any]:
    """What a model says of a frame; axes that are new are added to `axes`."""
    key = model["model"], model["seed"], name
    found = {kind: of_kind.get(key) for kind, of_kind in stored.items()}
    row = predicted[key]
    judged = {"fold": row["fold"], "logit": float(row["logit"])} | found
    if found["lattice"] is not None:
        values, logits = found["lattice"]
        of_lattice = [axis.tolist() for axis in values]
        if of_lattice not in axes:
            axes.append(of_lattice)
        judged["lattice"] = {"axes": axes.index(of_lattice), "logits": encode_floats(logits)}
    return judged


def described(name: str, frame: xr.Dataset) -> dict[str, Any]:
    """What is known of a frame, its numbers as JSON has them."""
    known = ("patient", "scanner", "gain_state", "label", "fat_fraction")
    return {"name": name} | {
        key: np.asarray(frame.attrs[key]).item() for key in known if key in frame.attrs
    }


if __name__ == "__main__":
    with job(snakemake.log[0]):
        explorer(
            chunks=snakemake.input.frames,
            shown=snakemake.params.shown,
            cohort_size=snakemake.params.cohort_size,
            models=located(snakemake.params.models, snakemake.input),
            files=located(snakemake.params.files, snakemake.input),
            box=snakemake.params.box,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            cutoff=snakemake.params.cutoff,
            classes=snakemake.params.classes,
            simulated=snakemake.params.simulated,
            output=snakemake.output.page,
        )
