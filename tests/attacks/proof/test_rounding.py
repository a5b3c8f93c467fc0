"""The joint bound of the roundings of many pixels."""

import numpy as np
import pytest

from reconattack.attacks.proof import rounding
from reconattack.attacks.proof.cell import Cell, coordinates
from reconattack.attacks.proof.levels import PixelLevels
from reconattack.attacks.proof.rounding import least_rounding

ERROR = 1e-4


def roundings(levels, weights, settings):
    """Sum of weights * (round(grey) - grey) at settings, (n,)."""
    forms = np.stack([levels.constant, levels.slope, -np.ones_like(levels.slope)], axis=1)
    grey = forms @ coordinates(settings)[:3]
    return weights @ (np.rint(grey) - grey)


def settings_of(cell, count=2000):
    random = np.random.default_rng(0)
    return np.concatenate([cell.corners, random.uniform(cell.lower, cell.upper, (count, 4))])


@pytest.mark.parametrize("size", [1.0, 0.3, 0.03, 0.003])
@pytest.mark.parametrize("seed", range(4))
def test_no_sum_of_roundings_is_lower(size, seed):
    random = np.random.default_rng(seed)
    levels = PixelLevels(random.uniform(20, 40, 3000), random.uniform(0, 3, 3000), ERROR)
    weights = random.standard_normal(3000) * np.exp(random.standard_normal(3000))
    half = np.array([0.05, 0.6, 0.6, 0]) * size
    middle = np.array([0.9, 10, 55, 0])
    cell = Cell(tuple(middle - half), tuple(middle + half))
    bound = least_rounding(levels, np.arange(3000), weights, cell, ERROR)
    assert bound <= roundings(levels, weights, settings_of(cell)).min()
    assert bound >= -(0.5 + ERROR) * np.abs(weights).sum()


def test_small_cells_cost_much_less_than_half_a_level_in_every_pixel():
    random = np.random.default_rng(0)
    levels = PixelLevels(random.uniform(20, 40, 50_000), random.uniform(0, 3, 50_000), ERROR)
    weights = random.standard_normal(50_000)
    cell = Cell((0.899, 9.99, 54.99, 0), (0.901, 10.01, 55.01, 0))
    bound = least_rounding(levels, np.arange(50_000), weights, cell, ERROR)
    assert bound > -0.25 * np.abs(weights).sum()


def test_weights_that_follow_the_levels_of_a_group_are_caught(monkeypatch):
    """Two kinds of pixel in one group move apart, which the group's middle does not show."""
    cell = Cell((0.9, 9.8, 54.8, 0), (0.9, 10.2, 55.2, 0))
    u = cell.coordinates[0]
    width = 1e-3 / ((u.max() - u.min()) / 2)  # of a group, where slopes are equal
    apart = 0.9 * width
    constant = np.repeat([30.0, 30.0 + apart], 500)
    levels = PixelLevels(constant, np.zeros(1000), ERROR)
    weights = np.repeat([-1.0, 1.0], 500)
    lowest = roundings(levels, weights, settings_of(cell, 20_000)).min()
    bound = least_rounding(levels, np.arange(1000), weights, cell, 0.0)
    assert bound <= lowest
    centre, half_u = (u.max() + u.min()) / 2, (u.max() - u.min()) / 2
    aligned = half_u * apart * 500
    assert lowest < -500 * apart * centre  # what the middle of the group shows
    assert lowest < bound + aligned


def test_nothing_is_free_of_rounding_but_no_pixels():
    levels = PixelLevels(np.array([30.0]), np.array([0.0]), ERROR)
    cell = Cell((0.5, 5, 50, 0), (1.3, 15, 60, 0))
    assert least_rounding(levels, np.array([], int), np.array([]), cell, ERROR) == 0
    assert least_rounding(levels, np.array([0]), np.array([2.0]), cell, ERROR) >= -1 - 2 * ERROR
    assert rounding.BINS == 64
