"""What counts as kept, by enumeration, and margins that are above zero only where it is."""

import numpy as np
import pytest
from scipy.special import softmax

from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.number import Number
from tools.proof_check.decided import PROBABILITY_ERROR, KeptClass, kept_decision

NAMES = ("S0", "S1", "S2", "S3")
GRAVE = Classes(NAMES, (("S0", "S2"), ("S0", "S3"), ("S2", "S0")))
DECISIONS = {
    "classes": (Classes(NAMES), [3.0, 1, 0, -1]),
    "grave": (GRAVE, [3.0, 1, 0, -1]),
    "above": (Number("%", threshold=5), [7.0]),
    "below": (Number("%", threshold=5), [2.0]),
    "tolerance": (Number("%", tolerance=1.5), [2.0]),
}


def drawn(decision, count=4000):
    """Answers of which many are kept and many are not, and some are equal or at a limit."""
    random = np.random.default_rng(4)
    if isinstance(decision, Classes):
        return np.round(random.normal([1, 0, 0, 0], 2, (count, 4)))
    return np.round(random.uniform(-2, 12, count) * 2) / 2


@pytest.mark.parametrize("kind", DECISIONS)
def test_kept_is_what_no_attack_counts_as_a_flip(kind):
    """The program's own words of a decision and the library's say the same of every answer."""
    decision, start = DECISIONS[kind]
    start = np.array([start]) if len(start) > 1 else np.array(start)
    kept = kept_decision(decision, 0.5, start, None, False)
    answers = drawn(decision)
    reference = decision.reference(start[0], None)
    flips = decision.flips(decision.scores(answers, reference))
    assert 0.1 < flips.mean() < 0.9
    assert (kept.keeps(answers) == ~flips).all()
    np.testing.assert_allclose(kept.score(answers), decision.scores(answers, reference), atol=1e-12)
    assert (kept.decided(answers) == decision.decided(answers)).all()


@pytest.mark.parametrize("kind", DECISIONS)
def test_what_is_above_every_end_is_kept(kind):
    decision, start = DECISIONS[kind]
    start = np.array([start]) if len(start) > 1 else np.array(start)
    kept = kept_decision(decision, 0.5, start, None, False)
    answers = drawn(decision)
    outputs = answers.reshape(len(answers), -1)
    above = np.all([outputs @ row > end for row, end in kept.ends()], axis=0)
    assert above.sum() > 100
    assert kept.keeps(answers[above]).all()


def test_truth_goes_before_the_own_decision():
    start = np.array([[0.0, 2, 1, -1]])
    assert kept_decision(Classes(NAMES), 0.5, start, 2, False).reference == 2
    assert kept_decision(Classes(NAMES), 0.5, start, None, False).reference == 1
    number = kept_decision(Number("%", threshold=5), 0.5, np.array([6.0]), 3.0, False)
    assert number.keeps(np.array([4.0, 6.0])).tolist() == [True, False]
    moved = kept_decision(Number("%", tolerance=1), 0.5, np.array([6.0]), 3.0, False)
    assert moved.keeps(np.array([4.0, 6.5])).tolist() == [False, True]


def test_only_grave_classes_count_and_none_may_be_grave():
    starts = {"S0": (2, 3), "S1": (), "S2": (0,)}
    for number, (_, leaving) in enumerate(starts.items()):
        kept = kept_decision(GRAVE, 0.5, np.eye(4)[[number]], None, False)
        assert kept.leaving == leaving
        assert len(kept.ends()) == len(leaving)


def test_probabilities_above_their_ends_win_with_every_error():
    """The reference may be an unlikely class, if only some changes count."""
    random, count = np.random.default_rng(5), 3
    kept = KeptClass(0, (2,), count, True)
    ((row, end),) = kept.ends()
    assert 2 * PROBABILITY_ERROR * count < end < 2.1 * PROBABILITY_ERROR * count
    scores = random.normal(0, 3, (20000, count))
    nearly = random.random(20000) < 0.5
    scores[nearly, 0] = scores[nearly, 2] + end * 1.001
    scores = scores[scores @ row > end]
    assert len(scores) > 10000
    for _ in range(20):
        errors = PROBABILITY_ERROR * random.choice([-1, 1], scores.shape)
        computed = np.log(np.maximum(softmax(scores, axis=1) + errors, 1e-30))
        assert kept.keeps(computed).all()
    worst = softmax(scores, axis=1) + PROBABILITY_ERROR * np.array([-1, 0, 1])
    assert kept.keeps(np.log(np.maximum(worst, 1e-30))).all()


def test_answers_that_a_network_does_not_give_are_told():
    outputs, errors = np.array([[1.0, 0, -1]]), np.full((1, 3), 1e-4)
    for probability in (False, True):
        kept = KeptClass(0, (1, 2), 3, probability)
        answers = np.log(softmax(outputs, axis=1)) if probability else outputs
        assert not kept.off(answers + 5e-6, outputs, errors)
        assert kept.off(answers + 2e-3 * np.array([1, -1, 0]), outputs, errors)
