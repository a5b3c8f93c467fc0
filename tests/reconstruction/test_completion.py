"""Levels of black and white pixels: what each completion fills in, against known speckle."""

import numpy as np
import pytest
from scipy.integrate import quad

from reconattack.reconstruction.completion import (
    COMPLETIONS,
    DRAWS,
    EXTREME,
    Censored,
    _mean_log_below,
    _scaled_exp1,
)

LOWEST, HIGHEST = 10.0, 55.0
SHAPE = (200, 240)


def speckle(mean_level, spread=1.0):
    """Speckle of a mean level [dB], its levels, and which pixels are black and white."""
    random = np.random.default_rng(5)
    intensity = 10 ** (mean_level / 10) * random.exponential(size=SHAPE)
    level = 10 * np.log10(intensity)
    black, white = level <= LOWEST, level >= HIGHEST
    region = np.ones(SHAPE, bool)
    known = np.clip(level, LOWEST, HIGHEST)
    return level, Censored(known, region, black, white, LOWEST, HIGHEST, height=SHAPE[0])


@pytest.mark.parametrize("ratio", [1e-9, 1e-3, 0.3, 2.0, 40.0])
def test_mean_logarithm_below_a_threshold(ratio):
    chance = -np.expm1(-ratio)
    expected, _ = quad(lambda x: np.log(x) * np.exp(-x) / chance, 0, ratio)
    assert _mean_log_below(np.array([ratio]))[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("ratio", [1e-3, 0.3, 5.0, 499.0, 501.0, 1e4])
def test_mean_logarithm_above_a_threshold(ratio):
    expected, _ = quad(lambda x: np.log1p(x / ratio) * np.exp(-x), 0, np.inf)
    assert _scaled_exp1(np.array([ratio]))[0] == pytest.approx(expected, rel=2e-3)


def test_pixels_that_are_known_stay():
    level, censored = speckle(20.0)
    known = ~(censored.black | censored.white)
    for completion in COMPLETIONS:
        completed = censored.completed(completion)
        np.testing.assert_array_equal(completed[known], level[known])
        assert np.isfinite(completed).all()


@pytest.mark.parametrize("mean", [14.0, 54.0])
def test_completions_keep_to_what_the_picture_tells(mean):
    _, censored = speckle(mean)
    assert censored.black.any() or censored.white.any()
    for completion in COMPLETIONS:
        completed = censored.completed(completion)
        assert (completed[censored.black] <= LOWEST + 1e-9).all()
        assert (completed[censored.white] >= HIGHEST - 1e-9).all()


def test_bounds_and_extremes():
    _, censored = speckle(14.0)
    black = censored.black
    _, bright = speckle(54.0)
    white = bright.white
    ends = {
        "bound": (LOWEST, HIGHEST),
        "darkest": (LOWEST - EXTREME, HIGHEST),
        "brightest": (LOWEST, HIGHEST + EXTREME),
        "extremes": (LOWEST - EXTREME, HIGHEST + EXTREME),
    }
    for completion, (low, high) in ends.items():
        if completion != "brightest":
            assert np.unique(censored.completed(completion)[black]) == low
        if completion != "darkest":
            assert np.unique(bright.completed(completion)[white]) == high


@pytest.mark.parametrize("mean", [12.0, 18.0, 25.0])
def test_black_speckle_is_drawn_as_it_is_distributed(mean):
    level, censored = speckle(mean)
    black = censored.black
    assert 0.03 < black.mean() < 0.6
    for number in range(1, DRAWS + 1):
        drawn = censored.completed(f"draw {number}")[black]
        true = level[black]
        for quantile, tolerance in ((0.1, 1.5), (0.5, 0.7), (0.9, 0.3)):
            expected = np.quantile(true, quantile)
            assert np.quantile(drawn, quantile) == pytest.approx(expected, abs=tolerance), quantile


def test_white_speckle_is_drawn_as_it_is_distributed():
    level, censored = speckle(54.0)
    drawn, true = censored.completed("draw 2")[censored.white], level[censored.white]
    for quantile in (0.1, 0.5, 0.9):
        assert np.quantile(drawn, quantile) == pytest.approx(np.quantile(true, quantile), abs=0.5)


@pytest.mark.parametrize("mean", [12.0, 18.0, 54.0])
def test_mean_level_of_what_is_not_known(mean):
    level, censored = speckle(mean)
    completed = censored.completed("mean")
    for mask in (censored.black, censored.white):
        if mask.sum() > 500:
            assert completed[mask].mean() == pytest.approx(level[mask].mean(), abs=0.6)


def test_mean_follows_the_neighbourhood():
    """Black pixels in a dark half are darker than those in a bright half."""
    random = np.random.default_rng(2)
    means = np.where(np.arange(SHAPE[1]) < SHAPE[1] // 2, 8.0, 24.0)
    level = means + 10 * np.log10(random.exponential(size=SHAPE))
    black = level <= LOWEST
    censored = Censored(
        np.clip(level, LOWEST, HIGHEST), np.ones(SHAPE, bool), black, level > HIGHEST, LOWEST,
        HIGHEST, height=SHAPE[0],
    )  # fmt: skip
    filled = censored.completed("mean")
    left, right = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    left[:, :80], right[:, -80:] = True, True
    for side in (left, right):
        assert filled[side & black].mean() == pytest.approx(level[side & black].mean(), abs=1.0)


def test_draws_repeat_and_differ():
    _, censored = speckle(16.0)
    _, again = speckle(16.0)
    first = censored.completed("draw 1")
    np.testing.assert_array_equal(first, again.completed("draw 1"))
    assert (first != censored.completed("draw 2"))[censored.black].mean() > 0.99


def test_everything_black():
    level = np.full(SHAPE, LOWEST)
    everywhere = np.ones(SHAPE, bool)
    censored = Censored(level, everywhere, everywhere, ~everywhere, LOWEST, HIGHEST, SHAPE[0])
    for completion in COMPLETIONS:
        completed = censored.completed(completion)
        assert np.isfinite(completed).all()
        assert (completed <= LOWEST).all()
