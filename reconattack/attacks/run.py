"""An attack on some frames, from their samples to the record."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path as File
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import xarray as xr

from reconattack.attacks import immune, search
from reconattack.attacks.method import declared, load_method
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Path, Target
from reconattack.attacks.record import record, with_unreadable
from reconattack.attacks.space import SearchSpace, search_space
from reconattack.attacks.told import told_by_pictures
from reconattack.attacks.units import UnitOracle, truth_of_unit
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.declared import decision_of
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.drawing import reconstruction_of
from reconattack.reconstruction.picture_change import MEASURES, level_change, picture_change
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.seeds import seed_of

LABEL_ATTRIBUTES = {"units": "1", "long_name": "1 fatty, 0 normal, -1 unknown"}
TRUTH_ATTRIBUTES = {
    "units": "1",
    "long_name": "true class or number, 1 for a given mask; empty if unknown",
}
COUNT_ATTRIBUTES = {
    "units": "1",
    "long_name": "frames of the unit, which a query costs an image each",
}
GAIN_ATTRIBUTES = {"units": "1", "long_name": "whether the samples carry a time gain"}


class Guarding(Protocol):
    """What a guard changes of an attack (`reconattack.attacks.guarded`)."""

    def oracle(
        self,
        reconstructions: Sequence[Reconstruction],
        judge: Judge,
        decision: Decision,
        truths: Sequence[Any],
    ) -> Oracle:
        """What the searches ask."""

    def decision(self, decision: Decision) -> Decision:
        """What the oracle's scores mean."""

    def completed(
        self, result: xr.Dataset, oracle: Oracle, paths: Sequence[Path], decision: Decision
    ) -> xr.Dataset:
        """The record with what a guard adds."""


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
    guarding: Guarding | None = None,
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
        Probability from which on a frame counts as fatty, if the decision is binary.
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
    guarding
        For an attack whose flips have to pass a guard as well.

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
    groups = {name: [frame] for name, frame in frames.items()}
    return _attack(
        groups,
        None,
        judge,
        settings,
        initial,
        image_rows,
        cutoff,
        name,
        threads,
        keras,
        partial,
        flips,
        guarding,
    )


def attack_units(
    units: Mapping[str, Sequence[xr.Dataset]],
    rule: str,
    judge: Judge,
    settings: Mapping[str, Any],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    name: str,
    flips: Mapping[str, Sequence[Mapping[str, float]]] | None = None,
) -> xr.Dataset:
    """Attack units of several frames by one method: one setting for all frames of a unit.

    Parameters
    ----------
    units
        The frames of each unit by its name. Frames that could not be read (attribute `error`) are
        left out; a unit without any other keeps an empty place.
    rule
        How the decision over a unit follows from those over its frames, a name in
        `reconattack.attacks.units.RULES`.
    judge, settings, initial, image_rows, cutoff, name
        As `attack_frames` takes them.
    flips
        Settings that flip a unit, by its name, for a method that starts from those in its box.

    Returns
    -------
    xarray.Dataset
        The record, whose `frame` is the unit. A query is a setting; `n_frames` says how many images
        each costs. Changes of the picture are the mean over the unit's frames.

    Raises
    ------
    InputError
        If the rule says nothing of the decision, or the frames of a unit contradict each other.
    """
    given = judge, settings, initial, image_rows, cutoff, name
    return _attack(units, rule, *given, flips=flips)


def _attack(
    groups: Mapping[str, Sequence[xr.Dataset]],
    rule: str | None,
    judge: Judge,
    settings: Mapping[str, Any],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    name: str,
    threads: int | None = None,
    keras: str | None = None,
    partial: Sequence[File] | None = None,
    flips: Mapping[str, Sequence[Mapping[str, float]]] | None = None,
    guarding: Guarding | None = None,
) -> xr.Dataset:
    """Attack groups of frames, each of one frame where there is no rule."""
    settings = dict(settings)
    method = settings.pop("method")
    for of_the_run in ("start_from", "guarded"):
        settings.pop(of_the_run, None)
    space = search_space(initial, settings.pop("parameters"), name)
    decision = decision_of(judge, cutoff)
    readable = {
        group: kept
        for group, frames in groups.items()
        if (kept := [frame for frame in frames if "error" not in frame.attrs])
    }
    reconstructions = [
        [reconstruction_of(frame, image_rows, space.names, initial) for frame in frames]
        for frames in readable.values()
    ]
    truths = {
        group: truth_of_group(group, frames, decision, judge, image_rows)
        for group, frames in groups.items()
    }
    known = [truths[group] for group in readable]
    singles = [frame for (frame,) in reconstructions] if rule is None else []
    searched = decision if guarding is None else guarding.decision(decision)
    if rule is not None:
        oracle = UnitOracle(reconstructions, judge, rule, decision, known)
    elif guarding is not None:
        oracle = guarding.oracle(singles, judge, decision, known)
    else:
        oracle = Oracle(singles, judge, decision, known)
    target = Target(
        oracle=oracle,
        references=references_of(searched, known),
        decision=searched,
        seeds=[seed_of("attack", name, group) for group in readable],
        judge=judge,
        keras=keras,
        threads=threads,
        partial=partial,
        starts=[points_in(space, initial, (flips or {}).get(group, ())) for group in readable],
    )
    paths = find_paths(method, target, space, settings)
    decided, measures = decided_ends(oracle, paths, searched)
    queries = queries_of(paths, oracle)
    result = record(paths, list(readable), space.names, queries, searched, decided)
    if guarding is not None:
        result = guarding.completed(result, oracle, paths, decision)
    parts = [result, measures, picture_changes(reconstructions, judge, paths, space)]
    if rule is None:
        parts.append(told_by_pictures(singles, judge, paths, space, decision, known))
    further = findings_of(load_method(method), paths, target, space, settings)
    whole = xr.merge([*parts, further], combine_attrs="no_conflicts")
    result = with_unreadable(whole, list(groups))
    firsts = [frames[0].attrs for frames in groups.values()]
    if isinstance(decision, Binary):
        labels = [-1 if truth is None else int(truth) for truth in truths.values()]
    else:
        labels = [attributes.get("label", -1) for attributes in firsts]
        numbers = [decision.truth_as_number(truth) for truth in truths.values()]
        result["truth"] = "frame", np.array(numbers, float), TRUTH_ATTRIBUTES
    result["label"] = "frame", np.array(labels, int), LABEL_ATTRIBUTES
    gains = [attributes.get("gain_state", "") for attributes in firsts]
    result["gain_state"] = "frame", np.array(gains, object), GAIN_ATTRIBUTES
    if rule is not None:
        counts = [len(readable.get(group, ())) for group in groups]
        result["n_frames"] = "frame", np.array(counts, int), COUNT_ATTRIBUTES
        result.attrs["rule"] = rule
    return result


def truth_of_group(
    name: str, frames: Sequence[xr.Dataset], decision: Decision, judge: Judge, image_rows: int
) -> Any | None:
    """What is true of a frame, or of all frames of a unit."""
    if len(frames) == 1:
        named = frames[0].assign_attrs(name=name)
        return decision.truth_in(named, image_rows, judge.network_input)
    return truth_of_unit(name, frames, decision)


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


def references_of(decision: Decision, truths: Sequence[Any]) -> np.ndarray:
    """References of `Target`, int (frame,): labels, or 1 of a decision that is not binary."""
    if not isinstance(decision, Binary):
        return np.ones(len(truths), int)
    return np.array([-1 if truth is None else truth for truth in truths], int)


def labels_of(frames: Iterable[xr.Dataset]) -> np.ndarray:
    """Label of each frame, int (frame,); -1 if unknown."""
    return np.array([frame.attrs.get("label", -1) for frame in frames], int)


def decided_ends(
    oracle: Oracle, paths: Sequence[Path], decision: Decision
) -> tuple[np.ndarray | None, xr.Dataset]:
    """What is decided of each frame at the initial setting and at the attack's result.

    Two more images of each frame are judged for it, which are no queries; none if the decision is
    binary: its scores tell it.

    Returns
    -------
    tuple
        The decisions, float64 (frame, 2), None if they are binary; and the `measures` of the
        decision by frame.
    """
    if isinstance(decision, Binary):
        return None, xr.Dataset()
    decided, changes = np.empty((len(paths), 2)), []
    for frame, path in enumerate(paths):
        ends = np.stack([path.parameters[0], path.parameters[path.best_step]])
        decided[frame], change = oracle.decided(frame, ends)
        changes.append(change)
    return decided, xr.Dataset(
        {
            name: ("frame", np.array([change[name] for change in changes], float), attributes)
            for name, attributes in decision.measures.items()
        }
    )


def picture_changes(
    groups: Sequence[Sequence[Reconstruction]],
    judge: Judge,
    paths: Sequence[Path],
    space: SearchSpace,
) -> xr.Dataset:
    """How the final setting of each frame changes the picture that the judge is shown.

    Parameters
    ----------
    groups
        The frame of each path, or the frames of its unit, of which the mean change counts.
    judge
        The classifier.
    paths
        A path for each group.
    space
        The box.

    Returns
    -------
    xarray.Dataset
        A variable (frame) for each of `MEASURES`.
    """
    rows = [
        [_change(one, judge, path.parameters[path.best_step], space) for one in group]
        for group, path in zip(groups, paths, strict=True)
    ]
    return xr.Dataset(
        {
            name: (
                "frame",
                np.array([np.mean([one[name] for one in group]) for group in rows]),
                attributes,
            )
            for name, attributes in MEASURES.items()
        }
    )


def _change(
    reconstruction: Reconstruction, judge: Judge, setting: np.ndarray, space: SearchSpace
) -> dict[str, float]:
    """The `MEASURES` of one frame at a setting, (parameter,)."""
    initial = dict(zip(space.names, space.initial, strict=True))
    (final,) = judge.picture_setting(reconstruction, setting)
    original, changed = reconstruction.bmode(np.stack([space.initial, final]))
    levels = level_change(
        dict(zip(space.names, final, strict=True)),
        initial,
        reconstruction.frequency,
        reconstruction.depths,
    )
    return picture_change(original, changed, reconstruction.sector) | levels
