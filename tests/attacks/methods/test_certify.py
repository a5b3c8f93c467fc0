"""The proof as a method: verdicts that no setting contradicts, and margins from both sides."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from scipy.special import logit

from reconattack.attacks.methods.certify import attack, findings
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.path import Target
from reconattack.attacks.space import search_space
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.binary import Binary, decide
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.conftest import INITIAL
from tests.attacks.proof.networks import RESIZE, write_network
from tools.proof_check.tiling import Box, gaps, nearer

ROWS = 48
BOX = {
    "beta": {"box": [0.7, 1.1]},
    "alpha_lower": {"box": [8, 12]},
    "alpha_upper": {"box": [53, 57]},
}
SETTINGS = {"max_cells": 400, "tolerance": 0.01}


@pytest.fixture
def proved(noise_frame, tmp_path):
    """Prove the decision of a network for one frame; `above` is its margin at the start."""

    def run(above, boxes=BOX, reference=-1, initial=INITIAL, cutoff=0.5, starts=(), **settings):
        path = write_network(tmp_path / "network.onnx", gain=4)
        space = search_space(initial, boxes, "certify")
        reconstruction = Reconstruction(noise_frame, ROWS, space.names, initial)
        start = OnnxClassifier(path, RESIZE).answers(reconstruction.bmode(space.initial))[0]
        path = write_network(
            tmp_path / "network.onnx", gain=4, offset=float(above - start + logit(cutoff))
        )
        judge = OnnxClassifier(path, RESIZE)
        oracle = Oracle([reconstruction], judge)
        target = Target(oracle, np.array([reference]), Binary(cutoff), judge=judge, starts=starts)
        settings = SETTINGS | settings
        (path,) = attack(target, space, **settings)
        return path, oracle, space, findings([path], target, space, **settings).isel(frame=0)

    return run


def logits(oracle, points):
    return oracle(np.zeros(len(points), int), points)


def settings_in(space, count=3000):
    return np.random.default_rng(5).uniform(space.lower, space.upper, (count, len(space.names)))


@pytest.mark.parametrize("cutoff", [0.5, 0.3])
@pytest.mark.parametrize("above", [4.0, -4.0])
def test_no_setting_flips_what_is_certified(proved, above, cutoff):
    path, oracle, space, found = proved(above, cutoff=cutoff)
    assert path.stop_reason == "certified"
    assert found["certified"]
    assert found["certified_margin"] == 1
    assert found["undecided_share"] == pytest.approx(0, abs=1e-12)
    decisions = decide(logits(oracle, settings_in(space)), cutoff)
    assert (decisions == (above > 0)).all()
    least = float(found["proved_bound"].min())
    assert np.sign(above) * (logits(oracle, settings_in(space)) - logit(cutoff)).min() >= least


def test_parts_of_a_proof_fill_the_box_once(proved):
    _, _, space, found = proved(4.0)
    lower, upper = found["proved_lower"].values, found["proved_upper"].values
    moves = space.lower < space.upper
    volumes = np.prod((upper - lower)[:, :3][:, moves], axis=1)
    assert volumes.sum() == pytest.approx(np.prod((space.upper - space.lower)[moves]))
    points = settings_in(space, 500)
    inside = (points[:, np.newaxis] > lower[:, :3]) & (points[:, np.newaxis] < upper[:, :3])
    assert (inside.all(axis=2).sum(axis=1) == 1).all()


@pytest.mark.parametrize("above", [0.6, -0.6])
def test_margins_enclose_the_first_flip_of_a_fine_scan(proved, above):
    """Of one parameter alone the true margin is known: 20,000 values of it are judged."""
    beta = {"beta": {"box": [0.5, 1.3]}}
    path, oracle, space, found = proved(above, beta)
    assert path.stop_reason == "flipped"
    values = np.tile(space.initial, (20_001, 1))
    values[:, 0] = np.linspace(0.5, 1.3, 20_001)
    flips = decide(logits(oracle, values), 0.5) != (above > 0)
    true = np.abs(values[flips, 0] - 0.9).min() / 0.4
    assert found["certified_margin"] <= true
    assert found["margin_linf"] >= true - 1e-4
    assert found["margin_gap"] < 0.05


def test_nearest_flip_is_a_flip_and_nothing_nearer_is(proved):
    path, oracle, space, found = proved(0.8)
    assert path.stop_reason == "flipped"
    best = path.parameters[path.best]
    assert decide(logits(oracle, best[np.newaxis]), 0.5) != path.reference
    half = (space.upper - space.lower) / 2
    assert np.abs((best - space.initial) / half).max() == pytest.approx(found["margin_linf"])
    reach = float(found["certified_margin"])
    assert 0 < reach <= found["margin_linf"]
    points = space.initial + (settings_in(space) - space.initial) * reach
    assert (decide(logits(oracle, points), 0.5) == path.reference).all()


@pytest.mark.parametrize("settings", [{}, {"max_cells": 40}])
def test_parts_of_a_proof_fill_all_that_is_nearer_than_the_margin(proved, settings):
    """Exactly: the ends of what is claimed are fractions, and no part is moved by a digit."""
    _, _, space, found = proved(0.8, **settings)
    box = Box(np.append(space.lower, 0), np.append(space.upper, 0))
    claimed = nearer(box, np.append(space.initial, 0), float(found["certified_margin"]))
    lower, upper = found["proved_lower"].values, found["proved_upper"].values
    assert gaps(claimed, lower, upper) == []
    assert len(gaps(box, lower, upper)) > 0


def test_too_few_cells_leave_a_frame_undecided(proved):
    path, _, _, found = proved(4.0, max_cells=3)
    assert path.stop_reason == "undecided"
    assert not found["certified"]
    assert found["cells"] == 3
    assert 0 < found["undecided_share"] < 1


def test_a_frame_judged_wrong_is_not_proved(proved):
    path, oracle, _, found = proved(4.0, reference=0)
    assert path.stop_reason == "wrong_at_start"
    assert oracle.queries.tolist() == [1]
    assert not found["certified"]
    assert np.isnan(found["certified_margin"])


def test_gain_is_proved_too(proved):
    path, oracle, space, _ = proved(6.0, BOX | {"gain": {"box": [-1, 1]}}, max_cells=1000)
    assert path.stop_reason == "certified"
    assert (decide(logits(oracle, settings_in(space)), 0.5) == 1).all()


def test_other_parameters_are_refused_by_name(proved):
    with pytest.raises(InputError, match="cannot move bilateral; expected only beta"):
        proved(4.0, BOX | {"bilateral": {"box": [0, 1]}})
    with pytest.raises(InputError, match="a proof cannot hold with gamma"):
        proved(4.0, initial=INITIAL | {"gamma": 1.2})


def test_unknown_operators_are_refused_by_name(tmp_path, noise_frame):
    path = write_network(tmp_path / "network.onnx")
    model = onnx.load(path)
    (rectifier,) = (node for node in model.graph.node if node.op_type == "Relu")
    rectifier.op_type = "Softplus"
    onnx.save(model, path)
    with pytest.raises(InputError, match=r"its operator Softplus \(rectified0\); expected Add"):
        prove_once(path, noise_frame)


def test_half_precision_is_refused(tmp_path, noise_frame):
    path = write_network(tmp_path / "network.onnx")
    model = onnx.load(path)
    place = [node.op_type for node in model.graph.node].index("Relu")
    casts = [
        helper.make_node("Cast", ["convolved0"], ["half"], name="half", to=TensorProto.FLOAT16),
        helper.make_node("Cast", ["half"], ["single"], name="single", to=TensorProto.FLOAT),
    ]
    for cast in reversed(casts):
        model.graph.node.insert(place, cast)
    model.graph.node[place + 2].input[0] = "single"
    onnx.save(model, path)
    with pytest.raises(InputError, match="its Cast half gives float16; expected float32"):
        prove_once(path, noise_frame)


def test_ways_that_meet_again_are_refused(tmp_path, noise_frame):
    path = write_network(tmp_path / "network.onnx")
    model = onnx.load(path)
    place = [node.op_type for node in model.graph.node].index("Relu") + 1
    model.graph.node.insert(
        place, helper.make_node("Add", ["rectified0", "convolved0"], ["sum"], name="sum")
    )
    model.graph.node[place + 1].input[0] = "sum"
    onnx.save(model, path)
    with pytest.raises(InputError, match="its Add sum joins two ways through the network"):
        prove_once(path, noise_frame)


def prove_once(path, frame):
    judge = OnnxClassifier(path, RESIZE)
    space = search_space(INITIAL, BOX, "certify")
    oracle = Oracle([Reconstruction(frame, ROWS, space.names, INITIAL)], judge)
    attack(Target(oracle, np.array([-1]), Binary(0.5), judge=judge), space, **SETTINGS)


def test_flips_that_are_given_are_tried_first(proved):
    """The flip that a long search found bounds the margin of a short one."""
    path, _, _, found = proved(0.8, max_cells=2000, tolerance=1e-3)
    nearest = np.array(path.parameters[path.best])[np.newaxis]
    _, _, _, alone = proved(0.8, max_cells=1)
    _, _, _, started = proved(0.8, max_cells=1, starts=[nearest])
    assert found["margin_linf"] < alone["margin_linf"]
    assert started["margin_linf"] <= found["margin_linf"]
