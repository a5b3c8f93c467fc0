import numpy as np
import pytest
from sklearn.metrics import roc_curve

from reconattack.evidence.bootstrap import (
    auc_difference,
    auc_interval,
    mean_difference,
    mean_interval,
    proportion_interval,
    roc_band,
)
from reconattack.evidence.statistics import (
    auc,
    delong_difference,
    delong_interval,
    mean_auc,
    wilson_interval,
)


def source(seed=0):
    return np.random.default_rng(seed)


def interval_of(hits, patients, seed=0):
    return mean_interval([hits], patients, source(seed))


def test_patient_interval_of_independent_frames_is_the_binomial_one():
    hits = np.arange(400) < 120
    half = 1.959963984540054 * np.sqrt(0.3 * 0.7 / 400)
    interval = interval_of(hits, np.arange(400))
    np.testing.assert_allclose(interval, [0.3 - half, 0.3 + half], atol=0.006)


def test_frames_that_repeat_their_patient_add_nothing():
    hits, patients = np.arange(40) < 12, np.arange(40)
    repeated = interval_of(np.repeat(hits, 5), np.repeat(patients, 5))
    assert repeated == interval_of(hits, patients)


def test_patients_are_drawn_with_all_their_frames():
    """Two patients, one with three hits and one with a miss: only 0, 3/4 and 1 can be drawn."""
    assert interval_of([True, True, True, False], ["a", "a", "a", "b"]) == (0, 1)
    clustered = interval_of(np.arange(100) < 50, np.arange(100) // 10)
    alone = interval_of(np.arange(100) < 50, np.arange(100))
    assert np.diff(clustered) > 2 * np.diff(alone)


def test_patient_interval_repeats_with_its_seed():
    hits, patients = np.arange(50) % 3 == 0, np.arange(50) // 2
    assert interval_of(hits, patients) == interval_of(hits, patients)


@pytest.mark.parametrize(
    ("hits", "patients"),
    [([True, False], ["a", "a"]), ([True, True], ["a", "b"]), ([False, False], ["a", "b"])],
)
def test_patient_interval_without_variance_is_nan(hits, patients):
    assert np.isnan(interval_of(hits, patients)).all()


def test_patient_interval_of_the_auc(noisy_scores):
    labels, scores = noisy_scores
    alone = auc_interval(labels, [scores], np.arange(60), source())
    np.testing.assert_allclose(alone, delong_interval(labels, scores), atol=0.03)
    five = [np.repeat(values, 5) for values in (labels, scores, np.arange(60))]
    assert auc_interval(five[0], [five[1]], five[2], source()) == pytest.approx(alone)
    low, high = delong_interval(five[0], five[1])
    assert high - low < 0.6 * (alone[1] - alone[0])


def test_patients_with_frames_of_both_classes_are_drawn_whole(noisy_scores):
    """Whose frames they are tells nothing here, so on average the interval is DeLong's."""
    labels, scores = noisy_scores
    intervals = []
    for pairing in range(12):
        patients = np.empty(60, int)
        for label in (0, 1):
            frames = np.flatnonzero(labels == label)
            patients[source(pairing + 100 * label).permutation(frames)] = np.arange(len(frames))
        intervals.append(auc_interval(labels, [scores], patients, source()))
        band = roc_band(labels, scores, patients, source(), points=5)
        assert (band["sensitivity_low"] <= band["sensitivity"]).all()
    np.testing.assert_allclose(
        np.mean(intervals, axis=0), delong_interval(labels, scores), atol=0.02
    )


def test_lesions_of_a_patient_that_are_judged_alike_are_no_further_evidence(noisy_scores):
    """A level that both lesions of a patient share cancels in no pair of other patients."""
    labels, scores = np.tile([0, 1], 30), np.repeat(source(1).normal(size=30), 2)
    scores = scores + 0.3 * labels
    paired = auc_interval(labels, [scores], np.repeat(np.arange(30), 2), source())
    unpaired = auc_interval(labels, [scores], np.arange(60), source())
    assert np.diff(paired) < 0.7 * np.diff(unpaired)


@pytest.mark.parametrize(
    ("labels", "scores", "patients"),
    [
        ([1, 1, 1], [1, 2, 3], ["a", "b", "c"]),
        ([1, 1, 0, 0], [1, 3, 2, 0], ["a", "a", "b", "c"]),
        ([1, 1, 0, 0], [1, 3, 2, 0], ["a", "b", "c", "c"]),
        ([1, 1, 0, 0], [4, 3, 2, 1], ["a", "b", "c", "d"]),
    ],
)
def test_patient_interval_of_the_auc_without_variance_is_nan(labels, scores, patients):
    interval = auc_interval(labels, [scores], patients, source())
    assert np.isnan(interval).all()


def test_two_patients_in_each_class_are_enough():
    """Each pair of one of each class is drawn alone in one of 16 resamples, so 0 and 1 are met."""
    labels, scores, patients = [1, 1, 0, 0], [1, 3, 2, 0], ["a", "b", "c", "d"]
    assert auc_interval(labels, [scores], patients, source()) == (0, 1)
    assert auc_difference(labels, [scores], [[3, 1, 2, 0]], patients, source())[0] == 0
    difference, low, high = auc_difference(labels, [scores], [[1, 1, 1, 1]], patients, source())
    assert (difference, low, high) == (0.25, -0.5, 0.5)


@pytest.mark.parametrize("values", [[[np.nan, np.nan]], np.empty((1, 0))])
def test_no_frame_that_counts_has_no_interval(values):
    patients = ["a", "b"][: np.shape(values)[1]]
    assert np.isnan(mean_interval(values, patients, source())).all()
    assert np.isnan(proportion_interval(values, patients, source())).all()


def test_variance_between_seeds_widens_the_interval():
    """Seeds alone differ: the mean of three, 0.5, has the variance 0.25 / 3 of their sample."""
    values = np.repeat([[0.0], [0.5], [1.0]], 40, axis=1)
    low, high = mean_interval(values, np.arange(40), source())
    assert (low, high) == (0, 1)  # of three seeds two are drawn: both are the first in one of nine
    twelve = np.repeat(np.linspace(0, 1, 12)[:, np.newaxis], 40, axis=1)
    low, high = mean_interval(twelve, np.arange(40), source())
    error = np.sqrt(twelve[:, 0].var(ddof=1) / 12)
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.05)


def test_of_four_seeds_three_are_drawn():
    """One of four hits: two of three do in 16 of 100 resamples, all in 2; of four, three in 5."""
    values = np.repeat([[0.0], [0.0], [0.0], [1.0]], 40, axis=1)
    assert mean_interval(values, np.arange(40), source()) == pytest.approx((0, 2 / 3))


def test_one_patient_has_no_interval_however_many_seeds():
    assert np.isnan(mean_interval([[0, 1, 1], [1, 1, 1]], ["a"] * 3, source())).all()


def test_seeds_and_patients_add_their_variances():
    generator = np.random.default_rng(2)
    values = generator.normal(size=(30, 1)) + 2 * generator.normal(size=100)
    low, high = mean_interval(values, np.arange(100), source())
    error = np.sqrt(values[:, 0].var(ddof=1) / 30 + values[0].var(ddof=1) / 100)
    assert (high - low) / (2 * 1.96) == pytest.approx(error, rel=0.05)


def test_frames_that_do_not_count_are_left_out():
    values = np.array([[1, 0, np.nan, 1, 0, np.nan]] * 2)
    counted = [0, 1, 3, 4]
    low, high = mean_interval(values, np.arange(6), source())
    assert 0 <= low < values[0, counted].mean() < high <= 1


def test_proportion_without_variance_has_wilsons_interval_of_its_patients():
    patients = np.repeat(np.arange(10), 2)
    for value in (0, 1):
        hits = np.full((3, 20), value)
        interval = proportion_interval(hits, patients, source())
        assert interval == wilson_interval(10 * value, 10)
        assert np.isnan(mean_interval(hits, patients, source())).all()
    assert np.isnan(proportion_interval(np.empty((1, 0)), [], source())).all()
    assert np.isnan(mean_interval([[0, 1]], ["a", "a"], source())).all()


def test_difference_draws_the_same_patients_for_both():
    generator = np.random.default_rng(4)
    first = generator.normal(size=(2, 50))
    difference, low, high = mean_difference(first[:1] + 1, first[:1], range(50), source())
    assert difference == pytest.approx(1)
    assert (low, high) == pytest.approx((1, 1))
    difference, low, high = mean_difference(first, first[::-1], range(50), source())
    assert difference == pytest.approx(0)
    assert low < 0 < high
    same = mean_difference(np.ones((1, 5)), np.zeros((1, 5)), range(5), source())
    assert same[0] == 1
    assert np.isnan(same[1:]).all()


def test_mean_auc_and_its_interval(noisy_scores):
    labels, scores = noisy_scores
    other = scores[::-1]
    mean = (auc(labels, scores) + auc(labels, other)) / 2
    assert mean_auc(labels, [scores, other]) == pytest.approx(mean)
    low, high = auc_interval(labels, [scores, other], np.arange(60), source())
    alone = auc_interval(labels, [scores], np.arange(60), source())
    assert low < mean < high
    assert high - low > alone[1] - alone[0]
    # Repetitions, unlike seeds, are not drawn.
    repeated = auc_interval(labels, [[scores, scores]], np.arange(60), source())
    assert repeated == pytest.approx(alone)
    assert np.isnan(auc_interval(labels, [labels], np.arange(60), source())).all()


def test_difference_of_mean_aucs(noisy_scores):
    labels, scores = noisy_scores
    other = np.random.default_rng(1).normal(size=60)
    difference, low, high = auc_difference(labels, [scores], [other], np.arange(60), source())
    assert difference == pytest.approx(auc(labels, scores) - auc(labels, other))
    assert (low, high) == pytest.approx(delong_difference(labels, scores, other)[1:3], abs=0.03)
    same = auc_difference(labels, [scores], [scores], np.arange(60), source())
    assert same[0] == 0
    assert np.isnan(same[1:]).all()


def band(labels, scores, patients=None, seed=0, **arguments):
    patients = np.arange(len(labels)) if patients is None else patients
    return roc_band(labels, scores, patients, source(seed), **arguments)


def test_roc_curve_on_its_grid(noisy_scores):
    table = band(*noisy_scores)
    false, true, _ = roc_curve(*noisy_scores, drop_intermediate=False)
    rates = table["false_positive_rate"]
    np.testing.assert_allclose(rates, np.linspace(0, 1, 101))
    np.testing.assert_allclose(table["sensitivity"], np.interp(rates, false, true), atol=1e-12)


def test_roc_band_holds_the_curve_and_narrows_with_frames(noisy_scores):
    labels, scores = noisy_scores
    few = band(labels, scores)
    many = band(np.tile(labels, 9), np.tile(scores, 9))
    for table in (few, many):
        assert (table["sensitivity_low"] <= table["sensitivity"]).all()
        assert (table["sensitivity"] <= table["sensitivity_high"]).all()
    width = few["sensitivity_high"] - few["sensitivity_low"]
    narrower = many["sensitivity_high"] - many["sensitivity_low"]
    assert narrower.mean() == pytest.approx(width.mean() / 3, rel=0.25)


def test_roc_band_resamples_patients_not_frames(noisy_scores):
    labels, scores = noisy_scores
    alone = band(labels, scores)
    repeated = band(np.repeat(labels, 5), np.repeat(scores, 5), np.repeat(np.arange(60), 5))
    np.testing.assert_allclose(repeated, alone, atol=1e-12)


def test_roc_band_repeats_with_its_seed(noisy_scores):
    assert band(*noisy_scores, seed=1).equals(band(*noisy_scores, seed=1))
    assert not band(*noisy_scores, seed=1).equals(band(*noisy_scores, seed=2))


def test_roc_band_without_a_class_is_nan():
    table = band([1, 1, 1], [0.1, 0.2, 0.3], points=11)
    assert table.drop(columns="false_positive_rate").isna().all(axis=None)
    assert len(table) == 11
