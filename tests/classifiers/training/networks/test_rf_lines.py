import keras
import numpy as np
import pytest

from reconattack.classifiers.backends.network_files import export_network, save_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.training.building import build_network

SIZE = LINES, SAMPLES = 6, 512


@pytest.fixture
def network(seeded):
    return build_network("rf_lines", SIZE, dropout=0, takes="rf")


def decaying_lines(count):
    """Noise that falls by 20 dB along the line, label 0, or by 30 dB, label 1; unit power."""
    random = np.random.default_rng(4)
    labels = np.arange(count) % 2
    fall = np.where(labels, 30, 20)[:, np.newaxis] * np.linspace(0, 1, SAMPLES)
    lines = random.standard_normal((count, *SIZE)) * 10 ** (-fall[:, np.newaxis] / 20)
    lines /= np.sqrt(np.mean(lines**2, axis=(1, 2), keepdims=True))
    return lines.astype(np.float32)[..., np.newaxis], labels


def test_learns_to_tell_two_decays_apart(network):
    lines, labels = decaying_lines(80)
    trainee = keras.Model(network.input, network.output["logit"])
    trainee.compile(
        keras.optimizers.SGD(0.01, 0.9), keras.losses.BinaryCrossentropy(from_logits=True)
    )
    trainee.fit(lines[:40], labels[:40], batch_size=8, epochs=15, verbose=0)
    logits = trainee.predict(lines[40:], verbose=0)[:, 0]
    assert np.mean((logits > 0) == labels[40:]) > 0.9


def test_answer_is_the_mean_of_the_lines_answers(network):
    lines, _ = decaying_lines(3)
    alone = [
        network.predict_on_batch(np.repeat(lines[:, [line]], LINES, axis=1))["logit"]
        for line in range(LINES)
    ]
    whole = network.predict_on_batch(lines)["logit"]
    np.testing.assert_allclose(whole, np.mean(alone, axis=0), rtol=1e-3, atol=1e-4)
    assert np.ptp(alone, axis=0).min() > 0


def test_silent_lines_have_an_answer(network):
    silent = network.predict_on_batch(np.zeros((1, *SIZE, 1), np.float32))
    assert np.isfinite(silent["logit"]).all()


def test_is_small(network):
    full = build_network("rf_lines", (24, 2048), dropout=0, takes="rf")
    assert full.count_params() < 2000
    assert not any(isinstance(x, keras.layers.BatchNormalization) for x in full.layers)


def test_both_files_are_the_same_network(tmp_path, network):
    save_network(network, tmp_path / "fold.keras")
    export_network(network, tmp_path / "fold.onnx", "rf")
    loaded = keras.models.load_model(tmp_path / "fold.keras", compile=False)
    lines, _ = decaying_lines(5)
    expected = network.predict_on_batch(lines)["logit"][:, 0]
    np.testing.assert_array_equal(loaded.predict_on_batch(lines)["logit"][:, 0], expected)
    judge = OnnxClassifier(tmp_path / "fold.onnx")
    assert judge.found["scaling_from"] == "names as this project exports them"
    np.testing.assert_allclose(judge.answers(lines[..., 0]), expected, rtol=1e-4, atol=1e-5)
