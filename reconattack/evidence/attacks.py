"""The table of all attacks, `attacks.csv`: a row per model, seed, fold, attack and frame."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import logit

from reconattack.attacks.results import LATTICE, FrameResult, parameters_of, read_frames
from reconattack.reconstruction.picture_change import MEASURES
from reconattack.storage import read_table

KEYS = ("model", "seed", "fold", "attack")
SURE = ("sure_flip", "sure_hold")
FLIP_AT = "flip_at_"  # before a swept dynamic range
TOLD = (*SURE, "censored_share")  # what pictures tell
GRID_COLUMNS = ("grid", "grid_certified", "grid_distance", "on_lattice", "grid_confirms")
DTYPES = {
    "fold": str,
    "grid": str,
    "grid_certified": "boolean",
    "on_lattice": "boolean",
    "grid_confirms": "boolean",
    **dict.fromkeys(SURE, "boolean"),
}
INTEGERS = ("label", "reference", "queries_to_flip", "zero_gradients")
SATURATED_LOGIT = -logit(1.001e-7)  # classifiers clip at 1e-7


def columns(parameters: Sequence[str]) -> list[str]:
    """Columns of `attacks.csv` for some reconstruction parameters, in their order."""
    return [
        *KEYS,
        "frame",
        "label",
        "gain_state",
        "reference",
        "reference_source",
        "probability_initial",
        "probability_final",
        "decision_initial",
        "decision_final",
        "margin_initial",
        "margin_final",
        "unit",
        *parameters,
        "success",
        "direction",
        "queries",
        "queries_to_flip",
        "repeats",
        "steps",
        "stop_reason",
        *MEASURES,
        "gradient_form",
        "zero_gradients",
        "saturated_share",
        *GRID_COLUMNS,
    ]


def read_attacks(path: str) -> pd.DataFrame:
    """Read `attacks.csv`; the grid's verdicts are boolean, and missing where there is no grid."""
    return read_table(path, dtype=DTYPES)


def attack_table(
    files: Sequence[Mapping[str, str]], grids: Mapping[str, Mapping[str, str]]
) -> pd.DataFrame:
    """Tabulate attacks, a row per frame.

    Parameters
    ----------
    files
        Records of the attacks: the `KEYS` and `path`.
    grids
        The grid over the same box (`attack`, `path`) by the path of a record; without the records
        for which the run has no grid.

    Returns
    -------
    pandas.DataFrame
        The `columns`, in the order of `files`, and `TOLD` if the frames are pictures.
    """
    names = parameters_of([file["path"] for file in files])
    rows = [
        {key: file[key] for key in KEYS} | row
        for file in files
        for row in frame_rows(file["path"], names, grids.get(file["path"]))
    ]
    tell = any("sure_flip" in row for row in rows)
    swept = list(dict.fromkeys(name for row in rows for name in row if name.startswith(FLIP_AT)))
    table = pd.DataFrame(rows, columns=[*columns(names), *(TOLD if tell else ()), *swept])
    verdicts = [*(SURE if tell else ()), *swept]
    return with_integers(table, INTEGERS).astype(dict.fromkeys(verdicts, "boolean"))


def with_integers(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The table with those columns as whole numbers that hold nothing else."""
    whole = [name for name in names if (table[name].dropna().astype(float) % 1 == 0).all()]
    return table.astype(dict.fromkeys(whole, "Int64"))


def frame_rows(path: str, names: Sequence[str], grid: Mapping[str, str] | None) -> list[dict]:
    """The result of each frame of a record, and the verdict of the grid over the same box."""
    verdicts = read_frames(grid["path"], lattice=True) if grid else []
    by_name = {verdict.name: verdict for verdict in verdicts}
    rows = []
    for frame in read_frames(path, lattice=True):
        row = frame_row(frame, names)
        if grid and frame.is_attacked:
            row |= {"grid": grid["attack"]} | grid_verdict(frame, by_name[frame.name])
        rows.append(row)
    return rows


def frame_row(frame: FrameResult, names: Sequence[str]) -> dict:
    """The result of one frame: its final setting is the best step, which need not be the last.

    A parameter of `names` that the attack does not have is NaN.
    """
    setting = frame.setting
    n_steps = frame.steps.sizes["step"]
    return {
        "frame": frame.name,
        "label": frame.truth,
        "gain_state": str(frame.record["gain_state"].values),
        "reference": reference_of(frame) if n_steps else None,
        "reference_source": "own decision" if frame.truth is None else "label",
        "probability_initial": frame.probability_initial,
        "probability_final": frame.probability_final,
        "decision_initial": frame.decision_initial,
        "decision_final": frame.decision_final,
        "margin_initial": frame.margin_initial,
        "margin_final": frame.margin_final,
        "unit": frame.margin_unit,
        **{name: setting.get(name, np.nan) for name in names},
        "success": frame.flipped,
        "direction": frame.direction if frame.flipped and frame.is_binary else None,
        "queries": int(frame.record["queries"]),
        "queries_to_flip": float(frame.record["queries_to_flip"]),
        "repeats": int(frame.record["repeats"]),
        "steps": max(n_steps - 1, 0),
        "stop_reason": frame.stop_reason,
        **{name: float(frame.record[name]) for name in MEASURES},
        "gradient_form": frame.record.attrs.get("gradient_form"),
        "zero_gradients": zero_gradients(frame.record["gradient"].values),
        "saturated_share": saturated_share(frame.record),
        **told(frame),
    }


def reference_of(frame: FrameResult) -> float:
    """The class or the number that the attack tries to leave."""
    if frame.is_binary:
        return frame.reference
    return frame.decision_initial if frame.truth is None else frame.truth


def told(frame: FrameResult) -> dict:
    """What the picture of an attacked frame tells of its final decision; empty for RF frames."""
    if "sure_flip" not in frame.record:
        return {}
    sure = {name: float(frame.record[name]) == 1 if frame.is_attacked else None for name in SURE}
    return sure | {"censored_share": float(frame.record["censored_share"])} | flips_at(frame)


def flips_at(frame: FrameResult) -> dict:
    """Whether a picture's final setting flips at each swept dynamic range; empty without any."""
    if "flip_at_range" not in frame.record:
        return {}
    flips = frame.record["flip_at_range"]
    return {
        f"{FLIP_AT}{spread:g}dB": bool(flip) if frame.is_attacked and np.isfinite(flip) else None
        for spread, flip in zip(flips["dynamic_range"].values, flips.values, strict=True)
    }


def zero_gradients(gradients: np.ndarray) -> int | None:
    """How many measured gradients, (step, parameter), are zero; None if none was measured."""
    measured = gradients[~np.isnan(gradients).all(axis=1)]
    return int((np.nan_to_num(measured) == 0).all(axis=1).sum()) if len(measured) else None


def saturated_share(record: xr.Dataset) -> float:
    """Share of a frame's recorded logits whose probability is 0 or 1 within 1e-7; NaN without any.

    They are those of all lattice points where the record has a lattice, else those of the steps;
    NaN too where the decision is not binary.
    """
    if "logit" not in record:
        return np.nan
    logits = record["grid_logit" if "grid_logit" in record else "logit"].values
    judged = logits[~np.isnan(logits)]
    return float(np.mean(np.abs(judged) >= SATURATED_LOGIT)) if judged.size else np.nan


def grid_verdict(frame: FrameResult, grid: FrameResult) -> dict:
    """What the grid over the same box found at a frame that an attack searched.

    `grid_confirms` is known for a success on the lattice: whether the grid's own judgement of that
    point flips the decision. If not, one of the two is wrong. A grid cannot confirm a point off its
    lattice.
    """
    there = flips_on_lattice(grid, frame.setting)
    confirms = there if frame.flipped else None
    return {
        "grid_certified": bool(grid.record["grid_certified"]),
        "grid_distance": float(grid.record["nearest_distance"]),
        "on_lattice": there is not None,
        "grid_confirms": confirms,
    }


def flips_on_lattice(grid: FrameResult, setting: Mapping[str, float]) -> bool | None:
    """Whether a grid found a flip at a setting; None if this is no point of its lattice."""
    point = {f"{LATTICE}{name}": value for name, value in setting.items()}
    try:
        return bool(grid.record["grid_flips"].sel(point))
    except KeyError:
        return None
