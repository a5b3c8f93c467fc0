"""The bound of the roundings of many pixels holds, and closes in on the truth in small parts."""

import numpy as np
import pytest

from tools.proof_check.enclosure import Part
from tools.proof_check.together import around_middles, grouped, least_roundings

COUNT = 2000
ERROR = 1e-4


def drawn(seed):
    random = np.random.default_rng(seed)
    forms = np.zeros((COUNT, 4))
    forms[:, 0], forms[:, 1] = random.uniform(20, 40, COUNT), random.uniform(0, 3, COUNT)
    forms[:, 2] = -1
    return forms, random.standard_normal(COUNT) * np.exp(random.standard_normal(COUNT))


def part_of(size):
    half, middle = np.array([0.05, 0.6, 0.6, 0]) * size, np.array([0.9, 10, 55, 0])
    return Part(tuple(middle - half), tuple(middle + half))


def settings_in(part, count=2000):
    random = np.random.default_rng(0)
    return np.concatenate([part.corners, random.uniform(part.lower, part.upper, (count, 4))])


def lowest_bound(forms, weights, part, residue, error=ERROR):
    """The bound of sum(weights * whole), with lines through the middles at the corners."""
    group, middles = grouped(forms, part, residue)
    shift, open_ = around_middles(forms, group, middles, part)
    rounding = least_roundings(weights, shift, open_ + error, group, middles, part)
    lines = weights @ middles[group]
    lines[3] += weights @ shift
    return rounding + part.least(lines[np.newaxis])[0]


@pytest.mark.parametrize("size", [1.0, 0.3, 0.03, 0.003, 1e-5])
@pytest.mark.parametrize("residue", [0.2, 0.02, 0.004])
@pytest.mark.parametrize("seed", range(3))
def test_no_sum_of_whole_levels_is_lower(size, residue, seed):
    forms, weights = drawn(seed)
    part = part_of(size)
    bound = lowest_bound(forms, weights, part, residue)
    u = 255 / (settings_in(part)[:, 2] - settings_in(part)[:, 1])
    settings = settings_in(part)
    grey = forms[:, :3] @ np.stack([u, settings[:, 0] * u, settings[:, 1] * u])
    moved = grey - np.sign(weights)[:, np.newaxis] * ERROR * 0.999
    assert bound <= (weights @ np.rint(moved)).min()


def test_a_small_part_is_bounded_by_what_it_has():
    """Where next to nothing moves, the whole levels are known: no rounding is left open."""
    forms, weights = drawn(0)
    part = part_of(1e-7)
    bound = lowest_bound(forms, weights, part, 0.01, error=0.0)
    settings = settings_in(part, 10)
    u = 255 / (settings[:, 2] - settings[:, 1])
    grey = forms[:, :3] @ np.stack([u, settings[:, 0] * u, settings[:, 1] * u])
    lowest = (weights @ np.rint(grey)).min()
    assert lowest - 0.02 * np.abs(weights).sum() < bound <= lowest
    assert bound > lowest - 0.1 * 0.5 * np.abs(weights).sum()


def test_levels_on_the_edge_of_a_step_count_as_either():
    forms, weights = np.array([[30.0, 0, -1, 0], [31.0, 0, -1, 0]]), np.array([1.0, -1.0])
    # u is 8: at alpha_lower 10.0625 the first is at 159.5, the second at 167.5
    part = Part((0.9, 10.0625, 41.9375, 0.0), (0.9, 10.0625, 41.9375, 0.0))
    assert part.coordinates[0, 0] == 8
    assert lowest_bound(forms, weights, part, 0.01, error=1e-6) <= 159 - 168


def test_tight_weights_do_not_hide_in_a_group():
    """Two kinds of pixel in one group move apart, which the middle of the group does not show."""
    part = Part((0.9, 9.8, 54.8, 0.0), (0.9, 10.2, 55.2, 0.0))
    forms = np.zeros((1000, 4))
    forms[:, 0], forms[:, 2] = np.repeat([30.0, 30.002], 500), -1
    weights = np.repeat([-1.0, 1.0], 500)
    group, middles = np.zeros(1000, int), np.array([[30.001, 0, -1, 0]])
    shift, open_ = around_middles(forms, group, middles, part)
    rounding = least_roundings(weights, shift, open_, group, middles, part)
    settings = settings_in(part, 20_000)
    u = 255 / (settings[:, 2] - settings[:, 1])
    tau = 30.001 * u - settings[:, 1] * u
    grey = forms[:, :1] * u - settings[:, 1] * u
    assert rounding <= (weights @ (np.rint(grey) - tau - shift[:, np.newaxis])).min()
