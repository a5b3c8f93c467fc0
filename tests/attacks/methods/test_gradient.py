import numpy as np
import pytest

from reconattack.attacks.methods.gradient import search
from reconattack.attacks.path import Target
from reconattack.attacks.search import attack
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from tests.attacks.analytic_oracle import (
    HALF_WIDTH,
    START,
    AnalyticOracle,
    bowl,
    linear,
    toward_corner,
)


def run(space, *classifiers, max_queries=100):
    oracle = AnalyticOracle(*classifiers)
    count = len(classifiers)
    references = np.ones(count, int)
    target = Target(oracle, references, Binary(0.5), range(count))
    return attack(target, space, search, max_queries, slopes=oracle.slopes)


def offsets(path):
    """Steps in units of the box from the initial setting."""
    return (np.array(path.parameters) - START) / (2 * HALF_WIDTH)


@pytest.mark.parametrize("signs", [(1, -1, -1), (-1, -1, -1), (1, 1, 1)])
def test_all_parameters_step_down_their_slopes_into_the_corner(space, signs):
    (path,) = run(space, toward_corner(*signs))
    np.testing.assert_allclose(offsets(path), np.outer([0, 0.25, 0.5], signs), atol=1e-9)
    assert (path.stop_reason, path.queries, path.slopes) == ("flipped", 5, 2)


def test_decision_for_normal_is_flipped_up_the_logit(space):
    oracle = AnalyticOracle(linear(-1, 3, 0, 0))
    (path,) = attack(
        Target(oracle, np.array([0]), Binary(0.5), [0]), space, search, 20, slopes=oracle.slopes
    )
    np.testing.assert_allclose(path.parameters[1:], [[1.1, 10, 55], [1.3, 10, 55]])
    assert path.stop_reason == "flipped"


def test_step_that_does_not_lower_the_margin_is_taken_back_and_halved(space):
    # The lowest point lies a sixteenth of the box from the start in every parameter.
    (path,) = run(space, bowl(START + HALF_WIDTH / 8), max_queries=6)
    steps = offsets(path)[:, 0]
    np.testing.assert_allclose(steps, [0, 0.25, 0.125, 0.0625], atol=1e-9)


def test_narrow_flip_is_found_to_the_last_step(space):
    """The logit is negative within 0.5 % of the half-width in each parameter."""
    center = START + HALF_WIDTH * [0.3, -0.3, 0.3]
    (path,) = run(space, bowl(center, height=-2.5e-5), max_queries=60)
    assert path.stop_reason == "flipped"
    assert np.abs((path.parameters[-1] - center) / HALF_WIDTH).max() < 0.005


def test_it_starts_again_from_random_points(space):
    """A bowl at the start keeps the first run; the flip lies where another one leads."""

    def two_bowls(vector):
        return min(bowl(START, height=1)(vector), bowl([0.6, 13, 52], height=-0.2)(vector) * 2)

    (path,) = run(space, two_bowls, max_queries=300)
    assert path.stop_reason == "flipped"
    assert np.abs((path.parameters[-1] - [0.6, 13, 52]) / HALF_WIDTH).max() < 0.5


def test_where_nothing_slopes_random_points_remain(space):
    (path,) = run(space, linear(1, 0, 0, 0), max_queries=21)
    assert (path.stop_reason, path.slopes) == ("budget", 10)
    np.testing.assert_array_equal(np.array(path.gradients), 0)
    assert len(np.unique(path.parameters, axis=0)) == 11


def test_parameter_that_cannot_move_stays(initial, ranges):
    space = search_space(initial, ranges | {"alpha_lower": {"box": [10, 10]}}, "gradient")
    (path,) = run(space, linear(1, 1, 5, -0.2))
    assert set(np.array(path.parameters)[:, 1]) == {10}
    assert path.stop_reason == "flipped"
