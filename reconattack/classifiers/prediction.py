"""Predictions of models for frames at the initial setting."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from reconattack.classifiers.decisions.binary import Binary, decide
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.declared import decision_of
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.drawing import reconstruction_of


def initial_answer(
    frame: xr.Dataset, judge: Judge, initial: Mapping[str, float], image_rows: int
) -> np.ndarray | None:
    """Answer to one frame at the initial setting; None if the frame could not be read.

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
        return None
    reconstruction = reconstruction_of(frame, image_rows, tuple(initial), initial)
    vector = np.array([list(initial.values())], float)
    (answer,) = judge.answers(*judge.inputs(reconstruction, vector))
    return answer


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
        Probability from which a frame is called fatty, if the decision is binary.

    Returns
    -------
    pandas.DataFrame
        A row per seed and frame: `seed`, `frame`, `patient`, `fold`, `label`, `logit`,
        `probability`, `predicted`. The last three are empty for a frame that could not be read.
        Where the decision is not binary, `label` is what is true and `predicted` what is decided,
        and the columns of `Decision.detail` stand in place of `logit` and `probability`.
    """
    decision = decision_of(judges[0], cutoff)
    rows = [
        {
            "seed": network["seed"],
            "frame": name,
            "patient": frame.attrs["patient"],
            "fold": network["fold"],
            **judged_frame(frame.assign_attrs(name=name), judge, decision, initial, image_rows),
        }
        for name, frame in frames
        for network, judge in zip(networks, judges, strict=True)
        if network["fold"] in ("all", folds.get(name))
    ]
    table = pd.DataFrame(rows)
    if not isinstance(decision, Binary):
        return table.sort_values("seed", kind="stable")
    table = table.astype({"label": "Int64"}).sort_values("seed", kind="stable")
    table["probability"] = expit(table["logit"])
    decisions = pd.Series(decide(table["logit"].to_numpy(), cutoff), table.index, "Int64")
    table["predicted"] = decisions.where(table["logit"].notna())
    return table


def judged_frame(
    frame: xr.Dataset,
    judge: Judge,
    decision: Decision,
    initial: Mapping[str, float],
    image_rows: int,
) -> dict[str, float | None]:
    """What is true of a frame, `label`, and what a judge says of it, in columns of the predictions.

    Raises
    ------
    InputError
        If what is true does not fit the model.
    """
    truth = decision.truth_in(frame, image_rows, judge.network_input)
    answer = initial_answer(frame, judge, initial, image_rows)
    return {
        "label": decision.truth_as_number(truth),
        **prediction(decision, answer, truth),
    }


def prediction(
    decision: Decision, answer: np.ndarray | None, truth: Any | None = None
) -> dict[str, float]:
    """What an answer says, in columns of the predictions; missing where there is none."""
    if isinstance(decision, Binary):
        return {"logit": np.nan if answer is None else float(answer)}
    if answer is None:
        return {"predicted": np.nan}
    (decided,) = decision.decided(answer[np.newaxis], decision.reference(answer, truth))
    return {"predicted": decided, **decision.detail(answer)}
