"""Controls alone and in pairs, on classifiers whose answer is known in closed form."""

from itertools import combinations

import numpy as np
import pytest

from reconattack.attacks.methods.each_knob import attack, controls_of, findings, only
from reconattack.attacks.path import Target
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from tests.attacks.analytic_oracle import AnalyticOracle, linear

CONTROLS = ["beta", "alpha_lower", "alpha_upper"]
EACH, PAIR = 10, 12
START = (0.9, 10.0, 55.0)
KEPT = linear(50, 0, 0, 0)
BY_BETA = linear(3, -10, 0, 0)  # flips from beta 1.2 on
BY_PAIR = linear(6, -10, -0.5, 0)  # by beta 1.3 and alpha_lower 15, and from nearby


def run(oracle, space, references=None, seeds=None, cutoff=0.5):
    count = len(oracle.classifiers)
    references = np.ones(count, int) if references is None else np.array(references)
    return attack(
        Target(oracle, references, Binary(cutoff), seeds or range(count)), space, EACH, PAIR
    )


def moved(asked):
    """Which controls each query moves, in the order of the queries."""
    return [
        tuple(name for name, value, at in zip(CONTROLS, point, START, strict=True) if value != at)
        for point in asked
    ]


def test_controls_alone_then_pairs_and_never_more(space):
    oracle = AnalyticOracle(KEPT)
    (path,) = run(oracle, space)
    subsets = [(name,) for name in CONTROLS] + list(combinations(CONTROLS, 2))
    expected = [subset for subset in subsets for _ in range(EACH if len(subset) == 1 else PAIR)]
    assert moved(oracle.asked[0]) == [(), *expected]
    assert (path.stop_reason, path.flips, path.queries_to_flip) == ("budget", set(), None)
    assert path.queries == len(path.parameters) == 1 + 3 * EACH + 3 * PAIR
    np.testing.assert_array_equal(path.parameters, oracle.asked[0])


def test_no_setting_is_judged_twice_and_ends_come_first(space):
    oracle = AnalyticOracle(KEPT)
    run(oracle, space)
    asked = oracle.asked[0]
    assert len(set(asked)) == len(asked)
    assert asked[1:3] == [(0.5, 10, 55), (1.3, 10, 55)]
    first_pair = asked[1 + 3 * EACH :][:4]
    assert set(first_pair) == {(b, low, 55) for b in (0.5, 1.3) for low in (5, 15)}


def test_pair_of_a_control_that_flips_alone_is_not_searched(space):
    oracle = AnalyticOracle(BY_BETA)
    (path,) = run(oracle, space)
    assert path.flips == {("beta",)}
    assert [path.flipped_by(pair) for pair in combinations(CONTROLS, 2)] == [True, True, False]
    assert not path.flipped_by(("alpha_lower",))
    assert {subset for subset in moved(oracle.asked[0]) if len(subset) == 2} == {
        tuple(CONTROLS[1:])
    }
    assert path.queries == 1 + 2 + 2 * EACH + PAIR  # beta at 0.5 and 1.3
    assert path.queries_to_flip == 3


def test_flip_of_two_controls_together(space):
    (path,) = run(AnalyticOracle(BY_PAIR), space)
    assert path.flips == {("beta", "alpha_lower")}
    assert path.stop_reason == "flipped"
    assert path.parameters[path.best].tolist() == [1.3, 15, 55]
    record = findings([path], None, space)
    assert not record["knob_flips"].any()
    pairs = record["pair_flips"].sel(frame=0)
    assert pairs.sum() == 2
    assert pairs.sel(control="beta", other_control="alpha_lower")
    assert pairs.sel(control="alpha_lower", other_control="beta")


def test_result_is_the_flip_nearest_to_the_initial_setting(space):
    """beta flips at its end, alpha_upper later on and nearer."""
    (path,) = run(AnalyticOracle(lambda v: -1.0 if v[0] > 1.25 or 55 < v[2] < 58 else 1.0), space)
    flips = np.flatnonzero(np.array(path.scores) < 0)
    assert path.flips == {("beta",), ("alpha_upper",)}
    assert path.parameters[flips[0]].tolist() == [1.3, 10, 55]
    assert path.best == flips[1]
    assert 55 < path.parameters[path.best][2] < 58


def test_without_a_flip_the_result_is_the_lowest_margin(space):
    (path,) = run(AnalyticOracle(linear(50, -10, 0, 1)), space)
    assert path.stop_reason == "budget"
    assert path.parameters[path.best].tolist() == [1.3, 10, 50]


@pytest.mark.parametrize("reference", [0, -1])
def test_reference_is_the_label_or_else_the_own_decision(space, reference):
    oracle = AnalyticOracle(BY_BETA)
    (path,) = run(oracle, space, [reference])
    if reference == 0:
        assert (path.stop_reason, path.queries, path.best) == ("wrong_at_start", 1, 0)
        assert not findings([path], None, space)["pair_flips"].any()
    else:
        assert (path.reference, path.flips) == (1, {("beta",)})


def test_frames_do_not_depend_on_those_beside_them(space):
    classifiers = [KEPT, BY_BETA, BY_PAIR, linear(-1, 5, 0, 0)]
    together = run(AnalyticOracle(*classifiers), space, seeds=[5, 6, 7, 8])
    for classifier, seed, path in zip(classifiers, [5, 6, 7, 8], together, strict=True):
        (alone,) = run(AnalyticOracle(classifier), space, seeds=[seed])
        np.testing.assert_array_equal(alone.parameters, path.parameters)
        assert alone.flips == path.flips
        assert alone.queries == path.queries
    assert run(AnalyticOracle(), space) == []


def test_parameters_of_one_control_move_together(initial):
    boxes = {"slider_2": [-6, 6], "slider_7": [-6, 6], "gain": [-6, 6], "median": [0, 1]}
    space = search_space(initial, {name: {"box": box} for name, box in boxes.items()}, "each")
    assert controls_of(space) == ["gain", "time-gain curve", "median filter"]
    free = only(space, ("time-gain curve",)).free
    assert [name for name, can in zip(space.names, free, strict=True) if can] == [
        "slider_2",
        "slider_7",
    ]
    columns = {name: space.names.index(name) for name in boxes}

    def by_both_sliders(vector):
        return 5.0 - vector[columns["slider_2"]] + vector[columns["slider_7"]]

    class Oracle:
        def __call__(self, frames, points):
            return np.array([by_both_sliders(point) for point in points])

    (path,) = attack(Target(Oracle(), np.array([1]), Binary(0.5), [0]), space, EACH, PAIR)
    assert path.flips == {("time-gain curve",)}
    flipped = path.parameters[path.best]
    assert (flipped[[columns["gain"], columns["median"]]] == 0).all()
    assert flipped[columns["slider_2"]] - flipped[columns["slider_7"]] > 5


def test_record_has_units_and_a_place_for_every_frame(space):
    paths = run(AnalyticOracle(KEPT, BY_BETA), space)
    record = findings(paths, None, space)
    assert record["knob_flips"].values.tolist() == [[False] * 3, [True, False, False]]
    diagonal = np.diagonal(record["pair_flips"], axis1=1, axis2=2)
    np.testing.assert_array_equal(diagonal, record["knob_flips"])
    assert record["pair_flips"].values[1].tolist() == [
        [True, True, True],
        [True, False, False],
        [True, False, False],
    ]
    for name in record.variables:
        assert set(record[name].attrs) == {"units", "long_name"}, name
    assert findings([], None, space)["pair_flips"].shape == (0, 3, 3)
