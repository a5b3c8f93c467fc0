"""Logits of frames at given settings, without any search."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.drawn_settings import choose_settings, setting_space
from reconattack.attacks.lattice import even_axes, lattice_points
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.results import LATTICE, attacked_frames
from reconattack.attacks.space import SearchSpace, search_space
from reconattack.classifiers.decision import decide
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction

TRANSFER_COLUMNS = (
    *("source_model", "source_seed", "attack", "frame", "reference"),
    *("source_success", "right_at_start", "logit", "flipped"),
)


def logits_at(
    frame: xr.Dataset,
    points: np.ndarray,
    names: Sequence[str],
    initial: Mapping[str, float],
    image_rows: int,
    judge: Judge,
) -> np.ndarray:
    """Logits of one frame at settings.

    Parameters
    ----------
    frame
        The RF frame; one that could not be read has the attribute `error`.
    points
        float (n, parameter), in each parameter's unit.
    names
        The parameters in the order of every point.
    initial
        Values of parameters that are not among `names`.
    image_rows
        Height of the pictures in pixels.
    judge
        The classifier.

    Returns
    -------
    numpy.ndarray
        float64 (n,); NaN for a frame that could not be read.
    """
    if "error" in frame.attrs:
        return np.full(len(points), np.nan)
    oracle = Oracle([Reconstruction(frame, image_rows, tuple(names), initial)], judge)
    return oracle(np.zeros(len(points), int), points)


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
                _attributes("1", "log-odds of fatty liver"),
            )
        },
        coords={
            **{
                name: ("frame", np.array(values, dtype), _attributes("1", long_name))
                for name, (values, dtype, long_name) in of_frame.items()
            },
            **{
                name: ("setting", chosen[name].to_numpy(object), _attributes("1", long_name))
                for name, long_name in of_setting.items()
            },
            **{
                name: ("setting", chosen[name].to_numpy(), PARAMETERS[name].attributes)
                for name in PARAMETERS
                if name in chosen
            },
        },
    )


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
                _attributes("1", "log-odds of fatty liver on the lattice"),
            )
        },
        coords={
            "frame": ("frame", np.array(list(logits), object), _attributes("1", "RF frame")),
            **{
                name: (name, axis, PARAMETERS[parameter].attributes)
                for name, parameter, axis in zip(names, space.names, axes, strict=True)
            },
        },
    )
    dataset["grid_logit"].encoding = {"zlib": True, "complevel": 1}
    return dataset


def judge_transferred_settings(
    frames: Mapping[str, xr.Dataset],
    decisions: Mapping[str, int],
    sources: Iterable[Mapping[str, str]],
    judge: Judge,
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
) -> pd.DataFrame:
    """Decisions of one classifier at the settings that flipped others.

    Parameters
    ----------
    frames
        RF frames by name.
    decisions
        The classifier's own decision at the initial setting, 0 or 1, of each frame that it judges
        and that could be read.
    sources
        Records of attacks on other models: `model`, `seed`, `attack` and `path`.
    judge
        The classifier.
    initial
        The initial setting.
    image_rows
        Height of the pictures in pixels.
    cutoff
        Probability from which on a frame counts as fatty.

    Returns
    -------
    pandas.DataFrame
        A row per source and frame that it attacked, columns `TRANSFER_COLUMNS`. `logit` and
        `flipped` are empty unless the source was flipped and both classifiers agreed at the start.
    """
    rows = [
        row | {"right_at_start": decisions[row["frame"]] == row["reference"]}
        for source in sources
        for row in _attacked_rows(source)
        if row["frame"] in decisions
    ]
    tried = [row for row in rows if row["source_success"] and row["right_at_start"]]
    logits = logits_of_settings(tried, frames, judge, initial, image_rows)
    for row, logit in zip(tried, logits, strict=True):
        row |= {"logit": logit, "flipped": bool(decide(logit, cutoff) != row["reference"])}
    return pd.DataFrame(rows, columns=list(TRANSFER_COLUMNS))


def logits_of_settings(
    rows: Sequence[Mapping[str, Any]],
    frames: Mapping[str, xr.Dataset],
    judge: Judge,
    initial: Mapping[str, float],
    image_rows: int,
) -> np.ndarray:
    """Logits, (row,), of the `frame` of each row at its `setting`.

    A parameter that a setting leaves out stays at its initial value.
    """
    settings = [NEUTRAL | dict(initial) | row["setting"] for row in rows]
    names = [name for name in PARAMETERS if any(name in row["setting"] for row in rows)]
    used = [name for name in frames if any(name == row["frame"] for row in rows)]
    oracle = Oracle(
        [Reconstruction(frames[name], image_rows, names, initial) for name in used], judge
    )
    points = np.array([[setting[name] for name in names] for setting in settings])
    return oracle(np.array([used.index(row["frame"]) for row in rows], int), points)


def _attacked_rows(source: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for frame in attacked_frames(source["path"]):
        yield {
            "source_model": source["model"],
            "source_seed": source["seed"],
            "attack": source["attack"],
            "frame": frame.name,
            "reference": frame.reference,
            "source_success": frame.flipped,
            "setting": frame.setting,
        }


def _attributes(units: str, long_name: str) -> dict[str, str]:
    return {"units": units, "long_name": long_name}
