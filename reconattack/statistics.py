"""Figures of merit of a classifier and the intervals around them.

Labels are 1 (fatty) or 0 (normal); a higher score speaks for 1. Intervals cover 95 %.
"""

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import binomtest, norm, rankdata
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

CONFIDENCE = 0.95
NORMAL_QUANTILE = norm.ppf((1 + CONFIDENCE) / 2)
NO_INTERVAL = (np.nan, np.nan)
RESAMPLES = 2000  # of a bootstrap


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """Wilson's score interval of a proportion (J. Am. Stat. Assoc. 1927;22:209); nan for n = 0."""
    if n == 0:
        return NO_INTERVAL
    interval = binomtest(int(successes), int(n)).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def cumulative(values: np.ndarray, limits: np.ndarray) -> pd.DataFrame:
    """How many values lie at or below each limit, with Wilson's interval of their share.

    Parameters
    ----------
    values
        Shape (n,); infinite where no limit is wide enough.
    limits
        Shape (limit,).

    Returns
    -------
    pandas.DataFrame
        limit, n, count, rate, low, high, a row per limit; the last three nan for n = 0.
    """
    counts = np.searchsorted(np.sort(values), limits, side="right")
    rows = [(len(values), count, *_rate(count, len(values))) for count in counts]
    table = pd.DataFrame(rows, columns=["n", "count", "rate", "low", "high"])
    table.insert(0, "limit", limits)
    return table


def _rate(successes: int, n: int) -> tuple[float, float, float]:
    return (successes / n if n else np.nan, *wilson_interval(successes, n))


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve, tied scores counting one half; nan where a class is missing.

    Parameters
    ----------
    labels, scores
        Shapes (n,).
    """
    positive, negative = _by_class(labels, scores)
    if min(len(positive), len(negative)) == 0:
        return np.nan
    return float(_placements(positive, negative)[0].mean())


def mean_auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Mean of the AUCs of scores (..., n), each over all frames."""
    rows = np.asarray(scores, float)
    return float(np.mean([auc(labels, row) for row in rows.reshape(-1, rows.shape[-1])]))


def delong_interval(labels: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """Interval of the AUC: DeLong's variance, on the logit scale so that it stays in (0, 1).

    DeLong et al., Biometrics 1988;44:837, by the midranks of Sun & Xu, IEEE Signal Process. Lett.
    2014;21:1389; the logit scale after Pepe, *The Statistical Evaluation of Medical Tests*, 2003.

    Parameters
    ----------
    labels, scores
        Shapes (n,).

    Returns
    -------
    tuple of float
        Lower and upper end. nan where the data carry no variance: a class with fewer than two
        members, perfect separation, or scores that are all tied.
    """
    positive, negative = _by_class(labels, scores)
    if min(len(positive), len(negative)) < 2:
        return NO_INTERVAL
    above, below = _placements(positive, negative)
    area = above.mean()
    variance = above.var(ddof=1) / len(positive) + below.var(ddof=1) / len(negative)
    if variance == 0 or not 0 < area < 1:
        return NO_INTERVAL
    half_width = NORMAL_QUANTILE * np.sqrt(variance) / (area * (1 - area))
    low, high = expit(logit(area) + half_width * np.array([-1, 1]))
    return float(low), float(high)


def delong_difference(
    labels: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[float, float, float, float]:
    """Difference of two AUCs on the same frames: DeLong's interval and two-sided test.

    DeLong et al., Biometrics 1988;44:837, on the scale of the difference.

    Parameters
    ----------
    labels
        Shape (n,).
    first, second
        Scores of two classifiers, shapes (n,), or (seed, n) of networks whose AUCs are averaged:
        then these networks are tested, not further ones of other seeds.

    Returns
    -------
    tuple of float
        AUC of `first` less that of `second`, lower and upper end, p. All but the difference are nan
        where it has no variance, the difference too where a class is missing.
    """
    first, second = np.atleast_2d(first), np.atleast_2d(second)
    difference = mean_auc(labels, first) - mean_auc(labels, second)
    sizes = [int(np.sum(np.asarray(labels) == label)) for label in (1, 0)]
    if min(sizes) < 2:
        return (float(difference), *NO_INTERVAL, np.nan)
    placements = zip(_mean_placements(labels, first), _mean_placements(labels, second), strict=True)
    variance = sum((a - b).var(ddof=1) / n for (a, b), n in zip(placements, sizes, strict=True))
    if variance == 0:
        return (float(difference), *NO_INTERVAL, np.nan)
    error = np.sqrt(variance)
    low, high = difference + NORMAL_QUANTILE * error * np.array([-1, 1])
    p = 2 * norm.sf(abs(difference) / error)
    return float(difference), float(low), float(high), float(p)


def mcnemar_p(only_first: int, only_second: int) -> float:
    """Two-sided p of McNemar's exact test of pairs (Psychometrika 1947;12:153).

    Parameters
    ----------
    only_first, only_second
        Pairs of which only the first or only the second is a hit; pairs that agree do not count.

    Returns
    -------
    float
        1 where all pairs agree.
    """
    return float(mcnemar([[0, only_first], [only_second, 0]], exact=True).pvalue)


def sign_flip_p(differences: np.ndarray, patients: np.ndarray) -> float:
    """Two-sided p of the exact sign-flip test of pairs, by patient (Fisher's randomization test).

    Under the null hypothesis the two sides of a patient are exchangeable, all frames together; the
    statistic is the sum of the differences. With differences of -1, 0 and 1 and a frame per patient
    it is McNemar's exact test (`mcnemar_p`).

    Parameters
    ----------
    differences
        Shape (n,): whole numbers, those of a frame summed over the networks that judge it.
    patients
        Shape (n,).

    Returns
    -------
    float
        1 where no patient makes a difference.
    """
    patient = np.unique(np.asarray(patients), return_inverse=True)[1]
    of_patients = np.zeros(patient.max(initial=-1) + 1, int)
    np.add.at(of_patients, patient, np.asarray(differences, int))
    sizes = np.abs(of_patients[of_patients != 0])
    sizes = sizes // np.gcd.reduce(sizes) if len(sizes) else sizes
    distribution = np.ones(1)  # of the sum over the signs, from -reach to reach
    for size in sizes:
        wider = np.zeros(len(distribution) + 2 * size)
        wider[: len(distribution)] += distribution / 2
        wider[2 * size :] += distribution / 2
        distribution = wider
    reach = len(distribution) // 2
    observed = abs(int(np.sum(sizes * np.sign(of_patients[of_patients != 0]))))
    extreme = np.abs(np.arange(-reach, reach + 1)) >= observed
    return float(min(distribution[extreme].sum(), 1))


def holm(p_values: np.ndarray) -> np.ndarray:
    """p values of one family after Holm's correction (Scand. J. Stat. 1979;6:65).

    Parameters
    ----------
    p_values
        Shape (n,); nan stands for a comparison that could not be made, and does not count.

    Returns
    -------
    numpy.ndarray
        float64 (n,).
    """
    corrected = np.array(p_values, float)
    made = ~np.isnan(corrected)
    if made.any():
        corrected[made] = multipletests(corrected[made], method="holm")[1]
    return corrected


def patient_proportion_interval(
    hits: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """Interval of a proportion of frames by a bootstrap of patients (percentiles).

    Frames of a patient are no independent trials, as Wilson's interval takes them to be: patients
    are drawn with replacement and with all their frames (Davison & Hinkley, *Bootstrap Methods and
    their Application*, 1997, section 3.8).

    Parameters
    ----------
    hits, patients
        Shapes (n,); `hits` bool.
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of float
        Lower and upper end. nan where the data carry no variance: fewer than two patients, all
        frames hit or none.
    """
    hits = np.asarray(hits, float)
    names, patient = np.unique(np.asarray(patients), return_inverse=True)
    if len(names) < 2 or hits.min() == hits.max():
        return NO_INTERVAL
    drawn = _draws(np.zeros(len(hits)), patient, generator)
    return _percentiles(drawn @ hits / drawn.sum(axis=1))


def patient_auc_interval(
    labels: np.ndarray, scores: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """Interval of the AUC of frames by a bootstrap of patients (percentiles).

    Patients are drawn with replacement, within each class, with all their frames.

    Parameters
    ----------
    labels, scores, patients
        Shapes (n,); a patient has one label.
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of float
        Lower and upper end. nan where the data carry no variance: a class with fewer than two
        patients, perfect separation.
    """
    labels, scores, patients = np.asarray(labels), np.asarray(scores, float), np.asarray(patients)
    if min(len(np.unique(patients[labels == label])) for label in (0, 1)) < 2:
        return NO_INTERVAL
    if auc(labels, scores) in (0, 1):
        return NO_INTERVAL
    patient = np.unique(patients, return_inverse=True)[1]
    positive, negative = _by_class(labels, scores)
    wins = (np.sign(positive[:, np.newaxis] - negative) + 1) / 2
    drawn = _draws(labels, patient, generator)
    of_positives, of_negatives = drawn[:, labels == 1], drawn[:, labels == 0]
    areas = ((of_positives @ wins) * of_negatives).sum(axis=1)
    return _percentiles(areas / of_positives.sum(axis=1) / of_negatives.sum(axis=1))


def crossed_proportion_interval(
    hits: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """Interval of a proportion by a bootstrap of patients and seeds (`crossed_mean_interval`).

    Where all frames are hit by all networks, or none by any, that has no variance: then Wilson's of
    as many trials as there are patients.

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
    known = np.asarray(hits, float)
    known = known[~np.isnan(known)]
    if len(known) and known.min() == known.max() and known.min() in (0, 1):
        n = len(np.unique(patients))
        return wilson_interval(int(known.min()) * n, n)
    return crossed_mean_interval(hits, patients, generator)


def crossed_mean_interval(
    values: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """Interval of a mean by a bootstrap of patients and, independently, of seeds (percentiles).

    Patients are drawn with replacement and with all their frames, networks of other seeds with all
    that they judge (Owen, Ann. Appl. Stat. 2007;1:386). Of S seeds S - 1 are drawn, so that the
    variance between them is not estimated too small (McCarthy & Snowden, Vital Health Stat. 2
    1985;95); of few seeds it remains uncertain. With one seed it is the bootstrap of patients and
    knows nothing of other networks.

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
    drawn = _patient_draws(patients, generator)
    return _varying_percentiles(_crossed_means(values, drawn, generator))


def crossed_mean_difference(
    first: np.ndarray, second: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float, float]:
    """Difference of two means over the same frames, with its interval (`crossed_mean_interval`).

    The same patients are drawn for both, seeds for each alone.

    Parameters
    ----------
    first, second
        Shapes (seed, n), of as many seeds as each has; nan where a frame does not count.
    patients
        Shape (n,).
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of float
        Mean of `first` less that of `second`, lower and upper end; these are nan where the data
        carry no variance.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    difference = float(np.nanmean(first) - np.nanmean(second)) if first.size else np.nan
    if not (_varies(first, patients) or _varies(second, patients)):
        return (difference, *NO_INTERVAL)
    drawn = _patient_draws(patients, generator)
    means = (_crossed_means(values, drawn, generator) for values in (first, second))
    return (difference, *_varying_percentiles(next(means) - next(means)))


def crossed_auc_interval(
    labels: np.ndarray, scores: np.ndarray, patients: np.ndarray, generator: np.random.Generator
) -> tuple[float, float]:
    """Interval of the mean AUC of networks, by a bootstrap of patients, within each class, and of
    seeds (`crossed_mean_interval`).

    Parameters
    ----------
    labels, patients
        Shapes (n,); a patient has one label.
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
    drawn = _patient_draws(patients, generator, labels)
    return _varying_percentiles(_crossed_areas(labels, scores, drawn, generator))


def crossed_auc_difference(
    labels: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    patients: np.ndarray,
    generator: np.random.Generator,
) -> tuple[float, float, float]:
    """Difference of two mean AUCs on the same frames, with its interval (`crossed_auc_interval`).

    The same patients are drawn for both, seeds for each alone.

    Parameters
    ----------
    labels, patients
        Shapes (n,); a patient has one label.
    first, second
        Shapes (seed, n), of networks of as many seeds as each has.
    generator
        Seeded source of the resamples.

    Returns
    -------
    tuple of float
        Mean AUC of `first` less that of `second`, lower and upper end; these are nan where the data
        carry no variance.
    """
    difference = mean_auc(labels, first) - mean_auc(labels, second)
    if not (_areas_vary(labels, first, patients) or _areas_vary(labels, second, patients)):
        return (difference, *NO_INTERVAL)
    drawn = _patient_draws(patients, generator, labels)
    areas = (_crossed_areas(labels, scores, drawn, generator) for scores in (first, second))
    return (difference, *_varying_percentiles(next(areas) - next(areas)))


def calibration_slope(labels: np.ndarray, logits: np.ndarray) -> tuple[float, float, float]:
    """Slope of the logistic regression of the label on the logit (1 if calibrated), with interval.

    Cox, Biometrika 1958;45:562, with an intercept and no penalty; Wald's interval from the Fisher
    information.

    Parameters
    ----------
    labels, logits
        Shapes (n,); finite logits.

    Returns
    -------
    tuple of float
        Slope, lower and upper end. nan where no finite slope fits best: a class is missing, or one
        logit separates the classes (Albert & Anderson, Biometrika 1984;71:1).
    """
    positive, negative = _by_class(labels, logits)
    if min(len(positive), len(negative)) == 0 or not _overlap(positive, negative):
        return (np.nan, *NO_INTERVAL)
    labels, logits = np.asarray(labels, float), np.asarray(logits, float)
    scale = logits.std()
    design = np.column_stack([np.ones(len(logits)), (logits - logits.mean()) / scale])

    def loss(weights):
        score = design @ weights
        return np.sum(np.logaddexp(0, score) - labels * score)

    def gradient(weights):
        return design.T @ (expit(design @ weights) - labels)

    def information(weights):
        probability = expit(design @ weights)
        return design.T @ (design * (probability * (1 - probability))[:, np.newaxis])

    weights = minimize(loss, np.zeros(2), jac=gradient, hess=information, method="trust-exact").x
    slope = weights[1] / scale
    half_width = NORMAL_QUANTILE * np.sqrt(np.linalg.inv(information(weights))[1, 1]) / scale
    return float(slope), float(slope - half_width), float(slope + half_width)


def sensitivity_specificity(labels: np.ndarray, predicted: np.ndarray) -> tuple[float, float]:
    """Share of label 1 predicted 1 and of label 0 predicted 0; nan where a class is missing."""
    positive, negative = _by_class(labels, predicted)
    sensitivity = float(np.mean(positive == 1)) if len(positive) else np.nan
    specificity = float(np.mean(negative == 0)) if len(negative) else np.nan
    return sensitivity, specificity


def youden_cutoff(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Cut-off that maximises sensitivity + specificity - 1 (Youden, Cancer 1950;3:32).

    Parameters
    ----------
    labels, probabilities
        Shapes (n,), of validation data: never of the frames that are judged.

    Returns
    -------
    float
        Midpoint between two neighbouring probabilities; of equally good ones that nearest to 0.5,
        then the lower. A probability at or above the cut-off is predicted 1. nan where a class is
        missing or all probabilities are equal.
    """
    positive, negative = _by_class(labels, probabilities)
    distinct = np.unique(np.asarray(probabilities, float))
    if min(len(positive), len(negative)) == 0 or len(distinct) == 1:
        return np.nan
    cutoffs = (distinct[:-1] + distinct[1:]) / 2
    hits = len(positive) - np.searchsorted(np.sort(positive), cutoffs)
    rejections = np.searchsorted(np.sort(negative), cutoffs)
    youden = hits * len(negative) + rejections * len(positive)  # whole numbers tie exactly
    best = cutoffs[youden == youden.max()]
    return float(best[np.argmin(np.abs(best - 0.5))])


def recalibrated_decisions(
    labels: np.ndarray, probabilities: np.ndarray, groups: np.ndarray
) -> np.ndarray:
    """Decisions at a new cut-off: each group's is the one that the other groups choose (Youden).

    Parameters
    ----------
    labels, probabilities, groups
        Shapes (n,); a patient's frames are in one group.

    Returns
    -------
    numpy.ndarray
        float (n,): 1, 0, or nan for a group for which the others choose none (`youden_cutoff`).
    """
    labels, groups = np.asarray(labels), np.asarray(groups)
    probabilities = np.asarray(probabilities, float)
    decisions = np.full(len(labels), np.nan)
    for group in np.unique(groups):
        held_out = groups == group
        cutoff = youden_cutoff(labels[~held_out], probabilities[~held_out])
        if not np.isnan(cutoff):
            decisions[held_out] = probabilities[held_out] >= cutoff
    return decisions


def roc_band(
    labels: np.ndarray,
    scores: np.ndarray,
    patients: np.ndarray,
    generator: np.random.Generator,
    resamples: int = RESAMPLES,
    points: int = 101,
) -> pd.DataFrame:
    """ROC curve and its pointwise bootstrap band (percentiles).

    Patients are drawn with replacement, within each class, with all their frames.

    Parameters
    ----------
    labels, scores, patients
        Shapes (n,); a patient has one label.
    generator
        Seeded source of the resamples.
    resamples, points
        Number of resamples and of false-positive rates from 0 to 1.

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
        _, patient = np.unique(np.asarray(patients), return_inverse=True)
        curve = _roc_curve(labels, scores, np.ones(len(labels)), rates)
        curves = [
            _roc_curve(labels, scores, _draw(labels, patient, generator)[patient], rates)
            for _ in range(resamples)
        ]
        low, high = np.quantile(curves, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    return pd.DataFrame(
        {
            "false_positive_rate": rates,
            "sensitivity": curve,
            "sensitivity_low": low,
            "sensitivity_high": high,
        }
    )


def _draws(labels: np.ndarray, patient: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """How often each frame is in each of `RESAMPLES` resamples, shape (resample, n)."""
    return np.array([_draw(labels, patient, generator)[patient] for _ in range(RESAMPLES)])


def _patient_draws(
    patients: np.ndarray, generator: np.random.Generator, labels: np.ndarray | None = None
) -> np.ndarray:
    """How often each frame is in each resample of patients, drawn within each label if labels are
    given; shape (resample, n).
    """
    patient = np.unique(np.asarray(patients), return_inverse=True)[1]
    classes = np.zeros(len(patient)) if labels is None else np.asarray(labels)
    counts = np.zeros((RESAMPLES, patient.max() + 1))
    for label in np.unique(classes):
        members = np.unique(patient[classes == label])
        shares = np.full(len(members), 1 / len(members))
        counts[:, members] = generator.multinomial(len(members), shares, RESAMPLES)
    return counts[:, patient]


def _seed_draws(seeds: int, generator: np.random.Generator) -> np.ndarray:
    """How often each of the networks of some seeds is in each resample, shape (resample, seed)."""
    if seeds == 1:
        return np.ones((RESAMPLES, 1))
    return generator.multinomial(seeds - 1, np.full(seeds, 1 / seeds), RESAMPLES).astype(float)


def _crossed_means(
    values: np.ndarray, drawn: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Means of values (seed, n) in the resamples `drawn` (resample, n), of drawn seeds."""
    seeds = _seed_draws(len(values), generator)
    sums = (drawn @ np.nan_to_num(values).T * seeds).sum(axis=1)
    counts = (drawn @ ~np.isnan(values).T * seeds).sum(axis=1)
    return np.divide(sums, counts, out=np.full(RESAMPLES, np.nan), where=counts > 0)


def _crossed_areas(
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
    """Share of the rows of scores (n,) or (repeat, n) in which a positive lies above a negative,
    ties one half; shape (positive, negative).
    """
    rows = np.atleast_2d(scores)
    signs = sum(np.sign(row[labels == 1][:, np.newaxis] - row[labels == 0]) for row in rows)
    return (signs / len(rows) + 1) / 2


def _varies(values: np.ndarray, patients: np.ndarray) -> bool:
    known = values[~np.isnan(values)]
    return len(np.unique(patients)) > 1 and len(known) > 0 and known.min() < known.max()


def _areas_vary(labels: np.ndarray, scores: np.ndarray, patients: np.ndarray) -> bool:
    labels, patients = np.asarray(labels), np.asarray(patients)
    enough = min(len(np.unique(patients[labels == label])) for label in (0, 1)) > 1
    return enough and 0 < mean_auc(labels, scores) < 1


def _varying_percentiles(values: np.ndarray) -> tuple[float, float]:
    """`_percentiles` of the resamples that are not nan; nan where these are alike."""
    known = values[~np.isnan(values)]
    return _percentiles(known) if known.min() < known.max() else NO_INTERVAL


def _percentiles(values: np.ndarray) -> tuple[float, float]:
    """The ends between which `CONFIDENCE` of the resamples lie."""
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _draw(labels: np.ndarray, patient: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """How often each patient is drawn, within each label, shape (patients,)."""
    counts = np.zeros(patient.max() + 1)
    for label in np.unique(labels):
        members = np.unique(patient[labels == label])
        counts[members] = generator.multinomial(
            len(members), np.full(len(members), 1 / len(members))
        )
    return counts


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


def _by_class(labels: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    labels, values = np.asarray(labels), np.asarray(values, float)
    return values[labels == 1], values[labels == 0]


def _placements(positive: np.ndarray, negative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of negatives below each positive, of positives above each negative; ties one half."""
    rank = rankdata(np.concatenate([positive, negative]))
    above = (rank[: len(positive)] - rankdata(positive)) / len(negative)
    below = 1 - (rank[len(positive) :] - rankdata(negative)) / len(positive)
    return above, below


def _mean_placements(labels: np.ndarray, scores: np.ndarray) -> list[np.ndarray]:
    """`_placements`, above and below, averaged over the rows of scores (seed, n)."""
    rows = [_placements(*_by_class(labels, row)) for row in scores]
    return [np.mean(side, axis=0) for side in zip(*rows, strict=True)]


def _overlap(positive: np.ndarray, negative: np.ndarray) -> bool:
    return positive.min() < negative.max() and negative.min() < positive.max()
