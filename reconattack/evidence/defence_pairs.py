"""Each model of a run compared with the baseline, `defences_pairs.csv`."""

from collections.abc import Mapping
from math import gcd
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.evidence.bootstrap import auc_difference, mean_difference
from reconattack.evidence.labelled import conditional_on, constant_answer, resamples
from reconattack.evidence.statistics import (
    delong_difference,
    holm,
    mcnemar_p,
    mean_auc,
    sign_flip_p,
)

UNITS = "patients and seeds"  # what the bootstrap draws
FAMILIES = (
    *("accuracy", "sensitivity", "specificity", "accuracy_zoo", "grid_certified", "certified"),
    "auc",
)
CLASSES = {"sensitivity": 1, "specificity": 0}  # the label of the frames that a family counts
COUNTS = (
    "counted_first_seed",
    "counted_second_seed",
    "both",
    "only_first",
    "only_second",
    "neither",
)
COLUMNS = (
    "family",
    "first_model",
    "second_model",
    "first_seeds",
    "second_seeds",
    "n",
    "n_patients",
    *COUNTS,
    "p_mcnemar",
    "first",
    "second",
    "difference",
    "low",
    "high",
    "test",
    "p",
    "p_holm",
    "conditional_on",
    "constant_accuracy",
)
# Accuracies of all labelled frames
OF_ALL_LABELS = ("accuracy", "accuracy_zoo", "grid_certified", "certified")


def pair_table(
    judged: Mapping[str, xr.Dataset], models: Mapping[str, Mapping[str, Any]], baseline: str
) -> pd.DataFrame:
    """Compare each model with the baseline.

    Parameters
    ----------
    judged
        The outcomes of each model (`reconattack.evidence.outcomes.outcomes`).
    models
        For each model its `protocol`: how its frames were judged.
    baseline
        The model that the others are compared with.

    Returns
    -------
    pandas.DataFrame
        The `COLUMNS`: a row per question (`family`) and model, which is the first, with the
        baseline as the second. Holm corrects over the rows of a family.
    """
    rows = []
    for family in FAMILIES:
        for model in judged:
            row = None if model == baseline else family_row(family, judged[model], judged[baseline])
            if row is not None:
                protocols = models[model]["protocol"], models[baseline]["protocol"]
                rows.append(
                    {
                        "family": family,
                        "first_model": model,
                        "second_model": baseline,
                        **row,
                        "conditional_on": conditional_on(*protocols),
                    }
                )
    table = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    table["p_holm"] = table.groupby("family")["p"].transform(lambda p: holm(p.to_numpy()))
    return table.astype(dict.fromkeys(COUNTS, "Int64"))


def family_row(family: str, first: xr.Dataset, second: xr.Dataset) -> dict | None:
    """Compare two models on the frames that both judge, in one question.

    `constant_accuracy` is that of one answer for all these frames, beside a family of accuracies.
    None if one of them has no answer, or the two were searched on different lattices.
    """
    frames = np.intersect1d(first["frame"].to_numpy(), second["frame"].to_numpy())
    if family in CLASSES:
        frames = frames[first["label"].sel(frame=frames).to_numpy() == CLASSES[family]]
    first, second = first.sel(frame=frames), second.sel(frame=frames)
    if family == "auc":
        return sizes(first, second) | auc_pair(first, second)
    variable = "right" if family == "accuracy" or family in CLASSES else family
    if not comparable(variable, first, second):
        return None
    row = sizes(first, second) | hit_pair(family, first[variable], second[variable])
    if family in OF_ALL_LABELS:
        row["constant_accuracy"] = constant_answer(first["label"])["constant_accuracy"]
    return row


def comparable(variable: str, first: xr.Dataset, second: xr.Dataset) -> bool:
    """Whether both models have a variable, and found it on the same lattice."""
    if variable not in first or variable not in second:
        return False
    return variable != "grid_certified" or all(
        first.attrs[key] == second.attrs[key] for key in ("grid", "grid_points")
    )


def sizes(first: xr.Dataset, second: xr.Dataset) -> dict[str, int]:
    """Seeds of each model, and the frames and patients on which they are compared."""
    return {
        "first_seeds": first.sizes["seed"],
        "second_seeds": second.sizes["seed"],
        "n": first.sizes["frame"],
        "n_patients": len(np.unique(first["patient"].to_numpy())),
    }


def hit_pair(family: str, first: xr.DataArray, second: xr.DataArray) -> dict:
    """Compare two models' hits (seed, frame) on the same frames: shares, and an exact test.

    Frames of a patient and seeds of a model are not independent. The test therefore flips the sign
    of whole patients; a patient's value is the sum over its frames of the difference between the
    seeds' means. With one seed each and a frame per patient this is McNemar's exact test. The
    counts and `p_mcnemar` are those of each model's first seed.
    """
    one, other = first.to_numpy(), second.to_numpy()
    patients = first["patient"].to_numpy()
    only_first, only_second = int((one[0] & ~other[0]).sum()), int((other[0] & ~one[0]).sum())
    divisor = gcd(len(one), len(other))
    # Whole numbers: the difference of the seeds' means times a constant.
    weighted = len(other) // divisor * one.sum(axis=0) - len(one) // divisor * other.sum(axis=0)
    single = len(one) == len(other) == 1 and len(np.unique(patients)) == len(patients)
    difference, low, high = mean_difference(one, other, patients, resamples(UNITS, family))
    known = len(patients) > 0
    return {
        "counted_first_seed": int(first["seed"][0]),
        "counted_second_seed": int(second["seed"][0]),
        "both": int((one[0] & other[0]).sum()),
        "only_first": only_first,
        "only_second": only_second,
        "neither": int((~one[0] & ~other[0]).sum()),
        "p_mcnemar": mcnemar_p(only_first, only_second) if known else np.nan,
        "first": one.mean() if known else np.nan,
        "second": other.mean() if known else np.nan,
        "difference": difference,
        "low": low,
        "high": high,
        "test": "McNemar, exact" if single else "sign flips of patients, exact",
        "p": sign_flip_p(weighted, patients) if known else np.nan,
    }


def auc_pair(first: xr.Dataset, second: xr.Dataset) -> dict:
    """Compare two models' mean AUCs on the same frames: DeLong's test, a bootstrap interval."""
    labels, patients = first["label"].to_numpy(), first["patient"].to_numpy()
    if len(np.unique(labels)) < 2:
        return {}
    one, other = first["logit"].to_numpy(), second["logit"].to_numpy()
    difference, low, high = auc_difference(labels, one, other, patients, resamples(UNITS, "auc"))
    several = max(len(one), len(other)) > 1
    return {
        "first": mean_auc(labels, one),
        "second": mean_auc(labels, other),
        "difference": difference,
        "low": low,
        "high": high,
        "test": "DeLong, mean of the seeds" if several else "DeLong",
        "p": delong_difference(labels, one, other)[3],
    }
