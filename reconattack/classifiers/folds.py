"""Which fold judges which frame, from `folds.csv`."""

from collections.abc import Sequence

import pandas as pd


def fold_of_frame(folds: Sequence[str]) -> dict[str, str]:
    """Fold of each frame, from the one file of `folds`; empty where there are no folds."""
    if not folds:
        return {}
    table = pd.read_csv(folds[0], dtype=str)
    return dict(zip(table["frame"], table["fold"], strict=True))


def frames_of_fold(folds: Sequence[str], fold: str) -> set[str] | None:
    """Frames that a fold judges; None, all of them, where there are no folds."""
    if not folds:
        return None
    return {frame for frame, judged_by in fold_of_frame(folds).items() if judged_by == fold}


def held_out_patients(folds: Sequence[str], fold: str) -> set[str]:
    """Patients of the frames that a fold judges; none where there are no folds."""
    if not folds:
        return set()
    table = pd.read_csv(folds[0], dtype=str)
    return set(table.loc[table["fold"] == fold, "patient"])
