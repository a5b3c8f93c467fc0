"""No setting of a part has a lower margin of its class or number than the check's bound."""

import numpy as np
import pytest

from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.conftest import INITIAL
from tests.attacks.proof.networks import RESIZE, write_network
from tests.attacks.proof.test_decisions import CLASSES
from tests.tools.proof_check.conftest import BOX, NAMES, WITH_GAIN, part_in, settings_in
from tools.proof_check.decided import kept_decision
from tools.proof_check.grey import Frame
from tools.proof_check.least import LeastMargin
from tools.proof_check.margin import Margin
from tools.proof_check.network import read_network

KINDS = {
    "logits": (CLASSES, {"output": "logits"}, BOX),
    "probabilities": (CLASSES, {"output_name": "probability"}, WITH_GAIN),
    "tolerance": ({"kind": "number", "unit": "%", "tolerance": 0.4}, {}, WITH_GAIN),
}
PARTS = {False: 25, True: 2000}


def pytest_generate_tests(metafunc):
    if "parts" in metafunc.fixturenames:
        metafunc.parametrize("parts", [PARTS[metafunc.config.getoption("thorough")]])


@pytest.mark.parametrize("kind", KINDS)
def test_no_margin_is_lower_than_its_bound(noise_frame, tmp_path, kind, parts):
    declared, form, box = KINDS[kind]
    columns = 4 if declared["kind"] == "classes" else 1
    path = write_network(tmp_path / "network.onnx", gain=4, columns=columns)
    judge = OnnxClassifier(path, RESIZE, decision=declared, **{"output_name": "logit", **form})
    frame, network = Reconstruction(noise_frame, 48, NAMES, INITIAL), read_network(path, judge)

    def answers(settings):
        return judge.answers(*judge.inputs(frame, settings))

    start = answers(np.array([[0.9, 10, 55, 0]]))
    kept = kept_decision(judge.decision, 0.5, start, None, network.probability)
    (row, end), *others = kept.ends()
    given = Frame.of(frame), frame.sector, network.weighed(row), judge.network_input, end
    first = Margin(*given)
    alone = [first, *(first.beside(network.weighed(row), end) for row, end in others)]
    margin, random, close = LeastMargin(alone), np.random.default_rng(6), []
    for _ in range(parts):
        part = part_in(box, random)
        margins = kept.score(answers(settings_in(part, random)))
        bound = margin(part)
        assert bound.least == min(one(part).least for one in alone)
        assert bound.least < margins.min()
        close.append(margins.min() - bound.least)
    assert np.median(close) < 20
