"""How well models classify at the initial setting, `performance.csv`, and simulated patients."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.classifiers.decisions.binary import decide
from reconattack.evidence.labelled import constant_answer, labelled_frames, seed_range
from reconattack.evidence.statistics import (
    auc,
    calibration_slope,
    delong_interval,
    proportion,
    sensitivity_specificity,
    youden_cutoff,
)
from reconattack.storage import read_table

COUNTS = ("n", "n_positive", "constant_label")
ACROSS_SEEDS = ("auc", "accuracy", "sensitivity", "specificity")


def performance_table(
    predictions: Mapping[str, pd.DataFrame],
    validation: Sequence[Mapping[str, str]],
    cutoff: float,
) -> pd.DataFrame:
    """Tabulate performance at the fixed cut-off and at the cut-off of each fold's validation.

    Parameters
    ----------
    predictions
        The predictions of each model.
    validation
        Validation predictions of each trained network: `model`, `seed`, `fold`, `path`.
    cutoff
        Fixed cut-off, a probability.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed, choice of cut-off and fold; `pooled` is all folds together. The
        range over the training seeds is that of the pooled rows.
    """
    rows = []
    for model, table in predictions.items():
        cutoffs = validation_cutoffs([file for file in validation if file["model"] == model])
        for seed, of_seed in table.groupby("seed"):
            rows += performance_rows(of_seed, cutoffs.get(seed, {}), cutoff, model, seed)
    table = pd.DataFrame(rows)
    pooled = table[table["fold"] == "pooled"]
    return table.assign(**seed_range(pooled, ["model", "cutoff_choice"], ACROSS_SEEDS))


def performance_rows(
    table: pd.DataFrame, cutoffs: Mapping[str, float], cutoff: float, model: str, seed: int
) -> list[dict]:
    """Performance of one model and seed at the fixed cut-off, and at the `cutoffs` of the folds."""
    labelled = labelled_frames(table)
    choices = {"fixed": pd.Series(cutoff, index=labelled.index, dtype=float)}
    if cutoffs:
        choices["validation"] = labelled["fold"].map(cutoffs).dropna()
    rows = []
    for choice, of_frame in choices.items():
        judged = labelled.loc[of_frame.index]  # without the folds whose validation chose no cut-off
        predicted = (judged["probability"] >= of_frame).astype(int)
        groups = {"pooled": judged.index, **judged.groupby("fold").groups}
        for fold, index in groups.items():
            frames = judged.loc[index]
            rows.append(
                {
                    "model": model,
                    "seed": seed,
                    "cutoff_choice": choice,
                    "fold": fold,
                    "cutoff": of_frame[index].mean(),
                    "n": len(index),
                    "n_positive": int(frames["label"].sum()),
                    **discrimination(frames),
                    **at_cutoff(frames["label"], predicted[index]),
                    **constant_answer(frames["label"]),
                    **calibration(frames),
                }
            )
    return rows


def discrimination(frames: pd.DataFrame) -> dict[str, float]:
    """AUC with DeLong's interval."""
    labels, logits = frames["label"].to_numpy(), frames["logit"].to_numpy()
    low, high = delong_interval(labels, logits)
    return {"auc": auc(labels, logits), "auc_low": low, "auc_high": high}


def at_cutoff(labels: pd.Series, predicted: pd.Series) -> dict[str, float]:
    """Accuracy, sensitivity and specificity with Wilson's intervals."""
    right = predicted == labels
    groups = {
        "accuracy": right,
        "sensitivity": right[labels == 1],
        "specificity": right[labels == 0],
    }
    columns = {}
    for name, hits in groups.items():
        columns.update(proportion(name, int(hits.sum()), len(hits)))
    return columns


def calibration(frames: pd.DataFrame) -> dict[str, float]:
    """Slope of the label on the logit with its interval; 1 is calibrated, below 1 overconfident."""
    slope, low, high = calibration_slope(frames["label"].to_numpy(), frames["logit"].to_numpy())
    return {
        "calibration_slope": slope,
        "calibration_slope_low": low,
        "calibration_slope_high": high,
    }


def validation_cutoffs(files: Sequence[Mapping[str, str]]) -> dict[int, dict[str, float]]:
    """The cut-off of each seed and fold that its validation patients choose (Youden)."""
    cutoffs: dict[int, dict[str, float]] = {}
    for file in files:
        table = read_table(file["path"])
        chosen = youden_cutoff(table["label"].to_numpy(), table["probability"].to_numpy())
        cutoffs.setdefault(int(file["seed"]), {})[file["fold"]] = chosen
    return cutoffs


def simulated_performance(
    networks: Sequence[Mapping[str, str]], labels: np.ndarray, logits: np.ndarray, cutoff: float
) -> pd.DataFrame:
    """Tabulate how networks classify simulated patients whom none of them saw in training.

    Parameters
    ----------
    networks
        `model`, `seed` and `fold` of each network.
    labels
        1 fatty or 0 normal, (frame,).
    logits
        Shape (frame, network).
    cutoff
        Probability from which a frame is called fatty.

    Returns
    -------
    pandas.DataFrame
        A row per network, then rows with the mean over the networks of each model and seed and, if
        there are several seeds, of each model. Means have no intervals.
    """
    rows = pd.DataFrame(
        network_row(network, labels, scores, cutoff)
        for network, scores in zip(networks, logits.T, strict=True)
    )
    measures = rows.drop(columns=["auc_low", "auc_high"])
    means = [mean_rows(measures, ["model", "seed"])]
    if rows.groupby("model")["seed"].nunique().max() > 1:
        means.append(mean_rows(measures.drop(columns="seed"), ["model"]))
    return pd.concat([rows, *means], ignore_index=True).astype(dict.fromkeys(COUNTS, "Int64"))


def mean_rows(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The mean of each numeric column over the networks with the same keys."""
    means = rows.groupby(list(keys), sort=False).mean(numeric_only=True).reset_index()
    return means.assign(fold="mean")


def network_row(
    network: Mapping[str, str], labels: np.ndarray, logits: np.ndarray, cutoff: float
) -> dict:
    """How one network classifies the simulated patients, labels and logits (frame,)."""
    predicted = decide(logits, cutoff)
    sensitivity, specificity = sensitivity_specificity(labels, predicted)
    low, high = delong_interval(labels, logits)
    return {
        "model": network["model"],
        "seed": network["seed"],
        "fold": network["fold"],
        "n": len(labels),
        "n_positive": int(labels.sum()),
        "auc": auc(labels, logits),
        "auc_low": low,
        "auc_high": high,
        "accuracy": np.mean(predicted == labels),
        **constant_answer(labels),
        "sensitivity": sensitivity,
        "specificity": specificity,
        "calibration_slope": calibration_slope(labels, logits)[0],
    }
