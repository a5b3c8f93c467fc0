"""HopSkipJump on classifiers whose nearest flip is known."""

import numpy as np
import pytest

from reconattack.attacks.methods import random as random_search
from reconattack.attacks.methods.hop_skip_jump import attack, search
from reconattack.attacks.path import Target
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from tests.attacks.analytic_oracle import (
    HALF_WIDTH,
    START,
    AnalyticOracle,
    bowl,
    bump,
    linear,
    toward_corner,
)


def run(space, *classifiers, max_queries=400, seeds=None):
    oracle = AnalyticOracle(*classifiers)
    references = np.ones(len(classifiers), int)
    target = Target(oracle, references, Binary(0.5), seeds or range(len(classifiers)))
    return attack(target, space, max_queries), oracle


def distances(path):
    return np.abs((np.array(path.parameters) - START) / HALF_WIDTH).max(axis=1)


def facts(path):
    return [tuple(p) for p in path.parameters], path.scores, path.best, path.queries_to_flip


def test_walk_ends_near_the_nearest_flip(space):
    # It flips where beta rises by 0.15, or beta and alpha_lower together: L-infinity 0.25.
    paths, _ = run(space, linear(1, -1 / 0.15, 0, 0), linear(1, -0.5 / 0.1, -0.5 / 1.25, 0))
    for path, nearest in zip(paths, (0.375, 0.25), strict=True):
        assert path.stop_reason == "flipped"
        assert path.scores[path.best] < 0
        assert nearest - 1e-6 <= distances(path)[path.best] <= 1.1 * nearest
        assert distances(path)[path.best] < distances(path)[path.queries_to_flip - 1]


def test_best_is_the_nearest_of_all_flips(space):
    (path,), _ = run(space, toward_corner(1, 1, -1, depth=20))
    flips = np.array(path.scores) < 0
    assert flips.sum() > 10
    assert distances(path)[path.best] == distances(path)[flips].min()


def test_until_the_first_flip_it_is_the_random_search(space, search_frames):
    frame = bump([1.1, 12, 57])
    (path,), _ = run(space, frame)
    (random,), _ = search_frames(random_search.search, space, frame, max_queries=400)
    count = random.queries
    assert 2 < count == path.queries_to_flip < path.queries
    np.testing.assert_array_equal(path.parameters[:count], random.parameters)


def test_without_a_flip_the_budget_is_used(space):
    (path,), oracle = run(space, bowl([1.0, 9, 58]), max_queries=97)
    assert (path.stop_reason, path.queries, path.queries_to_flip) == ("budget", 97, None)
    assert oracle.queries == [97]


def test_only_decisions_are_told(space):
    """A classifier of the same decisions and other margins is attacked at the same points."""
    soft = linear(1, -1 / 0.15, 0, 0)
    (one,), _ = run(space, soft)
    (other,), _ = run(space, lambda vector: np.sign(soft(vector)) * np.exp(abs(soft(vector))))
    np.testing.assert_array_equal(one.parameters, other.parameters)


def test_frames_and_global_random_numbers_do_not_touch_each_other(space):
    frames = linear(1, -1 / 0.15, 0, 0), bump([1.1, 12, 57]), toward_corner(1, 1, -1, depth=20)
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    together, _ = run(space, *frames, seeds=[5, 6, 7])
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    np.random.seed(4)  # noqa: NPY002
    for seed, frame, path in zip((5, 6, 7), frames, together, strict=True):
        (alone,), _ = run(space, frame, seeds=[seed])
        assert facts(alone) == facts(path)


@pytest.mark.parametrize("still", [["alpha_upper"], ["alpha_lower", "alpha_upper"]])
def test_boxes_of_fewer_parameters(initial, ranges, still):
    fixed = {name: {"box": [initial[name]] * 2} for name in still}
    space = search_space(initial, ranges | fixed, "search")
    (path,), _ = run(space, linear(1, -1 / 0.15, 0, 0))
    assert path.stop_reason == "flipped"
    assert 0.375 - 1e-6 <= distances(path)[path.best] <= 0.4
    assert (np.ptp(path.parameters, axis=0) > 0).tolist() == space.free.tolist()


def test_nothing_is_printed(space, capfd, recwarn):
    run(space, linear(1, -1 / 0.15, 0, 0))
    assert capfd.readouterr() == ("", "")
    assert [str(warning.message) for warning in recwarn] == []


def test_search_is_one_of_the_framework(space, search_frames):
    (path,), _ = search_frames(search, space, linear(1, -1 / 0.15, 0, 0))
    assert (path.stop_reason, path.best) == ("flipped", path.queries - 1)


@pytest.mark.parametrize("seed", range(6))
def test_walk_begins_at_the_first_flip_and_takes_about_300_queries(space, seed):
    """ART first halves the box between the flip and the initial setting."""
    (path,), _ = run(space, toward_corner(1, 1, -1, depth=20), seeds=[seed], max_queries=2000)
    flip, following = path.parameters[path.queries_to_flip - 1 :][:2]
    between = (following - START) / (flip - START)
    assert ((between >= -1e-5) & (between <= 1 + 1e-5)).all()  # it counts in single precision
    assert path.queries - path.queries_to_flip == pytest.approx(300, abs=5)


def test_shallow_flips_are_walked_from(space):
    """The margin of no flip is below -0.5, and that of what is no flip 0."""
    slope = linear(0.3, -0.8 / 0.4, 0, 0)
    paths, _ = run(space, slope, *[lambda vector: min(0.0, slope(vector))] * 4)
    for seed, path in enumerate(paths):
        assert path.stop_reason == "flipped"
        uniform = np.random.default_rng(seed).random((path.queries_to_flip - 1, 3))
        found = space.scaled(np.array(path.parameters[1 : path.queries_to_flip]))
        np.testing.assert_allclose(found, uniform, atol=1e-8)
        assert 0.375 - 1e-6 <= distances(path)[path.best] <= 1.1 * 0.375


def test_each_seed_walks_by_its_own_random_numbers(space):
    class WalkBeganError(Exception):
        pass

    drawn = set()
    for seed in range(100):
        margins = iter([np.array([-1.0])])

        def evaluate(points, margins=margins):
            try:
                return next(margins)
            except StopIteration:
                drawn.add(np.random.random())  # noqa: NPY002
                raise WalkBeganError from None

        with pytest.raises(WalkBeganError):
            search(evaluate, space, np.random.default_rng(seed))
    assert len(drawn) == 100
