"""Brought models of every kind that decide classes, numbers or masks."""

import base64

import numpy as np
import onnx
import pytest
import skops.io
from onnx import TensorProto, helper
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LinearRegression, LogisticRegression

from reconattack.classifiers.backends.http_classifier import HttpClassifier, png
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.backends.probe import probe
from reconattack.classifiers.backends.python_classifier import PythonClassifier
from reconattack.classifiers.backends.skops_classifier import SkopsClassifier
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.derived import Ensemble
from reconattack.errors import InputError
from tests.classifiers.backends.test_http_classifier import says, server  # noqa: F401
from tests.places import ROOT

TORCH = ROOT / "tests" / "data"
SIZE = (6, 8)
GRADES = {"kind": "classes", "classes": ["S0", "S1", "S2"]}
NUMBER = {"kind": "number", "unit": "%", "threshold": 5}
LIVER = {"kind": "mask", "structures": ["liver"], "dice": 0.9}
TWO = {"kind": "mask", "structures": ["liver", "kidney"], "dice": 0.9}
GREY = {"divide": 1}
WEIGHTS = np.array([[0.1, -0.2, 0.05]], np.float32)  # of the mean grey level


@pytest.fixture
def images():
    return np.random.default_rng(3).integers(0, 256, (7, *SIZE)).astype(np.uint8)


@pytest.fixture
def write(tmp_path):
    """An ONNX file of an image input `x` (n, 1, 6, 8); the last node's output is `y`."""

    def written(nodes, shape, constants, name="model.onnx", extra=()):
        graph = helper.make_graph(
            [helper.make_node(kind, given, [out], **more) for kind, given, out, more in nodes],
            "made by hand",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("n", 1, *SIZE))],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape), *extra],
            [onnx.numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()],
        )
        opset = [helper.make_opsetid("", 18)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=10)
        onnx.save(model, tmp_path / name)
        return str(tmp_path / name)

    return written


@pytest.fixture
def columns(write):
    """A model whose outputs are linear in the mean grey level, with a last node."""

    def made(weights=WEIGHTS, last="Identity"):
        nodes = [
            ("ReduceMean", ["x", "axes"], "mean", {"keepdims": 0}),
            ("Gemm", ["mean", "w"], "linear", {}),
            (last, ["linear"], "y", {}),
        ]
        constants = {"axes": np.array([2, 3]), "w": np.asarray(weights, np.float32)}
        return write(nodes, ("n", np.shape(weights)[1]), constants)

    return made


@pytest.fixture
def pixels(write):
    """A model that gives each pixel times a weight less 100 for each channel, with a last node."""

    def made(weights=(1.0,), last="Identity"):
        count = len(weights)
        kernel = np.reshape(np.asarray(weights, np.float32), (count, 1, 1, 1))
        nodes = [("Conv", ["x", "k", "b"], "linear", {}), (last, ["linear"], "y", {})]
        if last == "Softmax":
            nodes[1] = (last, ["linear"], "y", {"axis": 1})
        bias = np.full(count, -100, np.float32)
        return write(nodes, ("n", count, *SIZE), {"k": kernel, "b": bias})

    return made


# ONNX


def test_classes_are_read_as_the_graph_ends(columns, images):
    linear = images.mean(axis=(1, 2))[:, np.newaxis] * WEIGHTS
    by_logits = OnnxClassifier(columns(), scaling=GREY, decision=GRADES)
    np.testing.assert_allclose(by_logits.answers(images), linear, rtol=1e-5)
    assert by_logits.found["output"] == "logits"
    by_shares = OnnxClassifier(columns(last="Softmax"), scaling=GREY, decision=GRADES)
    expected = np.maximum(log_softmax(linear, axis=1), np.log(np.finfo(np.float32).tiny))
    np.testing.assert_allclose(by_shares.answers(images), expected, atol=1e-4)
    assert by_shares.found["output_from"] == "last node Softmax"
    assert by_shares.decision.classes == ("S0", "S1", "S2")


def test_two_classes_from_pytorch_are_classes_too():
    """A network that PyTorch exported, with the same margins as under a binary decision."""
    settings = {"scaling": {"divide": 255}}
    kinds = {"kind": "classes", "classes": ["normal", "fatty"]}
    path = TORCH / "torch_two_logits.onnx"
    binary, classes = (
        OnnxClassifier(path, **settings, **more) for more in ({}, {"decision": kinds})
    )
    images = np.random.default_rng(0).integers(0, 256, (9, 64, 64)).astype(np.uint8)
    logits, answers = binary.answers(images), classes.answers(images)
    np.testing.assert_array_equal(answers[:, 1] - answers[:, 0], logits)
    np.testing.assert_array_equal(classes.decision.decided(answers), Binary().decided(logits))
    np.testing.assert_array_equal(classes.decision.scores(answers, 1), Binary().margins(logits, 1))


def test_number_is_taken_as_it_is(columns, images):
    model = OnnxClassifier(columns([[0.5]]), scaling=GREY, decision=NUMBER)
    np.testing.assert_allclose(model.answers(images), images.mean(axis=(1, 2)) / 2, rtol=1e-6)
    assert model.answers(images).shape == (7,)


def test_mask_of_one_structure(pixels, images):
    for last, form in (("Identity", "logit"), ("Sigmoid", "probability")):
        model = OnnxClassifier(pixels(last=last), scaling=GREY, decision=LIVER)
        answers = model.answers(images)
        assert (model.found["output"], answers.dtype, answers.shape) == (form, np.uint8, (7, *SIZE))
        np.testing.assert_array_equal(answers, images >= 100)


def test_mask_of_several_structures_has_background_first(pixels, images):
    path = pixels((0.0, 1.0, 0.5), "Softmax")
    model = OnnxClassifier(path, scaling=GREY, decision=TWO)
    np.testing.assert_array_equal(model.answers(images), images > 0)
    alone = OnnxClassifier(pixels((0.5, 1.0)), scaling=GREY, decision=TWO)
    found = np.where(images >= 100, 2, 0)
    np.testing.assert_array_equal(alone.answers(images), found)


@pytest.mark.parametrize(
    ("decision", "settings", "found"),
    [
        (
            GRADES | {"classes": ["a", "b"]},
            {},
            r"found 3 numbers .* shape \[3\]; expected 2: .*a, b",
        ),
        (NUMBER, {}, r"found 3 numbers for an image.*expected 1: decision.kind: number"),
        (LIVER, {}, r"output of shape \[3\] for an image; expected a mask"),
        (GRADES, {"output": "probability"}, "expected logits or probabilities of 3 classes"),
        (GRADES, {"positive_class": 1}, "declared beside decision"),
    ],
)
def test_output_of_another_size_is_told(columns, decision, settings, found):
    with pytest.raises(InputError, match=found):
        OnnxClassifier(columns(), scaling=GREY, decision=decision, **settings)


def test_mask_of_other_channels_is_told(pixels):
    with pytest.raises(InputError, match=r"found 3 channels \(nchw\).*expected 1, one for each of"):
        OnnxClassifier(pixels((1.0, 2.0, 3.0)), scaling=GREY, decision=LIVER)


def test_unclear_end_asks_for_the_output(columns):
    path = columns(last="Tanh")
    with pytest.raises(InputError, match="output: probabilities or logits"):
        OnnxClassifier(path, scaling=GREY, decision=GRADES)
    model = OnnxClassifier(path, scaling=GREY, decision=GRADES, output="logits")
    assert model.found["output_from"] == "configuration"


# Other ways to bring a model


@pytest.fixture
def dump(tmp_path):
    def written(model):
        skops.io.dump(model, tmp_path / "model.skops")
        return tmp_path / "model.skops"

    return written


def test_scikit_learn_classifier_is_asked_in_the_declared_order(dump, images):
    labels = np.array(["S2", "S0", "S1", "S0", "S2", "S1", "S0"])
    features = images.reshape(7, -1) / 255
    model = LogisticRegression(max_iter=2000).fit(features, labels)
    settings = {"input_size": list(SIZE), "scaling": {"divide": 255}}
    opened = SkopsClassifier(dump(model), **settings, decision=GRADES)
    expected = np.log(model.predict_proba(features)[:, [0, 1, 2]])
    np.testing.assert_allclose(opened.answers(images), expected, rtol=1e-4)
    turned = GRADES | {"classes": ["S2", "S1", "S0"]}
    found = SkopsClassifier(dump(model), **settings, decision=turned).answers(images)
    np.testing.assert_allclose(found, expected[:, ::-1], rtol=1e-4)
    with pytest.raises(InputError, match="found the classes S0, S1, S2; expected 3, in the order"):
        SkopsClassifier(dump(model), **settings, decision=GRADES | {"classes": list("abc")})


def test_scikit_learn_regressor_gives_numbers(dump, images):
    features = images.reshape(7, -1) / 255
    model = LinearRegression().fit(features, np.arange(7.0))
    settings = {"input_size": list(SIZE), "scaling": {"divide": 255}}
    opened = SkopsClassifier(dump(model), **settings, decision=NUMBER)
    np.testing.assert_allclose(opened.answers(images), model.predict(features), atol=1e-4)
    with pytest.raises(InputError, match="expected classes of a classifier or number of"):
        SkopsClassifier(dump(model), **settings, decision=LIVER)


def test_server_answers_in_the_documented_way(server, images):  # noqa: F811
    shares = softmax(images.mean(axis=(1, 2))[:, np.newaxis] * WEIGHTS, axis=1)
    masks = (images >= 100).astype(np.uint8)
    encoded = [base64.b64encode(png(mask)).decode() for mask in masks]
    answers = {
        "probabilities": (GRADES, shares.tolist(), np.log(np.maximum(shares, 1e-38))),
        "numbers": (NUMBER, [1.5] * 7, np.full(7, 1.5)),
        "masks": (LIVER, encoded, masks),
    }
    for key, (decision, said, expected) in answers.items():
        http = server(says({key: said}))
        found = HttpClassifier(None, http=http.url, decision=decision).answers(images)
        np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("decision", "content", "found"),
    [
        (GRADES, {"probabilities": [0.5] * 7}, "expected .* with 7 lists of one number for each"),
        (GRADES, {"probabilities": [[0.5, 0.5]] * 7}, r"shape \[7, 2\].*expected 3 numbers"),
        (NUMBER, {"numbers": ["5"] * 7}, 'expected {"numbers": .* with 7 numbers'),
        (LIVER, {"masks": ["AAAA"] * 7}, "expected .* with 7 grey PNG images in base64"),
    ],
)
def test_answer_of_another_form_is_shown(server, images, decision, content, found):  # noqa: F811
    http = server(says(content))
    with pytest.raises(InputError, match=found):
        HttpClassifier(None, http=http.url, decision=decision).answers(images)


def test_mask_with_an_unknown_structure_is_told(server, images):  # noqa: F811
    encoded = base64.b64encode(png(np.full(SIZE, 3, np.uint8))).decode()
    http = server(says({"masks": [encoded] * 7}))
    with pytest.raises(InputError, match="found the value 3 in a mask; expected whole numbers"):
        HttpClassifier(None, http=http.url, decision=LIVER).answers(images)


# The probe, and means over settings


def test_probe_tells_what_each_kind_says():
    def of(function, decision, **more):
        return probe(PythonClassifier(None, python=function, decision=decision, **more))

    grades = of(
        lambda x: -np.abs(x.mean(axis=(1, 2))[:, None] - [0, 100, 255]), GRADES, output="logits"
    )
    assert grades["classes"] == {"S0": 2, "S1": 2, "S2": 1}
    assert of(lambda x: x.mean(axis=(1, 2)), NUMBER)["number"] == [0, 255]
    assert of(lambda x: (x > 100).astype(float), LIVER)["area"] == {"liver": [0, 1]}
    same = of(lambda x: np.ones(len(x)), NUMBER)
    assert same["warnings"] == [
        "says the same of every image: is its input scaled as it was trained?"
    ]


def test_model_that_depends_on_the_batch_is_refused():
    model = PythonClassifier(None, python=lambda x: np.full(len(x), len(x)), decision=NUMBER)
    with pytest.raises(InputError, match="the number of an image differs by up to"):
        probe(model)


def test_mean_over_settings_is_that_of_the_kind(images):
    given = {"grades": (lambda x: x[:, 0, :3] / x[:, 0, :3].sum(axis=1, keepdims=True), GRADES)}
    given["number"] = (lambda x: x[:, 0, 0].astype(float), NUMBER)
    stacked = (images[:6] + 1.0).reshape(3, 2, *SIZE)
    for function, decision in given.values():
        model = PythonClassifier(None, python=function, decision=decision)
        model.network_input = None
        mean = Ensemble(model, [{}, {}]).answers(stacked)
        raw = np.stack([function(pair) for pair in stacked]).mean(axis=1)
        expected = np.log(raw) if decision is GRADES else raw
        np.testing.assert_allclose(mean, expected, rtol=1e-6)
    masks = PythonClassifier(None, python=lambda x: x / 255, decision=LIVER)
    with pytest.raises(InputError, match="masks of several settings have no mean"):
        Ensemble(masks, [{}, {}]).answers(stacked)


def test_structure_that_is_not_there_has_no_place():
    outline = Mask(("liver",), 0.5).outline(np.zeros(SIZE, np.uint8))
    assert outline.area == 0
    assert np.isnan([outline.row, outline.column]).all()
