"""Logits of frames at settings that are drawn without an adversary."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.drawn_settings import choose_settings, setting_space
from reconattack.attacks.judging import logits_at
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.parameter import described
from reconattack.reconstruction.parameters import PARAMETERS


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
        that could not be read has NaN.
    """
    space = setting_space(initial, settings["parameters"])
    sweeps = {name: knob["sweep"] for name, knob in settings["parameters"].items()}
    chosen = choose_settings(space, settings["settings"], settings["deviation"], sweeps)
    points = chosen[list(space.names)].to_numpy()
    known, logits = {}, []
    for name, frame in frames:
        known[name] = frame.attrs
        logits.append(logits_at(frame, points, space.names, initial, image_rows, judge))
    return label_settings(logits, known, chosen)


def label_settings(
    logits: Sequence[np.ndarray], frames: Mapping[str, Mapping], chosen: pd.DataFrame
) -> xr.Dataset:
    """Name the axes of logits (frame, setting), with what is known of the frames and settings."""
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
            "logit": (
                ("frame", "setting"),
                np.reshape(logits, (len(frames), len(chosen))),
                described("1", "log-odds of fatty liver"),
            )
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
