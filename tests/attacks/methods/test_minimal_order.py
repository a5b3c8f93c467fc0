"""Which points the search for a margin asks for, step by step as its module says."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import norm, qmc

from reconattack.attacks.methods.minimal import (
    BATCH,
    MOST_CORNERS,
    SCAN,
    SPREADS,
    TOLERANCE,
    attack,
)
from reconattack.attacks.path import Target
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from tests.attacks.analytic_oracle import HALF_WIDTH, START, AnalyticOracle, linear

KEPT = linear(50, 0, 0, 0)
BEGINNING = 1 + 6 + 8 + 6 * (SCAN - 1)  # the start, ends, corners, and what a scan asks beside ends


def asked_by(space, *classifiers, max_queries=200, start=START):
    """Offsets of each frame's points from the start, in half-widths, in the order asked."""
    oracle = AnalyticOracle(*classifiers)
    count = len(classifiers)
    attack(Target(oracle, np.ones(count, int), Binary(0.5), range(count)), space, max_queries)
    return [(np.array(asked) - start) / HALF_WIDTH for asked in oracle.asked]


@pytest.mark.parametrize("logit", [50.0, 0.0])
def test_ends_then_corners_then_scans_of_each_knob(initial, ranges, logit):
    """From a start that lies nearer to one end of beta; a logit of 0 is fatty, and no flip."""
    start = np.array([1.1, 10, 55])
    space = search_space(initial | {"beta": 1.1}, ranges, "minimal")
    (asked,) = asked_by(space, lambda vector: logit, max_queries=BEGINNING, start=start)
    lower, upper = [-1.5, -1, -1], [0.5, 1, 1]
    np.testing.assert_allclose(asked[0], 0, atol=1e-9)
    np.testing.assert_allclose(asked[1:7], [*np.diag(lower), *np.diag(upper)], atol=1e-8)
    corners = set(map(tuple, asked[7:15].round(8)))
    assert corners == set(product(*zip(lower, upper, strict=True)))
    shares = np.arange(1, SCAN)[:, np.newaxis] / SCAN
    scans = [shares * end for end in [*np.diag(lower), *np.diag(upper)]]
    np.testing.assert_allclose(asked[15:], np.concatenate(scans), atol=1e-8)


def test_only_the_first_change_on_a_scan_is_halved(space):
    """beta flips above 0.3 half-widths: between the second and the third of eight points."""
    (asked,) = asked_by(space, linear(0.3, -1 / 0.4, 0, 0))
    up = np.flatnonzero((asked[:, 0] > 0) & (asked[:, 1:] == 0).all(axis=1))
    steps = asked[up, 0] * SCAN
    on_scan = np.abs(steps - steps.round()) < 1e-6
    halved = asked[up, 0][~on_scan]
    assert on_scan.sum() == SCAN
    assert ((halved > 2 / SCAN) & (halved < 3 / SCAN)).all()
    assert len(halved) == np.ceil(np.log2(1 / SCAN / TOLERANCE)) == 7
    assert np.abs(halved - 0.3).min() <= TOLERANCE


def test_sobol_points_and_points_about_the_lowest_margin_take_turns(space):
    """All margins are equal: the first judged, the lower end of beta, is taken for the lowest."""
    frames = 100
    asked = np.array(asked_by(space, *[KEPT] * frames, max_queries=BEGINNING + 12 * BATCH))
    rounds = asked[:, BEGINNING:].reshape(frames, 6, 2, BATCH, 3)
    for frame in (0, 7):
        sobol = qmc.Sobol(3, rng=np.random.default_rng(frame))
        for found in rounds[frame, :, 0]:
            np.testing.assert_allclose(found, 2 * sobol.random(BATCH) - 1, atol=1e-8)
    about = rounds[:, :, 1, :, 1:].swapaxes(0, 1).reshape(6, -1)
    assert np.abs(np.median(about, axis=1)).max() < 0.06
    # Half a half-width at first and 0.7 of that in each turn; the box cuts the farthest off.
    spreads = np.median(np.abs(about), axis=1) / norm.ppf(0.75)
    np.testing.assert_allclose(spreads, 0.5 * 0.7 ** np.arange(6), rtol=0.1)
    assert len(SPREADS) == 6


def test_a_diagonal_that_flips_no_nearer_costs_one_point(space):
    """The nearest flip is up beta, where the diagonals flip as far away and no nearer."""
    (asked,) = asked_by(space, linear(0.3, -1 / 0.4, 0, 0))
    alike = np.ptp(np.abs(asked), axis=1) < 1e-7
    on_diagonals = np.flatnonzero(alike & (np.abs(asked[:, 0]) > 0) & (np.abs(asked[:, 0]) < 1))
    assert len(on_diagonals) == 8
    assert (np.diff(on_diagonals) == 1).all()
    reach = np.abs(asked[on_diagonals])
    np.testing.assert_allclose(reach, reach[0, 0], atol=1e-7)
    assert 0.3 - TOLERANCE <= reach[0, 0] <= 0.3


def test_random_points_that_flip_nearer_are_drawn_in(space):
    """What follows a nearer flip lies on the way from it to the start."""
    slopes = np.array([1.0, 0.4, 0.2])
    (asked,) = asked_by(space, linear(0.5, *-slopes / HALF_WIDTH), max_queries=300)
    norms = np.linalg.norm(asked[BEGINNING + 30 :], axis=1, keepdims=True)
    ways = asked[BEGINNING + 30 :] / norms
    drawn_in = [
        any(
            np.allclose(ways[later], ways[earlier], atol=1e-6)
            for earlier in range(later - 4, later)
        )
        for later in range(4, len(ways))
    ]
    assert 10 < sum(drawn_in) < len(drawn_in)


@pytest.mark.parametrize("knobs", [4, 6])
def test_all_corners_of_few_knobs(initial, knobs):
    asked = of_sliders(initial, knobs)
    corners = asked[1 + 2 * knobs :][: 2**knobs]
    assert set(map(tuple, corners)) == set(product((-1.0, 1.0), repeat=knobs))


def test_some_corners_of_many_knobs(initial):
    asked = of_sliders(initial, 7)
    corners = asked[1 + 2 * 7 :][: MOST_CORNERS // 2]
    assert (np.abs(corners) == 1).all()
    assert np.abs(corners.mean(axis=0)).max() < 0.6


def test_diagonals_of_many_knobs_move_all_equally(initial):
    asked = of_sliders(initial, 7, flips_from=0.4, max_queries=400)
    inner = asked[(np.ptp(np.abs(asked), axis=1) < 1e-6) & (np.abs(asked[:, 0]) < 0.99)]
    signs = np.sign(inner[1:])
    assert (signs > 0).any() and (signs < 0).any()
    assert len(np.unique(signs, axis=0)) > MOST_CORNERS / 2


def of_sliders(initial, count, flips_from=9.0, max_queries=100):
    """Offsets of the points asked of some time-gain sliders, each in a box of half-width 1."""
    boxes = {f"slider_{number}": {"box": [-1, 1]} for number in range(1, count + 1)}
    space = search_space(initial, boxes, "minimal")
    columns = [space.names.index(name) for name in boxes]
    points = []

    def oracle(frames, parameters):
        points.extend(parameters[:, columns])
        return flips_from - parameters[:, columns[0]]

    attack(Target(oracle, np.array([1]), Binary(0.5), [0]), space, max_queries)
    return np.array(points)
