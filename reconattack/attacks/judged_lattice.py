"""What a model answers on a coarse lattice of the box."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reconattack.attacks.judging import answers_in_parts, logits_at
from reconattack.attacks.lattice import even_axes, lattice_points
from reconattack.attacks.lattice_masks import label_masks, lattice_masks, packed
from reconattack.attacks.results import LATTICE
from reconattack.attacks.space import SearchSpace, search_space
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.prediction import initial_answer
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
        for a frame that could not be read. If the decision is not binary, `grid_margin` and
        `grid_decided` stand in its place, and for classes `grid_share`, the probability of each,
        with a last dimension `class`, and for masks what `label_masks` gives.
    """
    space = search_space(initial, parameters, "explorer")
    axes = even_axes(space, points)
    settings = lattice_points(axes)
    if judge.decision is not None:
        answers = {
            name: answers_at(frame, settings, space.names, initial, image_rows, judge)
            for name, frame in frames
        }
        return label_answers(answers, axes, space, judge.decision)
    logits = {
        name: logits_at(frame, settings, space.names, initial, image_rows, judge)
        for name, frame in frames
    }
    return label_lattice(logits, axes, space)


def label_lattice(
    logits: Mapping[str, np.ndarray], axes: Sequence[np.ndarray], space: SearchSpace
) -> xr.Dataset:
    """Name the axes of the logits of each frame, (point,), as the record of a grid does."""
    described_as = described("1", "log-odds of fatty liver on the lattice")
    return _labelled({"grid_logit": (logits, described_as)}, axes, space)


def answers_at(
    frame: xr.Dataset,
    settings: np.ndarray,
    names: Sequence[str],
    initial: Mapping[str, float],
    image_rows: int,
    judge: Judge,
) -> dict[str, Any]:
    """What is decided of one frame at settings, (point, parameter), if it is not binary.

    Returns
    -------
    dict
        `margin` and `decided`, float64 (point,), and for classes `share`, (point, class); NaN for a
        frame that could not be read. For masks also `masks` (`LatticeMasks`).
    """
    decision = judge.decision
    first = initial_answer(frame, judge, initial, image_rows)
    width = len(decision.detail(first)) if first is not None and decision.kind == "classes" else 0
    found = {name: np.full(len(settings), np.nan) for name in ("margin", "decided")}
    if first is None:
        return found
    truth = decision.truth_in(frame, image_rows, judge.network_input)
    reference = decision.reference(first, truth)
    shares, bits = np.empty((len(settings), width)), []
    for place, answers in answers_in_parts(frame, settings, names, initial, image_rows, judge):
        found["margin"][place] = decision.scores(answers, reference)
        found["decided"][place] = decision.decided(answers, reference)
        if width:
            shares[place] = [list(decision.detail(answer).values()) for answer in answers]
        if isinstance(decision, Mask):
            bits.append(packed(answers, len(decision.structures)))
    if bits:
        masks = lattice_masks(frame, judge, image_rows, np.concatenate(bits), reference)
        return found | {"masks": masks}
    return found | ({"share": shares} if width else {})


def label_answers(
    answers: Mapping[str, Mapping[str, Any]],
    axes: Sequence[np.ndarray],
    space: SearchSpace,
    decision: Decision,
) -> xr.Dataset:
    """Name the axes of what is decided of each frame (`answers_at`), as the record of a grid."""
    meanings = {
        "margin": described(decision.unit, "how far the decision is from being left"),
        "decided": described("1", f"{decision.what} that is decided"),
        "share": described("1", "probability of each class"),
    }
    known = [found for found in answers.values() if "share" in found]
    empty = np.full_like(known[0]["share"], np.nan) if known else None
    values = {}
    for name, meaning in meanings.items():
        if name != "share" or known:
            by_frame = {frame: found.get(name, empty) for frame, found in answers.items()}
            values[f"grid_{name}"] = (by_frame, meaning)
    labelled = _labelled(values, axes, space)
    masks = {frame: found.get("masks") for frame, found in answers.items()}
    if not any(masks.values()):
        return labelled
    lengths = {f"{LATTICE}{name}": len(axis) for name, axis in zip(space.names, axes, strict=True)}
    return labelled.merge(label_masks(masks, lengths, decision.structures))


def _labelled(
    variables: Mapping[str, tuple[Mapping[str, np.ndarray], Mapping[str, str]]],
    axes: Sequence[np.ndarray],
    space: SearchSpace,
) -> xr.Dataset:
    """Variables of the values of each frame, (point,) or (point, class), over named axes."""
    names = [f"{LATTICE}{name}" for name in space.names]
    frames = list(next(iter(variables.values()))[0])
    counts = [len(axis) for axis in axes]
    whole = {}
    for name, (by_frame, attributes) in variables.items():
        last = ("class",) if name == "grid_share" else ()
        values = np.array(list(by_frame.values()), np.float32)
        shaped = values.reshape((len(frames), *counts, *(-1 for _ in last)))
        whole[name] = (("frame", *names, *last), shaped, attributes)
    dataset = xr.Dataset(
        whole,
        coords={
            "frame": ("frame", np.array(frames, object), described("1", "RF frame")),
            **{
                name: (name, axis, PARAMETERS[parameter].attributes)
                for name, parameter, axis in zip(names, space.names, axes, strict=True)
            },
        },
    )
    for name in variables:
        dataset[name].encoding = {"zlib": True, "complevel": 1}
    return dataset
