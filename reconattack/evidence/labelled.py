"""Which frames of the stored tables count, and what an interval over them takes as given."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.seeds import seed_of
from reconattack.storage import read_table


def read_predictions(models: Sequence[str], paths: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The predictions of each model, from its file: a row per seed and frame."""
    return {
        model: read_table(path, dtype={"fold": str})
        for model, path in zip(models, paths, strict=True)
    }


def labelled_frames(predictions: pd.DataFrame) -> pd.DataFrame:
    """The predictions by which a model can be judged: of frames with a label that could be read."""
    return predictions[predictions["label"].notna() & predictions["logit"].notna()]


def constant_answer(labels: Sequence[int] | np.ndarray) -> dict[str, float]:
    """The more frequent label, given to every frame, and how often this is right.

    Returns
    -------
    dict
        `constant_label`, 1 if both labels are equally frequent, and `constant_accuracy`; None and
        nan without labels.
    """
    values = np.asarray(labels, float)
    if not len(values):
        return {"constant_label": None, "constant_accuracy": np.nan}
    positive = float(values.mean())
    return {
        "constant_label": int(positive >= 0.5),
        "constant_accuracy": max(positive, 1 - positive),
    }


def attacked(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of frames that were attacked: readable, and classified right at the start."""
    return table[~table["stop_reason"].isin(NOT_ATTACKED)]


def seed_range(
    table: pd.DataFrame, keys: Sequence[str], measures: Sequence[str]
) -> dict[str, pd.Series]:
    """The lowest and the highest value of measures over the training seeds.

    Parameters
    ----------
    table
        A row per seed and group.
    keys
        Columns that name a group.
    measures
        Columns with a number.

    Returns
    -------
    dict
        Columns for `table`: `{measure}_seed_min` and `{measure}_seed_max`; nan where a group has a
        single seed.
    """
    groups = table.groupby(list(keys), sort=False, dropna=False)
    several = groups["seed"].transform("nunique") > 1
    return {
        f"{measure}_seed_{end}": groups[measure].transform(end).where(several)
        for measure in measures
        for end in ("min", "max")
    }


def conditional_on(*protocols: str) -> str:
    """What intervals and p values of models with these protocols take as given.

    They cover other frames, not other training data, which would give other networks.
    """
    if "patient_folds" in protocols:
        return "fold models"
    return "model" if len(protocols) == 1 else "models"


def resamples(units: str, measure: str) -> np.random.Generator:
    """The random numbers of a measure's bootstrap.

    They depend on the names alone, so that every model and attack draws the same `units`: patients,
    or patients and seeds.
    """
    return np.random.default_rng(seed_of(units, measure))
