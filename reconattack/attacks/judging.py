"""Logits of one frame at given settings, without any search."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reconattack.attacks.oracle import Oracle
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.drawing import reconstruction_of


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
    oracle = Oracle([reconstruction_of(frame, image_rows, tuple(names), initial)], judge)
    return oracle(np.zeros(len(points), int), points)


def judging_attributes(image_rows: int, resize: Mapping[str, Any] | None) -> dict[str, str | int]:
    """Attributes of a result that say how pictures were made for the classifier."""
    rules = {f"resize_{rule}": str(value) for rule, value in (resize or {}).items()}
    return {"image_rows": image_rows} | rules
