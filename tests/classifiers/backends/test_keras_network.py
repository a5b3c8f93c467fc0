"""The Keras form of a network beside its ONNX form: the same logits, with slopes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from reconattack.classifiers.backends.keras_conversion import convert_network
from reconattack.classifiers.backends.keras_network import KerasNetwork
from reconattack.classifiers.backends.network_files import export_network, save_network
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.training.building import build_network
from reconattack.errors import InputError

RESIZE = {"kernel": "bilinear", "aspect": "stretch"}
SIZE = (16, 12)
FORMS = {
    "logit": lambda: layers.Dense(1),
    "probability": lambda: layers.Dense(1, activation="sigmoid"),
    "logits": lambda: layers.Dense(2),
    "probabilities": lambda: layers.Dense(2, activation="softmax"),
}
SCALINGS = {1: {"divide": 127.5, "mean": 1}, 3: {"divide": 255, "mean": [0.4, 0.5, 0.6], "std": 2}}


def network(last, channels=1, size=SIZE):
    image = keras.Input((*size, channels))
    features = layers.Conv2D(4, 3, activation="relu")(image)
    return keras.Model(image, last(layers.GlobalAveragePooling2D()(features)))


@pytest.fixture
def brought(tmp_path, seeded):
    """Both forms of a network that was brought as a Keras file."""

    def bring(model, **settings):
        model.save(tmp_path / "source.keras")
        size = settings.get("input_size")
        convert_network(tmp_path / "source.keras", tmp_path / "brought.onnx", size)
        classifier = open_classifier(settings, tmp_path / "brought.onnx", RESIZE)
        return KerasNetwork(tmp_path / "source.keras", classifier), classifier

    return bring


def check(in_keras, classifier):
    """Same logits, and slopes that are central differences along a random direction."""
    height, width = classifier.found["input_size"]
    random = np.random.default_rng(5)
    images = random.integers(0, 256, (3, height, width), np.uint8)
    expected = classifier.answers(images)
    assert np.ptp(expected) > 1e-5
    levels = tf.constant(images[..., np.newaxis], tf.float32)
    np.testing.assert_allclose(in_keras.logits(levels), expected, rtol=1e-4, atol=1e-4)
    with tf.GradientTape() as tape:
        tape.watch(levels)
        logits = in_keras.logits(levels)
    gradient = tape.gradient(logits, levels)
    change = random.uniform(-1, 1, levels.shape).astype(np.float32)
    slope = tf.reduce_sum(gradient * change, axis=(1, 2, 3)).numpy()
    plus, minus = (in_keras.logits(levels + side * change).numpy() for side in (1, -1))
    np.testing.assert_allclose(slope, (plus - minus) / 2, rtol=0.05, atol=2e-5)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("channels", "positive_class"), [(1, 0), (3, 1)])
def test_every_form_of_output(brought, form, channels, positive_class):
    model = network(FORMS[form](), channels)
    in_keras, classifier = brought(model, scaling=SCALINGS[channels], positive_class=positive_class)
    assert classifier.found["output"] == form
    check(in_keras, classifier)


def test_trained_network(tmp_path, seeded):
    model = build_network("compact", (32, 32), 0.5)
    save_network(model, tmp_path / "fold-0.keras")
    export_network(model, tmp_path / "fold-0.onnx")
    classifier = open_classifier({}, tmp_path / "fold-0.onnx", RESIZE)
    check(KerasNetwork(tmp_path / "fold-0.keras", classifier), classifier)


def test_network_for_any_size(brought):
    model = network(layers.Dense(1), size=(None, None))
    check(*brought(model, scaling={"divide": 255}, input_size=[20, 24]))


def test_channels_first(brought):
    image = keras.Input((3, *SIZE))
    weighted = layers.Dense(1)(layers.Flatten()(layers.Rescaling(0.01)(image)))
    in_keras, classifier = brought(keras.Model(image, weighted), scaling=SCALINGS[3])
    assert classifier.found["layout"] == "nchw"
    check(in_keras, classifier)


@pytest.mark.parametrize(("listed", "name"), [(False, "fibrosis"), (True, "second")])
def test_one_of_several_outputs(brought, listed, name):
    image = keras.Input((*SIZE, 1))
    features = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(image))
    heads = {
        "fat": layers.Dense(1, name="first")(features),
        "fibrosis": layers.Dense(1, name="second")(features),
    }
    model = keras.Model(image, list(heads.values()) if listed else heads)
    check(*brought(model, scaling={"divide": 255}, output_name=name))


def test_input_without_slopes_is_refused(brought):
    image = keras.Input((*SIZE, 1), dtype="uint8")
    model = keras.Model(image, layers.Dense(1)(layers.Flatten()(layers.Rescaling(0.01)(image))))
    with pytest.raises(InputError, match=r"source\.keras: its input is uint8, .* no slope"):
        brought(model)


def test_half_precision_has_the_slopes_of_single_precision(brought, half_precision):
    with half_precision("mixed_bfloat16"):
        model = network(layers.Dense(1, dtype="float32"))
    check(*brought(model, scaling={"divide": 255}))


def test_two_forms_of_different_networks(tmp_path, seeded):
    for number in range(2):
        model = build_network("compact", (32, 32), 0.5)
        save_network(model, tmp_path / f"{number}.keras")
        export_network(model, tmp_path / f"{number}.onnx")
    classifier = open_classifier({}, tmp_path / "0.onnx", RESIZE)
    with pytest.raises(InputError, match=r"1\.keras: its output differs by up to .*0\.onnx"):
        KerasNetwork(tmp_path / "1.keras", classifier)
