"""How well a model judges at one stored setting, with intervals by patients."""

import numpy as np
import xarray as xr

from reconattack.classifiers.decisions.binary import decide
from reconattack.evidence.bootstrap import auc_interval, proportion_interval
from reconattack.evidence.labelled import resamples
from reconattack.evidence.statistics import auc, delong_interval, wilson_interval


def merits_at(setting: xr.Dataset, cutoff: float) -> dict[str, float]:
    """Sensitivity, specificity and AUC of the labelled frames at one setting, with 95 % intervals.

    Parameters
    ----------
    setting
        One setting of `reconattack.evidence.accidental.judged_frames`.
    cutoff
        Probability from which a frame has label 1.

    Returns
    -------
    dict
        Each measure with `_low` and `_high`: Wilson's interval and DeLong's if each patient has one
        frame, else those of a bootstrap of patients. nan where a class is missing.
    """
    labelled = setting.isel(frame=setting["label"].values >= 0)
    logits, labels = labelled["logit"].values, labelled["label"].values
    patients = labelled["patient"].values.astype(str)
    right = decide(logits, cutoff) == labels
    columns: dict[str, float] = {"n_labelled": len(labels)}
    for name, label in (("sensitivity", 1), ("specificity", 0)):
        own = labels == label
        columns |= with_ends(name, share_of(right[own]), share_interval(right[own], patients[own]))
    return columns | with_ends("auc", auc(labels, logits), area_interval(labels, logits, patients))


def with_ends(name: str, value: float, interval: tuple[float, float]) -> dict[str, float]:
    """A measure and the ends of its interval as columns."""
    return dict(zip((name, f"{name}_low", f"{name}_high"), (value, *interval), strict=True))


def share_of(hits: np.ndarray) -> float:
    """The share of hits, bool (n,); nan without any frame."""
    return float(hits.mean()) if len(hits) else np.nan


def share_interval(hits: np.ndarray, patients: np.ndarray) -> tuple[float, float]:
    """Interval of the share of hits, bool (n,)."""
    if len(np.unique(patients)) == len(patients):
        return wilson_interval(int(hits.sum()), len(hits))
    return proportion_interval(hits[np.newaxis], patients, resamples("patients", "edge"))


def area_interval(
    labels: np.ndarray, logits: np.ndarray, patients: np.ndarray
) -> tuple[float, float]:
    """Interval of the AUC of logits, (n,)."""
    if len(np.unique(patients)) == len(patients):
        return delong_interval(labels, logits)
    scores = logits[np.newaxis]
    return auc_interval(labels, scores, patients, resamples("patients", "edge"))
