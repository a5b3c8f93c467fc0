"""Intervals by a bootstrap of patients and, independently, of seeds (percentiles, 95 %).

Wilson's interval assumes independent trials, but the frames of a patient are not independent.
Patients are therefore drawn with replacement, each with all its frames (Davison & Hinkley,
*Bootstrap Methods and their Application*, 1997, section 3.8). The networks of a seed are drawn with
all their judgements (Owen, Ann. Appl. Stat. 2007;1:386). A resample of S seeds has S - 1 draws, or
the variance between seeds would be underestimated (McCarthy & Snowden, Vital Health Stat. 2
1985;95); with few seeds it remains uncertain. One seed tells nothing about other networks.

Labels are 1 (fatty) or 0 (normal); a higher score means 1. For an AUC, patients are drawn within
each class; those with frames of both classes are drawn among themselves. Intervals are nan where
the data carry no variance.
"""

import numpy as np
import pandas as pd

from reconattack.evidence.statistics import (
    CONFIDENCE,
    NO_INTERVAL,
    macro_auc,
    mean_auc,
    wilson_interval,
)

RESAMPLES = 2000
SPREAD = 1.96  # standard deviations, of 95 % limits of agreement
QUANTILES = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)


def proportion_interval(
    hits: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """Interval of a proportion of frames (`mean_interval`).

    The bootstrap has no variance if every network hits every frame, or none hits any. The interval
    is then Wilson's for as many trials as there are patients.

    Parameters
    ----------
    hits
        Shape (seed, n): hit or not, or a share of repetitions; nan where a frame does not count.
    patients
        Shape (n,).
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of float
        Lower and upper end; nan without any patient.
    """
    hits = np.asarray(hits, float)
    counted = ~np.isnan(hits)
    known = hits[counted]
    if len(known) and known.min() == known.max() and known.min() in (0, 1):
        n = len(np.unique(np.asarray(patients)[counted.any(axis=0)]))
        return wilson_interval(int(known.min()) * n, n)
    return mean_interval(hits, patients, generator)


def mean_interval(
    values: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """Interval of a mean over frames and networks.

    Parameters
    ----------
    values
        Shape (seed, n); nan where a frame does not count.
    patients
        Shape (n,).
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of float
        Lower and upper end. nan where the data carry no variance: fewer than two patients, all
        values equal.
    """
    values = np.asarray(values, float)
    if not _varies(values, patients):
        return NO_INTERVAL
    drawn = patient_draws(patients, generator)
    return _varying_percentiles(_means(values, drawn, generator))


def mean_difference(
    first: np.ndarray, second: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float, float]:
    """Difference of two means over the same frames, with its interval.

    The same patients are drawn for both, seeds for each alone.

    Parameters
    ----------
    first, second
        Shapes (seed, n); their numbers of seeds may differ. nan where a frame does not count.
    patients
        Shape (n,).
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of float
        Mean of `first` minus mean of `second`, lower and upper end. The ends are nan where the data
        carry no variance.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    difference = float(np.nanmean(first) - np.nanmean(second)) if first.size else np.nan
    if not (_varies(first, patients) or _varies(second, patients)):
        return (difference, *NO_INTERVAL)
    drawn = patient_draws(patients, generator)
    means = (_means(values, drawn, generator) for values in (first, second))
    return (difference, *_varying_percentiles(next(means) - next(means)))


def share_interval(
    counted: np.ndarray, of: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """Interval of a share whose parts are counted in each frame.

    Parameters
    ----------
    counted, of
        How many count, and of how many, in each frame, shapes (n,).
    patients
        Shape (n,).
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of float
        Lower and upper end; nan where the data carry no variance.
    """
    if len(np.unique(np.asarray(patients))) < 2 or not of.sum():
        return NO_INTERVAL
    drawn = patient_draws(patients, generator)
    with np.errstate(invalid="ignore"):
        return _varying_percentiles((drawn @ counted) / (drawn @ of))


def auc_interval(
    labels: np.ndarray, scores: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """Interval of the mean AUC of networks.

    Parameters
    ----------
    labels, patients
        Shapes (n,).
    scores
        Shape (seed, n), or (seed, repeat, n) where a network's AUC is the mean of several.
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of float
        Lower and upper end. nan where the data carry no variance: a class with fewer than two
        patients, perfect separation.
    """
    if not _areas_vary(labels, scores, patients):
        return NO_INTERVAL
    drawn = patient_draws(patients, generator, labels)
    return _varying_percentiles(_areas(labels, scores, drawn, generator))


def auc_difference(
    labels: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    patients: np.ndarray,
    generator: np.random.Generator,
) -> tuple[float, float, float]:
    """Difference of two mean AUCs on the same frames, with its interval.

    The same patients are drawn for both, seeds for each alone.

    Parameters
    ----------
    labels, patients
        Shapes (n,).
    first, second
        Shapes (seed, n); their numbers of seeds may differ.
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of float
        Mean AUC of `first` minus mean AUC of `second`, lower and upper end. The ends are nan where
        the data carry no variance.
    """
    difference = mean_auc(labels, first) - mean_auc(labels, second)
    if not (_areas_vary(labels, first, patients) or _areas_vary(labels, second, patients)):
        return (difference, *NO_INTERVAL)
    drawn = patient_draws(patients, generator, labels)
    areas = (_areas(labels, scores, drawn, generator) for scores in (first, second))
    return (difference, *_varying_percentiles(next(areas) - next(areas)))


def macro_auc_interval(
    truths: np.ndarray, scores: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """Interval of the mean AUC of each class against the others (`macro_auc`).

    Patients are drawn whatever their class. A class that a resample lacks does not count in it.

    Parameters
    ----------
    truths, patients
        Number of the true class, and the patient of each frame, shapes (n,).
    scores
        Score of each class, (n, class).
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of float
        Lower and upper end. nan where the data carry no variance: fewer than two patients, perfect
        separation.
    """
    truths, scores = np.asarray(truths), np.asarray(scores, float)
    if len(np.unique(np.asarray(patients))) < 2 or not 0 < macro_auc(truths, scores) < 1:
        return NO_INTERVAL
    drawn = patient_draws(patients, generator)
    areas = []
    for number in np.unique(truths):
        own = (truths == number).astype(int)
        of_own, of_others = drawn[:, own == 1], drawn[:, own == 0]
        wins = ((of_own @ _mean_wins(own, scores[:, number])) * of_others).sum(axis=1)
        pairs = of_own.sum(axis=1) * of_others.sum(axis=1)
        areas.append(np.divide(wins, pairs, out=np.full(RESAMPLES, np.nan), where=pairs > 0))
    known = np.stack(areas)[:, ~np.isnan(areas).all(axis=0)]
    return _varying_percentiles(np.nanmean(known, axis=0))


def limits_of_agreement(differences: np.ndarray) -> tuple[float, float]:
    """95 % limits of agreement of differences, (n,): the mean less and plus 1.96 deviations."""
    differences = np.asarray(differences, float)
    if len(differences) < 2:
        return NO_INTERVAL
    mean, spread = differences.mean(), SPREAD * differences.std(ddof=1)
    return float(mean - spread), float(mean + spread)


def limits_intervals(
    differences: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Interval of each of the `limits_of_agreement`.

    Parameters
    ----------
    differences, patients
        Shapes (n,).
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of tuple of float
        Lower and upper end of the lower limit, then of the upper one; nan where the data carry no
        variance.
    """
    differences = np.asarray(differences, float)
    if not _varies(differences, patients):
        return NO_INTERVAL, NO_INTERVAL
    drawn = patient_draws(patients, generator)
    drawn = drawn[drawn.sum(axis=1) > 1]
    counts = drawn.sum(axis=1)
    means = drawn @ differences / counts
    squares = ((differences - means[:, np.newaxis]) ** 2 * drawn).sum(axis=1)
    spreads = SPREAD * np.sqrt(squares / (counts - 1))
    return _varying_percentiles(means - spreads), _varying_percentiles(means + spreads)


def roc_band(
    labels: np.ndarray,
    scores: np.ndarray,
    patients: np.ndarray,
    generator: np.random.Generator,
    points: int = 101,
) -> pd.DataFrame:
    """ROC curve and its pointwise band.

    Parameters
    ----------
    labels, scores, patients
        Shapes (n,).
    generator
        Seeded source of the resamples.
    points
        Number of false-positive rates from 0 to 1.

    Returns
    -------
    pandas.DataFrame
        false_positive_rate, sensitivity, sensitivity_low, sensitivity_high, a row per point; the
        last three nan where a class is missing.
    """
    labels, scores = np.asarray(labels), np.asarray(scores, float)
    rates = np.linspace(0, 1, points)
    if len(np.unique(labels)) < 2:
        curve, low, high = np.full((3, points), np.nan)
    else:
        curve = _roc_curve(labels, scores, np.ones(len(labels)), rates)
        drawn = patient_draws(patients, generator, labels)
        curves = [_roc_curve(labels, scores, weights, rates) for weights in drawn]
        low, high = np.quantile(curves, QUANTILES, axis=0)
    return pd.DataFrame(
        {
            "false_positive_rate": rates,
            "sensitivity": curve,
            "sensitivity_low": low,
            "sensitivity_high": high,
        }
    )


def patient_draws(
    patients: np.ndarray, generator: np.random.Generator, labels: np.ndarray | None = None
) -> np.ndarray:
    """How often each resample of patients holds each frame, float64 (resample, n).

    With labels, patients are drawn within each label; those with frames of both labels are a third
    group.
    """
    patient = np.unique(np.asarray(patients), return_inverse=True)[1]
    labels = np.zeros(len(patient)) if labels is None else np.asarray(labels)
    counts = np.zeros((RESAMPLES, patient.max() + 1))
    groups = np.zeros(counts.shape[1])
    groups[patient[labels == 1]] = 1
    groups[np.intersect1d(patient[labels == 0], patient[labels == 1])] = 2
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        shares = np.full(len(members), 1 / len(members))
        counts[:, members] = generator.multinomial(len(members), shares, RESAMPLES)
    return counts[:, patient]


def _seed_draws(seeds: int, generator: np.random.Generator) -> np.ndarray:
    """How often each resample holds the networks of each seed, shape (resample, seed)."""
    if seeds == 1:
        return np.ones((RESAMPLES, 1))
    return generator.multinomial(seeds - 1, np.full(seeds, 1 / seeds), RESAMPLES).astype(float)


def _means(values: np.ndarray, drawn: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Means of values (seed, n) in the resamples `drawn` (resample, n) and in drawn seeds."""
    seeds = _seed_draws(len(values), generator)
    sums = (drawn @ np.nan_to_num(values).T * seeds).sum(axis=1)
    counts = (drawn @ ~np.isnan(values).T * seeds).sum(axis=1)
    return np.divide(sums, counts, out=np.full(RESAMPLES, np.nan), where=counts > 0)


def _areas(
    labels: np.ndarray, scores: np.ndarray, drawn: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Mean AUCs of scores (seed, n) or (seed, repeat, n) in the resamples `drawn` (resample, n)."""
    labels = np.asarray(labels)
    of_positives, of_negatives = drawn[:, labels == 1], drawn[:, labels == 0]
    pairs = of_positives.sum(axis=1) * of_negatives.sum(axis=1)
    areas = [
        ((of_positives @ _mean_wins(labels, of_seed)) * of_negatives).sum(axis=1) / pairs
        for of_seed in np.asarray(scores, float)
    ]
    return np.average(np.transpose(areas), axis=1, weights=_seed_draws(len(areas), generator))


def _mean_wins(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Share of the rows in which a positive scores above a negative, shape (positive, negative).

    Scores are (n,) or (repeat, n); a tie counts one half.
    """
    rows = np.atleast_2d(scores)
    signs = sum(np.sign(row[labels == 1][:, np.newaxis] - row[labels == 0]) for row in rows)
    return (signs / len(rows) + 1) / 2


def _roc_curve(
    labels: np.ndarray, scores: np.ndarray, weights: np.ndarray, rates: np.ndarray
) -> np.ndarray:
    """Sensitivity of weighted frames at each false-positive rate, linear between cut-offs."""
    _, tied = np.unique(-scores, return_inverse=True)
    false, true = (
        np.concatenate([[0], np.cumsum(np.bincount(tied, weights * (labels == label)))])
        for label in (0, 1)
    )
    return np.interp(rates, false / false[-1], true / true[-1])


def _varies(values: np.ndarray, patients: np.ndarray) -> bool:
    known = values[~np.isnan(values)]
    return len(np.unique(patients)) > 1 and len(known) > 0 and known.min() < known.max()


def _areas_vary(labels: np.ndarray, scores: np.ndarray, patients: np.ndarray) -> bool:
    labels, patients = np.asarray(labels), np.asarray(patients)
    enough = min(len(np.unique(patients[labels == label])) for label in (0, 1)) > 1
    return enough and 0 < mean_auc(labels, scores) < 1


def _varying_percentiles(values: np.ndarray) -> tuple[float, float]:
    """`_percentiles` of the resamples that are not nan; nan if all of these are equal."""
    known = values[~np.isnan(values)]
    return _percentiles(known) if known.min() < known.max() else NO_INTERVAL


def _percentiles(values: np.ndarray) -> tuple[float, float]:
    """The ends between which `CONFIDENCE` of the resamples lie."""
    low, high = np.quantile(values, QUANTILES)
    return float(low), float(high)
