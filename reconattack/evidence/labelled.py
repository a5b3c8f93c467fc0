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


def attacked(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of frames that were attacked: readable, and classified right at the start."""
    return table[~table["stop_reason"].isin(NOT_ATTACKED)]


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
