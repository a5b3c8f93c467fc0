"""Networks as they are read here are those that ONNX Runtime computes."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.errors import InputError
from tests.attacks.proof.networks import RESIZE, SIDE, write_network
from tools.proof_check.network import read_network

RANDOM = np.random.default_rng(11)


def drawn(*shape):
    return np.float32(RANDOM.standard_normal(shape) / np.sqrt(np.prod(shape[1:]) or 1))


def write(path, steps, shape, constants, outputs=1):
    """A network of some steps (kind, further inputs, attributes) from `x`."""
    nodes, flow = [], "x"
    for number, (kind, inputs, attributes) in enumerate(steps):
        names = [flow if name is None else name for name in inputs]
        flow = "score" if number == len(steps) - 1 else f"t{number}"
        nodes.append(helper.make_node(kind, names, [flow], name=f"n{number}", **attributes))
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["batch", outputs])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return str(path)


def many_operations(path):
    """Every operation with the attributes that change what it does."""
    steps = [
        ("Sub", ["half", None], {}),
        ("Conv", [None, "k0", "b0"], {"strides": [2, 1], "pads": [1, 0, 2, 1]}),
        ("BatchNormalization", [None, "s", "b", "m", "v"], {"epsilon": 1e-3}),
        ("Relu", [None], {}),
        ("Conv", [None, "k1"], {"group": 2, "dilations": [2, 2], "pads": [2, 1, 1, 2]}),
        ("Div", [None, "by"], {}),
        (
            "AveragePool",
            [None],
            {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 1, 1]},
        ),
        ("Relu", [None], {}),
        (
            "AveragePool",
            [None],
            {"kernel_shape": [2, 2], "count_include_pad": 1, "pads": [1, 1, 0, 0]},
        ),
        ("Conv", [None, "k2", "b2"], {"auto_pad": "SAME_LOWER", "strides": [2, 2]}),
        ("Conv", [None, "k3"], {"auto_pad": "SAME_UPPER", "strides": [1, 2]}),
        ("Relu", [None], {}),
        ("GlobalAveragePool", [None], {}),
        ("Flatten", [None], {}),
        ("Gemm", [None, "w", "c"], {"transB": 1, "alpha": 0.5, "beta": 2.0}),
    ]
    constants = {
        **{"half": np.float32(0.5), "k0": drawn(4, 3, 3, 3), "b0": drawn(4)},
        **{"s": drawn(4), "b": drawn(4), "m": drawn(4), "v": np.abs(drawn(4)) + 0.1},
        **{"k1": drawn(6, 2, 3, 3), "by": np.abs(drawn(6, 1, 1)) + 0.5},
        **{
            "k2": drawn(5, 6, 2, 3),
            "b2": drawn(5),
            "k3": drawn(5, 5, 2, 2),
            "w": drawn(1, 5),
            "c": drawn(1),
        },
    }
    return write(path, steps, (3, 20, 18), constants)


def two_scores(path):
    steps = [
        ("Transpose", [None], {"perm": [0, 2, 1, 3]}),
        ("ReduceMean", [None], {"axes": [3], "keepdims": 0}),
        ("Reshape", [None, "shape"], {}),
        ("MatMul", [None, "w"], {}),
        ("Add", [None, "c"], {}),
    ]
    constants = {"shape": np.array([0, -1]), "w": drawn(12 * 10, 2), "c": drawn(2)}
    return write(path, steps, (12, 10, 3), constants, outputs=2)


SCALING = {"divide": 255, "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.25]}


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (many_operations, {"output": "logit", "scaling": SCALING}),
        (two_scores, {"output": "logits", "scaling": {"divide": 127.5, "mean": 1.0}}),
        (two_scores, {"output": "logits", "scaling": {"divide": 1}, "positive_class": 0}),
    ],
    ids=["operations", "two scores", "first class"],
)
def test_logits_are_those_of_onnx_runtime(tmp_path, make, options):
    classifier = OnnxClassifier(make(tmp_path / "network.onnx"), RESIZE, **options)
    network = read_network(classifier.name, classifier)
    rule = classifier.network_input
    images = RANDOM.integers(0, 256, (6, rule.height, rule.width)).astype(np.float32)
    logits, errors = (values[:, 0] for values in network.outputs(images))
    found = classifier.answers_of(images)
    assert (np.abs(logits - found) <= errors).all()
    assert np.abs(logits - found).max() > 0
    assert errors.max() < 0.01 * (1 + np.abs(found).max())


@pytest.mark.parametrize("convolutions", [1, 3])
@pytest.mark.parametrize("output", ["logit", "probability"])
def test_logits_of_own_exports(tmp_path, convolutions, output):
    path = write_network(tmp_path / "network.onnx", convolutions=convolutions)
    classifier = OnnxClassifier(path, RESIZE, output_name=output)
    network = read_network(path, classifier)
    assert network.probability == (output == "probability")
    images = RANDOM.integers(0, 256, (6, SIDE, SIDE)).astype(np.float32)
    logits, errors = (values[:, 0] for values in network.outputs(images))
    np.testing.assert_allclose(logits, classifier.answers_of(images), atol=errors.max() + 1e-4)
    assert network.entry.matrix.data.min() >= 0


@pytest.mark.parametrize(
    ("columns", "decision"),
    [
        (3, {"kind": "classes", "classes": ["a", "b", "c"]}),
        (1, {"kind": "number", "unit": "1", "threshold": 0}),
    ],
)
def test_outputs_of_classes_and_of_a_number(tmp_path, columns, decision):
    path = write_network(tmp_path / "network.onnx", columns=columns)
    classifier = OnnxClassifier(path, RESIZE, output_name="logit", decision=decision)
    network = read_network(path, classifier)
    images = RANDOM.integers(0, 256, (6, SIDE, SIDE)).astype(np.float32)
    outputs, errors = network.outputs(images)
    found = classifier.answers_of(images).reshape(outputs.shape)
    assert outputs.shape == (6, columns)
    assert (np.abs(outputs - found) <= errors).all()
    row = RANDOM.standard_normal(columns)
    weighed, error = network.weighed(row).outputs(images)
    assert (np.abs(weighed[:, 0] - found @ row) <= error[:, 0] + 1e-12).all()
    assert errors.max() < 1e-3
    assert error.max() < 3e-3


def test_what_is_not_known_is_refused_by_name(tmp_path):
    path = write_network(tmp_path / "network.onnx")
    model = onnx.load(path)
    next(node for node in model.graph.node if node.op_type == "Relu").op_type = "Softplus"
    onnx.save(model, path)
    with pytest.raises(InputError, match="Softplus is not known to this check; expected Add"):
        read_network(path, OnnxClassifier(path, RESIZE))


def test_ways_that_meet_again_are_refused(tmp_path):
    path = write_network(tmp_path / "network.onnx")
    model = onnx.load(path)
    place = [node.op_type for node in model.graph.node].index("Relu") + 1
    joined = helper.make_node("Add", ["rectified0", "convolved0"], ["sum"], name="sum")
    model.graph.node.insert(place, joined)
    model.graph.node[place + 1].input[0] = "sum"
    onnx.save(model, path)
    with pytest.raises(InputError, match="its Add sum joins two ways"):
        read_network(path, OnnxClassifier(path, RESIZE))


def test_half_precision_is_refused(tmp_path):
    path = write_network(tmp_path / "network.onnx")
    model = onnx.load(path)
    place = [node.op_type for node in model.graph.node].index("Relu")
    half, single = (
        helper.make_node("Cast", [start], [end], name=end, to=to)
        for start, end, to in (
            ("convolved0", "half", TensorProto.FLOAT16),
            ("half", "single", TensorProto.FLOAT),
        )
    )
    model.graph.node.insert(place, half)
    model.graph.node.insert(place + 1, single)
    model.graph.node[place + 2].input[0] = "single"
    onnx.save(model, path)
    with pytest.raises(InputError, match="its Cast half gives float16; expected float32"):
        read_network(path, OnnxClassifier(path, RESIZE))


def test_a_network_that_is_given_its_setting(tmp_path):
    path = write_network(tmp_path / "network.onnx", told=True)
    classifier = OnnxClassifier(path, RESIZE)
    network = read_network(path, classifier)
    assert network.told == 3
    assert network.layers[0].matrix.shape[1] == len(network.entry.bias) + 3
    images = RANDOM.integers(0, 256, (20, SIDE, SIDE)).astype(np.float32)
    settings = RANDOM.uniform([0.5, 5, 50], [1.3, 15, 60], (20, 3)).astype(np.float32)
    logits, errors = (values[:, 0] for values in network.outputs(images, settings))
    found = classifier.answers_of(images, settings)
    assert (np.abs(logits - found) <= errors).all()
    assert errors.max() < 5e-3
    # The setting matters, so a network read without it would not pass.
    assert np.ptp(network.outputs(np.repeat(images[:1], 20, 0), settings)[0]) > 0.1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "Div", "node": "widths_away"}, "Div widths_away on the setting is not known"),
        ({"kind": "Sigmoid", "node": "normalised"}, "Sigmoid normalised on the setting"),
        ({"kind": "Add", "node": "deep", "inputs": ["even", "even"]}, "Add deep on the setting"),
        ({"kind": "Mul", "node": "deep", "inputs": ["even", "pooled"]}, "joins image and setting"),
    ],
    ids=["division", "sigmoid", "two ways", "times the image"],
)
def test_what_is_done_to_a_setting_is_known_or_refused(tmp_path, change, message):
    path = write_network(tmp_path / "network.onnx", told=True)
    classifier = OnnxClassifier(path, RESIZE)
    model = onnx.load(path)
    node = next(node for node in model.graph.node if node.name == change["node"])
    node.op_type = change["kind"]
    inputs = change.get("inputs", [*node.input][: 1 if change["kind"] == "Sigmoid" else 2])
    del node.input[:], node.attribute[:]
    node.input.extend(inputs)
    onnx.save(model, path)
    with pytest.raises(InputError, match=message):
        read_network(path, classifier)


def test_a_setting_that_comes_in_twice_is_refused(tmp_path):
    path = write_network(tmp_path / "network.onnx", told=True)
    classifier = OnnxClassifier(path, RESIZE)
    model = onnx.load(path)
    place = [node.name for node in model.graph.node].index("logit")
    model.graph.node[place].output[0] = "alone"
    again = helper.make_node("Concat", ["alone", "normalised"], ["logit"], axis=1)
    model.graph.node.insert(place + 1, again)
    onnx.save(model, path)
    with pytest.raises(InputError, match="its setting comes in at more than one place"):
        read_network(path, classifier)
