"""Files for verifiers, from a chunk of frames: the decision they ask about, and refusals."""

import numpy as np
import onnxruntime
import pytest

from reconattack.attacks.judging import logits_at
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.errors import InputError
from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import unreadable_frame
from scripts.attacks.export_property import export_property
from tests.attacks.proof.networks import RESIZE, write_network

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOXES = {"beta": {"box": [0.7, 1.1]}, "alpha_upper": {"box": [54, 57]}}
ROWS = 48


@pytest.fixture
def network(tmp_path):
    return write_network(tmp_path / "network.onnx", gain=4, offset=3)


@pytest.fixture
def exported(tmp_path, labelled_noise, fold_of, network):
    """Write the files of a frame; the session of the one and the lines of the other."""

    def export(frame="f0", judged=None, **changes):
        bad = {"bad": unreadable_frame("truncated", "convex", "p", 1)}
        write_chunk(tmp_path / "chunk.nc", labelled_noise | bad, {})
        settings = {
            **{"model": "compact", "seed": "0", "model_files": [network], "model_settings": {}},
            **{"attack": "corners", "parameters": BOXES, "initial": INITIAL, "image_rows": ROWS},
            **{"resize": RESIZE, "cutoff": 0.5, "threads": 1},
        }
        files = {name: str(tmp_path / name) for name in ("network", "question")}
        export_property(
            str(tmp_path / "chunk.nc"), frame, **fold_of(judged), **files, **(settings | changes)
        )
        session = onnxruntime.InferenceSession(files["network"], providers=["CPUExecutionProvider"])
        return session, (tmp_path / "question").read_text().splitlines()

    return export


def margin(session, beta, lower, upper):
    setting = np.array([[beta, lower, upper]], np.float32)
    return float(session.run(None, {"setting": setting})[0][0, 0]) * 255 / (upper - lower)


@pytest.mark.parametrize("frame", ["f0", "f2"])
def test_output_is_the_margin_of_the_decision(exported, labelled_noise, network, frame):
    session, lines = exported(frame)
    points = np.array([[0.9, 10, 55], [0.7, 10, 57], [1.1, 10, 54]])
    judge = OnnxClassifier(network, RESIZE)
    real = logits_at(labelled_noise[frame], points, tuple(INITIAL), INITIAL, ROWS, judge)
    assert real[0] > 0
    assert np.ptp(real) > 0.05
    for point, logit in zip(points, real, strict=True):
        assert margin(session, *point) == pytest.approx(logit, abs=0.02)
    assert "; decision: 1 (1 fatty, 0 normal), cut-off 0.5" in lines
    assert {f"; frame: {frame}", "; model: compact", "; box of attack: corners"} <= {*lines}
    assert {"(assert (>= X_1 10.0))", "(assert (<= X_1 10.0))", "(assert (<= X_2 57.0))"} <= {
        *lines
    }


def test_normal_frame_asks_for_the_other_flip(exported, tmp_path):
    other = write_network(tmp_path / "other.onnx", gain=4, offset=-30)
    session, lines = exported("f1", model_files=[other])
    assert margin(session, 0.9, 10, 55) > 0
    assert "; decision: 0 (1 fatty, 0 normal), cut-off 0.5" in lines


def test_files_repeat_bit_for_bit(exported, tmp_path):
    exported()
    first = [(tmp_path / name).read_bytes() for name in ("network", "question")]
    exported(judged={"f0"})  # fold 0, in the place of all
    assert (tmp_path / "network").read_bytes() == first[0]
    assert (tmp_path / "question").read_bytes() == first[1].replace(b"fold: all", b"fold: 0")


@pytest.mark.parametrize(
    ("frame", "judged", "changes", "message"),
    [
        ("f1", None, {}, "frame f1 is misclassified at the initial setting"),
        ("bad", None, {}, "frame bad could not be read: truncated"),
        ("f0", {"f1", "f2"}, {}, "not classified by the network of fold 0; expected one of f1, f2"),
        ("f0", None, {"parameters": {"lee": {"box": [0, 1]}}}, "cannot move lee"),
    ],
)
def test_frames_and_boxes_that_cannot_be_asked_about(exported, frame, judged, changes, message):
    with pytest.raises(InputError, match=message):
        exported(frame, judged, **changes)


def test_network_that_is_told_its_setting_is_refused(exported, tmp_path):
    told = write_network(tmp_path / "told.onnx", gain=4, offset=30, told=True)
    with pytest.raises(InputError, match=r"takes image\+parameters; expected one of the image"):
        exported(model_files=[told])
