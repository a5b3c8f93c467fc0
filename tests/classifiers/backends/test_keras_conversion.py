"""Keras networks of others: from a `.keras` file to the logits of its ONNX form."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from scipy.special import expit, logit

from reconattack.classifiers.backends import keras_conversion
from reconattack.classifiers.backends.keras_conversion import convert_network
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.training.building import build_network
from reconattack.errors import InputError
from reconattack.run.processor import SHARED
from tests.places import ROOT

RESIZE = {"kernel": "bilinear", "aspect": "stretch"}
SIZE = (16, 12)
SCALING = {"divide": 255}


@pytest.fixture
def images():
    return np.random.default_rng(5).integers(0, 256, (3, *SIZE), np.uint8)


def network(last, channels=3, size=SIZE, first=()):
    """A foreign network with a last layer, global pooling before it, and first layers."""
    image = keras.Input((*size, channels))
    shown = image
    for layer in first:
        shown = layer(shown)
    features = layers.Conv2D(4, 3, activation="relu")(shown)
    return keras.Model(image, last(layers.GlobalAveragePooling2D()(features)))


def converted(tmp_path, model, **settings):
    """The model as an attack opens it; `input_size` is also told to the conversion."""
    model.save(tmp_path / "source.keras")
    path = str(tmp_path / "brought.onnx")
    convert_network(tmp_path / "source.keras", path, settings.get("input_size"))
    return open_classifier({"scaling": SCALING} | settings, path, RESIZE)


def keras_outputs(model, images):
    channels = model.input_shape[-1]
    numbers = (images / np.float32(255))[..., None].repeat(channels, axis=3)
    return np.asarray(model.predict_on_batch(numbers), np.float64)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("last", "form", "logits"),
    [
        (lambda: layers.Dense(1), "logit", lambda y: y[:, 0]),
        (lambda: layers.Dense(1, activation="sigmoid"), "probability", lambda y: logit(y[:, 0])),
        (lambda: layers.Dense(2), "logits", lambda y: y[:, 1] - y[:, 0]),
        (lambda: layers.Dense(2, activation="softmax"), "probabilities", lambda y: logit(y[:, 1])),
    ],
)
def test_every_form_of_output(tmp_path, seeded, images, channels, last, form, logits):
    model = network(last(), channels)
    classifier = converted(tmp_path, model)
    assert classifier.found["output"] == form
    assert (classifier.found["layout"], classifier.found["channels"]) == ("nhwc", channels)
    expected = logits(keras_outputs(model, images))
    assert np.ptp(expected) > 1e-4
    np.testing.assert_allclose(classifier.answers(images), expected, atol=1e-4)


def test_network_for_any_size_gets_the_declared_one(tmp_path, seeded, images):
    model = network(layers.Dense(1), size=(None, None))
    classifier = converted(tmp_path, model, input_size=list(SIZE))
    assert classifier.found["input_size"] == list(SIZE)
    np.testing.assert_allclose(
        classifier.answers(images), keras_outputs(model, images)[:, 0], rtol=1e-4, atol=1e-5
    )
    with pytest.raises(InputError, match=r"source\.keras takes images of any size.*input_size"):
        converted(tmp_path, model)


def test_network_of_this_project_needs_no_declaration(tmp_path, seeded, images):
    model = build_network("compact", (32, 32), dropout=0.5)
    model.save(tmp_path / "fold-0.keras")
    convert_network(tmp_path / "fold-0.keras", tmp_path / "brought.onnx")
    classifier = open_classifier({}, tmp_path / "brought.onnx", RESIZE)
    inputs = classifier.network_input(images)[..., None]
    expected = model.predict_on_batch(inputs)["logit"][:, 0]
    np.testing.assert_allclose(classifier.answers(images), expected, atol=1e-4)


def test_several_outputs_are_told_apart_by_the_names_of_their_layers(tmp_path, seeded, images):
    image = keras.Input((*SIZE, 1))
    features = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(image))
    fat = layers.Dense(1, activation="sigmoid", name="fat")(features)
    model = keras.Model(image, [layers.Dense(5, name="region")(features), fat])
    with pytest.raises(InputError, match=r"found the outputs region .*fat .*output_name"):
        converted(tmp_path, model)
    classifier = converted(tmp_path, model, output_name="fat")
    _, expected = model.predict_on_batch((images / np.float32(255))[..., None])
    np.testing.assert_allclose(expit(classifier.answers(images)), expected[:, 0], atol=1e-5)


def adapted():
    layer = layers.Normalization()
    layer.adapt(np.random.default_rng(0).uniform(0, 1, (9, *SIZE, 3)).astype(np.float32))
    return layer


FIRST = {
    "normalization": lambda: [layers.Normalization(mean=0.4, variance=0.06)],
    "adapted normalization": lambda: [adapted()],
    "augmentation": lambda: [
        layers.RandomFlip("horizontal"),
        layers.RandomRotation(0.1),
        layers.RandomZoom(0.1),
        layers.RandomTranslation(0.1, 0.1),
        layers.RandomContrast(0.1),
        layers.RandomBrightness(0.1),
    ],
    "augmentation of colour": lambda: [
        layers.RandomHue(0.1, (0, 1)),
        layers.RandomPosterization(4, (0, 1)),
    ],
    "random crop": lambda: [layers.RandomCrop(12, 10)],
    "noise": lambda: [layers.GaussianNoise(0.1), layers.Dropout(0.2), layers.SpatialDropout2D(0.2)],
    "resizing": lambda: [layers.Resizing(12, 10)],
    "grouped convolution": lambda: [layers.Conv2D(6, 3, groups=3), layers.DepthwiseConv2D(3)],
    "activations": lambda: [
        layers.Conv2D(4, 1, activation=name) for name in ("gelu", "celu", "mish", "silu")
    ],
    "normalized batches, layers, groups": lambda: [
        layers.BatchNormalization(),
        layers.LayerNormalization(),
        layers.GroupNormalization(3),
    ],
    "a network of its own": lambda: [
        keras.Sequential([layers.RandomFlip(), layers.Normalization(mean=0.4, variance=0.06)])
    ],
}


@pytest.mark.parametrize("case", FIRST)
def test_layers_that_networks_begin_with(tmp_path, seeded, images, case):
    """Right is what Keras itself predicts, in which augmentation and dropout change nothing."""
    model = network(layers.Dense(1), first=FIRST[case]())
    classifier = converted(tmp_path, model)
    expected = keras_outputs(model, images)[:, 0]
    assert np.ptp(expected) > 1e-6
    np.testing.assert_allclose(classifier.answers(images), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", [layers.LSTM, layers.GRU, layers.SimpleRNN])
def test_recurrent_layers_along_depth(tmp_path, seeded, images, kind):
    """Their loops are graphs within the graph."""
    image = keras.Input((*SIZE, 1))
    model = keras.Model(image, layers.Dense(1)(kind(4)(layers.Reshape(SIZE)(image))))
    expected = keras_outputs(model, images)[:, 0]
    np.testing.assert_allclose(converted(tmp_path, model).answers(images), expected, atol=1e-5)


def test_batch_of_fixed_size(tmp_path, seeded, images):
    image = keras.Input(batch_shape=(2, *SIZE, 1))
    model = keras.Model(image, layers.Dense(1)(layers.Flatten()(image)))
    classifier = converted(tmp_path, model)
    assert classifier.found["batch"] == 2
    pairs = [images[:2], images[1:]]
    first, second = (keras_outputs(model, pair)[:, 0] for pair in pairs)
    np.testing.assert_allclose(classifier.answers(images), [*first, second[1]], atol=1e-5)


HALF = """
import sys
import keras, numpy as np
from keras import layers
pictures = np.load(sys.argv[1] + "/pictures.npy")
for policy in ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"):
    for last in ("float32", policy):
        keras.utils.set_random_seed(3)
        keras.mixed_precision.set_global_policy(policy)
        image = keras.Input((16, 12, 1))
        value = layers.BatchNormalization()(layers.Rescaling(1 / 255)(image))
        value = layers.Conv2D(8, 3, activation="relu")(value)
        value = layers.GlobalAveragePooling2D()(value)
        model = keras.Model(image, layers.Dense(1, activation="sigmoid", dtype=last)(value))
        model.save(f"{sys.argv[1]}/{policy} {last}.keras")
        answers = np.asarray(model.predict_on_batch(pictures[..., None])).astype(float)
        np.save(f"{sys.argv[1]}/{policy} {last}.npy", answers)
"""


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    """Networks of every precision and what Keras itself predicts, on all of the processor."""
    folder = tmp_path_factory.mktemp("half")
    pictures = np.random.default_rng(5).integers(0, 256, (3, *SIZE)).astype(np.float32)
    np.save(folder / "pictures.npy", pictures)
    environment = {key: value for key, value in os.environ.items() if key not in SHARED}
    job = [sys.executable, "-c", HALF, str(folder)]
    subprocess.run(job, cwd=ROOT, env=environment, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("last", ["float32", "its own"])
@pytest.mark.parametrize(
    "policy", ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"]
)
def test_other_precisions(tmp_path, half, policy, last):
    """Jobs keep to AVX2, where TensorFlow's convolutions of half precision may fail."""
    name = f"{policy} {policy if last == 'its own' else last}"
    convert_network(half / f"{name}.keras", tmp_path / "brought.onnx")
    classifier = open_classifier({"scaling": {"divide": 1}}, tmp_path / "brought.onnx", RESIZE)
    logits = classifier.answers(np.load(half / "pictures.npy").astype(np.uint8))
    np.testing.assert_allclose(expit(logits), np.load(half / f"{name}.npy")[:, 0], atol=0.005)


def test_grey_levels_as_whole_numbers(tmp_path, seeded, images):
    image = keras.Input((*SIZE, 1), dtype="uint8")
    model = keras.Model(image, layers.Dense(1)(layers.Flatten()(layers.Rescaling(0.01)(image))))
    classifier = converted(tmp_path, model, scaling=None)
    assert (classifier.found["input_type"], classifier.found["scaling_from"]) == (
        "uint8",
        "type uint8",
    )
    expected = model.predict_on_batch(images[..., None])[:, 0]
    np.testing.assert_allclose(classifier.answers(images), expected, atol=1e-5)


def test_input_of_another_type_is_named(tmp_path, seeded):
    image = keras.Input((*SIZE, 1), dtype="int32")
    model = keras.Model(image, layers.Dense(1)(layers.Flatten()(layers.Rescaling(0.01)(image))))
    with pytest.raises(InputError, match=r"found the inputs int32 .*, of float32 or uint8"):
        converted(tmp_path, model)


def test_network_that_keras_itself_cannot_run_is_named(tmp_path, seeded):
    """A gated linear unit halves the channels, which Keras' own check of shapes overlooks."""
    model = network(layers.Dense(1), first=[layers.Conv2D(4, 1, activation="glu")])
    with pytest.raises(InputError, match=r"source\.keras: Keras .* cannot run it for images"):
        converted(tmp_path, model)


@pytest.mark.parametrize("nested", [False, True])
def test_layer_that_onnx_has_no_form_of_is_named(tmp_path, seeded, nested):
    bins = layers.Discretization(bin_boundaries=[0.2, 0.7], name="bins")
    inner = [layers.Rescaling(2), bins, layers.Rescaling(0.5)]
    first = [keras.Sequential(inner)] if nested else inner
    with pytest.raises(InputError, match=r"no form of Bucketize, which its layer bins \(Discr"):
        converted(tmp_path, network(layers.Dense(1), first=first))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.keras"]


def test_conversion_repeats_bit_for_bit(tmp_path, seeded):
    network(layers.Dense(1)).save(tmp_path / "source.keras")
    for name in ("first.onnx", "second.onnx"):
        convert_network(tmp_path / "source.keras", tmp_path / name)
    assert (tmp_path / "first.onnx").read_bytes() == (tmp_path / "second.onnx").read_bytes()


def test_lambda_layer_is_refused_and_does_not_run(tmp_path, seeded):
    trace = str(tmp_path / "ran")
    image = keras.Input((*SIZE, 1))
    doubled = layers.Lambda(lambda x: (open(trace, "w").close(), 2 * x)[1])(image)
    model = keras.Model(image, layers.Dense(1)(layers.Flatten()(doubled)))
    model.save(tmp_path / "source.keras")
    Path(trace).unlink(missing_ok=True)
    with pytest.raises(InputError, match=r"it has a Lambda layer, lambda, .* refused"):
        convert_network(tmp_path / "source.keras", tmp_path / "brought.onnx")
    assert not Path(trace).exists()
    assert not (tmp_path / "brought.onnx").exists()


@keras.saving.register_keras_serializable("mine")
class Doubled(layers.Layer):
    def call(self, x):
        return 2 * x


def test_layer_of_ones_own_is_refused(tmp_path, seeded):
    model = network(layers.Dense(1), first=[keras.Sequential([Doubled(name="twice")])])
    model.save(tmp_path / "source.keras")
    keras.saving.get_custom_objects().pop("mine>Doubled")
    with pytest.raises(
        InputError, match=r"source\.keras: its layer twice needs the class mine>Doubled.*no part"
    ) as error:
        convert_network(tmp_path / "source.keras", tmp_path / "brought.onnx")
    assert "register_keras_serializable" not in str(error.value)  # advice of Keras


def test_file_of_keras_2_is_named_with_its_way_to_onnx(tmp_path, seeded):
    """The module is where Keras 2 had it; the version is what its files state."""
    network(layers.Dense(1)).save(tmp_path / "new.keras")
    with zipfile.ZipFile(tmp_path / "new.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    configuration = json.loads(members["config.json"])
    configuration["module"] = "keras.src.engine.functional"
    configuration["config"]["layers"][0]["config"]["batch_input_shape"] = [None, *SIZE, 3]
    members["config.json"] = json.dumps(configuration).encode()
    members["metadata.json"] = b'{"keras_version": "2.15.0"}'
    with zipfile.ZipFile(tmp_path / "old.keras", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match=r"written by Keras 2\.15\.0.*tf_keras tf2onnx.*old\.onnx"):
        convert_network(tmp_path / "old.keras", tmp_path / "brought.onnx")


def test_weights_of_another_network_are_named(tmp_path, seeded):
    for file, model in {"a": network(layers.Dense(1)), "b": network(layers.Dense(2))}.items():
        model.save(tmp_path / f"{file}.keras")
    with zipfile.ZipFile(tmp_path / "b.keras") as archive:
        weights = archive.read("model.weights.h5")
    with (
        zipfile.ZipFile(tmp_path / "a.keras") as archive,
        zipfile.ZipFile(tmp_path / "source.keras", "w") as mixed,
    ):
        for name in archive.namelist():
            content = weights if name == "model.weights.h5" else archive.read(name)
            mixed.writestr(name, content)
    with pytest.raises(InputError, match="layers can be made, but not with its weights"):
        convert_network(tmp_path / "source.keras", tmp_path / "brought.onnx")


def test_two_inputs_are_refused(tmp_path, seeded):
    images = [keras.Input((*SIZE, 1)) for _ in range(2)]
    flat = layers.Flatten()(layers.Concatenate()(images))
    keras.Model(images, layers.Dense(1)(flat)).save(tmp_path / "source.keras")
    with pytest.raises(InputError, match=r"found the inputs .* expected one"):
        convert_network(tmp_path / "source.keras", tmp_path / "brought.onnx")


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04cut short"])
def test_a_file_that_is_no_network_is_named(tmp_path, content):
    (tmp_path / "source.keras").write_bytes(content)
    with pytest.raises(InputError, match=r"source\.keras: it is no whole \.keras file"):
        convert_network(tmp_path / "source.keras", tmp_path / "brought.onnx")


def test_truncated_file_is_named(tmp_path, seeded):
    network(layers.Dense(1)).save(tmp_path / "source.keras")
    content = (tmp_path / "source.keras").read_bytes()
    (tmp_path / "source.keras").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"source\.keras: it is no whole \.keras file"):
        convert_network(tmp_path / "source.keras", tmp_path / "brought.onnx")


def test_onnx_that_says_something_else_is_refused(tmp_path, seeded, monkeypatch):
    """The export of another network stands for a conversion that went wrong."""
    network(layers.Dense(1)).save(tmp_path / "source.keras")
    other = network(layers.Dense(1))
    export = keras_conversion.export_network
    monkeypatch.setattr(keras_conversion, "export_network", lambda _, path: export(other, path))
    with pytest.raises(InputError, match=r"differs by up to .* expected 0\.0001 at most"):
        convert_network(tmp_path / "source.keras", tmp_path / "brought.onnx")
    assert not (tmp_path / "brought.onnx").exists()
