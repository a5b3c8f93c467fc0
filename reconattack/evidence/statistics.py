"""Figures of merit of a classifier and the intervals around them.

Labels are 1 (fatty) or 0 (normal); a higher score means 1. Intervals cover 95 %.
"""

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtr, ndtri

CONFIDENCE = 0.95
NORMAL_QUANTILE = ndtri((1 + CONFIDENCE) / 2)
NO_INTERVAL = (np.nan, np.nan)


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """Wilson's score interval of a proportion (J. Am. Stat. Assoc. 1927;22:209); nan for n = 0."""
    if n == 0:
        return NO_INTERVAL
    share, squared = successes / n, NORMAL_QUANTILE**2
    middle = share + squared / (2 * n)
    half_width = NORMAL_QUANTILE * np.sqrt(share * (1 - share) / n + squared / (4 * n**2))
    low, high = (middle + half_width * np.array([-1, 1])) / (1 + squared / n)
    return float(low) if successes else 0.0, float(high) if successes < n else 1.0


def proportion(name: str, successes: int, n: int, value: str | None = None) -> dict[str, float]:
    """Columns of a proportion and Wilson's interval.

    Returns
    -------
    dict
        `value` (default: `name`), `{name}_low` and `{name}_high`; all nan for n = 0.
    """
    rate, low, high = _rate(successes, n)
    return {value or name: rate, f"{name}_low": low, f"{name}_high": high}


def cumulative(values: np.ndarray, limits: np.ndarray) -> pd.DataFrame:
    """Count the values at or below each limit, with Wilson's interval of their share.

    Parameters
    ----------
    values
        Shape (n,); infinite where no limit is wide enough.
    limits
        Shape (limit,).

    Returns
    -------
    pandas.DataFrame
        limit, n, count, rate, low, high: a row per limit. The last three are nan for n = 0.
    """
    counts = np.searchsorted(np.sort(values), limits, side="right")
    rows = [(len(values), count, *_rate(count, len(values))) for count in counts]
    table = pd.DataFrame(rows, columns=["n", "count", "rate", "low", "high"])
    table.insert(0, "limit", limits)
    return table


def _rate(successes: int, n: int) -> tuple[float, float, float]:
    return (successes / n if n else np.nan, *wilson_interval(successes, n))


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve; tied scores count one half, nan if a class is missing.

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


def macro_auc(truths: np.ndarray, scores: np.ndarray) -> float:
    """Mean over the classes of the AUC of each against all others.

    Parameters
    ----------
    truths
        Number of the true class, shape (n,). Classes that no frame has, or all have, do not count.
    scores
        Score of each class, (n, class).

    Returns
    -------
    float
        nan if no class counts.
    """
    truths = np.asarray(truths)
    areas = [
        auc((truths == number).astype(int), of_class)
        for number, of_class in enumerate(np.asarray(scores, float).T)
        if 0 < (truths == number).sum() < len(truths)
    ]
    return float(np.mean(areas)) if areas else np.nan


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
        Scores of two classifiers, shapes (n,), or (seed, n) if the AUCs of several networks are
        averaged. The test is then about these networks, not about networks of other seeds.

    Returns
    -------
    tuple of float
        AUC of `first` minus AUC of `second`, lower and upper end, p. Without variance all except
        the difference are nan; if a class is missing, the difference is nan too.
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
    p = 2 * ndtr(-abs(difference) / error)
    return float(difference), float(low), float(high), float(p)


def mcnemar_p(only_first: int, only_second: int) -> float:
    """Two-sided p of McNemar's exact test of pairs (Psychometrika 1947;12:153).

    Parameters
    ----------
    only_first, only_second
        Numbers of pairs in which only the first or only the second is a hit; other pairs do not
        count.

    Returns
    -------
    float
        1 if all pairs agree.
    """
    from statsmodels.stats.contingency_tables import mcnemar  # slow to import

    return float(mcnemar([[0, only_first], [only_second, 0]], exact=True).pvalue)


def sign_flip_p(differences: np.ndarray, patients: np.ndarray) -> float:
    """Two-sided p of the exact sign-flip test of pairs, by patient (Fisher's randomization test).

    Under the null hypothesis the two sides of a patient, with all its frames, are exchangeable. The
    statistic is the sum of the differences. With differences of -1, 0 and 1 and a frame per patient
    this is McNemar's exact test (`mcnemar_p`).

    Parameters
    ----------
    differences
        Shape (n,): whole numbers; a frame's differences are summed over the networks.
    patients
        Shape (n,).

    Returns
    -------
    float
        1 if no patient makes a difference.
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
        Shape (n,); nan marks a comparison that could not be made and does not count.

    Returns
    -------
    numpy.ndarray
        float64 (n,).
    """
    from statsmodels.stats.multitest import multipletests  # slow to import

    corrected = np.array(p_values, float)
    made = ~np.isnan(corrected)
    if made.any():
        corrected[made] = multipletests(corrected[made], method="holm")[1]
    return corrected


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
        Slope, lower and upper end. nan if no finite slope fits best: a class is missing, or one
        logit separates the classes (Albert & Anderson, Biometrika 1984;71:1).
    """
    positive, negative = _by_class(labels, logits)
    if min(len(positive), len(negative)) == 0 or not _overlap(positive, negative):
        return (np.nan, *NO_INTERVAL)
    from scipy.optimize import minimize  # slow to import

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
        Shapes (n,): validation data, never the frames that are judged.

    Returns
    -------
    float
        Midpoint between two neighbouring probabilities. On a tie it is the one nearest to 0.5, then
        the lower one. A probability at or above the cut-off is predicted 1. nan if a class is
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
    """Decisions at a new cut-off for each group, which the other groups choose (Youden).

    Parameters
    ----------
    labels, probabilities, groups
        Shapes (n,); a patient's frames are in one group.

    Returns
    -------
    numpy.ndarray
        float (n,): 1, 0, or nan in a group for which the others give no cut-off (`youden_cutoff`).
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


def _by_class(labels: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    labels, values = np.asarray(labels), np.asarray(values, float)
    return values[labels == 1], values[labels == 0]


def _placements(positive: np.ndarray, negative: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of negatives below each positive, of positives above each negative; ties one half."""
    rank = _midranks(np.concatenate([positive, negative]))
    above = (rank[: len(positive)] - _midranks(positive)) / len(negative)
    below = 1 - (rank[len(positive) :] - _midranks(negative)) / len(positive)
    return above, below


def _midranks(values: np.ndarray) -> np.ndarray:
    return pd.Series(values).rank().to_numpy()


def _mean_placements(labels: np.ndarray, scores: np.ndarray) -> list[np.ndarray]:
    """`_placements`, above and below, averaged over the rows of scores (seed, n)."""
    rows = [_placements(*_by_class(labels, row)) for row in scores]
    return [np.mean(side, axis=0) for side in zip(*rows, strict=True)]


def _overlap(positive: np.ndarray, negative: np.ndarray) -> bool:
    return positive.min() < negative.max() and negative.min() < positive.max()
