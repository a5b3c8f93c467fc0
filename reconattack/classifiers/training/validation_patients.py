"""The validation patients of a training, and the weights of its cases."""

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_class_weight

from reconattack.errors import InputError


def validation_rows(cases: pd.DataFrame, share: float, seed: int) -> np.ndarray:
    """Choose validation cases: whole patients, stratified by class and scanner.

    A patient with cases of both classes counts in one of them, so that both have enough patients.

    Parameters
    ----------
    cases
        A row per image: `patient`, `label`, `scanner`. Labels may be names of other groups.
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
    strata = _class_of_patients(cases, patients).astype(str) + " of " + patients["scanner"]
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


def _class_of_patients(cases: pd.DataFrame, patients: pd.DataFrame) -> pd.Series:
    """Class in which each of the `patients` counts, by name.

    One with both classes joins the class of its scanner that has fewer patients so far.
    """
    classes = patients["label"].copy()
    mixed = cases.groupby("patient")["label"].nunique() > 1
    counted = patients[~mixed].groupby("scanner")["label"].value_counts().to_dict()
    for patient, scanner in patients.loc[mixed, "scanner"].items():
        known = sorted(cases.loc[cases["patient"] == patient, "label"].unique())
        chosen = min(known, key=lambda label: counted.get((scanner, label), 0))
        counted[scanner, chosen] = counted.get((scanner, chosen), 0) + 1
        classes[patient] = chosen
    return classes


def class_weights(labels: np.ndarray, training: np.ndarray, count: int = 2) -> np.ndarray:
    """Weight of each case, float64 (n,): all classes of the training cases count equally.

    Parameters
    ----------
    labels
        Number of each case's class, float (n,).
    training
        bool (n,), True for a training case.
    count
        Number of classes.
    """
    classes = np.arange(count, dtype=float)
    weights = compute_class_weight("balanced", classes=classes, y=labels[training])
    return weights[labels.astype(int)]
