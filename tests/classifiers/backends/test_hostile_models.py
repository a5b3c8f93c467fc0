"""Model files that would run code, or read files that nobody offered."""

import io
import json
import zipfile

import h5py
import keras
import numpy as np
import pytest
from keras import layers
from onnx import TensorProto, helper

from reconattack.classifiers.backends.keras_files import load_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.errors import InputError

PIXELS = 48
GREY = {"divide": 255}


# Keras: what its safe mode refuses beside Lambda layers (see test_keras_conversion.py)


@pytest.fixture
def rewritten(tmp_path):
    """Write a small network, its configuration or its weights changed."""
    image = keras.Input((6, 8, 1))
    network = keras.Model(image, layers.Dense(1, name="last")(layers.Flatten()(image)))
    network.save(tmp_path / "honest.keras")
    with zipfile.ZipFile(tmp_path / "honest.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def rewrite(last=None, weights=None):
        content = dict(members)
        configuration = json.loads(content["config.json"])
        configuration["config"]["layers"][-1].update(last or {})
        content["config.json"] = json.dumps(configuration).encode()
        if weights:
            content["model.weights.h5"] = weights(content["model.weights.h5"])
        with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
            for name, member in content.items():
                archive.writestr(name, member)
        return tmp_path / "model.keras"

    return rewrite


def test_network_that_is_not_changed_opens(rewritten):
    assert len(load_network(rewritten()).layers) == 3


def function(module, name):
    """A function as Keras writes it down."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


SAFE_MODE = r"make its layer last \({}\) .* in which no code is run and no other file is read"
SAID = {
    "a function of Python": "layer last needs the function eval of builtins, .* no part of Keras",
    "a function of a module": "layer last needs the function mkdir of os",
    "a class of a module": "layer last needs the class Popen of subprocess",
    "the switch of the safe mode": SAFE_MODE.format("enable_unsafe_deserialization"),
    "a graph of TensorFlow": SAFE_MODE.format("TFSMLayer"),
    "words out of a file": SAFE_MODE.format("StringLookup"),
}
LAYERS = {
    "a function of Python": {"config": {"units": 1, "activation": function("builtins", "eval")}},
    "a function of a module": {"config": {"units": 1, "activation": function("os", "mkdir")}},
    "a class of a module": {
        **{"module": "subprocess", "class_name": "Popen", "registered_name": None},
        "config": {"args": ["mkdir", "ran"]},
    },
    "the switch of the safe mode": {
        **{"module": "keras.config", "class_name": "enable_unsafe_deserialization", "config": {}},
        "registered_name": None,
    },
    "a graph of TensorFlow": {
        **{"module": "keras.layers", "class_name": "TFSMLayer", "registered_name": None},
        "config": {"filepath": "elsewhere"},
    },
    "words out of a file": {
        **{"module": "keras.layers", "class_name": "StringLookup", "registered_name": None},
        "config": {"name": "words", "vocabulary": "/etc/passwd"},
    },
}


@pytest.mark.parametrize("case", LAYERS)
def test_layer_that_is_more_than_numbers_is_refused(tmp_path, monkeypatch, rewritten, case):
    monkeypatch.chdir(tmp_path)
    path = rewritten(LAYERS[case])
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match=rf"model\.keras: .*{SAID[case]}") as error:
        load_network(path)
    assert "safe_mode" not in str(error.value)  # advice of Keras
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("is_link", [True, False])
def test_weights_in_another_file_are_refused(tmp_path, rewritten, is_link):
    weights = np.ones((PIXELS, 1), np.float32)
    weights.tofile(tmp_path / "other.bin")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["weights"] = weights

    def led_out(content):
        buffer = io.BytesIO(content)
        with h5py.File(buffer, "r+") as file:
            variables = file["layers/dense/vars"]
            del variables["0"]
            if is_link:
                variables["0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "weights")
            else:
                outside = [(str(tmp_path / "other.bin"), 0, weights.nbytes)]
                variables.create_dataset("0", weights.shape, "f4", external=outside)
        return buffer.getvalue()

    with pytest.raises(InputError, match=r"model\.keras: .* not with its weights.* outside of it"):
        load_network(rewritten(weights=led_out))


# ONNX


def write_onnx(path, nodes, initializer=(), opsets=(), functions=()):
    """A model from 6 x 8 grey levels x to y."""
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, ("n", 1, 6, 8))
    score = helper.make_tensor_value_info("y", TensorProto.FLOAT, ("n", 1))
    model = helper.make_model(
        helper.make_graph(nodes, "g", [image], [score], list(initializer)),
        opset_imports=[helper.make_opsetid("", 18), *(helper.make_opsetid(o, 1) for o in opsets)],
        functions=functions,
        ir_version=10,
    )
    path.write_bytes(model.SerializeToString())
    return path


def weights_in(location):
    """Weights w that lie in another file."""
    place = {"location": location, "offset": "0", "length": str(4 * PIXELS)}
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[PIXELS, 1])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in place.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


@pytest.mark.parametrize("is_constant", [False, True])
@pytest.mark.parametrize(
    "location",
    ["../secret.bin", "/{folder}/secret.bin", "../../etc/passwd", "link.bin", "model.onnx.data"],
)
def test_weights_outside_the_models_folder_are_refused(tmp_path, location, is_constant):
    """The last two are symbolic links that lead out of it."""
    np.zeros(PIXELS, np.float32).tofile(tmp_path / "secret.bin")
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("link.bin", "model.onnx.data"):
        (folder / name).symlink_to(tmp_path / "secret.bin")
    weights = weights_in(location.format(folder=tmp_path))
    nodes = [helper.make_node("Flatten", ["x"], ["flat"])]
    if is_constant:
        nodes.append(helper.make_node("Constant", [], ["w"], value=weights))
    nodes.append(helper.make_node("MatMul", ["flat", "w"], ["y"]))
    path = write_onnx(folder / "model.onnx", nodes, [] if is_constant else [weights])
    with pytest.raises(InputError, match=r"model\.onnx cannot be opened: .*External data path"):
        OnnxClassifier(path, scaling=GREY)


CUSTOM = helper.make_node("SpeckleFilter", ["flat"], ["y"], domain="com.vendor")
HIDDEN = {
    "a branch": helper.make_graph(
        [CUSTOM],
        "branch",
        [],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
    ),
    "a function": helper.make_function(
        *("local", "Hidden", ["flat"], ["y"], [CUSTOM]),
        [helper.make_opsetid("", 18), helper.make_opsetid("com.vendor", 1)],
    ),
}


@pytest.mark.parametrize("place", HIDDEN)
def test_operator_of_another_is_refused_wherever_it_hides(tmp_path, place):
    """Those of the graph itself: tests/classifiers/backends/test_onnx_classifier.py."""
    nodes = [helper.make_node("Flatten", ["x"], ["flat"])]
    functions = []
    if place == "a branch":
        yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
        nodes.append(helper.make_node("Constant", [], ["yes"], value=yes))
        branches = {f"{name}_branch": HIDDEN[place] for name in ("then", "else")}
        nodes.append(helper.make_node("If", ["yes"], ["y"], **branches))
    else:
        nodes.append(helper.make_node("Hidden", ["flat"], ["y"], domain="local"))
        functions = [HIDDEN[place]]
    opsets = ("com.vendor", "local")
    path = write_onnx(tmp_path / "m.onnx", nodes, opsets=opsets, functions=functions)
    with pytest.raises(InputError, match=r"m\.onnx .*SpeckleFilter"):
        OnnxClassifier(path, scaling=GREY)
