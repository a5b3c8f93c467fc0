"""Which training patients only validate, and how much each case of the others counts."""

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_class_weight

from reconattack.errors import InputError


def validation_rows(cases: pd.DataFrame, share: float, seed: int) -> np.ndarray:
    """Which rows only validate, bool (n,): whole patients, stratified by class and scanner."""
    patients = cases.groupby("patient", sort=True).first()
    strata = patients["label"].astype(str) + " of " + patients["scanner"]
    rare = strata.value_counts().loc[lambda count: count < 2]
    if len(rare):
        raise InputError(
            f"training has one patient only with label {', '.join(rare.index)}; expected at least "
            "two in each class of each scanner, one to learn from and one to validate"
        )
    validation, groups = int(np.ceil(share * len(patients))), strata.nunique()
    if min(validation, len(patients) - validation) < groups:
        raise InputError(
            f"validation_share {share:g} leaves {len(patients) - validation} of {len(patients)} "
            f"patients to learn from and {validation} to validate; expected at least {groups} "
            "each, one for each class of each scanner"
        )
    _, validating = train_test_split(
        patients.index.to_numpy(), test_size=share, stratify=strata, random_state=seed
    )
    return cases["patient"].isin(validating).to_numpy()


def class_weights(labels: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Weight of each case, float32 (n,), that makes the training cases' classes count the same."""
    classes = np.array([0.0, 1.0])
    weights = compute_class_weight("balanced", classes=classes, y=labels[training])
    return weights[labels.astype(int)].astype(np.float32)
