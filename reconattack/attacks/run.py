"""An attack on some frames, from their samples to the record."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path as File
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr

from reconattack.attacks import immune, search
from reconattack.attacks.method import declared, load_method
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Path, Target
from reconattack.attacks.record import record, with_unreadable
from reconattack.attacks.space import SearchSpace, search_space
from reconattack.attacks.told import told_by_pictures
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.drawing import reconstruction_of
from reconattack.reconstruction.picture_change import MEASURES, level_change, picture_change
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.seeds import seed_of

LABEL_ATTRIBUTES = {"units": "1", "long_name": "1 fatty, 0 normal, -1 unknown"}
GAIN_ATTRIBUTES = {"units": "1", "long_name": "whether the samples carry a time gain"}


def attack_frames(
    frames: Mapping[str, xr.Dataset],
    judge: Judge,
    settings: Mapping[str, Any],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    name: str,
    threads: int | None = 1,
    keras: str | None = None,
    partial: Sequence[File] | None = None,
    flips: Mapping[str, Sequence[Mapping[str, float]]] | None = None,
) -> xr.Dataset:
    """Attack frames by one method and record every step.

    Parameters
    ----------
    frames
        RF or picture frames by name; one that could not be read (attribute `error`) keeps an empty
        place.
    judge
        The classifier.
    settings
        The attack as the configuration has it: `method`, `parameters` and the method's settings.
    initial
        The initial setting, in each parameter's unit.
    image_rows
        Height of the pictures in pixels.
    cutoff
        Probability from which on a frame counts as fatty.
    name
        The attack's name, from which the random numbers of each frame start.
    threads
        Threads of TensorFlow, for white-box methods. None leaves TensorFlow as it is.
    keras
        The classifier's Keras file, for white-box methods.
    partial
        A file for each readable frame in which a long attack keeps what it has judged so far.
    flips
        Settings that flip a frame, by its name, for a method that starts from those in its box.

    Returns
    -------
    xarray.Dataset
        The record (`reconattack.attacks.record.record`) with what the method finds beyond its
        paths, the change of the picture, `label` and `gain_state` of each frame.

    Raises
    ------
    InputError
        If the settings do not fit the box, or the method does not fit the classifier.
    """
    settings = dict(settings)
    method = settings.pop("method")
    settings.pop("start_from", None)
    space = search_space(initial, settings.pop("parameters"), name)
    readable = readable_of(frames)
    reconstructions = [
        reconstruction_of(frame, image_rows, space.names, initial) for frame in readable.values()
    ]
    oracle = Oracle(reconstructions, judge)
    target = Target(
        oracle=oracle,
        references=labels_of(readable.values()),
        cutoff=cutoff,
        seeds=[seed_of("attack", name, frame) for frame in readable],
        judge=judge,
        keras=keras,
        threads=threads,
        partial=partial,
        starts=[points_in(space, initial, (flips or {}).get(name, ())) for name in readable],
    )
    paths = find_paths(method, target, space, settings)
    result = record(paths, list(readable), space.names, queries_of(paths, oracle))
    further = findings_of(load_method(method), paths, target, space, settings)
    changes = picture_changes(reconstructions, judge, paths, space)
    told = told_by_pictures(reconstructions, judge, paths, space, cutoff)
    whole = xr.merge([result, changes, told, further], combine_attrs="no_conflicts")
    result = with_unreadable(whole, list(frames))
    result["label"] = "frame", labels_of(frames.values()), LABEL_ATTRIBUTES
    gains = [frame.attrs.get("gain_state", "") for frame in frames.values()]
    result["gain_state"] = "frame", np.array(gains, object), GAIN_ATTRIBUTES
    return result


def points_in(
    space: SearchSpace, initial: Mapping[str, float], settings: Iterable[Mapping[str, float]]
) -> np.ndarray:
    """Those of some settings that a space holds, (n, parameter).

    Parameters that the space does not have are at their initial values there.
    """
    points = [
        [setting.get(name, initial[name]) for name in space.names]
        for setting in settings
        if all(setting[name] == initial[name] for name in setting if name not in space.names)
    ]
    points = np.array(points, float).reshape(-1, len(space.names))
    return points[((points >= space.lower) & (points <= space.upper)).all(axis=1)]


def find_paths(
    method: str, target: Target, space: SearchSpace, settings: Mapping[str, Any]
) -> list[Path]:
    """Attack by a method; a model that the parameters cannot reach is not searched."""
    module, flags = load_method(method), declared(method)
    if not flags.exhaustive and target.judge is not None and immune.is_immune(target.judge):
        return immune.attack(target, space)
    if hasattr(module, "attack"):
        return module.attack(target, space, **settings)
    return search.attack(target, space, module.search, side_by_side=flags.side_by_side, **settings)


def findings_of(
    module: ModuleType,
    paths: Sequence[Path],
    target: Target,
    space: SearchSpace,
    settings: Mapping[str, Any],
) -> xr.Dataset:
    """What a method finds beyond its paths; nothing for most methods."""
    if not hasattr(module, "findings"):
        return xr.Dataset()
    return module.findings(paths, target, space, **settings)


def readable_of(frames: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """The frames that could be read."""
    return {name: frame for name, frame in frames.items() if "error" not in frame.attrs}


def partial_files(folder: str, frames: Iterable[str], attributes: Mapping[str, str]) -> list[File]:
    """A file for each frame, named by a digest of the attributes that trace the attack.

    So judgements of an attack with other settings, other code or another network are never used.
    """
    digest = hashlib.sha256(json.dumps(attributes, sort_keys=True, default=str).encode())
    return [File(folder, f"{frame}.{digest.hexdigest()[:16]}.npz") for frame in frames]


def queries_of(paths: Sequence[Path], oracle: Oracle) -> np.ndarray:
    """Queries of each frame, int (frame,): all judged images where a path has no own count."""
    return np.array(
        [
            judged if path.queries is None else path.queries
            for path, judged in zip(paths, oracle.queries, strict=True)
        ],
        int,
    )


def labels_of(frames: Iterable[xr.Dataset]) -> np.ndarray:
    """Label of each frame, int (frame,); -1 if unknown."""
    return np.array([frame.attrs.get("label", -1) for frame in frames], int)


def picture_changes(
    reconstructions: Sequence[Reconstruction],
    judge: Judge,
    paths: Sequence[Path],
    space: SearchSpace,
) -> xr.Dataset:
    """How the final setting of each frame changes the picture that the judge is shown.

    Returns
    -------
    xarray.Dataset
        A variable (frame) for each of `MEASURES`.
    """
    initial = dict(zip(space.names, space.initial, strict=True))
    rows = []
    for reconstruction, path in zip(reconstructions, paths, strict=True):
        (final,) = judge.picture_setting(reconstruction, path.parameters[path.best_step])
        original, changed = reconstruction.bmode(np.stack([space.initial, final]))
        rows.append(
            picture_change(original, changed, reconstruction.sector)
            | level_change(
                dict(zip(space.names, final, strict=True)),
                initial,
                reconstruction.frequency,
                reconstruction.depths,
            )
        )
    return xr.Dataset(
        {
            name: ("frame", np.array([row[name] for row in rows]), attributes)
            for name, attributes in MEASURES.items()
        }
    )
