"""Gather all attacks in one table, a row per model, seed, fold, attack and frame."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import logit

from reconattack.attacks.results import parameters_of
from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.classifiers.decision import MISTAKES, decide
from reconattack.reconstruction.picture_change import MEASURES
from reconattack.run.jobs import job
from reconattack.storage import located, write_table

SATURATED_LOGIT = -logit(1.001e-7)  # classifiers clip at 1e-7
INTEGERS = ("label", "reference", "queries_to_flip", "zero_gradients")


def tabulate_attacks(
    files: Sequence[Mapping[str, str]],
    grids: Mapping[str, Mapping[str, str]],
    cutoff: float,
    output: str,
) -> None:
    """Write the attacks of `files` (`model`, `seed`, `fold`, `attack`, `path`), in their order.

    `grids` names for the path of a file the grid over the same box (`attack`, `path`), if the run
    has one.
    """
    keys = ("model", "seed", "fold", "attack")
    names = parameters_of([file["path"] for file in files])
    rows = [
        {key: file[key] for key in keys} | row
        for file in files
        for row in frame_rows(file["path"], names, grids.get(file["path"]), cutoff)
    ]
    write_table(output, pd.DataFrame(rows).astype(dict.fromkeys(INTEGERS, "Int64")))


def frame_rows(
    path: str, names: Sequence[str], grid: Mapping[str, str] | None, cutoff: float
) -> list[dict]:
    """What became of each frame of one result file, and what the grid says to it."""
    with ExitStack() as opened:
        attacks = opened.enter_context(xr.open_dataset(path))
        lattice = opened.enter_context(xr.open_dataset(grid["path"])) if grid else None
        beside = lattice, grid["attack"] if grid else None, cutoff
        frames = [attacks.isel(frame=number) for number in range(attacks.sizes["frame"])]
        return [frame_row(frame, names) | grid_row(frame, *beside) for frame in frames]


def frame_row(frame: xr.Dataset, names: Sequence[str]) -> dict:
    """What became of one frame; its final setting is the attack's result, not always the last.

    A parameter of `names` that this attack does not have is empty.
    """
    steps = int(frame["probability"].notnull().sum())
    final = frame.isel(step=int(frame["best_step"]))
    label = int(frame["label"])
    return {
        "frame": str(frame["frame"].values),
        "label": label if label >= 0 else None,
        "gain_state": str(frame["gain_state"].values),
        "reference": int(frame["reference"]) if steps else None,
        "reference_source": "label" if label >= 0 else "own decision",
        "probability_initial": float(frame["probability"][0]),
        "probability_final": float(final["probability"]),
        **final["parameters"].reindex(parameter=names).to_series().to_dict(),
        "success": bool(frame["success"]),
        "direction": MISTAKES[int(frame["reference"])] if frame["success"] else None,
        "queries": int(frame["queries"]),
        "queries_to_flip": float(frame["queries_to_flip"]),
        "repeats": int(frame["repeats"]),
        "steps": max(steps - 1, 0),
        "stop_reason": str(frame["stop_reason"].values),
        **{name: float(frame[name]) for name in MEASURES},
        "gradient_form": frame.attrs.get("gradient_form"),
        "zero_gradients": zero_gradients(frame["gradient"].values),
        "saturated_share": saturated_share(frame),
    }


def zero_gradients(gradients: np.ndarray) -> int | None:
    """How many of the measured gradients, (step, parameter), are zero; None where none was."""
    measured = gradients[~np.isnan(gradients).all(axis=1)]
    return int((np.nan_to_num(measured) == 0).all(axis=1).sum()) if len(measured) else None


def saturated_share(frame: xr.Dataset) -> float:
    """Share of the recorded judgements of which the probability is 0 or 1 within 1e-7.

    Of a grid these are all its points, of other attacks their steps.
    """
    logits = frame["grid_logit" if "grid_logit" in frame else "logit"].values
    judged = logits[~np.isnan(logits)]
    return float(np.mean(np.abs(judged) >= SATURATED_LOGIT)) if judged.size else np.nan


def grid_row(frame: xr.Dataset, grid: xr.Dataset | None, name: str | None, cutoff: float) -> dict:
    """What the grid over the same box says to one frame's result; empty without grid or attack.

    `grid_confirms` tells of a success on the lattice whether the grid's own judgement of that point
    flips the decision: if not, one of the two is wrong. Of points off the lattice a grid says
    nothing.
    """
    columns = ("grid", "grid_certified", "grid_distance", "on_lattice", "grid_confirms")
    if grid is None or str(frame["stop_reason"].values) in NOT_ATTACKED:
        return dict.fromkeys(columns)
    verdict = grid.sel(frame=str(frame["frame"].values))
    there = logit_on_lattice(verdict, frame["parameters"].isel(step=int(frame["best_step"])))
    confirms = None
    if there is not None and frame["success"]:
        confirms = bool(decide(np.array(there), cutoff) != int(frame["reference"]))
    certified, distance = bool(verdict["grid_certified"]), float(verdict["nearest_distance"])
    return dict(zip(columns, (name, certified, distance, there is not None, confirms), strict=True))


def logit_on_lattice(verdict: xr.Dataset, setting: xr.DataArray) -> float | None:
    """What a grid has judged at a setting; None where this is no point of its lattice."""
    names = [f"grid_{name}" for name in setting["parameter"].values]
    try:
        return float(verdict["grid_logit"].sel(dict(zip(names, setting.values, strict=True))))
    except KeyError:
        return None


if __name__ == "__main__":
    with job(snakemake.log[0]):
        tabulate_attacks(
            files=located(snakemake.params.files, snakemake.input),
            grids=located(snakemake.params.grids, snakemake.input),
            cutoff=snakemake.params.cutoff,
            output=snakemake.output.table,
        )
