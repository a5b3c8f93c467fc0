"""What a model answers at settings that are drawn without an adversary."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.drawn_settings import choose_settings, setting_space
from reconattack.attacks.judging import answers_in_parts, logits_at
from reconattack.classifiers.decisions.mask import GivenMask
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.prediction import initial_answer
from reconattack.reconstruction.parameter import described
from reconattack.reconstruction.parameters import PARAMETERS

LOGIT = {"logit": described("1", "log-odds of fatty liver")}


def judge_drawn_settings(
    frames: Iterable[tuple[str, xr.Dataset]],
    judge: Judge,
    settings: Mapping[str, Any],
    initial: Mapping[str, float],
    image_rows: int,
) -> xr.Dataset:
    """Logits of frames at settings that are drawn without an adversary.

    Parameters
    ----------
    frames
        Name and RF frame.
    judge
        The classifier.
    settings
        The configuration's `accidental`: `settings`, `deviation` and `parameters`.
    initial
        The initial setting.
    image_rows
        Height of the pictures in pixels.

    Returns
    -------
    xarray.Dataset
        `logit` (frame, setting), with what is known of frames and settings as coordinates. A frame
        that could not be read has NaN. If the decision is not binary, `decided` and `margin` stand
        in its place (`decided_at`), `truth` is a further coordinate, and the attributes `decision`
        and `unit` name its kind and the unit of margins.
    """
    space = setting_space(initial, settings["parameters"])
    sweeps = {name: knob["sweep"] for name, knob in settings["parameters"].items()}
    chosen = choose_settings(space, settings["settings"], settings["deviation"], sweeps)
    points = chosen[list(space.names)].to_numpy()
    if judge.decision is not None:
        return decided_settings(frames, judge, points, space.names, chosen, initial, image_rows)
    known, logits = {}, []
    for name, frame in frames:
        known[name] = frame.attrs
        logits.append(logits_at(frame, points, space.names, initial, image_rows, judge))
    return label_settings({"logit": logits}, known, chosen)


def decided_settings(
    frames: Iterable[tuple[str, xr.Dataset]],
    judge: Judge,
    points: np.ndarray,
    names: Sequence[str],
    chosen: pd.DataFrame,
    initial: Mapping[str, float],
    image_rows: int,
) -> xr.Dataset:
    """What is decided of frames at the `chosen` settings, `points` (setting, parameter)."""
    decision = judge.decision
    known, truths, found = {}, [], {"decided": [], "margin": []}
    for name, frame in frames:
        known[name] = frame.attrs
        truth = decision.truth_in(frame.assign_attrs(name=name), image_rows, judge.network_input)
        truths.append(decision.truth_as_number(truth))
        reference = truth if isinstance(truth, GivenMask) else None
        answers = decided_at(frame, points, names, initial, image_rows, judge, reference)
        for measure, values in answers.items():
            found[measure].append(values)
    meanings = {
        "decided": described("1", f"{decision.what} that is decided"),
        "margin": described(decision.unit, "how far the decision is from the reference's limit"),
    }
    labelled = label_settings(found, known, chosen, meanings)
    labelled.attrs |= {"decision": decision.kind, "unit": decision.unit}
    attributes = described("1", "true class or number, 1 for a given mask; empty if unknown")
    return labelled.assign_coords(truth=("frame", np.array(truths, float), attributes))


def decided_at(
    frame: xr.Dataset,
    points: np.ndarray,
    names: Sequence[str],
    initial: Mapping[str, float],
    image_rows: int,
    judge: Judge,
    mask: GivenMask | None = None,
) -> dict[str, np.ndarray]:
    """What is decided of one frame at settings, points (setting, parameter), if it is not binary.

    The reference is the given mask, or the model's own answer at the initial setting, which need
    not be right.

    Returns
    -------
    dict
        `decided` and `margin`, float64 (setting,); NaN for a frame that could not be read.
    """
    decision = judge.decision
    found = {name: np.full(len(points), np.nan) for name in ("decided", "margin")}
    first = initial_answer(frame, judge, initial, image_rows)
    if first is None:
        return found
    reference = decision.reference(first, mask)
    for place, answers in answers_in_parts(frame, points, names, initial, image_rows, judge):
        found["decided"][place] = decision.decided(answers, reference)
        found["margin"][place] = decision.scores(answers, reference)
    return found


def label_settings(
    values: Mapping[str, Sequence[np.ndarray]],
    frames: Mapping[str, Mapping],
    chosen: pd.DataFrame,
    meanings: Mapping[str, Mapping[str, str]] = LOGIT,
) -> xr.Dataset:
    """Name the axes of values (frame, setting), with what is known of the frames and settings.

    `meanings` are the attributes of each of the `values`.
    """
    of_frame = {
        "frame": (list(frames), object, "RF frame"),
        "patient": ([known["patient"] for known in frames.values()], object, "patient"),
        "label": (
            [known.get("label", -1) for known in frames.values()],
            int,
            "1 fatty, 0 normal, -1 unknown",
        ),
    }
    of_setting = {
        "setting": "name of the setting",
        "distribution": "how the setting was chosen",
    }
    return xr.Dataset(
        {
            name: (
                ("frame", "setting"),
                np.reshape(values[name], (len(frames), len(chosen))),
                attributes,
            )
            for name, attributes in meanings.items()
        },
        coords={
            **{
                name: ("frame", np.array(values, dtype), described("1", long_name))
                for name, (values, dtype, long_name) in of_frame.items()
            },
            **{
                name: ("setting", chosen[name].to_numpy(object), described("1", long_name))
                for name, long_name in of_setting.items()
            },
            **{
                name: ("setting", chosen[name].to_numpy(), PARAMETERS[name].attributes)
                for name in PARAMETERS
                if name in chosen
            },
        },
    )
