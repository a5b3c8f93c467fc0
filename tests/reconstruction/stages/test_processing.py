import numpy as np
import pytest
from scipy.ndimage import generic_filter

from reconattack.reconstruction.parameters import NEUTRAL, PICTURE
from reconattack.reconstruction.stages.picture.edge_enhancement import edge_enhancement
from reconattack.reconstruction.stages.picture.grey_map import grey_map
from reconattack.reconstruction.stages.picture.speckle_filter import bilateral, lee, median
from reconattack.reconstruction.stages.processing import STAGES, process

STEP = np.where(np.arange(40) < 20, 60, 180) * np.ones((30, 1))


@pytest.fixture
def picture():
    return np.random.default_rng(3).uniform(0, 255, (30, 40)).astype(np.float32)


def noisy_step():
    return (STEP + np.random.default_rng(5).normal(0, 8, STEP.shape)).astype(np.float32)


def test_stages_are_those_of_the_parameters_in_their_order():
    assert list(STAGES) == list(PICTURE)


@pytest.mark.parametrize("name", PICTURE)
def test_a_neutral_stage_changes_nothing(picture, name):
    np.testing.assert_allclose(process(picture, {name: NEUTRAL[name]}), picture, atol=1e-4)


@pytest.mark.parametrize(("name", "value"), [(n, PICTURE[n].limits[1]) for n in PICTURE])
def test_grey_levels_stay_in_their_range(picture, name, value):
    processed = process(picture, {name: value})
    assert processed.dtype == np.float32 and processed.shape == picture.shape
    assert processed.min() >= -1e-3 and processed.max() <= 255.001
    assert np.abs(processed - picture).max() > 1


def test_grey_map_by_hand():
    np.testing.assert_allclose(grey_map(np.array([0, 51, 255.0]), 2, 255), [0, 10.2, 255])
    np.testing.assert_allclose(
        grey_map(np.array([0, 51, 255.0]), 0.5, 255), [0, 114.0395, 255], 1e-6
    )


def test_median_is_that_of_five_by_five_pixels(picture):
    expected = generic_filter(picture, np.median, 5, mode="reflect")
    np.testing.assert_allclose(median(picture, 1.0), expected, atol=1e-4)
    np.testing.assert_allclose(median(picture, 0.25), 0.75 * picture + 0.25 * expected, atol=1e-4)


def test_lee_is_its_formula(picture):
    mean = generic_filter(picture.astype(float), np.mean, 5, mode="reflect")
    variance = generic_filter(picture.astype(float), np.var, 5, mode="reflect")
    keep = np.maximum(variance - np.median(variance), 0) / variance
    np.testing.assert_allclose(lee(picture, 1.0), mean + keep * (picture - mean), atol=0.05)


@pytest.mark.parametrize("smooth", [lee, bilateral, median])
def test_noise_goes_and_the_step_stays(smooth):
    noisy = noisy_step()
    smoothed = smooth(noisy, 1.0)
    assert smoothed[:, :16].std() < 0.6 * noisy[:, :16].std()
    assert smoothed[:, 21:].mean() - smoothed[:, :19].mean() == pytest.approx(120, abs=3)
    assert (np.diff(smoothed, axis=1)[:, 19] > 90).mean() > 0.9


@pytest.mark.parametrize("smooth", [lee, bilateral, median])
def test_an_empty_picture_stays_empty(smooth):
    np.testing.assert_array_equal(smooth(np.zeros((12, 14), np.float32), 1.0), 0)


def test_edges_are_overdrawn_and_flat_parts_are_not():
    sharp = edge_enhancement(STEP, 1.0, 255)
    np.testing.assert_allclose(sharp[:, :10], 60, atol=0.1)
    assert sharp[:, 19].max() < 60 and sharp[:, 20].min() > 180
    np.testing.assert_allclose(sharp[:, 19] + sharp[:, 20], 240, atol=1e-6)
    assert edge_enhancement(STEP, 10.0, 255).max() == 255
