"""The data of the page: frames, their images and the stored judgements of every model."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reconattack import __version__
from reconattack.attacks.stop_reasons import STOP_REASONS
from reconattack.classifiers.decisions.columns import CLASS_PROBABILITY
from reconattack.pages.explorer.judgements import (
    encode_floats,
    read_answers,
    read_lattices,
    read_nearest,
    read_paths,
    read_proofs,
    read_searches,
)
from reconattack.pages.explorer.outlines import read_outlines
from reconattack.pages.explorer.page import sliders
from reconattack.pages.explorer.pictures import (
    LEVEL_STEP,
    LOWEST_LEVEL,
    changes_of,
    picture_of,
)
from reconattack.storage import read_table

Key = tuple[str, str, str]  # model, seed, frame


def page_contents(
    frames: Iterable[tuple[str, xr.Dataset]],
    models: Sequence[Mapping[str, str]],
    files: Mapping[str, Sequence[Mapping[str, str]]],
    shown: Collection[str],
    cohort_size: int,
    box: Mapping[str, Sequence[float]],
    attacks: Sequence[Mapping[str, Any]],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    visible_limit: Mapping[str, float],
    titles: Mapping[str, Mapping[str, str]],
    classes: Sequence[str],
    simulated: bool,
) -> tuple[dict[str, Any], list[bytes]]:
    """The data of the page and the images of its frames.

    Parameters
    ----------
    frames
        Names and RF frames.
    models
        `model`, `seed`, `kind` and the file of the `predictions` of each model, and the declared
        `decision` of one that is not binary.
    files
        `lattices`, `paths`, `nearest` and `proofs`: records with their `model`, `seed` and `path`,
        those of `paths` with their `attack` too. A frame with two lattices shows the later one.
    shown
        Names of the frames.
    cohort_size
        Number of frames of the cohort.
    box
        Bounds of the parameters that are attacked.
    attacks
        Of each attack among the `paths`: `name`, `box`, and whether it moves by `steps`.
    initial
        The initial setting.
    image_rows
        Height of the images in pixels.
    cutoff
        Probability from which a frame counts as fatty.
    visible_limit
        Limits of a small change of the image (`run.visible_limit`).
    titles
        What to show in place of names of `scanners`, `models` and `attacks`.
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
    is_binary = not models[0].get("decision")
    by_steps = {attack["name"]: attack["steps"] for attack in attacks}
    stored = read_judgements(files, set(shown), by_steps)
    predictions = read_predictions(models)
    axes: list[list[list[float]]] = []
    described, levels = [], []
    for name, frame in frames:
        picture = picture_of(frame, image_rows, initial)
        levels.append(picture.pop("levels"))
        judged = [judged_by(model, name, predictions, stored, axes, attacks) for model in models]
        add_changes(judged, frame, image_rows, initial, visible_limit)
        known = describe(name, frame)
        if not is_binary:
            first = predictions[models[0]["model"], models[0]["seed"], name]
            known = with_truth(known, first["label"])
        described.append(known | picture | {"judged": judged})
    data = {
        "version": __version__,
        "simulated": simulated,
        "count": cohort_size,
        "classes": list(classes) if is_binary else ["kept", "flipped"],
        "cutoff": cutoff if is_binary else 0.5,
        "visible_limit": dict(visible_limit),
        "sliders": sliders(initial, box),
        "level": {"lowest": LOWEST_LEVEL, "step": LEVEL_STEP},
        "models": [
            {key: model[key] for key in ("model", "seed", "kind")}
            | ({"decision": model["decision"]} if model.get("decision") else {})
            for model in models
        ],
        "attacks": [dict(attack) for attack in attacks],
        "titles": {kind: dict(titles.get(kind, {})) for kind in ("scanners", "models", "attacks")},
        "lattices": axes,
        "stop_reasons": STOP_REASONS,
        "frames": described,
    }
    return data, levels


def read_judgements(
    files: Mapping[str, Sequence[Mapping[str, str]]],
    frames: Collection[str],
    by_steps: Mapping[str, bool],
) -> dict[str, dict[Key, Any]]:
    """The `lattice`, `paths`, `nearest` flip and `proof` of some frames, each by its key.

    The paths of a frame are a dict by the name of the attack; `by_steps` says whether an attack
    moves by steps or is a search.
    """
    found: dict[str, dict[Key, Any]] = {"lattice": {}, "paths": {}, "nearest": {}, "proof": {}}
    for file in files["lattices"]:
        answers = dict(read_answers(file["path"], frames))
        outlines = dict(read_outlines(file["path"], frames))
        for name, axes, logits in read_lattices(file["path"], frames):
            key = file["model"], file["seed"], name
            found["lattice"][key] = (axes, logits, answers.get(name, {}), outlines.get(name))
    for file in files["paths"]:
        read = read_paths if by_steps[file["attack"]] else read_searches
        for name, path in read(file["path"], frames):
            key = file["model"], file["seed"], name
            found["paths"].setdefault(key, {})[file["attack"]] = path
    for file in files["nearest"]:
        for name, nearest in read_nearest(file["path"], frames):
            found["nearest"][file["model"], file["seed"], name] = nearest
    for file in files["proofs"]:
        for name, proof in read_proofs(file["path"], frames):
            found["proof"][file["model"], file["seed"], name] = proof
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
    attacks: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The stored judgements of a frame by a model; new axes of a lattice are added to `axes`.

    `paths` are in the order of `attacks`, None for an attack that this model was not given.
    """
    key = model["model"], model["seed"], name
    row = predictions[key]
    judged = {"fold": row["fold"], "logit": None if model.get("decision") else float(row["logit"])}
    judged |= {kind: found.get(key) for kind, found in stored.items()}
    paths = judged["paths"] or {}
    judged["paths"] = [paths.get(attack["name"]) for attack in attacks]
    if judged["lattice"] is not None:
        values, logits, answers, outlines = judged["lattice"]
        lattice = [axis.tolist() for axis in values]
        if lattice not in axes:
            axes.append(lattice)
        judged["lattice"] = {
            "axes": axes.index(lattice),
            "logits": encode_floats(logits),
            **{name: encode_floats(numbers) for name, numbers in answers.items()},
            **({"outlines": outlines} if outlines else {}),
        }
    if model.get("decision"):
        judged["answer"] = initial_answer_of(row)
        judged["logit"] = next((path["logits"][0] for path in judged["paths"] if path), None)
    return judged


def initial_answer_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is `decided` at the initial setting, and the `shares` of classes, of a prediction."""
    shares = [float(row[name]) for name in row if name.startswith(CLASS_PROBABILITY)]
    return {"decided": float(row["predicted"])} | ({"shares": shares} if shares else {})


def add_changes(
    judged: Sequence[Mapping[str, Any]],
    frame: xr.Dataset,
    image_rows: int,
    initial: Mapping[str, float],
    measures: Iterable[str],
) -> None:
    """Add to each stored flip of a frame its `change` of the image (`changes_of`)."""
    flips = []
    for by_model in judged:
        for path in by_model["paths"]:
            if path and path["success"]:
                flips.append((path, path["parameters"][-1]))
        if nearest := by_model["nearest"]:
            flips.append((nearest, nearest["parameters"]))
    settings = [setting for _, setting in flips]
    changes = changes_of(frame, image_rows, initial, settings, measures)
    for (flip, _), change in zip(flips, changes, strict=True):
        flip["change"] = change


def describe(name: str, frame: xr.Dataset) -> dict[str, Any]:
    """Name and known attributes of a frame, with Python's own numbers, as JSON needs them."""
    known = ("patient", "scanner", "gain_state", "label", "fat_fraction")
    return {"name": name} | {
        key: np.asarray(frame.attrs[key]).item() for key in known if key in frame.attrs
    }


def with_truth(described: Mapping[str, Any], truth: float) -> dict[str, Any]:
    """A described frame with what is true of it in place of its label; NaN if nothing is known."""
    others = {key: value for key, value in described.items() if key != "label"}
    return others if np.isnan(float(truth)) else others | {"truth": float(truth)}
