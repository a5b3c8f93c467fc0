"""How well models of other than binary decisions judge, and what attacks make of their answers."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.evidence.bootstrap import mean_interval, proportion_interval
from reconattack.evidence.labelled import resamples
from reconattack.evidence.statistics import auc, proportion

SPREAD = 1.96  # standard deviations, of 95 % limits of agreement
CONFUSION = ("model", "seed", "attack", "when", "reference", "decision", "n")


def judged_frames(predictions: pd.DataFrame) -> pd.DataFrame:
    """The predictions of frames whose truth is known and that could be read."""
    return predictions[predictions["label"].notna() & predictions["predicted"].notna()]


def merits(kind: str, judged: pd.DataFrame) -> dict[str, float]:
    """How well the frames of `judged_frames` are judged, in columns that depend on the kind.

    Parameters
    ----------
    kind
        Kind of the decision: `classes`, `number` or `mask`.
    judged
        One model's and seed's rows.
    """
    return {"classes": of_classes, "number": of_numbers}.get(kind, of_none)(judged)


def of_none(judged: pd.DataFrame) -> dict[str, float]:
    """Of masks without a given truth nothing is known but their number."""
    return {"n_labelled": len(judged)}


def of_classes(judged: pd.DataFrame) -> dict[str, float]:
    """Accuracy with its interval, and the mean AUC of each class against the others.

    Accuracy has Wilson's interval and, where a patient has several frames, one by a bootstrap of
    patients. `macro_auc` counts the classes that some frame has and some has not.
    """
    right = (judged["label"] == judged["predicted"]).to_numpy()
    low, high = np.nan, np.nan
    if judged["patient"].duplicated().any():
        random = resamples("patients", "accuracy")
        low, high = proportion_interval([right], judged["patient"], random)
    return {
        "n_labelled": len(judged),
        "n_correct": int(right.sum()),
        **proportion("accuracy", int(right.sum()), len(right)),
        "accuracy_patient_low": low,
        "accuracy_patient_high": high,
        "macro_auc": macro_auc(judged),
    }


def macro_auc(judged: pd.DataFrame) -> float:
    """Mean over the classes of the AUC of one against all others; NaN if no class has both."""
    scores = judged[[name for name in judged if name.startswith("probability_")]].to_numpy(float)
    truths = judged["label"].to_numpy(int)
    areas = [
        auc((truths == number).astype(int), scores[:, number])
        for number in range(scores.shape[1])
        if 0 < (truths == number).sum() < len(truths)
    ]
    return float(np.mean(areas)) if areas else np.nan


def of_numbers(judged: pd.DataFrame) -> dict[str, float]:
    """Difference of numbers and truths: bias, limits of agreement, mean absolute difference."""
    differences = (judged["predicted"] - judged["label"]).to_numpy(float)
    return {
        "n_labelled": len(judged),
        **agreement(differences, judged["patient"], "bias"),
        "mean_abs_difference": float(np.abs(differences).mean()) if len(differences) else np.nan,
    }


def agreement(differences: np.ndarray, patients: pd.Series, name: str) -> dict[str, float]:
    """Bias and 95 % limits of agreement (Bland and Altman, Lancet 1986;327:307).

    Parameters
    ----------
    differences
        float64 (n,).
    patients
        Patient of each.
    name
        Column of the mean difference; its interval is a bootstrap of patients.
    """
    if not len(differences):
        columns = (name, f"{name}_low", f"{name}_high", "limit_low", "limit_high")
        return dict.fromkeys(columns, np.nan)
    mean = float(differences.mean())
    spread = SPREAD * float(differences.std(ddof=1)) if len(differences) > 1 else np.nan
    low, high = mean_interval([differences], patients.to_numpy(), resamples("patients", name))
    return {
        name: mean,
        f"{name}_low": low,
        f"{name}_high": high,
        "limit_low": mean - spread,
        "limit_high": mean + spread,
    }


def performance_table(kind: str, predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Performance at the initial setting: a row per model, seed and fold; `pooled` is all folds."""
    rows = []
    for model, table in predictions.items():
        for seed, of_seed in table.groupby("seed"):
            judged = judged_frames(of_seed)
            for fold, frames in {"pooled": judged, **dict(iter(judged.groupby("fold")))}.items():
                keys = {"model": model, "seed": seed, "fold": fold, "decision": kind}
                rows.append(keys | merits(kind, frames))
    return pd.DataFrame(rows)


def what_attacks_change(kind: str, searched: pd.DataFrame, patients: pd.Series) -> dict[str, float]:
    """What an attack makes of the answers of attacked frames, in columns that depend on the kind.

    Parameters
    ----------
    kind
        Kind of the decision.
    searched
        Rows of `attacks.csv` of one attack on attacked frames.
    patients
        The patient of each frame, by the frame's name.
    """
    margins = searched["margin_final"]
    found = {"median_margin_final": margins.median() if len(margins) else np.nan}
    if kind == "number":
        shifts = (searched["decision_final"] - searched["decision_initial"]).to_numpy(float)
        found |= agreement(shifts, searched["frame"].map(patients), "shift")
    if kind == "mask":
        found["lowest_dice"] = searched["decision_final"].min()
        found["median_dice"] = searched["decision_final"].median()
    return found


def confusion_table(attacks: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """How many attacked frames are in which class, at the initial and at the final setting.

    Parameters
    ----------
    attacks
        Rows of `attacks.csv` of frames that were attacked.
    names
        Names of the classes.

    Returns
    -------
    pandas.DataFrame
        Columns `CONFUSION`: a row for each pair of classes that occurs. The `reference` is the
        class at the initial setting, which is the true one where it is known.
    """
    rows = []
    for (model, seed, attack), table in attacks.groupby(["model", "seed", "attack"], sort=False):
        for when in ("initial", "final"):
            counts: dict[tuple[int, int], int] = {}
            for pair in zip(table["decision_initial"], table[f"decision_{when}"], strict=True):
                pair = tuple(int(number) for number in pair)
                counts[pair] = counts.get(pair, 0) + 1
            rows += [
                {
                    **{"model": model, "seed": seed, "attack": attack, "when": when},
                    **{"reference": names[start], "decision": names[end], "n": count},
                }
                for (start, end), count in sorted(counts.items())
            ]
    return pd.DataFrame(rows, columns=list(CONFUSION))
