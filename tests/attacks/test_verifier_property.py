"""Files for verifiers of classes and numbers: their margins and questions are the project's own."""

import re

import numpy as np
import onnxruntime
import pytest

from reconattack.attacks.verifier_property import question_of, verifier_property
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.number import Number
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.conftest import INITIAL
from tests.attacks.proof.networks import RESIZE, write_network

ROWS = 48
BOXES = {
    "beta": {"box": [0.6, 1.2]},
    "alpha_lower": {"box": [7, 13]},
    "alpha_upper": {"box": [52, 58]},
}
ROUNDING = 0.25  # of a margin, which the files leave out
CLASSES = {"kind": "classes", "classes": ["S0", "S1", "S2", "S3"]}
NAMES = CLASSES["classes"]


@pytest.fixture
def unlabelled(noise_frame):
    return noise_frame.drop_attrs(deep=False).assign_attrs(
        {name: value for name, value in noise_frame.attrs.items() if name != "label"}
    )


@pytest.fixture
def judge_of(noise_frame, tmp_path):
    """A judge, and its answers at settings of the frame."""

    def make(decision):
        columns = 4 if decision["kind"] == "classes" else 1
        path = write_network(tmp_path / "network.onnx", gain=12, columns=columns)
        form = {"output": "logits"} if columns > 1 else {}
        judge = OnnxClassifier(path, RESIZE, output_name="logit", decision=decision, **form)
        frame = Reconstruction(noise_frame, ROWS, tuple(BOXES), INITIAL)
        return judge, lambda settings: judge.answers(*judge.inputs(frame, settings))

    return make


def settings_in_box(count=60):
    ends = np.array([knob["box"] for knob in BOXES.values()])
    inside = np.random.default_rng(5).uniform(*ends.T, (count, 3))
    corners = np.stack(np.meshgrid(*ends, indexing="ij"), -1).reshape(-1, 3)
    return np.concatenate([[[0.9, 10, 55]], corners, inside])


def asked(text):
    """The ways to flip of a VNN-LIB file, as lists of outputs that are not above 0."""
    body = " ".join(line for line in text.splitlines() if not line.startswith(";"))
    single = re.findall(r"\(assert \(<= Y_(\d+) 0\.0\)\)", body)
    if single:
        return [[int(number) for number in single]]
    (ways,) = re.findall(r"\(assert \(or (.*)\)\)", body)
    return [
        [int(number) for number in re.findall(r"\(<= Y_(\d+) 0\.0\)", way)]
        for way in re.findall(r"\(and ((?:\(<= Y_\d+ 0\.0\) ?)+)\)", ways)
    ]


def declared(kind, answers):
    """A decision that some settings leave, and some do not."""
    start = answers(np.array([[0.9, 10, 55]]))
    found = answers(settings_in_box())
    if kind in ("threshold", "tolerance"):
        moved = float(np.median(np.abs(found - start)))
        limit = {"tolerance": moved}
        if kind == "threshold":
            side = np.sign(np.median(found - start))
            limit = {"threshold": float(start[0] + side * moved)}
        return {"kind": "number", "unit": "%", **limit}
    if kind == "classes":
        return CLASSES
    own, reached = NAMES[int(start.argmax())], {NAMES[k] for k in found.argmax(axis=1)}
    (other, *more) = sorted(reached - {own})
    return CLASSES | {"grave": [[own, other], *([own, name] for name in more[1:])]}


@pytest.mark.parametrize("kind", ["classes", "grave", "threshold", "tolerance"])
def test_margins_and_question_are_those_of_the_decision(unlabelled, judge_of, kind):
    first = (
        CLASSES if kind in ("classes", "grave") else {"kind": "number", "unit": "%", "tolerance": 1}
    )
    _, raw = judge_of(first)
    judge, answers = judge_of(declared(kind, raw))
    chain, text = verifier_property(
        "f", unlabelled, judge, "corners", BOXES, INITIAL, ROWS, 0.5, {"model": "net"}
    )
    session = onnxruntime.InferenceSession(
        chain.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    settings, decision = settings_in_box(), judge.decision
    given = np.float32(settings)[:, np.newaxis]
    outputs = np.concatenate([session.run(None, {"setting": row})[0] for row in given])
    margins = outputs * 255 / np.subtract(settings[:, 2], settings[:, 1])[:, np.newaxis]
    real = answers(settings)
    reference = decision.reference(real[0], None)
    question = question_of(decision, reference)
    expected = np.stack(
        [real.reshape(len(real), -1) @ one.row - one.threshold for one in question.margins], axis=1
    )
    assert np.ptp(expected) > 10 * ROUNDING
    np.testing.assert_allclose(margins, expected, atol=ROUNDING)
    assert text.count("declare-const Y_") == margins.shape[1]
    ways = asked(text)
    assert ways == [list(way) for way in question.flips]
    found = np.any([(margins[:, way] <= 0).all(axis=1) for way in ways], axis=0)
    scores = decision.scores(real, reference)
    sure = np.abs(scores) > 2 * ROUNDING
    flips = decision.flips(scores)
    assert 3 < flips[sure].sum() < sure.sum() - 3
    assert (found == flips)[sure].all()
    assert f"; margin at the initial setting [{decision.unit}]: {scores[0]:.6f}" in text


def test_question_of_classes_is_exactly_their_decision():
    """By enumeration of answers without equal scores, for every reference and grave pairs."""
    answers = np.random.default_rng(3).normal(0, 1, (3000, 4))
    for grave in ((), (("S0", "S2"), ("S0", "S3"), ("S1", "S3"))):
        decision = Classes(tuple(NAMES), grave)
        for reference in range(4):
            if not decision.leaving(reference):
                continue
            asked = question_of(decision, reference)
            margins = np.stack([answers @ one.row - one.threshold for one in asked.margins], 1)
            ways = [(margins[:, list(way)] <= 0).all(axis=1) for way in asked.flips]
            flips = decision.flips(decision.scores(answers, reference))
            assert (np.any(ways, axis=0) == flips).all()
            assert len(asked.names) == len(asked.margins)


def test_question_of_a_number_names_its_ends():
    asked = question_of(Number("%", tolerance=2), 7.0)
    assert asked.names == ["number less 5", "9 less number"]
    assert asked.flips == [[0], [1]]
    assert question_of(Number("%", threshold=5), 3.0).names == ["5 less number"]


def test_a_frame_without_a_grave_change_is_refused(unlabelled, judge_of):
    _, answers = judge_of(CLASSES)
    own = NAMES[int(answers(np.array([[0.9, 10, 55]])).argmax())]
    others = [name for name in NAMES if name != own]
    judge, _ = judge_of(CLASSES | {"grave": [others[:2]]})
    with pytest.raises(InputError, match="frame f: no decision counts as a grave change"):
        verifier_property("f", unlabelled, judge, "a", BOXES, INITIAL, ROWS, 0.5, {})
