"""Keras networks of others: from a `.keras` file to the logits of its ONNX form."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from scipy.special import logit

from reconattack.classifiers.backends import keras_conversion
from reconattack.classifiers.backends.keras_conversion import convert_network
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.training.building import build_network
from reconattack.errors import InputError

RESIZE = {"kernel": "bilinear", "aspect": "stretch"}
SIZE = (16, 12)
SCALING = {"divide": 255}


@pytest.fixture
def images():
    return np.random.default_rng(5).integers(0, 256, (3, *SIZE), np.uint8)


def network(last, channels=3, size=SIZE):
    """A foreign network with a last layer, global pooling before it."""
    image = keras.Input((*size, channels))
    features = layers.Conv2D(4, 3, activation="relu")(image)
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
    np.testing.assert_allclose(classifier.logits(images), expected, atol=1e-4)


def test_network_for_any_size_gets_the_declared_one(tmp_path, seeded, images):
    model = network(layers.Dense(1), size=(None, None))
    classifier = converted(tmp_path, model, input_size=list(SIZE))
    assert classifier.found["input_size"] == list(SIZE)
    np.testing.assert_allclose(
        classifier.logits(images), keras_outputs(model, images)[:, 0], rtol=1e-4, atol=1e-5
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
    np.testing.assert_allclose(classifier.logits(images), expected, atol=1e-4)


def test_several_outputs_are_told_apart_by_name(tmp_path, seeded, images):
    image = keras.Input((*SIZE, 1))
    features = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(image))
    outputs = [layers.Dense(1, activation="sigmoid")(features), layers.Dense(5)(features)]
    model = keras.Model(image, outputs)
    model.save(tmp_path / "source.keras")
    convert_network(tmp_path / "source.keras", tmp_path / "brought.onnx")
    with pytest.raises(InputError, match=r"found the outputs (\S+) .*output_name"):
        open_classifier({"scaling": SCALING}, tmp_path / "brought.onnx", RESIZE)


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
    with pytest.raises(InputError, match=r"source\.keras has a Lambda layer, .* refused"):
        convert_network(tmp_path / "source.keras", tmp_path / "brought.onnx")
    assert not Path(trace).exists()
    assert not (tmp_path / "brought.onnx").exists()


@keras.saving.register_keras_serializable("mine")
class Doubled(layers.Layer):
    def call(self, x):
        return 2 * x


def test_layer_of_ones_own_is_refused(tmp_path, seeded):
    network(Doubled()).save(tmp_path / "source.keras")
    keras.saving.get_custom_objects().pop("mine>Doubled")
    with pytest.raises(
        InputError, match=r"source\.keras cannot be loaded .* locate class 'Doubled'"
    ):
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
    with pytest.raises(InputError, match=r"source\.keras cannot be loaded"):
        convert_network(tmp_path / "source.keras", tmp_path / "brought.onnx")


def test_truncated_file_is_named(tmp_path, seeded):
    network(layers.Dense(1)).save(tmp_path / "source.keras")
    content = (tmp_path / "source.keras").read_bytes()
    (tmp_path / "source.keras").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"source\.keras cannot be loaded"):
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
