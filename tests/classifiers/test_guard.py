import dataclasses

import numpy as np
import pytest

from reconattack.classifiers.guard import Guard, allowed_settings, distances, is_allowed
from reconattack.classifiers.guard_features import FEATURES
from reconattack.errors import InputError

INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
ENVELOPE = {"alpha_upper": [53.0, 57.0], "beta": [0.8, 1.0], "gain": [-2.0, 3.0]}


@pytest.fixture
def guard():
    """Its score is how far the mean grey level is from 90."""
    precision = np.zeros((len(FEATURES), len(FEATURES)))
    precision[0, 0] = 1
    location = [90.0, *[0.0] * (len(FEATURES) - 1)]
    known = {"false_alarm_rate": 0.1, "envelope": ENVELOPE, "settings": 3, "calibration": [0.1]}
    return Guard(list(FEATURES), location, precision.tolist(), 1 / 3, n_fitted=7, **known)


def test_score_of_a_constructed_guard(guard):
    images = np.stack([np.full((20, 20), grey, np.uint8) for grey in (90, 93, 80)])
    scores = guard.scores(images, np.ones((20, 20), bool))
    np.testing.assert_allclose(scores, [0, 3, 10], atol=1e-9)
    assert guard.alarms(scores).tolist() == [False, True, True]
    assert not guard.alarms(guard.threshold)


def test_distance_is_mahalanobis():
    from scipy.spatial.distance import mahalanobis

    random = np.random.default_rng(0)
    covariance = np.cov(random.standard_normal((3, 20)))
    features, location = random.standard_normal((5, 3)), random.standard_normal(3)
    precision = np.linalg.inv(covariance)
    expected = [mahalanobis(row, location, precision) for row in features]
    np.testing.assert_allclose(distances(features, location, precision), expected)


def test_file_reads_back_as_the_same_guard(guard, tmp_path):
    guard.write(tmp_path / "guard.json")
    assert Guard.read(tmp_path / "guard.json") == guard


def test_guard_of_other_features_is_told(guard, tmp_path):
    dataclasses.replace(guard, features=["grey"]).write(tmp_path / "guard.json")
    with pytest.raises(InputError, match=r"guard\.json: the guard has the features grey; expected"):
        Guard.read(tmp_path / "guard.json")


def test_allowed_settings_begin_with_the_initial_one_and_stay_in_the_envelope():
    names, vectors = allowed_settings(ENVELOPE, INITIAL, 500, "a")
    assert names == ("beta", "gain", "alpha_upper")  # in the reconstruction's order
    assert vectors[0].tolist() == [0.9, 0.0, 55.0]
    bounds = np.array([ENVELOPE[name] for name in names])
    assert (vectors >= bounds[:, 0]).all()
    assert (vectors <= bounds[:, 1]).all()
    np.testing.assert_allclose(vectors[1:].min(axis=0), bounds[:, 0], atol=0.02)
    np.testing.assert_allclose(vectors[1:].max(axis=0), bounds[:, 1], atol=0.02)


def test_drawn_settings_follow_from_the_name_of_the_frame():
    _, many = allowed_settings(ENVELOPE, INITIAL, 9, "a")
    _, few = allowed_settings(ENVELOPE, INITIAL, 3, "a")
    np.testing.assert_array_equal(many[:4], few)
    _, alone = allowed_settings({"beta": [0.8, 1.0]}, INITIAL, 9, "a")
    np.testing.assert_array_equal(alone[:, 0], many[:, 0])
    _, other = allowed_settings(ENVELOPE, INITIAL, 9, "b")
    assert (other[1:] != many[1:]).all()


def test_setting_is_allowed_in_the_envelope_alone():
    inside = {"beta": 0.8, "alpha_lower": 10.0, "alpha_upper": 56.0, "gamma": 1.0}
    assert is_allowed(ENVELOPE, INITIAL, inside)
    assert is_allowed(ENVELOPE, INITIAL, {"gain": 3.0})
    for name, value in (("beta", 0.79), ("alpha_lower", 10.1), ("gamma", 1.1), ("gain", -2.1)):
        assert not is_allowed(ENVELOPE, INITIAL, inside | {name: value})
