"""Parts fill a region or leave gaps, to the last digit."""

from fractions import Fraction

import numpy as np
import pytest

from tools.proof_check.tiling import Box, gaps, nearer

UNIT_BOX = Box(np.zeros(3), np.ones(3))


def cut_up(box, random, count):
    """Parts of a box, cut again and again at any place."""
    parts = [(box.lower, box.upper)]
    while len(parts) < count:
        low, high = parts.pop(random.integers(len(parts)))
        knob = random.integers(len(low))
        at = random.uniform(low[knob], high[knob])
        below, above = high.copy(), low.copy()
        below[knob] = above[knob] = at
        parts += [(low, below), (above, high)]
    lower, upper = map(np.array, zip(*parts, strict=True))
    return lower, upper


@pytest.mark.parametrize("seed", range(5))
def test_parts_of_a_box_fill_it(seed):
    lower, upper = cut_up(UNIT_BOX, np.random.default_rng(seed), 200)
    assert gaps(UNIT_BOX, lower, upper) == []


@pytest.mark.parametrize("seed", range(5))
def test_what_a_removed_part_held_is_all_that_is_left(seed):
    random = np.random.default_rng(seed)
    lower, upper = cut_up(UNIT_BOX, random, 200)
    gone = random.integers(len(lower))
    left = gaps(UNIT_BOX, np.delete(lower, gone, 0), np.delete(upper, gone, 0))
    assert sum(gap.volume for gap in left) == pytest.approx(np.prod(upper[gone] - lower[gone]))
    for gap in left:
        assert (gap.lower >= lower[gone]).all()
        assert (gap.upper <= upper[gone]).all()


@pytest.mark.parametrize("side", ["lower", "upper"])
def test_a_gap_of_one_digit_is_found(side):
    lower, upper = cut_up(UNIT_BOX, np.random.default_rng(1), 100)
    ends = {"lower": lower, "upper": upper}[side]
    inner = np.argwhere((ends > 0) & (ends < 1))[17]
    ends[tuple(inner)] = np.nextafter(ends[tuple(inner)], 2 if side == "lower" else -1)
    assert len(gaps(UNIT_BOX, lower, upper)) > 0


def test_overlapping_parts_fill_a_box():
    lower = np.array([[0, 0, 0], [0.3, 0, 0], [0, 0.2, 0]])
    upper = np.array([[0.5, 0.7, 1], [1, 1, 1], [0.4, 1, 1]])
    assert gaps(UNIT_BOX, lower, upper) == []
    assert len(gaps(UNIT_BOX, lower[:2], upper[:2])) > 0


def test_knobs_that_do_not_move():
    box = Box(np.array([0.0, 5.0]), np.array([1.0, 5.0]))
    lower, upper = np.array([[0, 5], [0.5, 5]]), np.array([[0.5, 5], [1.0, 5]])
    assert gaps(box, lower, upper) == []
    assert box.volume == 1
    assert len(gaps(box, lower + np.array([0, 1e-15]), upper)) > 0
    assert gaps(box, np.empty((0, 2)), np.empty((0, 2))) == [box]


def test_a_distance_is_taken_exactly_and_rounded_outwards():
    box = Box(np.array([0.5, 5.0]), np.array([1.3, 15.0]))
    initial, margin = np.array([0.9, 10.0]), 0.1
    found = nearer(box, initial, margin)
    reach = [Fraction(margin) * (Fraction(1.3) - Fraction(0.5)) / 2, Fraction(margin) * 5]
    for knob in (0, 1):
        assert Fraction(found.lower[knob]) <= Fraction(initial[knob]) - reach[knob]
        assert Fraction(np.nextafter(found.lower[knob], 20)) > Fraction(initial[knob]) - reach[knob]
        assert Fraction(found.upper[knob]) >= Fraction(initial[knob]) + reach[knob]
    whole = nearer(box, initial, 5.0)
    assert not box.holds_more_than(whole)
    assert box.holds_more_than(found)
