"""Decisions of one classifier at settings that flipped others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.oracle import Oracle
from reconattack.attacks.results import attacked_frames
from reconattack.classifiers.decisions.binary import decide
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.drawing import reconstruction_of
from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS

TRANSFER_COLUMNS = (
    *("source_model", "source_seed", "attack", "frame", "reference"),
    *("source_success", "right_at_start", "logit", "flipped"),
)


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
        [reconstruction_of(frames[name], image_rows, names, initial) for name in used], judge
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
