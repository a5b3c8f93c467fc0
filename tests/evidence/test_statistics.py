from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import binomtest, norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve

from reconattack.evidence.statistics import (
    auc,
    calibration_slope,
    cumulative,
    delong_difference,
    delong_interval,
    holm,
    mcnemar_p,
    recalibrated_decisions,
    sensitivity_specificity,
    sign_flip_p,
    wilson_interval,
    youden_cutoff,
)
from tests.places import DATA

LABELS = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0])
SCORES = np.array([0.9, 0.8, 0.4, 0.35, 0.7, 0.35, 0.3, 0.2, 0.1])  # one tie across the classes


@pytest.fixture(scope="module")
def subarachnoid():
    """Outcome and two scores of 113 patients, of which pROC's results are published."""
    table = pd.read_csv(DATA / "subarachnoid.csv")
    assert (len(table), table["poor"].sum()) == (113, 41)
    return table["poor"], table["wfns"], table["s100b"]


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


@pytest.mark.parametrize("n", [1, 2, 33, 7497])
def test_wilson_interval_is_scipys(n):
    for successes in {0, 1, n // 3, n - 1, n}:
        expected = binomtest(successes, n).proportion_ci(0.95, method="wilson")
        np.testing.assert_allclose(wilson_interval(successes, n), expected, rtol=1e-12, atol=0)


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


def test_delong_variance_is_the_published_one(subarachnoid):
    """pROC's interval of S100B is 0.6301 to 0.8326, on the scale of the AUC (its `ci.auc`)."""
    outcome, _, s100b = subarachnoid
    area = auc(outcome, s100b)
    assert area == pytest.approx(0.7314, abs=5e-5)
    low, high = logit(delong_interval(outcome, s100b))
    half = (high - low) / 2 * area * (1 - area)
    np.testing.assert_allclose([area - half, area + half], [0.6301, 0.8326], atol=5e-5)


def test_delong_difference_is_the_published_one(subarachnoid):
    """pROC's test of WFNS against S100B: Z = 2.20898359144091 (its own tests, test-roc.test.R)."""
    difference, low, high, p = delong_difference(*subarachnoid)
    assert difference / ((high - low) / 2 / 1.959963984540054) == pytest.approx(2.20898359144091)
    assert p == pytest.approx(0.0271757822291882, rel=1e-9)
    np.testing.assert_allclose([low, high], [0.0104061769564846, 0.174214419249478], rtol=1e-9)


def test_delong_difference_the_other_way_round(subarachnoid):
    outcome, wfns, s100b = subarachnoid
    difference, low, high, p = delong_difference(outcome, wfns, s100b)
    np.testing.assert_allclose(
        delong_difference(outcome, s100b, wfns), (-difference, -high, -low, p), rtol=1e-12
    )


def test_delong_difference_by_naive_placements(noisy_scores):
    labels, scores = noisy_scores
    other = np.round(scores + np.random.default_rng(3).normal(0, 1, 60), 1)
    wins = []
    for values in (scores, other):
        pairs = values[labels == 1][:, np.newaxis] - values[labels == 0]
        wins.append((pairs > 0) + 0.5 * (pairs == 0))
    gap = wins[0] - wins[1]
    error = np.sqrt(gap.mean(axis=1).var(ddof=1) / 40 + gap.mean(axis=0).var(ddof=1) / 20)
    half = 1.959963984540054 * error
    expected = [gap.mean(), gap.mean() - half, gap.mean() + half]
    expected.append(2 * norm.sf(abs(gap.mean()) / error))
    np.testing.assert_allclose(delong_difference(labels, scores, other), expected, rtol=1e-10)


def test_delong_difference_without_variance_has_no_p(noisy_scores):
    labels, scores = noisy_scores
    difference, low, high, p = delong_difference(labels, scores, 2 * scores)
    assert difference == 0
    assert np.isnan([low, high, p]).all()
    assert np.isnan(delong_difference([1, 1, 1], [1, 2, 3], [3, 2, 1])).all()
    few = delong_difference([1, 0, 0], [2, 1, 3], [3, 1, 2])
    assert few[0] == pytest.approx(-0.5) and np.isnan(few[1:]).all()


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


@pytest.mark.parametrize("pairs", [(1, 9), (9, 1), (0, 6), (4, 5), (30, 12)])
def test_mcnemar_sums_the_binomial_tail(pairs):
    n, fewer = sum(pairs), min(pairs)
    tail = sum(comb(n, k) for k in range(fewer + 1)) / 2**n
    assert mcnemar_p(*pairs) == pytest.approx(min(1, 2 * tail), rel=1e-12)


@pytest.mark.parametrize("pairs", [(0, 0), (0, 1), (5, 5)])
def test_mcnemar_of_pairs_that_balance_is_one(pairs):
    assert mcnemar_p(*pairs) == 1


def test_holm_by_hand():
    # Smallest first: 4 x 0.005, 3 x 0.01, 2 x 0.03, then 0.04, which may not fall below 0.06.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm([0.9, 0.8]), [1, 1])


def test_holm_counts_only_comparisons_that_were_made():
    np.testing.assert_allclose(holm([np.nan, 0.02, 0.04]), [np.nan, 0.04, 0.04])
    assert np.isnan(holm([np.nan])).all()
    assert len(holm([])) == 0


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


def test_decisions_at_the_others_cutoff_by_hand():
    """Group 0 gets 0.45, halfway between 0.3 and 0.6; group 1 gets 0.7; group 2 has both classes
    but leaves the others with them too."""
    labels = [1, 0, 1, 0, 0]
    probabilities = [0.9, 0.5, 0.6, 0.3, 0.65]
    decisions = recalibrated_decisions(labels, probabilities, [0, 0, 1, 1, 1])
    # For group 0: of 0.6 against 0.3 and 0.65 one half is rejected from 0.45 on.
    assert decisions.tolist() == [1, 1, 0, 0, 0]


def test_groups_for_which_the_others_choose_no_cutoff_have_no_decision():
    decisions = recalibrated_decisions([1, 0, 1], [0.9, 0.1, 0.8], ["a", "b", "a"])
    assert np.isnan(decisions).all()
    assert recalibrated_decisions([], [], []).shape == (0,)


def test_values_are_counted_up_to_each_limit():
    table = cumulative(np.array([3.0, 1, np.inf, 3]), np.array([0, 1, 2, 3]))
    assert table["n"].tolist() == [4] * 4
    assert table["count"].tolist() == [0, 1, 1, 3]
    assert table["rate"].tolist() == [0, 0.25, 0.25, 0.75]
    assert tuple(table.loc[3, ["low", "high"]]) == wilson_interval(3, 4)
    empty = cumulative(np.array([]), np.array([1]))
    assert (empty.loc[0, "n"], empty.loc[0, "count"]) == (0, 0)
    assert empty.loc[0, ["rate", "low", "high"]].isna().all()


@pytest.mark.parametrize(("first", "second"), [(3, 0), (2, 2), (5, 1), (0, 0), (12, 4)])
def test_sign_flips_of_single_frames_are_mcnemars_test(first, second):
    differences = np.repeat([1, -1, 0], [first, second, 7])
    p = sign_flip_p(differences, np.arange(len(differences)))
    assert p == pytest.approx(mcnemar_p(first, second))


def test_frames_of_a_patient_flip_together():
    # Patients differ by 3 and by 1: of the sums 4, 2, -2, -4 two are as far from 0 as 4.
    assert sign_flip_p([1, 1, 1, 0, 1], list("aaabb")) == 0.5
    assert sign_flip_p([1, 1, 1, 0, -1], list("aaabb")) == 1
    # A frame judged by three networks alike is one observation, not three.
    assert sign_flip_p([3, 3, 3], list("abc")) == sign_flip_p([1, 1, 1], list("abc")) == 0.25


def test_sign_flips_by_counting_all():
    generator = np.random.default_rng(5)
    differences = generator.integers(-4, 5, 10)
    signs = np.array(np.meshgrid(*[[-1, 1]] * 10)).reshape(10, -1)
    extreme = np.abs(differences @ signs) >= abs(differences.sum())
    assert sign_flip_p(differences, np.arange(10)) == pytest.approx(extreme.mean())


def test_no_patient_makes_no_difference():
    assert sign_flip_p([], []) == 1


def test_delong_difference_of_networks_that_agree_is_that_of_one(noisy_scores):
    labels, scores = noisy_scores
    other = np.random.default_rng(1).normal(size=60)
    expected = delong_difference(labels, scores, other)
    assert delong_difference(labels, [scores] * 3, [other]) == pytest.approx(expected)
