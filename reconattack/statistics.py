"""Figures of merit of a classifier and the intervals around them.

Labels are 1 (fatty) or 0 (normal); a higher score speaks for 1. Intervals cover 95 %.
"""

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import binomtest, norm, rankdata

CONFIDENCE = 0.95
NORMAL_QUANTILE = norm.ppf((1 + CONFIDENCE) / 2)
NO_INTERVAL = (np.nan, np.nan)


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """Wilson's score interval of a proportion (J. Am. Stat. Assoc. 1927;22:209); nan for n = 0."""
    if n == 0:
        return NO_INTERVAL
    interval = binomtest(int(successes), int(n)).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


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
    hits = np.sum(positive[:, np.newaxis] >= cutoffs, axis=0)
    rejections = np.sum(negative[:, np.newaxis] < cutoffs, axis=0)
    youden = hits * len(negative) + rejections * len(positive)  # whole numbers tie exactly
    best = cutoffs[youden == youden.max()]
    return float(best[np.argmin(np.abs(best - 0.5))])


def roc_band(
    labels: np.ndarray,
    scores: np.ndarray,
    patients: np.ndarray,
    generator: np.random.Generator,
    resamples: int = 2000,
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


def _draw(labels: np.ndarray, patient: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """How often each patient is drawn, shape (patients,)."""
    counts = np.zeros(patient.max() + 1)
    for label in (0, 1):
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


def _overlap(positive: np.ndarray, negative: np.ndarray) -> bool:
    return positive.min() < negative.max() and negative.min() < positive.max()
