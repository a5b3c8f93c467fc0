"""Logits and other answers to one frame at given settings, without any search."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reconattack.attacks.oracle import Oracle, in_parts
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.drawing import reconstruction_of

PART = 32  # settings whose answers, such as masks, are held at once


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


def answers_in_parts(
    frame: xr.Dataset,
    points: np.ndarray,
    names: Sequence[str],
    initial: Mapping[str, float],
    image_rows: int,
    judge: Judge,
) -> Iterator[tuple[slice, np.ndarray]]:
    """Answers to one readable frame at settings, some at a time: they may be masks.

    Parameters are those of `logits_at`.

    Yields
    ------
    tuple
        Places among the points, and the answers there, (n, ...).
    """
    reconstruction = reconstruction_of(frame, image_rows, tuple(names), initial)
    done = 0
    for part in in_parts(points, PART):
        yield slice(done, done + len(part)), judge.answers(*judge.inputs(reconstruction, part))
        done += len(part)


def judging_attributes(image_rows: int, resize: Mapping[str, Any] | None) -> dict[str, str | int]:
    """Attributes of a result that say how pictures were made for the classifier."""
    rules = {f"resize_{rule}": str(value) for rule, value in (resize or {}).items()}
    return {"image_rows": image_rows} | rules
