"""Folds of a cross-validation by patient: their assignment, and their use from `folds.csv`."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from reconattack.errors import InputError
from reconattack.seeds import seed_of

LABELS = (0, 1)


def assign_patients(frames: pd.DataFrame, folds: int, cohort: str) -> pd.DataFrame:
    """Assign every patient to one fold, with frames of both labels in each fold.

    Parameters
    ----------
    frames
        A row per frame: frame, patient, label (0, 1 or missing).
    folds
        Number of folds.
    cohort
        Name of the cohort, from which the seed is derived.

    Returns
    -------
    pandas.DataFrame
        The rows with the columns label and fold as int; fold counts from 0.

    Raises
    ------
    InputError
        If a frame has no label, or a label has fewer patients than there are folds.
    """
    _check_labels(frames, folds, cohort)
    seed = seed_of(cohort, "folds")
    assigned = _stratified(frames, folds, seed)
    if (assigned.groupby("fold")["label"].nunique() == len(LABELS)).sum() < folds:
        assigned = _dealt(frames, folds, seed)
    return assigned.astype({"label": int, "fold": int})


def _stratified(frames: pd.DataFrame, folds: int, seed: int) -> pd.DataFrame:
    """Folds of alike numbers of frames of each label."""
    from sklearn.model_selection import StratifiedGroupKFold  # slow to import

    assigned = frames.copy()
    splits = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for fold, (_, judged) in enumerate(splits.split(frames, frames["label"], frames["patient"])):
        assigned.loc[judged, "fold"] = fold
    return assigned


def _dealt(frames: pd.DataFrame, folds: int, seed: int) -> pd.DataFrame:
    """Folds that each have both labels, whatever the patients have.

    Patients with frames of both labels are dealt to the folds first, then those of each label,
    beginning with the first fold that has none with both.
    """
    labels = frames.groupby("patient")["label"].agg(["min", "max"])
    both = labels["min"] < labels["max"]
    generator = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    for group, first in ((both, 0), *((~both & (labels["max"] == x), both.sum()) for x in LABELS)):
        places = generator.permutation(group.sum())
        fold_of |= dict(zip(labels.index[group], (first + places) % folds, strict=True))
    return frames.assign(fold=frames["patient"].map(fold_of))


def _check_labels(frames: pd.DataFrame, folds: int, cohort: str) -> None:
    unlabelled = frames.loc[frames["label"].isna(), "frame"]
    if len(unlabelled):
        raise InputError(
            f"cohort {cohort}: {len(unlabelled)} of {len(frames)} frames have no label, "
            f"{unlabelled.iloc[0]} the first; expected labels to train on. To audit unlabelled "
            "frames, bring a trained model (models.<name>.source)"
        )
    patients = frames.groupby("label")["patient"].nunique().reindex(LABELS, fill_value=0)
    if patients.min() < folds:
        raise InputError(
            f"cohort {cohort}: {patients[0]} patients with label 0 and {patients[1]} with label 1; "
            f"expected at least one of each in every fold: run.folds is {folds}"
        )


def fold_of_frame(folds: Sequence[str]) -> dict[str, str]:
    """Fold of each frame, from the file `folds.csv`; empty without folds.

    `folds` holds the path of the file, or is empty.
    """
    if not folds:
        return {}
    table = pd.read_csv(folds[0], dtype=str)
    return dict(zip(table["frame"], table["fold"], strict=True))


def frames_of_fold(folds: Sequence[str], fold: str) -> set[str] | None:
    """Frames that the network of a fold classifies; None, which means all, without folds.

    `folds` holds the path of `folds.csv`, or is empty.
    """
    if not folds:
        return None
    return {frame for frame, judged_by in fold_of_frame(folds).items() if judged_by == fold}


def held_out_patients(folds: Sequence[str], fold: str) -> set[str]:
    """Patients whose frames the network of a fold classifies; none without folds.

    `folds` holds the path of `folds.csv`, or is empty.
    """
    if not folds:
        return set()
    table = pd.read_csv(folds[0], dtype=str)
    return set(table.loc[table["fold"] == fold, "patient"])
