import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from reconattack.classifiers.onnx_classifier import OnnxClassifier
from reconattack.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def model(tmp_path):
    """A network that was made without Keras: the logit is the mean grey level less 100."""

    def build(shape=("batch", 6, 8, 1), image="image", logit="logit"):
        graph = helper.make_graph(
            [
                helper.make_node("ReduceMean", [image, "axes"], ["mean"], keepdims=0),
                helper.make_node("Sub", ["mean", "cut"], ["difference"]),
                helper.make_node("Unsqueeze", ["difference", "last"], [logit]),
            ],
            "mean",
            [helper.make_tensor_value_info(image, TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info(logit, TensorProto.FLOAT, ("batch", 1))],
            [
                helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3]),
                helper.make_tensor("cut", TensorProto.FLOAT, [], [100.0]),
                helper.make_tensor("last", TensorProto.INT64, [1], [1]),
            ],
        )
        path = tmp_path / "brought.onnx"
        opset = [helper.make_opsetid("", 18)]
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), path)
        return path

    return build


@pytest.fixture
def images():
    return np.random.default_rng(3).integers(0, 256, (40, 24, 16)).astype(np.uint8)


def test_logits_of_a_brought_model(model, images):
    classifier = OnnxClassifier(model())
    logits = classifier.logits(images)
    assert logits.shape == (40,)
    assert logits.dtype == np.float64
    by_hand = classifier.network_input(images).mean(axis=(1, 2)) - 100
    np.testing.assert_allclose(logits, by_hand, atol=1e-4)


def test_input_rule_follows_the_models_size(model):
    classifier = OnnxClassifier(model(), kernel="nearest", aspect="pad")
    assert (classifier.network_input.height, classifier.network_input.width) == (6, 8)
    assert (classifier.network_input.kernel, classifier.network_input.aspect) == ("nearest", "pad")


def test_logits_do_not_depend_on_the_batch(model, images):
    classifier = OnnxClassifier(model())
    together = classifier.logits(images)
    order = np.random.default_rng(0).permutation(len(images))
    np.testing.assert_array_equal(classifier.logits(images[order]), together[order])
    for number, image in enumerate(images):
        assert classifier.logits(image[None])[0] == together[number]


@pytest.mark.parametrize(
    "wrong",
    [
        {"logit": "score"},
        {"image": "x"},
        {"shape": ("batch", 6, 8, 3)},
        {"shape": ("batch", "height", "width", 1)},
    ],
)
def test_a_model_of_another_kind_is_refused(model, wrong):
    path = model(**wrong)
    with pytest.raises(InputError, match="expected an input image of shape") as error:
        OnnxClassifier(path)
    assert str(path) in str(error.value)
    assert "output logit" in str(error.value)


@pytest.mark.parametrize("content", [b"", b"no model", None])
def test_a_file_that_is_no_model_is_named(tmp_path, content):
    path = tmp_path / "brought.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"brought\.onnx"):
        OnnxClassifier(path)


def test_tensorflow_is_not_imported(model):
    code = (
        "import sys; from scripts import attack, predict; "
        "attack.OnnxClassifier(sys.argv[1]); "
        "assert not {'keras', 'tensorflow', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(model())], cwd=ROOT, check=True)
