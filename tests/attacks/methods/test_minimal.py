"""Margins of classifiers whose nearest flip is known in closed form."""

from itertools import pairwise

import numpy as np
import pytest

from reconattack.attacks.lattice import distances
from reconattack.attacks.methods.minimal import (
    SCAN,
    TOLERANCE,
    attack,
    findings,
    nearest_flips,
    safe_intervals,
)
from reconattack.attacks.path import Path, Target
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from tests.attacks.analytic_oracle import HALF_WIDTH, START, AnalyticOracle, bowl, bump, linear

KEPT = linear(50, 0, 0, 0)
# Falls by 4, 1 and 2 in a half-width of beta, alpha_lower and alpha_upper.
SLANTED = linear(1.9, -4 / 0.4, 1 / 5, 2 / 5)


def run(space, *classifiers, max_queries=300, references=None, seeds=None, cutoff=0.5):
    oracle = AnalyticOracle(*classifiers)
    count = len(classifiers)
    references = np.ones(count, int) if references is None else np.array(references)
    target = Target(oracle, references, Binary(cutoff), seeds or range(count))
    paths = attack(target, space, max_queries)
    return findings(paths, target, space), paths, oracle


# Margins


@pytest.mark.parametrize("slopes", [(4, 1, 2), (-1, 3, 0.5), (2.5, -2.5, 2.5), (-5, 0, 0)])
def test_margins_of_a_plane(space, slopes):
    # 2 - s.u = 0: the nearest point of the cube is at |u| = 2 / sum|s|, of the ball at 2 / |s|.
    found, (path,), _ = run(space, linear(2, *-np.array(slopes) / HALF_WIDTH))
    assert 0 <= found["margin_linf"][0] - 2 / np.abs(slopes).sum() <= 1.01 * TOLERANCE
    assert 0 <= found["margin_l2"][0] - 2 / np.linalg.norm(slopes) <= 0.03
    assert path.stop_reason == "flipped"


@pytest.mark.parametrize(("sign", "reference"), [(1, 1), (-1, 0), (-1, -1)])
def test_either_decision_is_flipped(space, sign, reference):
    classifier = linear(2 * sign, -4 * sign / 0.4, 0, 0)
    found, (path,), _ = run(space, classifier, references=[reference])
    assert path.reference == (sign == 1)
    assert 0 <= found["margin_linf"][0] - 0.5 <= TOLERANCE


def test_cutoff_moves_the_margin(space):
    classifier = linear(2, -4 / 0.4, 0, 0)
    found, _, _ = run(space, classifier, cutoff=1 / (1 + np.exp(-1)))  # a logit of 1
    assert 0 <= found["margin_linf"][0] - 0.25 <= TOLERANCE


def test_flip_inside_the_box_is_found_and_drawn_nearer(space):
    # Neither ends nor corners flip: a ball of radius 0.4 sqrt(ln(1.5)) = 0.255 about (1, 1, 1) / 2.
    center = START + HALF_WIDTH / 2
    found, (path,), _ = run(space, bump(center, depth=2), max_queries=400)
    radius = 0.4 * np.sqrt(np.log(4 / 2))
    assert 0 <= found["margin_l2"][0] - (np.sqrt(0.75) - radius) <= 0.03
    assert 0 <= found["margin_linf"][0] - (0.5 - radius / np.sqrt(3)) <= 0.03
    assert path.queries == 400
    assert path.queries_to_flip < 400


def test_result_is_the_nearest_flip_and_the_first_is_told(space):
    found, (path,), oracle = run(space, SLANTED)
    flips = np.array([SLANTED(np.array(point)) < 0 for point in oracle.asked[0]])
    points = np.array(oracle.asked[0])
    farthest, length = distances(points[flips], space)
    assert found["margin_linf"][0] == farthest.min()
    assert found["margin_l2"][0] == length.min()
    np.testing.assert_array_equal(found["nearest_linf"][0], path.parameters[path.best])
    assert distances(found["nearest_linf"].values, space)[0] == farthest.min()
    assert distances(found["nearest_l2"].values, space)[1] == length.min()
    assert path.queries_to_flip == np.flatnonzero(flips)[0] + 1 == 4  # alpha_upper's lower end
    assert path.queries == len(oracle.asked[0]) == 300


def test_no_flip_leaves_the_margin_open(space):
    found, (path,), oracle = run(space, bowl([1.0, 9, 58]))
    assert (path.stop_reason, path.queries, path.queries_to_flip) == ("budget", 300, None)
    assert np.isnan(found[["margin_linf", "margin_l2"]].to_array()).all()
    assert np.isnan(found["nearest_linf"]).all()
    assert path.scores[path.best] == min(path.scores)
    assert len(set(oracle.asked[0])) == 300


def test_frame_that_was_misjudged_has_no_margins(space):
    found, (path, _), oracle = run(space, KEPT, KEPT, references=[0, 1])
    assert path.stop_reason == "wrong_at_start"
    assert oracle.queries == [1, 300]
    values = found.isel(frame=0).to_array().astype(float)
    assert (values.isnull() | (values == 0)).all()
    assert np.isnan(found["safe_lower"][0]).all()


def test_flip_at_hand_ends_the_search(space):
    found, (path,), _ = run(space, linear(0.001, -4, 0, 0))
    assert found["margin_linf"][0] <= 2 * TOLERANCE
    assert (path.stop_reason, path.queries < 300) == ("flipped", True)


# Safe intervals


def test_safe_interval_of_each_knob(space):
    # beta alone flips above 1.09, alpha_upper alone below 50.25, alpha_lower never.
    found, _, _ = run(space, SLANTED)
    lower, upper = found["safe_lower"].values[0], found["safe_upper"].values[0]
    np.testing.assert_array_equal(lower, [0.5, 5, lower[2]])
    assert 1.09 - 0.4 * TOLERANCE <= upper[0] <= 1.09
    assert 50.25 <= lower[2] <= 50.25 + 5 * TOLERANCE
    np.testing.assert_array_equal(upper[1:], [15, 60])
    assert found["safe_lower_is_bound"].values[0].tolist() == [True, True, False]
    assert found["safe_upper_is_bound"].values[0].tolist() == [False, True, True]


def test_first_change_counts_where_the_decision_comes_back(space):
    def band(vector):  # flips from a quarter to a half of the way up only
        share = (vector[1] - 10) / 5
        return -1.0 if 0.26 < share < 0.49 else 1.0

    found, _, oracle = run(space, band)
    assert 11.3 - 5 * TOLERANCE <= found["safe_upper"][0, 1] <= 11.3
    assert band(np.array([0.9, 15, 55])) == 1
    alone = [p[1] for p in oracle.asked[0] if (p[0], p[2]) == (0.9, 55.0)]
    assert {10 + 5 * step / SCAN for step in range(1, SCAN + 1)} <= set(alone)


def test_what_flips_between_the_scans_points_is_not_seen(space):
    found, _, _ = run(space, lambda v: -1.0 if 11.3 < v[1] < 11.8 and v[0] == 0.9 else 1.0)
    assert found["safe_upper_is_bound"].values[0].all()


@pytest.mark.parametrize(("queries", "known"), [(20, 0), (45, 4), (300, 6)])
def test_interval_that_was_not_scanned_is_open(space, queries, known):
    found, _, _ = run(space, KEPT, max_queries=queries)
    ends = np.concatenate([found["safe_lower"].values[0], found["safe_upper"].values[0]])
    bounds = found[["safe_lower_is_bound", "safe_upper_is_bound"]].to_array().values
    assert np.isfinite(ends).sum() == bounds.sum() == known


def test_scan_starts_where_the_box_does(initial, ranges):
    box = ranges | {"beta": {"box": [0.9, 1.3]}, "alpha_upper": {"box": [55, 55]}}
    space = search_space(initial, box, "minimal")
    found, _, _ = run(space, linear(2, -15, 0, 0))
    np.testing.assert_array_equal(found["safe_lower"][0], [0.9, 5, 55])
    assert found["safe_lower_is_bound"].values.all()
    assert found["safe_upper"].values[0, 0] == pytest.approx(0.9 + 2 / 15, abs=0.4 * TOLERANCE)
    assert found["safe_upper"].values[0, 2] == 55
    # Half-widths of 0.2, so the flip is 2 / 15 / 0.2 of them away.
    assert 0 <= found["margin_linf"][0] - 2 / 3 <= TOLERANCE


def test_intervals_of_a_path_by_hand(space):
    steps = [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4]
    up = [[0.9 + step, 10, 55] for step in steps]
    aside = [[0.8, 11, 55]]  # not alone
    logits = [1.0] * 4 + [-1.0, 1.0, -1.0, 1.0, 1.0, -1.0]
    path = Path(1, [np.array(p) for p in up + aside], logits, [0.0] * 10, [], "flipped")
    safe, is_bound = safe_intervals(path, space, Binary(0.5))
    assert safe[1, 0] == pytest.approx(1.05)
    assert np.isnan(safe[0]).all()
    assert not is_bound.any()
    # 0.2 and 0.2 half-widths of beta and alpha_lower: nearest by both, before 0.5 of beta.
    np.testing.assert_array_equal(nearest_flips(path, space, Binary(0.5)), [9, 9])


# Cost and repetition


def test_every_query_counts_once_and_lies_in_the_box(space):
    _, paths, oracle = run(space, SLANTED, bump([1.1, 12, 57]), KEPT, max_queries=150)
    for path, asked in zip(paths, oracle.asked, strict=True):
        points = np.array(asked)
        np.testing.assert_array_equal(points, path.parameters)
        assert path.queries == len(points) == len(np.unique(points, axis=0)) == 150
        assert ((points >= space.lower) & (points <= space.upper)).all()


def test_more_queries_never_widen_the_margin(space):
    classifiers = SLANTED, bump([1.1, 12, 57], depth=2)
    margins = [
        run(space, *classifiers, max_queries=queries)[0]["margin_l2"].fillna(9).values
        for queries in (50, 100, 200, 400)
    ]
    assert all((after <= before).all() for before, after in pairwise(margins))
    assert (margins[-1] < margins[0]).all()


def test_frames_do_not_depend_on_their_neighbours(space):
    both, _, _ = run(space, bump([1.1, 12, 57]), SLANTED, seeds=[3, 4])
    alone, _, _ = run(space, SLANTED, seeds=[4])
    assert both.isel(frame=[1]).identical(alone)


def test_many_knobs(initial):
    names = ["beta", "gain", *(f"slider_{number}" for number in range(1, 9))]
    space = search_space(
        initial,
        {name: {"box": [-1, 1]} for name in names} | {"beta": {"box": [0.5, 1.3]}},
        "minimal",
    )
    column = space.names.index("gain")

    class Gain(AnalyticOracle):
        def __call__(self, frames, parameters):
            return 1 - 2 * parameters[:, column] - 0.5 * parameters.sum(axis=1) + 0.5 * 65.9

    target = Target(Gain(None), np.array([1]), Binary(0.5), [0])
    paths = attack(target, space, 1000)
    found = findings(paths, target, space)
    assert found["safe_upper"].values[0, column] == pytest.approx(0.4, abs=TOLERANCE)
    # All ten move by u: 1 - 2 u - 0.5 (9 + 0.4) u = 0.
    assert 0 <= found["margin_linf"][0] - 1 / 6.7 <= 0.03


def test_record_of_no_frames(space):
    empty = findings([], None, space)
    full, _, _ = run(space, SLANTED)
    assert {name: array.dims for name, array in empty.items()} == {
        name: array.dims for name, array in full.items()
    }
    for name in empty.variables:
        assert set(empty[name].attrs) == {"units", "long_name"}, name
