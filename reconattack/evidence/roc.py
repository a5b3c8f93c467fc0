"""ROC curves of models on the RF frames, with their bootstrap bands."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from reconattack.evidence.bootstrap import roc_band
from reconattack.evidence.labelled import labelled_frames
from reconattack.evidence.statistics import auc, delong_interval, sensitivity_specificity
from reconattack.seeds import seed_of

COLUMNS = (
    "model",
    "seed",
    "n",
    "auc",
    "auc_low",
    "auc_high",
    "cutoff",
    "false_positive_rate",
    "sensitivity",
    "sensitivity_low",
    "sensitivity_high",
)


def first_seed(table: pd.DataFrame) -> pd.DataFrame:
    """Predictions of the first seed's networks for the labelled frames that could be read."""
    judged = labelled_frames(table)
    return judged[judged["seed"] == table["seed"].min()]


def roc_curves(tables: Mapping[str, pd.DataFrame], cutoff: float) -> pd.DataFrame:
    """Compute the ROC curve of each model and its 95 % band.

    Parameters
    ----------
    tables
        Predictions of each model, by one seed (`first_seed`), the frames of all folds pooled.
    cutoff
        Probability from which a frame is called fatty.

    Returns
    -------
    pandas.DataFrame
        The `COLUMNS`. For each model a row per corner of its curve, then the points of its band,
        which have no `sensitivity`, then a row at the cut-off, the only one that states `cutoff`. A
        model whose frames all have the same label has no row.
    """
    curves = [pd.DataFrame(columns=COLUMNS)]
    for model, table in tables.items():
        if table["label"].nunique() < 2:
            continue
        labels, logits = table["label"].to_numpy(), table["logit"].to_numpy()
        random = np.random.default_rng(seed_of(model, "roc"))
        band = roc_band(labels, logits, table["patient"].to_numpy(), random)
        sensitivity, specificity = sensitivity_specificity(labels, table["predicted"].to_numpy())
        low, high = delong_interval(labels, logits)
        at_cutoff = {
            "cutoff": cutoff,
            "false_positive_rate": 1 - specificity,
            "sensitivity": sensitivity,
        }
        band = band.drop(columns="sensitivity")
        points = pd.concat([corners(labels, logits), band, pd.DataFrame([at_cutoff])]).assign(
            model=model,
            seed=table["seed"].iloc[0],
            n=len(table),
            auc=auc(labels, logits),
            auc_low=low,
            auc_high=high,
        )
        curves.append(points[list(COLUMNS)])
    return pd.concat(curves[1:] or curves)


def corners(labels: np.ndarray, scores: np.ndarray) -> pd.DataFrame:
    """The corners of an empirical ROC curve, from (0, 0) to (1, 1).

    Between two corners the curve is a straight line: a step, or a slope where frames of both labels
    have the same score.
    """
    _, rank = np.unique(-scores, return_inverse=True)
    false, true = (
        np.concatenate(
            [[0], np.cumsum(np.bincount(rank, labels == label)) / (labels == label).sum()]
        )
        for label in (0, 1)
    )
    turns = np.ones(len(false), bool)
    across, up = np.diff(false), np.diff(true)
    turns[1:-1] = across[:-1] * up[1:] != across[1:] * up[:-1]
    return pd.DataFrame({"false_positive_rate": false[turns], "sensitivity": true[turns]})
