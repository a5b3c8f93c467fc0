"""Bounds of units: no setting and no answers of their frames break them."""

import numpy as np
import pytest
from scipy.special import logit

from reconattack.attacks.methods.certify import attack
from reconattack.attacks.path import Target
from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.frame import provable_network
from reconattack.attacks.proof.unit import _of_classes, _of_numbers, _of_two_classes, unit_bound
from reconattack.attacks.space import search_space
from reconattack.attacks.units import RULES, UnitOracle
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.number import Number
from reconattack.classifiers.derived import Ensemble
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.conftest import INITIAL
from tests.attacks.proof.conftest import BOX, ROWS
from tests.attacks.proof.networks import RESIZE, write_network
from tests.attacks.proof.test_decisions import CLASSES, random_cell

NAMES = ("beta", "alpha_lower", "alpha_upper", "gain")
START = np.array([[0.9, 10, 55, 0]])
NUMBER = {"kind": "number", "unit": "%"}
CUTOFF = 0.4
KINDS = {
    "binary, mean": ("mean", None, {}),
    "binary, mean of probabilities": ("mean", None, {"output_name": "probability"}),
    "binary, vote": ("vote", None, {}),
    "binary, maximum": ("maximum", None, {}),
    "classes": ("mean", CLASSES, {"output": "logits"}),
    "grave": (
        "mean",
        CLASSES | {"grave": [["S0", "S2"], ["S1", "S3"], ["S2", "S0"], ["S3", "S1"]]},
        {"output": "logits"},
    ),
    "classes, probabilities": ("mean", CLASSES, {"output_name": "probability"}),
    "threshold": ("mean", NUMBER | {"threshold": 0.2}, {}),
    "tolerance": ("mean", NUMBER | {"tolerance": 0.4}, {}),
    "largest number": ("maximum", NUMBER | {"tolerance": 0.4}, {}),
}


# The rules, by any numbers


def near(random, shape):
    """Margins of frames, many near zero and some far."""
    return random.normal(0, 1, shape) * np.exp(
        random.uniform(-3, 2, shape[:1] + (1,) * (len(shape) - 1))
    )


def above(random, bounds):
    """What the margins may really be: on their bounds, or above."""
    return bounds + np.where(
        random.random(bounds.shape) < 0.3, 0, random.exponential(1, bounds.shape)
    )


COUNT = 100_000


@pytest.mark.parametrize("rule", ["mean", "vote", "maximum"])
@pytest.mark.parametrize("reference", [0, 1])
def test_no_answers_of_two_classes_break_their_bound(rule, reference):
    random, sign, cut = np.random.default_rng(1), 1 if reference else -1, float(logit(CUTOFF))
    combine, tight = _of_two_classes(rule, reference, cut, 0.0), 0
    decision = Binary(CUTOFF)
    for count in (1, 2, 3, 4):
        bounds = near(random, (COUNT // 4, count))
        logits = sign * above(random, bounds) + cut
        margins = decision.margins(RULES[rule](decision, logits), reference)
        least = combine(bounds[..., np.newaxis])
        assert (margins >= least - 1e-9).all()
        tight += (margins < least + 1e-9).sum()
    assert tight > COUNT / 50


@pytest.mark.parametrize("reference", range(3))
@pytest.mark.parametrize("grave", [(), ((0, 1), (1, 2), (2, 0))])
def test_no_answers_of_classes_break_their_bound(reference, grave):
    random, names = np.random.default_rng(2), ("a", "b", "c")
    decision = Classes(names, tuple((names[one], names[other]) for one, other in grave))
    leaving = [k - (k > reference) for k in decision.leaving(reference)]
    combine, proved = _of_classes(leaving, 0.0), 0
    others = [k for k in range(3) if k != reference]
    for count in (1, 2, 3, 4):
        bounds = near(random, (COUNT // 4, count, 2)) + random.uniform(0, 2)
        scores = np.zeros((*bounds.shape[:2], 3))
        scores[..., others] = -above(random, bounds)
        margins = decision.scores(RULES["mean"](decision, scores), reference)
        least = combine(bounds)
        assert (margins >= least - 1e-9).all()
        proved += np.isfinite(least).sum()
    assert proved > COUNT / 10


@pytest.mark.parametrize("rule", ["mean", "maximum"])
@pytest.mark.parametrize("limits", [{"threshold": 1.0}, {"tolerance": 1.5}])
@pytest.mark.parametrize("reference", [0.3, 2.0])
def test_no_numbers_break_their_bound(rule, limits, reference):
    random, decision = np.random.default_rng(3), Number("%", **limits)
    margins = decision.linear_margins(reference)
    combine = _of_numbers(rule, margins)
    for count in (1, 2, 3, 4):
        numbers = reference + random.normal(0, 1, (COUNT // 4, count))
        rows = np.stack([m.row[0] * numbers - m.threshold for m in margins], axis=-1)
        lower = rows - random.exponential(0.2, rows.shape) * (random.random(rows.shape) < 0.7)
        real = decision.scores(RULES[rule](decision, numbers), reference)
        least = combine(lower)
        assert (real >= least - 1e-9).all()
        exact = combine(rows[:1000])
        np.testing.assert_allclose(exact, real[:1000], atol=1e-9)


# Real pictures and networks


@pytest.fixture
def judged(noise_frame, tmp_path):
    """A unit of three frames under a judge of a kind in `KINDS`, and its oracle."""

    def make(kind, names=NAMES, seed=0, ensemble=False):
        rule, declared, form = KINDS[kind]
        columns = 4 if declared and declared["kind"] == "classes" else 1
        path = write_network(tmp_path / "net.onnx", seed=seed, columns=columns, gain=4)
        form = {"output_name": "logit"} | form
        judge = OnnxClassifier(path, RESIZE, decision=declared, **form)
        if ensemble:
            judge = Ensemble(judge, [{}, {"beta": 0.1}])
        rf = noise_frame["rf"]
        samples = rf.values, rf.values[:, ::-1] * 0.8, np.roll(rf.values, 7, axis=1) * 1.1
        frames = [
            Reconstruction(noise_frame.assign(rf=rf.copy(data=of_frame)), ROWS, names, INITIAL)
            for of_frame in samples
        ]
        decision = judge.decision or Binary(CUTOFF)
        return judge, frames, rule, UnitOracle([frames], judge, rule, decision), decision

    return make


def bound_of(judge, frames, rule, oracle, decision):
    (score,) = oracle(np.array([0]), START)
    is_binary = isinstance(decision, Binary)
    reference = int(decision.decided(np.array([score]))[0]) if is_binary else oracle.reference(0)
    network = provable_network(judge)
    bound = unit_bound(judge, network, frames, rule, BOX, reference, decision)
    return bound, reference if is_binary else 1


def least_over(bound, cell):
    return bound(cell, bound.picture.sums(cell, bound.picture.start())).least


@pytest.mark.parametrize("kind", KINDS)
def test_no_setting_has_a_lower_margin_than_the_bound_of_its_unit(judged, kind):
    given = judged(kind)
    bound, reference = bound_of(*given)
    *_, oracle, decision = given
    random, start = np.random.default_rng(7), START[0]
    for size in (1, 0.3, 0.03, 1e-3):
        cell = random_cell(random)
        ends = [start + size * (np.array(end) - start) for end in (cell.lower, cell.upper)]
        cell = Cell(*(tuple(end.tolist()) for end in ends))
        inside = np.array(cell.lower) + random.random((12, 4)) * np.subtract(cell.upper, cell.lower)
        points = np.concatenate([cell.corners, inside])
        margins = decision.margins(oracle(np.zeros(len(points), int), points), reference)
        assert least_over(bound, cell) <= margins.min()


@pytest.mark.parametrize("kind", KINDS)
def test_a_small_cell_is_bounded_closely(judged, kind):
    given = judged(kind)
    bound, reference = bound_of(*given)
    *_, oracle, decision = given
    cell = Cell(*(tuple((START[0] + side).tolist()) for side in (-1e-5, 1e-5)))
    (margin,) = decision.margins(oracle(np.array([0]), START), reference)
    least = least_over(bound, cell)
    if kind.startswith(("classes", "grave")):  # a difference of probabilities
        assert least == -np.inf or 0 < least <= margin
        assert margin < 0.5 or least > 0.05
    else:
        assert margin - 0.3 < least <= margin


@pytest.mark.parametrize("ensemble", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_proved_of_a_unit_does_not_flip_on_a_lattice(judged, kind, ensemble):
    _, declared, form = KINDS[kind]
    if ensemble and (declared or form):
        pytest.skip("not provable of a single frame either")
    ends = set()
    for size in (0.004, 0.3):
        boxes = {
            name: {"box": [INITIAL[name] - size * half, INITIAL[name] + size * half]}
            for name, half in (("beta", 0.4), ("alpha_lower", 5), ("alpha_upper", 5))
        }
        space = search_space(INITIAL, boxes, "certify")
        judge, _, _, oracle, decision = judged(kind, space.names, ensemble=ensemble)
        target = Target(
            oracle, np.array([-1 if isinstance(decision, Binary) else 1]), decision, judge=judge
        )
        (path,) = attack(target, space, max_cells=40, tolerance=1e-2)
        axes = [np.linspace(*boxes[name]["box"], 5) for name in space.names]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        scores = oracle(np.zeros(len(points), int), points)
        flips = decision.flips(scores, path.reference)
        if path.stop_reason == "certified":
            assert not flips.any()
        if path.stop_reason == "flipped":
            assert decision.flips(path.scores[path.best], path.reference)
        ends.add(path.stop_reason)
    assert "certified" in ends
