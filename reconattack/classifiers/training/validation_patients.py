"""The validation patients of a training, and the weights of its cases."""

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_class_weight

from reconattack.errors import InputError


def validation_rows(cases: pd.DataFrame, share: float, seed: int) -> np.ndarray:
    """Choose validation cases: whole patients, stratified by class and scanner.

    Parameters
    ----------
    cases
        A row per image: `patient`, `label`, `scanner`.
    share
        Share of the patients that are held out for validation.
    seed
        Seed of the choice.

    Returns
    -------
    numpy.ndarray
        bool (n,), True for a validation case.

    Raises
    ------
    InputError
        If a class of a scanner has too few patients for both training and validation.
    """
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
    """Weight of each case, float32 (n,): both classes of the training cases count equally.

    Parameters
    ----------
    labels
        0 or 1, float (n,).
    training
        bool (n,), True for a training case.
    """
    classes = np.array([0.0, 1.0])
    weights = compute_class_weight("balanced", classes=classes, y=labels[training])
    return weights[labels.astype(int)].astype(np.float32)
