"""The models of a run side by side, `defences.csv`: classification, and what survives attacks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from reconattack.classifiers.decisions.binary import decide
from reconattack.errors import InputError
from reconattack.evidence.accidental import judged_frames
from reconattack.evidence.bootstrap import auc_interval, mean_interval, proportion_interval
from reconattack.evidence.labelled import constant_answer, resamples
from reconattack.evidence.outcomes import outcomes, predictions_by_seed
from reconattack.evidence.statistics import calibration_slope, mean_auc, recalibrated_decisions
from reconattack.storage import read_table

UNITS = "patients and seeds"  # what the bootstrap draws
DISTRIBUTION = "uniform"  # of the accidental settings that count
ACCIDENTAL = ("accuracy", "accuracy_recalibrated", "recalibration_gain", "auc")


def model_outcomes(
    models: Mapping[str, Mapping[str, Any]],
    baseline: str | None,
    predictions: Mapping[str, pd.DataFrame],
    attacks: pd.DataFrame,
    grid: pd.DataFrame | None,
    margins: pd.DataFrame | None,
    proofs: pd.DataFrame | None,
    zoo: str | None,
) -> dict[str, xr.Dataset]:
    """The outcomes of each model (`reconattack.evidence.outcomes.outcomes`).

    Parameters
    ----------
    models
        The models of the run.
    baseline
        The model that the others are compared with.
    predictions
        The predictions of each model.
    attacks, grid, margins, proofs
        Tables `attacks.csv`, `grid.csv`, `margins.csv` and `proofs.csv`; None if the run has no
        such table.
    zoo
        Name of the paper's attack; None if the run has no such attack.

    Raises
    ------
    InputError
        If the baseline is none of the models, or a model has no labelled frame.
    """
    if baseline not in models:
        raise InputError(
            f"defences.baseline: found {baseline}; expected a model of run.models, one of "
            f"{', '.join(models)}"
        )
    return {
        model: outcomes(
            predictions_by_seed(predictions[model], model),
            attacks[attacks["model"] == model],
            None if grid is None else grid[grid["model"] == model],
            None if margins is None else margins[margins["model"] == model],
            None if proofs is None else proofs[proofs["model"] == model],
            zoo,
        )
        for model in models
    }


def defence_table(
    judged: Mapping[str, xr.Dataset],
    models: Mapping[str, Mapping[str, Any]],
    baseline: str,
    histories: Mapping[str, Sequence[str]],
    accidental: Sequence[Mapping[str, str]],
    cutoff: float,
) -> pd.DataFrame:
    """Tabulate the models, a row per model.

    Parameters
    ----------
    judged
        The result of `model_outcomes`.
    models
        For each model its `kind`, its input (`takes`) and whether it is `immune` by construction.
    baseline
        The model that the others are compared with.
    histories
        Files of each model's training histories.
    accidental
        Logits at accidental settings: `model`, `seed`, `fold`, `path`.
    cutoff
        Probability from which a frame is called fatty.
    """
    rows = []
    for model, known in models.items():
        files = [file for file in accidental if file["model"] == model]
        rows.append(
            {
                "model": model,
                "baseline": model == baseline,
                "kind": known["kind"],
                "takes": known["takes"],
                "n_train": mean_train_size(histories.get(model, ())),
                **model_row(judged[model]),
                **accidental_row(files, cutoff),
                "immune_by_construction": bool(known["immune"]),
            }
        )
    return pd.DataFrame(rows).astype({"grid_points": "Int64"})


def mean_train_size(histories: Sequence[str]) -> float:
    """Mean number of frames that a model's networks were trained on; nan if it is unknown."""
    tables = [read_table(path, nrows=1) for path in histories]
    return float(np.mean([table["n_train"].iloc[0] for table in tables])) if tables else np.nan


def model_row(judged: xr.Dataset) -> dict:
    """The performance of one model, its seeds together; rates count all labelled frames."""
    labels, patients = judged["label"].to_numpy(), judged["patient"].to_numpy()
    seeds, frames = judged["right"].shape
    fatty, normal = judged.isel(frame=labels == 1), judged.isel(frame=labels == 0)
    return {
        "n_seeds": seeds,
        "n_frames": frames,
        "n_patients": len(np.unique(patients)),
        "n_fatty": int(labels.sum()),
        **constant_answer(labels),
        **area_columns("auc", labels, judged["logit"].to_numpy(), patients),
        **rate_columns("accuracy", judged, "right"),
        **rate_columns("sensitivity", fatty, "right"),
        **rate_columns("specificity", normal, "right"),
        "calibration_slope": mean_slope(judged),
        "zoo": judged.attrs.get("zoo"),
        **rate_columns("accuracy_zoo", judged, "accuracy_zoo"),
        "attacks": judged.attrs["attacks"],
        **rate_columns("accuracy_worst", judged, "accuracy_worst"),
        "grid": judged.attrs.get("grid"),
        "grid_points": judged.attrs.get("grid_points"),
        **rate_columns("grid_certified", judged, "grid_certified"),
        **rate_columns("grid_certified_fatty", fatty, "grid_certified"),
        **rate_columns("grid_certified_normal", normal, "grid_certified"),
        "proof": judged.attrs.get("proof"),
        **rate_columns("certified", judged, "certified"),
        **rate_columns("certified_fatty", fatty, "certified"),
        **rate_columns("certified_normal", normal, "certified"),
        "margin_attack": judged.attrs.get("margin_attack"),
        "median_margin": median_margin(judged),
        "interval": interval_method(seeds),
    }


def rate_columns(name: str, judged: xr.Dataset, variable: str) -> dict[str, float]:
    """Share of True in a variable (seed, frame), with its interval; nan without the variable."""
    if variable not in judged:
        return interval_columns(name, np.nan, np.nan, np.nan)
    return mean_columns(name, judged[variable].to_numpy(), judged["patient"].to_numpy())


def mean_columns(name: str, hits: np.ndarray, patients: np.ndarray) -> dict[str, float]:
    """Mean of hits (seed, frame), nan where a frame does not count, with its interval."""
    low, high = proportion_interval(hits, patients, resamples(UNITS, name))
    counted = ~np.isnan(np.asarray(hits, float))
    mean = float(np.mean(hits[counted])) if counted.any() else np.nan
    return interval_columns(name, mean, low, high)


def area_columns(
    name: str, labels: np.ndarray, logits: np.ndarray, patients: np.ndarray
) -> dict[str, float]:
    """Mean AUC of logits (seed, frame) or (seed, setting, frame), with its interval."""
    if len(np.unique(labels)) < 2:
        return interval_columns(name, np.nan, np.nan, np.nan)
    low, high = auc_interval(labels, logits, patients, resamples(UNITS, name))
    return interval_columns(name, mean_auc(labels, logits), low, high)


def interval_columns(name: str, value: float, low: float, high: float) -> dict[str, float]:
    """Columns of a value and its interval: `name`, `{name}_low` and `{name}_high`."""
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def mean_slope(judged: xr.Dataset) -> float:
    """Mean calibration slope of the seeds; nan if one of them has none."""
    labels = judged["label"].to_numpy()
    slopes = [calibration_slope(labels, logits)[0] for logits in judged["logit"].to_numpy()]
    return float(np.mean(slopes))


def median_margin(judged: xr.Dataset) -> float:
    """Median over all frames and seeds; nan if most have no flip in the box, or no margin is known.

    The column `margin_attack` tells these two cases apart.
    """
    if "margin" not in judged or judged["margin"].size == 0:
        return np.nan
    median = float(np.median(judged["margin"]))
    return median if np.isfinite(median) else np.nan


def interval_method(seeds: int) -> str:
    """The method by which the intervals were made."""
    if seeds == 1:
        return "bootstrap of patients; one seed, so other trainings are not covered"
    return f"crossed bootstrap of patients and {seeds} seeds"


def accidental_row(files: Sequence[Mapping[str, str]], cutoff: float) -> dict:
    """Means over uniformly drawn settings: AUC, and accuracy at the cut-off and at a new one.

    The new cut-off is chosen at each setting on the other folds. `accidental_recalibration_gain` is
    the difference of the two accuracies over the frames that have both.
    """
    if not files:
        row = {"accidental_settings": 0}
        for name in ACCIDENTAL:
            row.update(interval_columns(f"accidental_{name}", np.nan, np.nan, np.nan))
        return row
    judged = accidental_frames(files)
    labels, patients = judged["label"].to_numpy(), judged["patient"].to_numpy()
    logits = judged["logit"].transpose("seed", "setting", "frame").to_numpy()
    right = decide(logits, cutoff) == labels
    recalibrated = np.stack([recalibrated_right(of_seed, judged) for of_seed in logits])
    decided = ~np.isnan(recalibrated)
    gain = over_settings(np.where(decided, recalibrated - right, np.nan))
    gain_name = "accidental_recalibration_gain"
    low, high = mean_interval(gain, patients, resamples(UNITS, gain_name))
    mean_gain = float(np.nanmean(gain)) if decided.any() else np.nan
    return {
        "accidental_settings": judged.sizes["setting"],
        **mean_columns("accidental_accuracy", right.mean(axis=1), patients),
        **mean_columns("accidental_accuracy_recalibrated", over_settings(recalibrated), patients),
        **interval_columns(gain_name, mean_gain, low, high),
        **area_columns("accidental_auc", labels, logits, patients),
    }


def accidental_frames(files: Sequence[Mapping[str, str]]) -> xr.Dataset:
    """Logits of one model's labelled frames at the uniformly drawn settings."""
    seeds = dict.fromkeys(file["seed"] for file in files)
    parts = [judged_frames([file for file in files if file["seed"] == seed]) for seed in seeds]
    of_seeds = [
        part.isel(frame=part["label"].values >= 0, setting=part["distribution"] == DISTRIBUTION)
        for part in parts
    ]
    return xr.concat(of_seeds, "seed", join="inner", coords="minimal", compat="override")


def recalibrated_right(logits: np.ndarray, judged: xr.Dataset) -> np.ndarray:
    """Whether frames are right at a new cut-off, float (setting, frame); nan without a cut-off."""
    labels, groups = judged["label"].to_numpy(), judged["group"].to_numpy()
    decisions = np.stack(
        [recalibrated_decisions(labels, expit(of_setting), groups) for of_setting in logits]
    )
    return np.where(np.isnan(decisions), np.nan, decisions == labels)


def over_settings(values: np.ndarray) -> np.ndarray:
    """Mean of values (seed, setting, frame) over the settings that have one; nan if none has."""
    counts = (~np.isnan(values)).sum(axis=1)
    sums = np.nansum(values, axis=1)
    return np.divide(sums, counts, out=np.full(counts.shape, np.nan), where=counts > 0)
