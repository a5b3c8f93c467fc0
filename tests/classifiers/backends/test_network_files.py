"""Saved networks; training, saving and exporting run in two processes to see that all repeats.

The second process adds in another order: more threads, other kernels, wider instructions. Its sets
of names have another order too.
"""

import contextlib
import gc
import hashlib
import os
import subprocess
import sys
import time
import zipfile

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from tf2onnx import optimizer
from tf2onnx.graph import Graph
from tf2onnx.optimizer.optimizer_base import GraphOptimizerBase

from reconattack.classifiers.backends import keras_graph
from reconattack.classifiers.backends.network_files import export_network, save_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.training.building import build_network
from reconattack.run.processor import SHARED
from tests.places import ROOT

SIZE = (32, 32)
JOB = """
import sys
from dataclasses import replace
import keras, numpy as np, pandas as pd
from keras.src.applications.convnext import ConvNeXt
from reconattack.classifiers.backends.determinism import make_deterministic
from reconattack.classifiers.backends.network_files import export_network, save_network
from reconattack.classifiers.training.training import TrainingSettings, train_network
make_deterministic(7, int(sys.argv[2]))

# What tf2onnx makes of it depends on the order of its sets.
shape = (32, 32, 3)
options = {"include_top": False, "weights": None, "input_shape": shape, "pooling": "avg"}
image = keras.Input(shape)
features = ConvNeXt([3] * 4, [4] * 4, name="blocks", **options)(image)
network = keras.Model(image, {"logit": keras.layers.Dense(1)(features)})
export_network(network, sys.argv[1] + "/blocks.onnx")

images = np.random.default_rng(0).uniform(0, 255, (24, 32, 32)).astype(np.float32)
names = [str(number) for number in range(24)]
cases = pd.DataFrame({"frame": names, "patient": names, "label": np.arange(24) % 2, "scanner": "a"})
settings = TrainingSettings("compact", 0.5, 0.01, 0.9, 8, 12, 12, 0.25, 0.1, True)
network, history, validation = train_network(images, cases, settings, 7)
save_network(network, sys.argv[1] + "/fold.keras")
export_network(network, sys.argv[1] + "/fold.onnx")
history.to_csv(sys.argv[1] + "/history.csv")
validation.to_csv(sys.argv[1] + "/validation.csv")
single = train_network(images, cases, replace(settings, precision="float32"), 7)[0]
np.savez(sys.argv[1] + "/single.npz", *single.get_weights())
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """What the same training job left in two processes."""
    here = {**os.environ, "PYTHONHASHSEED": "2"}
    other = {name: value for name, value in here.items() if name not in SHARED}
    other |= {"TF_ENABLE_ONEDNN_OPTS": "0", "PYTHONHASHSEED": "5"}
    folders = []
    for name, environment, threads in (("first", here, "1"), ("second", other, "4")):
        folders.append(tmp_path_factory.mktemp(name))
        command = [sys.executable, "-c", JOB, str(folders[-1]), threads]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return folders


@pytest.fixture
def images():
    return np.random.default_rng(3).integers(0, 256, (40, 48, 40)).astype(np.uint8)


@pytest.mark.parametrize(
    "file", ["blocks.onnx", "fold.keras", "fold.onnx", "history.csv", "validation.csv"]
)
def test_file_repeats_bit_for_bit_whatever_the_order_of_sums_and_sets(folders, file):
    first, second = (hashlib.sha256((f / file).read_bytes()).hexdigest() for f in folders)
    assert first == second


def test_single_precision_would_tell_the_order_of_sums(folders):
    first, second = (np.load(folder / "single.npz") for folder in folders)
    assert any((first[name] != second[name]).any() for name in first.files)


def test_file_repeats_at_another_time(tmp_path):
    network = build_network("compact", SIZE, dropout=0.5)
    save_network(network, tmp_path / "first.keras")
    time.sleep(2.1)  # the clock of zip files ticks every two seconds
    save_network(network, tmp_path / "second.keras")
    assert (tmp_path / "first.keras").read_bytes() == (tmp_path / "second.keras").read_bytes()
    with zipfile.ZipFile(tmp_path / "first.keras") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"date_saved" not in archive.read("metadata.json")


def test_export_does_not_tell_what_the_process_did_before(tmp_path, seeded):
    network = build_network("compact", SIZE, dropout=0.5)
    export_network(network, tmp_path / "first.onnx")
    network.predict_on_batch(np.zeros((1, *SIZE, 1)))
    export_network(network, tmp_path / "second.onnx")
    assert (tmp_path / "first.onnx").read_bytes() == (tmp_path / "second.onnx").read_bytes()


def test_set_is_gone_through_as_it_was_filled():
    names = keras_graph.InOrder("dbca")
    names.discard("b")
    names |= keras_graph.InOrder("xd")
    names.add("b")
    assert list(names) == list("dcaxb")
    assert list(names - keras_graph.InOrder("cx")) == list("dab")
    assert list(names.union(keras_graph.InOrder("zd"))) == list("dcaxbz")
    assert keras_graph.InOrder("bd").issubset(names) and not names.issubset({"b", "d"})


@pytest.mark.parametrize("name", ["compact", "VGG16"])
def test_saved_network_is_the_same_network(tmp_path, seeded, name):
    network = build_network(name, SIZE, dropout=0.5)
    save_network(network, tmp_path / "n.keras")
    opened = keras.models.load_model(tmp_path / "n.keras", safe_mode=True)
    images = np.random.default_rng(1).uniform(0, 255, (2, *SIZE, 1)).astype(np.float32)
    outputs, again = network.predict_on_batch(images), opened.predict_on_batch(images)
    for output in ("logit", "probability"):
        np.testing.assert_array_equal(outputs[output], again[output])
    assert not opened.compiled


def test_onnx_has_the_contracts_names_and_any_batch(folders):
    graph = onnx.load(folders[0] / "fold.onnx").graph
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    assert shapes == {
        "image": ["batch", 32, 32, 1],
        "logit": ["batch", 1],
        "probability": ["batch", 1],
    }
    onnx.checker.check_model(folders[0] / "fold.onnx", full_check=True)


def test_onnx_and_keras_agree(folders, images):
    classifier = OnnxClassifier(folders[0] / "fold.onnx")
    network = keras.models.load_model(folders[0] / "fold.keras")
    inputs = classifier.network_input(images)[..., None]
    keras_outputs = network.predict_on_batch(inputs)
    np.testing.assert_allclose(
        classifier.answers(images), keras_outputs["logit"][:, 0], rtol=0, atol=1e-5
    )
    onnx_outputs = classifier._session.run(["logit", "probability"], {"image": inputs})
    for output, values in zip(("logit", "probability"), onnx_outputs, strict=True):
        np.testing.assert_allclose(values, keras_outputs[output], rtol=0, atol=1e-5)
    assert np.ptp(keras_outputs["logit"]) > 1e-3


@pytest.mark.parametrize("name", ["compact", "MobileNetV2"])
def test_a_network_that_is_told_its_setting_has_two_inputs(tmp_path, seeded, name):
    network = build_network(name, (32, 32), dropout=0, takes="image+parameters")
    file = tmp_path / "told.onnx"
    export_network(network, file, "image+parameters")
    session = onnxruntime.InferenceSession(file)
    assert [value.name for value in session.get_inputs()] == ["image", "parameters"]
    shown = np.random.default_rng(5).uniform(0, 255, (3, 32, 32, 1)).astype(np.float32)
    told = np.float32([[0.5, 15, 50], [0.9, 10, 55], [1.3, 5, 60]])
    (logits,) = session.run(["logit"], {"image": shown, "parameters": told})
    np.testing.assert_allclose(logits, network.predict_on_batch([shown, told])["logit"], atol=1e-5)


def test_weights_that_tf2onnx_writes_once_are_those_that_it_writes_often(tmp_path, monkeypatch):
    """Also those in the bodies of loops."""
    inputs = keras.Input((4, 3))
    steps = keras.layers.RNN(keras.layers.LSTMCell(5))(inputs)
    network = keras.Model(inputs, {"logit": keras.layers.Dense(1)(steps)})
    export_network(network, tmp_path / "once.onnx")
    monkeypatch.setattr(keras_graph, "_weights_written_once", contextlib.nullcontext)
    export_network(network, tmp_path / "often.onnx")
    assert (tmp_path / "once.onnx").read_bytes() == (tmp_path / "often.onnx").read_bytes()
    update, make = Graph.update_proto, Graph.make_graph
    monkeypatch.undo()
    with keras_graph._weights_written_once():
        assert Graph.update_proto != update
    assert (Graph.update_proto, Graph.make_graph) == (update, make)


def test_an_optimisation_of_tf2onnx_that_fails_is_left_out(tmp_path, monkeypatch, images):
    class Failing(GraphOptimizerBase):
        def _optimize(self, graph):
            asked.append(graph)
            raise ValueError("cannot")

    asked = []
    network = build_network("compact", SIZE, dropout=0.5)
    monkeypatch.setitem(optimizer._optimizers, "remove_identity", Failing)
    export_network(network, tmp_path / "fold.onnx")
    assert len(asked) > 1  # once without a copy, then on copies
    judge = OnnxClassifier(tmp_path / "fold.onnx")
    expected = network.predict_on_batch(judge.network_input(images)[..., None])["logit"][:, 0]
    np.testing.assert_allclose(judge.answers(images), expected, atol=1e-5)


@pytest.mark.parametrize("failing", ["tf2onnx.tf_loader.tf_optimize", "onnx.save"])
def test_failed_export_leaves_nothing_and_collects_garbage_as_before(
    tmp_path, monkeypatch, failing
):
    network = build_network("compact", SIZE, dropout=0)
    monkeypatch.setattr(failing, lambda *args, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_network(network, tmp_path / "n.onnx")
    assert list(tmp_path.iterdir()) == []
    assert gc.get_freeze_count() == 0
