import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve

from reconattack.statistics import (
    auc,
    calibration_slope,
    delong_interval,
    roc_band,
    sensitivity_specificity,
    wilson_interval,
    youden_cutoff,
)

LABELS = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0])
SCORES = np.array([0.9, 0.8, 0.4, 0.35, 0.7, 0.35, 0.3, 0.2, 0.1])  # one tie across the classes


@pytest.fixture
def noisy_scores():
    """60 frames of which 40 are fatty, with tied scores."""
    generator = np.random.default_rng(11)
    labels = np.repeat([1, 0], [40, 20])
    return labels, np.round(labels + generator.normal(0, 1.2, 60), 1)


def test_wilson_interval_of_the_paper():
    np.testing.assert_allclose(wilson_interval(13, 27), [0.307, 0.660], atol=5e-4)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 8), (33, 33)])
def test_wilson_interval_solves_its_equation(successes, n):
    low, high = wilson_interval(successes, n)
    z = 1.959963984540054
    for end in (low, high):
        difference = (successes / n - end) ** 2
        assert difference == pytest.approx(z**2 * end * (1 - end) / n, abs=1e-12)
    assert 0 <= low <= successes / n <= high <= 1


def test_wilson_interval_of_nothing_is_nan():
    assert np.isnan(wilson_interval(0, 0)).all()


def test_auc_counts_pairs_by_hand():
    # of 20 pairs: 0.9 and 0.8 win 5 each, 0.4 wins 4, 0.35 wins 3 and ties one
    assert auc(LABELS, SCORES) == pytest.approx(17.5 / 20)


def test_auc_agrees_with_scikit_learn(noisy_scores):
    assert auc(*noisy_scores) == pytest.approx(roc_auc_score(*noisy_scores), abs=1e-12)


@pytest.mark.parametrize("labels", [[1, 1, 1], [0, 0, 0], []])
def test_auc_without_a_class_is_nan(labels):
    assert np.isnan(auc(labels, np.arange(len(labels))))
    assert np.isnan(delong_interval(labels, np.arange(len(labels)))).all()


def test_delong_interval_by_hand():
    placements_of_positives = np.array([5, 5, 4, 3.5]) / 5
    placements_of_negatives = np.array([2, 3.5, 4, 4, 4]) / 4
    area = 17.5 / 20
    variance = (
        np.var(placements_of_positives, ddof=1) / 4 + np.var(placements_of_negatives, ddof=1) / 5
    )
    half = 1.959963984540054 * np.sqrt(variance) / (area * (1 - area))
    expected = expit([logit(area) - half, logit(area) + half])
    np.testing.assert_allclose(delong_interval(LABELS, SCORES), expected, rtol=1e-12)


def test_delong_interval_by_naive_placements(noisy_scores):
    labels, scores = noisy_scores
    pairs = scores[labels == 1][:, np.newaxis] - scores[labels == 0]
    wins = (pairs > 0) + 0.5 * (pairs == 0)
    variance = wins.mean(axis=1).var(ddof=1) / 40 + wins.mean(axis=0).var(ddof=1) / 20
    area = wins.mean()
    half = 1.959963984540054 * np.sqrt(variance) / (area * (1 - area))
    expected = expit([logit(area) - half, logit(area) + half])
    np.testing.assert_allclose(delong_interval(labels, scores), expected, rtol=1e-12)


def test_delong_interval_covers_the_true_auc():
    generator = np.random.default_rng(4)
    labels = np.repeat([1, 0], [22, 11])
    truth = 0.8413447  # Phi(1): scores of both classes have variance 1/2 and means 1 apart
    covered = []
    for _ in range(1000):
        low, high = delong_interval(labels, labels + generator.normal(0, np.sqrt(0.5), 33))
        covered.append(low <= truth <= high)
    assert 0.92 < np.mean(covered) < 0.98


@pytest.mark.parametrize(
    ("labels", "scores"),
    [
        ([1, 1, 0, 0], [4, 3, 2, 1]),
        ([1, 1, 0, 0], [1, 1, 1, 1]),
        ([1, 0, 0, 0], [2, 1, 3, 0]),
    ],
)
def test_delong_interval_without_variance_is_nan(labels, scores):
    assert np.isnan(delong_interval(labels, scores)).all()


@pytest.mark.parametrize("scale", [0.01, 1.0, 300.0])
def test_calibration_slope_agrees_with_scikit_learn(noisy_scores, scale):
    labels, scores = noisy_scores
    slope, low, high = calibration_slope(labels, scores * scale)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(scores[:, None], labels)
    assert slope * scale == pytest.approx(model.coef_[0, 0], rel=1e-4)
    assert low < slope < high


def test_calibration_slope_interval_of_two_by_two_counts():
    """With two logits 0 and 1 the slope is the log odds ratio, its variance Woolf's sum of 1/n."""
    labels = np.repeat([1, 0, 1, 0], [7, 13, 12, 5])
    logits = np.repeat([0, 0, 1, 1], [7, 13, 12, 5])
    slope = np.log(12 * 13 / (5 * 7))
    half = 1.959963984540054 * np.sqrt(1 / 7 + 1 / 13 + 1 / 12 + 1 / 5)
    expected = [slope, slope - half, slope + half]
    np.testing.assert_allclose(calibration_slope(labels, logits), expected, rtol=1e-5)


def test_calibration_slope_of_calibrated_and_overconfident_logits():
    generator = np.random.default_rng(8)
    logits = generator.normal(0, 1.5, 20_000)
    labels = (generator.random(20_000) < expit(logits)).astype(int)
    assert calibration_slope(labels, logits)[0] == pytest.approx(1, abs=0.05)
    assert calibration_slope(labels, 2 * logits)[0] == pytest.approx(0.5, abs=0.025)


@pytest.mark.parametrize(
    ("labels", "logits"),
    [
        ([1, 1, 1], [0, 1, 2]),
        ([0, 0, 1, 1], [-2, -1, 1, 2]),
        ([1, 1, 0, 0], [-2, -1, 1, 2]),
        ([0, 0, 1, 1], [-2, 1, 1, 2]),
        ([0, 1, 0, 1], [3, 3, 3, 3]),
    ],
)
def test_calibration_slope_that_has_no_finite_fit_is_nan(labels, logits):
    assert np.isnan(calibration_slope(labels, logits)).all()


def test_sensitivity_and_specificity():
    assert sensitivity_specificity([1, 1, 1, 0, 0], [1, 1, 0, 0, 1]) == (2 / 3, 0.5)


@pytest.mark.parametrize("predicted", [[1, 0], [True, False]])
def test_sensitivity_and_specificity_without_a_class(predicted):
    sensitivity, specificity = sensitivity_specificity([1, 1], predicted)
    assert sensitivity == 0.5 and np.isnan(specificity)


def test_youden_cutoff_by_hand():
    # 4/4 + 3/5 - 1 = 0.6; the midpoints beside it give 4/4 + 2/5 - 1 and 3/4 + 4/5 - 1
    assert youden_cutoff(LABELS, SCORES) == pytest.approx((0.3 + 0.35) / 2)


def test_youden_cutoff_is_the_best_of_all(noisy_scores):
    labels, scores = noisy_scores
    probabilities = expit(scores)
    false, true, _ = roc_curve(labels, probabilities)
    predicted = probabilities >= youden_cutoff(labels, probabilities)
    assert sum(sensitivity_specificity(labels, predicted)) - 1 == pytest.approx(max(true - false))


@pytest.mark.parametrize(
    ("probabilities", "cutoff"),
    [
        ([0.10, 0.30, 0.60, 0.90], 0.75),
        ([0.05, 0.40, 0.60, 0.98], 0.225),
        ([0.125, 0.25, 0.75, 0.875], 0.1875),
    ],
)
def test_youden_ties_go_towards_a_half_then_down(probabilities, cutoff):
    # the first and the last midpoint are equally good
    assert youden_cutoff([0, 1, 0, 1], probabilities) == pytest.approx(cutoff)


@pytest.mark.parametrize(("labels", "probabilities"), [([1, 1], [0.2, 0.8]), ([0, 1], [0.5, 0.5])])
def test_youden_cutoff_that_does_not_exist_is_nan(labels, probabilities):
    assert np.isnan(youden_cutoff(labels, probabilities))


def band(labels, scores, patients=None, seed=0, **arguments):
    patients = np.arange(len(labels)) if patients is None else patients
    return roc_band(labels, scores, patients, np.random.default_rng(seed), **arguments)


def test_roc_curve_on_its_grid(noisy_scores):
    table = band(*noisy_scores, resamples=10)
    false, true, _ = roc_curve(*noisy_scores, drop_intermediate=False)
    rates = table["false_positive_rate"]
    np.testing.assert_allclose(rates, np.linspace(0, 1, 101))
    np.testing.assert_allclose(table["sensitivity"], np.interp(rates, false, true), atol=1e-12)


def test_roc_band_holds_the_curve_and_narrows_with_frames(noisy_scores):
    labels, scores = noisy_scores
    few = band(labels, scores, resamples=400)
    many = band(np.tile(labels, 9), np.tile(scores, 9), resamples=400)
    for table in (few, many):
        assert (table["sensitivity_low"] <= table["sensitivity"]).all()
        assert (table["sensitivity"] <= table["sensitivity_high"]).all()
    width = few["sensitivity_high"] - few["sensitivity_low"]
    narrower = many["sensitivity_high"] - many["sensitivity_low"]
    assert narrower.mean() == pytest.approx(width.mean() / 3, rel=0.25)


def test_roc_band_resamples_patients_not_frames(noisy_scores):
    labels, scores = noisy_scores
    alone = band(labels, scores, resamples=300)
    repeated = band(
        np.repeat(labels, 5), np.repeat(scores, 5), np.repeat(np.arange(60), 5), resamples=300
    )
    np.testing.assert_allclose(repeated, alone, atol=1e-12)


def test_roc_band_repeats_with_its_seed(noisy_scores):
    assert band(*noisy_scores, seed=1, resamples=50).equals(
        band(*noisy_scores, seed=1, resamples=50)
    )
    assert not band(*noisy_scores, seed=1, resamples=50).equals(
        band(*noisy_scores, seed=2, resamples=50)
    )


def test_roc_band_without_a_class_is_nan():
    table = band([1, 1, 1], [0.1, 0.2, 0.3], resamples=5, points=11)
    assert table.drop(columns="false_positive_rate").isna().all(axis=None)
    assert len(table) == 11
