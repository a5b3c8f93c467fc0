"""How well models of other than binary decisions judge, and what attacks make of their answers."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.classifiers.decisions.columns import CLASS_PROBABILITY
from reconattack.evidence.bootstrap import (
    limits_of_agreement,
    macro_auc_interval,
    mean_interval,
    proportion_interval,
)
from reconattack.evidence.labelled import resamples
from reconattack.evidence.statistics import macro_auc, proportion

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
    return {"classes": of_classes, "number": of_numbers, "mask": of_masks}[kind](judged)


def of_masks(judged: pd.DataFrame) -> dict[str, float]:
    """Mean and lowest Dice with the given masks; without any, their number alone."""
    if not len(judged):
        return {"n_labelled": 0}
    dices = judged["predicted"].to_numpy(float)
    return {
        "n_labelled": len(judged),
        **mean_by_patient("clean_dice", dices, judged["patient"].to_numpy()),
        "lowest_clean_dice": float(dices.min()),
    }


def of_classes(judged: pd.DataFrame) -> dict[str, float]:
    """Accuracy in total and of each class, and the mean AUC of each class against the others.

    Accuracy has Wilson's interval and, where a patient has several frames, one by a bootstrap of
    patients; that of `macro_auc` is always one. `macro_auc` counts the classes that some frame has
    and some has not. `constant_accuracy` is that of the most frequent class for every frame.
    """
    hits = (judged["label"] == judged["predicted"]).to_numpy()
    truths = judged["label"].to_numpy(int)
    names = [name for name in judged if name.startswith(CLASS_PROBABILITY)]
    scores = judged[names].to_numpy(float)
    low, high = np.nan, np.nan
    if judged["patient"].duplicated().any():
        random = resamples("patients", "accuracy")
        low, high = proportion_interval([hits], judged["patient"], random)
    random = resamples("patients", "macro_auc")
    area_low, area_high = macro_auc_interval(truths, scores, judged["patient"], random)
    columns = {
        "n_labelled": len(judged),
        "n_correct": int(hits.sum()),
        **proportion("accuracy", int(hits.sum()), len(hits)),
        "accuracy_patient_low": low,
        "accuracy_patient_high": high,
        "constant_accuracy": np.bincount(truths).max() / len(truths) if len(truths) else np.nan,
        "macro_auc": macro_auc(truths, scores),
        "macro_auc_low": area_low,
        "macro_auc_high": area_high,
    }
    for number, name in enumerate(names):
        own = hits[truths == number]
        columns |= proportion(
            f"sensitivity_of_{name.removeprefix(CLASS_PROBABILITY)}", int(own.sum()), len(own)
        )
    return columns


def of_numbers(judged: pd.DataFrame) -> dict[str, float]:
    """Difference of numbers and truths: bias, limits of agreement, mean absolute difference."""
    differences = (judged["predicted"] - judged["label"]).to_numpy(float)
    return {
        "n_labelled": len(judged),
        **agreement(differences, judged["patient"], "bias"),
        "mean_abs_difference": float(np.abs(differences).mean()) if len(differences) else np.nan,
    }


def agreement(differences: np.ndarray, patients: pd.Series, name: str) -> dict[str, float]:
    """Mean difference and 95 % limits of agreement (Bland and Altman, Lancet 1986;327:307).

    Parameters
    ----------
    differences
        float64 (n,).
    patients
        Patient of each.
    name
        Column of the mean difference; its interval is a bootstrap of patients. The limits are
        `{name}_lower_limit` and `{name}_upper_limit`.
    """
    random = resamples("patients", name)
    low, high = mean_interval([differences], patients.to_numpy(), random)
    lower, upper = limits_of_agreement(differences)
    return {
        name: float(differences.mean()) if len(differences) else np.nan,
        f"{name}_low": low,
        f"{name}_high": high,
        f"{name}_lower_limit": lower,
        f"{name}_upper_limit": upper,
    }


def performance_table(
    kind: str, predictions: Mapping[str, pd.DataFrame], units: Mapping[str, str]
) -> pd.DataFrame:
    """Performance at the initial setting: a row per model, seed and fold; `pooled` is all folds.

    Parameters
    ----------
    kind
        Kind of the decision.
    predictions
        The predictions of each model.
    units
        Unit of each model's margins, which is that of its numbers.
    """
    rows = []
    for model, table in predictions.items():
        for seed, of_seed in table.groupby("seed"):
            judged = judged_frames(of_seed)
            for fold, frames in {"pooled": judged, **dict(iter(judged.groupby("fold")))}.items():
                keys = {"model": model, "seed": seed, "fold": fold, "decision": kind}
                keys |= {"unit": units[model]} if kind == "number" else {}
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
        of_frames = searched["frame"].map(patients).to_numpy()
        dices = searched["decision_final"].to_numpy(float)
        found |= mean_by_patient("mean_dice", dices, of_frames)
        if "label" in searched and searched["label"].notna().any():
            found["median_dice_initial"] = searched["decision_initial"].median()
    return found


def mean_by_patient(name: str, values: np.ndarray, patients: np.ndarray) -> dict[str, float]:
    """A mean over frames, (n,), with its interval by a bootstrap of patients, in three columns."""
    low, high = mean_interval([values], patients, resamples("patients", name))
    mean = float(values.mean()) if len(values) else np.nan
    return {name: mean, f"{name}_low": low, f"{name}_high": high}


def confusion_table(attacks: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """How many frames of each true class are in which class, at the initial and final setting.

    A frame that was not attacked, because its class is wrong at the initial setting, keeps it.

    Parameters
    ----------
    attacks
        Rows of `attacks.csv`.
    names
        Names of the classes.

    Returns
    -------
    pandas.DataFrame
        Columns `CONFUSION`: a row for each pair of classes that occurs. The `reference` is the true
        class, or that at the initial setting where the true one is unknown.
    """
    readable = attacks[attacks["decision_initial"].notna()]
    references = readable["label"].fillna(readable["decision_initial"]).astype(int)
    rows = []
    keys = ["model", "seed", "attack"]
    for key, table in readable.assign(reference=references).groupby(keys, sort=False):
        for when in ("initial", "final"):
            pairs = table["reference"], table[f"decision_{when}"].astype(int)
            counts = pd.crosstab(*pairs).stack()
            rows += [
                {
                    **dict(zip(keys, key, strict=True)),
                    "when": when,
                    **{"reference": names[start], "decision": names[end], "n": int(count)},
                }
                for (start, end), count in counts.items()
                if count
            ]
    return pd.DataFrame(rows, columns=list(CONFUSION))
