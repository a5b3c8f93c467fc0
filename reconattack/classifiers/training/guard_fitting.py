"""The fit of a guard: one half of the training patients gives the covariance, the other calibrates.

The threshold is a split-conformal quantile (V. Vovk, A. Gammerman and G. Shafer 2005, Algorithmic
Learning in a Random World; R. Laxhammar and G. Falkman 2015, doi:10.1007/s10472-013-9381-7, for
anomalies). Pictures of one patient depend on each other, so the patient is what is exchanged: of
each, the largest score over all pictures counts, however many there are. For a new patient who
is exchangeable with those that calibrate, the chance that *any* of the pictures at the initial
setting and at as many drawn settings alarms is then at most the declared rate, and that of a
single one no larger. It holds on average over the patients that calibrate, whatever the
distribution of the scores.
"""

import logging
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reconattack.classifiers.guard import Guard, allowed_settings, declared, distances
from reconattack.classifiers.guard_features import FEATURES, setting_features
from reconattack.errors import InputError
from reconattack.frames.chunks import readable_frames
from reconattack.reconstruction.drawing import reconstruction_of

log = logging.getLogger(__name__)


def fit_guard(
    frames: Iterable[tuple[str, xr.Dataset]],
    settings: Mapping[str, Any],
    initial: Mapping[str, float],
    image_rows: int,
    seed: int,
) -> Guard:
    """Fit a guard to RF frames of training patients.

    Parameters
    ----------
    frames
        Name and RF frame.
    settings
        `envelope`, `settings` and `false_alarm_rate`, as the configuration has them.
    initial
        The initial setting.
    image_rows
        Height of the pictures in pixels.
    seed
        Seed of the choice of the patients that calibrate.

    Returns
    -------
    Guard
        Fitted and calibrated.

    Raises
    ------
    InputError
        If too few patients are left to calibrate such a rate.
    """
    envelope, count = settings["envelope"], settings["settings"]
    features, patients = [], []
    for name, frame in frames:
        names, vectors = allowed_settings(envelope, initial, count, name)
        reconstruction = reconstruction_of(frame, image_rows, names, initial)
        features.append(setting_features(reconstruction.bmode(vectors), reconstruction.sector))
        patients += [frame.attrs["patient"]] * len(vectors)
    if not features:
        raise InputError("no RF frame is left to fit the guard to; expected run.training_cohorts")
    return fitted(np.concatenate(features), patients, settings, seed)


def fitted(
    features: np.ndarray, patients: Sequence[str], settings: Mapping[str, Any], seed: int
) -> Guard:
    """Fit a guard to features of pictures.

    Parameters
    ----------
    features
        float64 (n, feature).
    patients
        Patient of each picture, (n,).
    settings, seed
        As `fit_guard` takes them.
    """
    from sklearn.covariance import LedoitWolf

    calibrating = calibrating_patients(patients, seed)
    calibrates = np.isin(patients, list(calibrating))
    known = features[~calibrates]
    spread = known.std(axis=0)
    spread[spread == 0] = 1  # a feature that never varied counts in its own unit
    shrunk = LedoitWolf().fit(known / spread)
    location, precision = shrunk.location_ * spread, shrunk.precision_ / np.outer(spread, spread)
    scores = distances(features[calibrates], location, precision)
    of_patient: dict[str, float] = {}
    for patient, score in zip(np.asarray(patients)[calibrates], scores, strict=True):
        of_patient[patient] = max(score, of_patient.get(patient, 0.0))
    largest = sorted(of_patient.values())
    threshold = conformal_threshold(largest, settings["false_alarm_rate"])
    log.info("threshold %.4g from %d patients", threshold, len(largest))
    return Guard(
        features=list(FEATURES),
        location=location.tolist(),
        precision=precision.tolist(),
        threshold=float(threshold),
        calibration=[float(score) for score in largest],
        n_fitted=len(set(patients)) - len(calibrating),
        **declared(settings),
    )


def calibrating_patients(patients: Sequence[str], seed: int) -> Collection[str]:
    """Every second patient in a random order: one half of them, the smaller one."""
    names = sorted(set(patients))
    return {names[place] for place in np.random.default_rng(seed).permutation(len(names))[1::2]}


def conformal_threshold(scores: Sequence[float], rate: float) -> float:
    """The score that a further, exchangeable one exceeds with a chance of at most `rate`.

    It is the ceil((n + 1) (1 - rate))-th smallest of the n scores.

    Raises
    ------
    InputError
        If no score of n is that high.
    """
    rank = math.ceil(round((len(scores) + 1) * (1 - rate), 9))
    if rank > len(scores):
        raise InputError(
            f"{len(scores)} patients calibrate the guard, too few for false_alarm_rate {rate:g}; "
            f"expected at least {math.ceil(round(1 / rate, 9)) - 1}: more training patients, or a "
            "higher false_alarm_rate"
        )
    return sorted(scores)[rank - 1]


def training_frames(
    chunks: Sequence[str], held_out: Collection[str]
) -> Iterable[tuple[str, xr.Dataset]]:
    """Name and RF frame of every training patient; labels do not matter to a guard."""
    return (
        (name, frame)
        for chunk in chunks
        for name, frame in readable_frames(chunk)
        if frame.attrs["patient"] not in held_out
    )
