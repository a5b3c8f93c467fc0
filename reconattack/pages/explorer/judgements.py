"""What the page shows of a model: the stored judgements, and what is proved in between.

Every judgement is stored in a result of the run: at the initial setting, on a lattice, at the steps
of the paper's attack and at the nearest flip that was found. A proof holds between them too.
"""

import base64
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import xarray as xr

from reconattack.attacks.results import LATTICE, FrameResult, read_frames
from reconattack.reconstruction.parameters import PAPER_PARAMETERS


def read_lattices(
    path: str, frames: Collection[str]
) -> Iterator[tuple[str, list[np.ndarray], np.ndarray]]:
    """Name, axes and logits of those of `frames` that a grid or a lattice judged.

    The axes are those of the paper's parameters, the logits float32 (beta, alpha_lower,
    alpha_upper). Margins stand in place of logits if the decision is not binary.
    """
    names = [f"{LATTICE}{name}" for name in PAPER_PARAMETERS]
    for frame in read_frames(path, lattice=True):
        judged = "grid_logit" if "grid_logit" in frame.record else "grid_margin"
        logits = frame.record[judged].transpose(*names).values
        if frame.name in frames and not np.isnan(logits).any():
            yield frame.name, [frame.record[name].values for name in names], logits


def read_answers(path: str, frames: Collection[str]) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """Name and answers of those of `frames` on a lattice whose record has them.

    `decided` is float32 (beta, alpha_lower, alpha_upper), `shares` have a last axis for the classes
    and are missing for other decisions. No record has them if the decision is binary.
    """
    names = [f"{LATTICE}{name}" for name in PAPER_PARAMETERS]
    for frame in read_frames(path, lattice=True):
        if frame.name in frames and "grid_decided" in frame.record:
            answers = {"decided": frame.record["grid_decided"].transpose(*names).values}
            if "grid_share" in frame.record:
                answers["shares"] = frame.record["grid_share"].transpose(*names, "class").values
            yield frame.name, answers


def scores(steps: xr.Dataset) -> list[float]:
    """Logits of some steps, (step,); their margins if the decision is not binary."""
    return steps["logit" if "logit" in steps else "margin"].values.tolist()


def decided(frame: FrameResult, count: int, final: int) -> dict[str, list[float | None]]:
    """What is decided at the first of `count` steps and at the `final` one; the rest is not stored.

    Nothing if the decision is binary: logits tell it.
    """
    if frame.is_binary or not count:
        return {}
    known: list[float | None] = [None] * count
    known[0] = frame.decision_initial
    if final < count:
        known[final] = frame.decision_final
    return {"decided": known}


def read_paths(path: str, frames: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and path of an attack by steps on those of `frames` that its record holds.

    `parameters` (step, parameter) and `logits` (step) are lists, the parameters in the order of
    `PAPER_PARAMETERS`. Both are empty for a frame that could not be read.
    """
    for frame in read_frames(path):
        if frame.name in frames:
            yield (
                frame.name,
                {
                    "parameters": paper_parameters(frame.steps).tolist(),
                    "logits": scores(frame.steps),
                    **decided(frame, frame.steps.sizes["step"], frame.best_step),
                    "success": frame.flipped,
                    "stop_reason": frame.stop_reason,
                },
            )


def read_searches(path: str, frames: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and result of a search on those of `frames` that its record holds.

    As in `read_paths`, but the only steps are the initial setting and the flip, if one was found.
    `queries` is the number of queries until then.
    """
    for frame in read_frames(path):
        if frame.name in frames:
            steps = frame.steps
            shown = steps.isel(step=[0, frame.best_step] if frame.flipped else slice(0, 1))
            yield (
                frame.name,
                {
                    "parameters": paper_parameters(shown).tolist(),
                    "logits": scores(shown),
                    **decided(frame, shown.sizes["step"], 1),
                    "success": frame.flipped,
                    "stop_reason": frame.stop_reason,
                    "queries": int(frame.record["queries"]),
                },
            )


def read_nearest(path: str, frames: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and nearest flip of those of `frames` for which an attack of method minimal found one.

    `margin` is its L-infinity distance from the initial setting in half-widths of the box.
    """
    for frame in read_frames(path):
        if frame.name in frames and frame.flipped:
            yield (
                frame.name,
                {
                    "parameters": paper_parameters(frame.best).tolist(),
                    "logit": float(frame.best["logit" if frame.is_binary else "margin"]),
                    **({} if frame.is_binary else {"decided": frame.decision_final}),
                    "margin": float(frame.record["margin_linf"]),
                },
            )


def read_proofs(path: str, frames: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and proof of those of `frames` that an attack of method certify was given.

    No setting nearer to the initial one than `margin` flips, L-infinity in half-widths of the box,
    and none at all if it is `whole`.
    """
    for frame in read_frames(path):
        if frame.name in frames and frame.is_attacked:
            margin = float(frame.record["certified_margin"])
            yield (
                frame.name,
                {
                    "whole": bool(frame.record["certified"]),
                    "margin": None if np.isnan(margin) else margin,
                },
            )


def paper_parameters(steps: xr.Dataset) -> np.ndarray:
    """Values of the paper's parameters at one or several steps, the parameter last."""
    return steps["parameters"].sel(parameter=list(PAPER_PARAMETERS)).values


def encode_floats(values: np.ndarray) -> str:
    """Numbers as little-endian float32 in base64, the last axis fastest."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode()
