"""Proofs of classes and numbers: no setting breaks a bound, and what is proved never flips."""

import numpy as np
import pytest

from reconattack.attacks.methods.certify import attack
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target
from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.frame import decision_bound, provable_network
from reconattack.attacks.space import search_space
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.derived import Ensemble
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.conftest import INITIAL
from tests.attacks.proof.conftest import BOX, ROWS
from tests.attacks.proof.networks import RESIZE, write_network

NAMES = ("beta", "alpha_lower", "alpha_upper", "gain")
CLASSES = {"kind": "classes", "classes": ["S0", "S1", "S2", "S3"]}
KINDS = {
    "logits": (CLASSES, {"output_name": "logit", "output": "logits"}),
    "probabilities": (CLASSES, {"output_name": "probability"}),
    "grave": (CLASSES | {"grave": [["S0", "S2"], ["S1", "S3"], ["S2", "S0"], ["S3", "S1"]]}, {}),
    "threshold": ({"kind": "number", "unit": "%", "threshold": 0.2}, {}),
    "tolerance": ({"kind": "number", "unit": "%", "tolerance": 0.4}, {}),
}


@pytest.fixture
def judged(noise_frame, tmp_path):
    """A judge of a kind in `KINDS`, a frame, and its oracle, which has judged the start."""

    def make(kind, seed=0):
        declared, more = KINDS[kind]
        columns = 4 if declared["kind"] == "classes" else 1
        path = write_network(tmp_path / f"{kind}.onnx", seed=seed, columns=columns, gain=4)
        more = more or {"output_name": "logit"}
        if columns > 1 and "output" not in more and more["output_name"] == "logit":
            more = more | {"output": "logits"}
        judge = OnnxClassifier(path, RESIZE, decision=declared, **more)
        reconstruction = Reconstruction(noise_frame, ROWS, NAMES, INITIAL)
        oracle = Oracle([reconstruction], judge, judge.decision)
        oracle(np.array([0]), np.array([[0.9, 10, 55, 0]]))
        return judge, reconstruction, oracle

    return make


def random_cell(random):
    lower, upper = np.array(BOX.lower), np.array(BOX.upper)
    ends = lower + random.random((2, 4)) * (upper - lower)
    return Cell(*map(tuple, np.sort(ends, axis=0).tolist()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [0, 1])
def test_no_margin_is_lower_than_its_bound(judged, kind, seed):
    judge, reconstruction, oracle = judged(kind, seed)
    reference = oracle.reference(0)
    network = provable_network(judge)
    bound = decision_bound(judge, network, reconstruction, BOX, reference, judge.decision)
    random, gaps = np.random.default_rng(seed), []
    for _ in range(8):
        cell = random_cell(random)
        picture = bound.picture
        least = bound(cell, picture.sums(cell, picture.start())).least
        inside = np.array(cell.lower) + random.random((20, 4)) * np.subtract(cell.upper, cell.lower)
        points = np.concatenate([cell.corners, inside])
        margins = oracle(np.zeros(len(points), int), points)
        assert least <= margins.min()
        gaps.append(margins.min() - least)
    assert np.median(gaps) < 40


def test_small_cell_is_bounded_closely(judged):
    for kind in ("logits", "probabilities", "threshold", "tolerance"):
        judge, reconstruction, oracle = judged(kind)
        start = np.array([0.9, 10, 55, 0])
        cell = Cell(*(tuple((start + side).tolist()) for side in (-1e-5, 1e-5)))
        network, reference = provable_network(judge), oracle.reference(0)
        bound = decision_bound(judge, network, reconstruction, BOX, reference, judge.decision)
        picture = bound.picture
        least = bound(cell, picture.sums(cell, picture.start())).least
        (margin,) = oracle(np.array([0]), start[np.newaxis])
        assert margin - 0.3 < least <= margin


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_proved_does_not_flip_on_a_fine_lattice(judged, kind):
    """Boxes of several sizes: some are proved, some flip, and a lattice never contradicts."""
    ends = set()
    for size in (0.002, 0.05, 0.5):
        judge, reconstruction, oracle = judged(kind)
        boxes = {
            name: {"box": [INITIAL[name] - size * half, INITIAL[name] + size * half]}
            for name, half in (("beta", 0.4), ("alpha_lower", 5), ("alpha_upper", 5))
        }
        space = search_space(INITIAL, boxes, "certify")
        reconstruction = Reconstruction(reconstruction.frame, ROWS, space.names, INITIAL)
        oracle = Oracle([reconstruction], judge, judge.decision)
        target = Target(oracle, np.array([1]), judge.decision, judge=judge)
        (path,) = attack(target, space, max_cells=150, tolerance=1e-2)
        axes = [np.linspace(*boxes[name]["box"], 6) for name in space.names]
        points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        flips = judge.decision.flips(oracle(np.zeros(len(points), int), points))
        if path.stop_reason == "certified":
            assert not flips.any()
        if path.stop_reason == "flipped":
            assert judge.decision.flips(path.scores[path.best])
        ends.add(path.stop_reason)
    assert "certified" in ends
    assert kind in ("grave", "threshold") or "flipped" in ends


def test_masks_and_means_of_classes_cannot_be_proved(judged):
    judge, *_ = judged("logits")
    with pytest.raises(InputError, match="decides classes by a mean over settings; expected"):
        provable_network(Ensemble(judge, [{}, {"beta": 0.1}]))
