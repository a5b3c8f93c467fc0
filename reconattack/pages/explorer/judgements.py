"""What the page shows of a model: what is stored of it, and nothing between.

Every judgement is one that a file of the run holds: at the initial setting, on a lattice, at the
steps of the paper's attack and at the nearest flip that was found.
"""

import base64
from collections.abc import Collection, Iterator

import numpy as np
import xarray as xr

from reconattack.reconstruction.parameters import PAPER_PARAMETERS


def read_lattices(
    path: str, frames: Collection[str]
) -> Iterator[tuple[str, list[np.ndarray], np.ndarray]]:
    """Name, axes and logits of those of `frames` that a grid or a lattice judged.

    Axes are those of the paper's parameters, logits float32 (beta, alpha_lower, alpha_upper).
    """
    names = [f"grid_{name}" for name in PAPER_PARAMETERS]
    with xr.open_dataset(path) as judged:
        axes = [judged[name].values for name in names]
        for number, name in enumerate(judged["frame"].values):
            logits = judged["grid_logit"].isel(frame=number).transpose(*names).values
            if name in frames and not np.isnan(logits).any():
                yield str(name), axes, logits


def read_paths(path: str, frames: Collection[str]) -> Iterator[tuple[str, dict]]:
    """The way of the paper's attack on those of `frames` that an attack's file holds.

    `parameters` (step, parameter) and `logits` (step) are lists, in the order of
    `PAPER_PARAMETERS`; of a frame that could not be read they are empty.
    """
    with xr.open_dataset(path) as attacks:
        for number, name in enumerate(attacks["frame"].values):
            if name in frames:
                frame = attacks.isel(frame=number)
                steps = frame["parameters"].sel(parameter=list(PAPER_PARAMETERS)).dropna("step")
                yield (
                    str(name),
                    {
                        "parameters": steps.values.tolist(),
                        "logits": frame["logit"].sel(step=steps["step"]).values.tolist(),
                        "success": bool(frame["success"]),
                        "stop_reason": str(frame["stop_reason"].values),
                    },
                )


def read_nearest(path: str, frames: Collection[str]) -> Iterator[tuple[str, dict]]:
    """The nearest flip of those of `frames` of which an attack of method minimal found one.

    `margin` is its L-infinity distance from the initial setting in half-widths of the box.
    """
    with xr.open_dataset(path) as attacks:
        for number, name in enumerate(attacks["frame"].values):
            frame = attacks.isel(frame=number)
            if name in frames and bool(frame["success"]):
                best = frame.isel(step=int(frame["best_step"]))
                yield (
                    str(name),
                    {
                        "parameters": best["parameters"]
                        .sel(parameter=list(PAPER_PARAMETERS))
                        .values.tolist(),
                        "logit": float(best["logit"]),
                        "margin": float(frame["margin_linf"]),
                    },
                )


def encode_floats(values: np.ndarray) -> str:
    """Numbers as little-endian float32 in base64, the last axis fastest."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode()
