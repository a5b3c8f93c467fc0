"""The paper's attack on classifiers whose answer is known in closed form."""

import numpy as np
import pytest
from scipy.special import expit

from reconattack.attacks.methods.zoo import attack, loss_gradients
from reconattack.attacks.path import Target
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from tests.attacks.analytic_oracle import START, AnalyticOracle, linear


def valley(upper, depth=5.0):
    """Logit that is lowest, and positive, where alpha_upper is `upper`."""
    return lambda vector: depth + abs(vector[2] - upper)


def run(oracle, references, space, cutoff=0.5, max_steps=100, stop_at_bounds="all"):
    target = Target(oracle, np.array(references, int), Binary(cutoff))
    return attack(target, space, max_steps, stop_at_bounds)


# A step against the slopes lowers this logit by 0.05 * 20 + 0.5 * 2 + 0.5 * 1 = 2.5.
FATTY = linear(6, -20, -2, 1)
NORMAL = linear(-6, 20, 2, -1)


@pytest.mark.parametrize(("classifier", "label"), [(FATTY, 1), (NORMAL, 0)])
def test_linear_classifier_flips_at_the_third_step(paper_space, classifier, label):
    oracle = AnalyticOracle(classifier)
    (path,) = run(oracle, [label], paper_space)
    sign = 1 if label else -1
    assert path.stop_reason == "flipped"
    assert path.reference == label
    np.testing.assert_array_equal(
        path.parameters, [[0.9, 10, 55], [0.95, 10.5, 54.5], [1.0, 11, 54], [1.05, 11.5, 53.5]]
    )
    np.testing.assert_allclose(path.scores, sign * np.array([6, 3.5, 1, -1.5]))
    np.testing.assert_allclose(path.losses, np.log1p(np.exp([-6, -3.5, -1, 1.5])))
    assert oracle.queries == [1 + 7 * 3]


def test_gradient_is_the_central_difference_of_the_loss(paper_space):
    (path,) = run(AnalyticOracle(FATTY), [1], paper_space)
    assert len(path.gradients) == 3
    for logit, gradient in zip(path.scores, path.gradients, strict=False):
        by_hand = [
            (np.log1p(np.exp(-(logit + s * d))) - np.log1p(np.exp(-(logit - s * d)))) / (2 * d)
            for s, d in ((-20, 0.05), (-2, 0.1), (1, 0.1))
        ]
        np.testing.assert_allclose(gradient, by_hand, rtol=1e-9)


def test_gradient_of_a_quadratic_logit_tends_to_its_derivative(paper_space):
    oracle = AnalyticOracle(lambda vector: (vector[0] - 1) ** 2)
    gradients = loss_gradients(
        oracle, Binary(), np.array([0]), START[None], np.array([0]), paper_space
    )
    # dJ/dbeta = expit(logit) * 2 (beta - 1)
    np.testing.assert_allclose(gradients[0], [expit(0.01) * -0.2, 0, 0], rtol=1e-2)


def test_a_step_asks_its_six_probes_and_then_the_new_point(paper_space):
    oracle = AnalyticOracle(FATTY)
    run(oracle, [1], paper_space, max_steps=1)
    start, *probes, point = oracle.asked[0]
    assert start == (0.9, 10, 55)
    assert set(probes) == {
        (0.85, 10, 55),
        (0.95, 10, 55),
        (0.9, 9.9, 55),
        (0.9, 10.1, 55),
        (0.9, 10, 54.9),
        (0.9, 10, 55.1),
    }
    assert point == (0.95, 10.5, 54.5)


def test_updates_of_a_step_are_simultaneous(paper_space):
    """Along beta alone the logit would change its slope in alpha_lower before that moved."""

    def saddle(vector):
        beta, lower, _ = vector - START
        return 5 - 20 * beta + (1 if beta < 0.04 else -1) * lower

    (path,) = run(AnalyticOracle(saddle), [1], paper_space, max_steps=1)
    assert path.parameters[1].tolist() == [0.95, 9.5, 55]


@pytest.mark.parametrize(("cutoff", "steps"), [(0.5, 3), (0.8, 2), (0.05, 4)])
def test_cutoff_decides_when_the_frame_has_flipped(paper_space, cutoff, steps):
    # Logits 6, 3.5, 1, -1.5, -4, ...: the cut-offs lie at logits 0, 1.39 and -2.94.
    (path,) = run(AnalyticOracle(FATTY), [1], paper_space, cutoff=cutoff)
    assert path.stop_reason == "flipped"
    assert len(path.scores) - 1 == steps


def test_a_probability_at_the_cutoff_is_fatty(paper_space):
    half = AnalyticOracle(lambda vector: 0.0, lambda vector: 0.0)
    fatty, normal = run(half, [1, 0], paper_space)
    assert fatty.stop_reason == "flat"
    assert normal.stop_reason == "wrong_at_start"


def test_frame_misjudged_at_the_start_costs_one_query(paper_space):
    oracle = AnalyticOracle(FATTY, NORMAL)
    paths = run(oracle, [0, 1], paper_space)
    assert [path.stop_reason for path in paths] == ["wrong_at_start"] * 2
    assert oracle.queries == [1, 1]
    assert all(len(path.parameters) == 1 and not path.gradients for path in paths)


def test_cutoff_decides_which_frames_are_misjudged(paper_space):
    (path,) = run(AnalyticOracle(linear(1, 0, 0, 0)), [1], paper_space, cutoff=0.8)
    assert path.stop_reason == "wrong_at_start"


def test_own_decision_is_the_reference_of_unlabelled_frames(paper_space):
    paths = run(AnalyticOracle(FATTY, NORMAL, FATTY), [-1, -1, 1], paper_space)
    assert [path.reference for path in paths] == [1, 0, 1]
    assert [path.stop_reason for path in paths] == ["flipped"] * 3


def test_attack_ends_where_the_box_stops_every_parameter(paper_space):
    # beta is stuck after 8 steps, the thresholds after 10; a last gradient finds nothing to move.
    oracle = AnalyticOracle(linear(100, -20, -2, 1))
    (path,) = run(oracle, [1], paper_space)
    assert path.stop_reason == "bounds"
    assert len(path.parameters) == 11
    assert len(path.gradients) == 11
    assert path.parameters[8].tolist() == [1.3, 14, 51]
    assert path.parameters[9].tolist() == [1.3, 14.5, 50.5]
    assert path.parameters[-1].tolist() == [1.3, 15, 50]
    assert oracle.queries == [1 + 7 * 10 + 6]


def test_attack_can_end_at_the_first_bound(paper_space):
    oracle = AnalyticOracle(linear(-100, -20, -2, 1))
    (path,) = run(oracle, [0], paper_space, stop_at_bounds="any")
    assert path.stop_reason == "bounds"
    assert path.parameters[-1].tolist() == [0.5, 6, 59]
    assert oracle.queries == [1 + 7 * 8]


def test_flip_on_the_first_bound_is_a_success(paper_space):
    (path,) = run(AnalyticOracle(linear(7.9, -20, 0, 0)), [1], paper_space, stop_at_bounds="any")
    assert path.stop_reason == "flipped"
    assert path.parameters[-1][0] == 1.3


def test_a_parameter_that_may_not_move_does_not_end_the_attack(initial, knobs):
    knobs["alpha_upper"]["box"] = [55, 55]
    space = search_space(initial, knobs, "zoo")
    (path,) = run(AnalyticOracle(linear(100, -20, -2, 1)), [1], space, stop_at_bounds="any")
    assert path.parameters[-1].tolist() == [1.3, 14, 55]


def test_a_parameter_that_is_not_attacked_costs_no_query(initial, knobs):
    """It has no probe: of the other two a step asks four probes and the new point."""
    del knobs["alpha_upper"]
    oracle = AnalyticOracle(linear(5, -20, -2, 1))
    (path,) = run(oracle, [1], search_space(initial, knobs, "zoo"))
    np.testing.assert_allclose(path.scores, [5, 3, 1, -1])
    assert [point[2] for point in path.parameters] == [55] * 4
    assert oracle.queries == [1 + 5 * 3]
    assert all(gradient[2] == 0 for gradient in path.gradients)


def test_constant_classifier_is_flat(paper_space):
    oracle = AnalyticOracle(lambda vector: 2.0)
    (path,) = run(oracle, [1], paper_space)
    assert path.stop_reason == "flat"
    assert oracle.queries == [1 + 6]
    assert path.gradients[0].tolist() == [0, 0, 0]


def test_valley_makes_the_sign_search_cycle(paper_space):
    # From 55 down to 54.5, which lies beyond the valley's floor, and back to 55.
    oracle = AnalyticOracle(valley(54.7))
    (path,) = run(oracle, [1], paper_space)
    assert path.stop_reason == "cycle"
    assert [vector[2] for vector in path.parameters] == [55, 54.5]
    assert len(path.gradients) == 2
    assert oracle.queries == [1 + 7 + 6]


def test_step_limit(paper_space):
    oracle = AnalyticOracle(FATTY)
    (path,) = run(oracle, [1], paper_space, max_steps=2)
    assert path.stop_reason == "step_limit"
    assert len(path.parameters) == 3
    assert oracle.queries == [1 + 7 * 2]


def test_flip_at_the_last_step_counts(paper_space):
    (path,) = run(AnalyticOracle(FATTY), [1], paper_space, max_steps=3)
    assert path.stop_reason == "flipped"


def test_a_probe_outside_the_box_is_no_success(paper_space):
    """Fatty everywhere in the box, normal just outside: only probes get there."""

    def cliff(vector):
        return 3 - (vector[0] - 0.9) if vector[0] <= 1.3 else -10

    oracle = AnalyticOracle(cliff)
    (path,) = run(oracle, [1], paper_space)
    assert any(vector[0] == 1.35 for vector in oracle.asked[0])
    assert path.stop_reason == "bounds"
    assert path.parameters[-1].tolist() == [1.3, 10, 55]
    assert min(path.scores) > 0
    assert oracle.queries == [1 + 7 * 8 + 6]


def test_a_probe_inside_the_box_is_no_success(paper_space):
    """The probe flips, the point of the simultaneous update does not."""

    def pit(vector):
        return -10 if vector[0] == 0.85 and vector[1] == 10 else 3 + 0.1 * (vector[1] - 10)

    oracle = AnalyticOracle(pit)
    (path,) = run(oracle, [1], paper_space, max_steps=1)
    assert (0.85, 10, 55) in oracle.asked[0]
    assert path.parameters[-1].tolist() == [0.85, 9.5, 55]
    assert path.stop_reason == "step_limit"


def test_saturated_logits_still_have_a_gradient(paper_space):
    """From probabilities the loss of a logit of 60 would be 0 and the frame flat."""
    (path,) = run(AnalyticOracle(linear(60, -20, -2, 1)), [1], paper_space, max_steps=1)
    assert path.parameters[1].tolist() == [0.95, 10.5, 54.5]


def test_the_papers_example_ends_where_its_figure_does(paper_space):
    """(0.9, 10, 55) to (1.05, 11.5, 54.5) in three steps: alpha_upper swings about 54.75."""

    def classifier(vector):
        beta, lower, _ = vector - START
        return 5 - 20 * beta - 2 * lower + abs(vector[2] - 54.75)

    oracle = AnalyticOracle(classifier)
    (path,) = run(oracle, [1], paper_space)
    assert path.stop_reason == "flipped"
    assert [vector[2] for vector in path.parameters] == [55, 54.5, 55, 54.5]
    assert path.parameters[-1].tolist() == [1.05, 11.5, 54.5]
    assert oracle.queries == [22]


def test_frames_do_not_influence_each_other(paper_space):
    classifiers = [
        FATTY,
        linear(100, -20, -2, 1),
        valley(54.7),
        NORMAL,
        lambda vector: 2.0,
        linear(0.4, 3, -1, 0),
        FATTY,
    ]
    references = [1, 1, 1, 0, 1, -1, 0]
    together = AnalyticOracle(*classifiers)
    paths = run(together, references, paper_space)
    assert len({path.stop_reason for path in paths}) == 5
    for number, path in enumerate(paths):
        alone = AnalyticOracle(classifiers[number])
        (same,) = run(alone, [references[number]], paper_space)
        assert path.stop_reason == same.stop_reason
        np.testing.assert_array_equal(path.parameters, same.parameters)
        np.testing.assert_array_equal(path.scores, same.scores)
        np.testing.assert_array_equal(path.gradients, same.gradients)
        assert together.asked[number] == alone.asked[0]


def test_probes_of_all_frames_are_asked_at_once(paper_space):
    oracle = AnalyticOracle(FATTY, NORMAL, FATTY)
    run(oracle, [1, 0, 1], paper_space)
    assert oracle.calls == 1 + 2 * 3


def test_no_frames(paper_space):
    oracle = AnalyticOracle()
    assert run(oracle, [], paper_space) == []


def test_cross_entropy_of_extreme_logits():
    logits = np.array([0.0, 40.0, 1000.0, -1000.0])
    np.testing.assert_allclose(
        Binary().losses(logits, np.ones(4)), [np.log(2), np.exp(-40), 0, 1000], rtol=1e-12
    )
    np.testing.assert_allclose(
        Binary().losses(-logits, np.zeros(4)), [np.log(2), np.exp(-40), 0, 1000], rtol=1e-12
    )
