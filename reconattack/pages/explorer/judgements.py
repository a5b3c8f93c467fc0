"""What the page shows of a model: the stored judgements, and what is proved in between.

Every judgement is stored in a result of the run: at the initial setting, on a lattice, at the steps
of the paper's attack and at the nearest flip that was found. A proof holds between them too.
"""

import base64
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import xarray as xr

from reconattack.attacks.results import LATTICE, read_frames
from reconattack.reconstruction.parameters import PAPER_PARAMETERS


def read_lattices(
    path: str, frames: Collection[str]
) -> Iterator[tuple[str, list[np.ndarray], np.ndarray]]:
    """Name, axes and logits of those of `frames` that a grid or a lattice judged.

    The axes are those of the paper's parameters, the logits float32 (beta, alpha_lower,
    alpha_upper).
    """
    names = [f"{LATTICE}{name}" for name in PAPER_PARAMETERS]
    for frame in read_frames(path, lattice=True):
        logits = frame.record["grid_logit"].transpose(*names).values
        if frame.name in frames and not np.isnan(logits).any():
            yield frame.name, [frame.record[name].values for name in names], logits


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
                    "logits": frame.steps["logit"].values.tolist(),
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
                    "logits": shown["logit"].values.tolist(),
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
                    "logit": float(frame.best["logit"]),
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
