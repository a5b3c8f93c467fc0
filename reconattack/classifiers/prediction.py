"""Predictions of models for frames at the initial setting."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from reconattack.classifiers.decision import decide
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.drawing import reconstruction_of


def initial_logit(
    frame: xr.Dataset, judge: Judge, initial: Mapping[str, float], image_rows: int
) -> float:
    """Logit of one frame at the initial setting; NaN if the frame could not be read.

    Parameters
    ----------
    frame
        The RF frame; one that could not be read has the attribute `error`.
    judge
        The model.
    initial
        Values of the reconstruction's parameters.
    image_rows
        Height of the picture in pixels.
    """
    if "error" in frame.attrs:
        return np.nan
    reconstruction = reconstruction_of(frame, image_rows, tuple(initial), initial)
    vector = np.array([list(initial.values())], float)
    (logit,) = judge.logits(*judge.inputs(reconstruction, vector))
    return float(logit)


def predict_frames(
    frames: Iterable[tuple[str, xr.Dataset]],
    networks: Sequence[Mapping[str, str]],
    judges: Sequence[Judge],
    folds: Mapping[str, str],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
) -> pd.DataFrame:
    """Predict each frame by the networks that judge it.

    Parameters
    ----------
    frames
        Name and RF frame.
    networks
        `seed` and `fold` of each network; one of fold `all` judges every frame.
    judges
        The networks, opened.
    folds
        Fold of each frame.
    initial
        Values of the reconstruction's parameters.
    image_rows
        Height of the pictures in pixels.
    cutoff
        Probability from which a frame is called fatty.

    Returns
    -------
    pandas.DataFrame
        A row per seed and frame: `seed`, `frame`, `patient`, `fold`, `label`, `logit`,
        `probability`, `predicted`. The last three are empty for a frame that could not be read.
    """
    rows = [
        {
            "seed": network["seed"],
            "frame": name,
            "patient": frame.attrs["patient"],
            "fold": network["fold"],
            "label": frame.attrs.get("label"),
            "logit": initial_logit(frame, judge, initial, image_rows),
        }
        for name, frame in frames
        for network, judge in zip(networks, judges, strict=True)
        if network["fold"] in ("all", folds.get(name))
    ]
    table = pd.DataFrame(rows).astype({"label": "Int64"}).sort_values("seed", kind="stable")
    table["probability"] = expit(table["logit"])
    decisions = pd.Series(decide(table["logit"].to_numpy(), cutoff), table.index, "Int64")
    table["predicted"] = decisions.where(table["logit"].notna())
    return table
