"""Slopes of the margins of classes, numbers and masks, by real networks on reconstructions."""

import keras
import numpy as np
import pytest
from keras import layers

import reconattack as ra
from reconattack.attacks.oracle import Oracle
from reconattack.attacks.white_box.slopes import NetworkSlopes
from reconattack.classifiers.backends.keras_conversion import convert_network
from reconattack.classifiers.backends.keras_network import KerasNetwork
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.derived import Ensemble
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction

SIZE = (16, 12)
PIXELS = SIZE[0] * SIZE[1]
START = np.array([0.9, 10.0, 55.0])
POINTS = np.array([[0.9, 10, 55], [0.6, 14, 51], [1.2, 6.5, 58]])
STEPS = np.array([1e-3, 1e-2, 1e-2])
GREY = {"divide": 255}
RESIZE = {"library": "pillow", "kernel": "bilinear"}
CLASSES = {"kind": "classes", "classes": ["a", "b", "c"]}
KINDS = {
    "logits": (CLASSES, {}),
    "probabilities": (CLASSES, {}),
    "grave": (CLASSES | {"grave": [["a", "b"], ["b", "c"], ["c", "a"]]}, {}),
    "threshold": ({"kind": "number", "unit": "%", "threshold": 0.3}, {}),
    "tolerance": ({"kind": "number", "unit": "%", "tolerance": 0.3}, {}),
    "mask": ({"kind": "mask", "structures": ["liver"], "dice": 0.9}, {}),
    "masks": ({"kind": "mask", "structures": ["liver", "kidney"], "dice": 0.9}, {}),
}


def weights(columns):
    return np.random.default_rng(2).uniform(-0.01, 0.01, (PIXELS, columns))


def last_layers(kind, image):
    """The output of a network of a kind, and its weights."""
    if kind.startswith("mask"):
        count = 1 if kind == "mask" else 3
        activation = "sigmoid" if count == 1 else "softmax"
        # A mask begins at half of the grey levels; of two, at a third and at two thirds.
        kernel = np.array([4.0] if count == 1 else [0.0, 6, 12]).reshape(1, 1, 1, count)
        bias = np.array([-2.0] if count == 1 else [0.0, -2, -6])
        return layers.Conv2D(count, 1, activation=activation)(image), [kernel, bias]
    columns = 1 if kind in ("threshold", "tolerance") else 3
    activation = "softmax" if kind == "probabilities" else None
    flat = layers.Flatten()(image)
    dense = layers.Dense(columns, use_bias=False, activation=activation)
    return dense(flat), [weights(columns) * 10]


@pytest.fixture
def made(tmp_path):
    """Both forms of a network of a kind."""

    def make(kind):
        declared, more = KINDS[kind]
        image = keras.Input((*SIZE, 1))
        output, values = last_layers(kind, image)
        network = keras.Model(image, output)
        network.set_weights(values)
        path, converted = tmp_path / f"{kind}.keras", tmp_path / f"{kind}.onnx"
        network.save(path)
        convert_network(path, converted)
        judge = OnnxClassifier(converted, scaling=GREY, decision=declared, **more)
        return path, judge, values

    return make


def shown(reconstruction, rule, point):
    """The network's input without rounding to grey levels, from 0 to 1."""
    beta, lower, upper = point
    levels = reconstruction.levels(beta).astype(np.float64)
    image = np.zeros(reconstruction.sector.shape)
    image[reconstruction.sector] = np.clip((levels - lower) / (upper - lower), 0, 1)
    down, across = rule.matrices(image.shape)
    return down @ image @ across


def soft_margin(kind, values, image, decision, reference):
    """The margin by NumPy, with soft masks."""
    if kind.startswith("mask"):
        kernel, bias = values
        scores = image[..., np.newaxis] * kernel[0, 0] + bias
        odds = np.exp(scores)
        shares = odds / (1 + odds) if kind == "mask" else odds / odds.sum(axis=-1, keepdims=True)
        dices = []
        for number in range(1, len(decision.structures) + 1):
            share = shares[..., number - (kind == "mask")]
            mask = reference == number
            dices.append(2 * (share * mask).sum() / (share.sum() + mask.sum()))
        return min(dices) - decision.dice
    scores = (image.reshape(1, -1) @ values[0])[0]
    if decision.kind == "number":
        return decision.scores(scores, reference)[0]
    return decision.scores(scores[np.newaxis], reference)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_slopes_are_central_differences_of_the_margin_without_rounding(noise_frame, made, kind):
    path, judge, values = made(kind)
    reconstruction = Reconstruction(noise_frame, 120)
    oracle = Oracle([reconstruction], judge, judge.decision)
    oracle(np.array([0]), START[np.newaxis])
    reference = oracle.reference(0)
    decided = judge.decision, oracle.reference
    network = KerasNetwork(path, judge)
    slopes = NetworkSlopes([reconstruction], network, judge, PAPER_PARAMETERS, *decided)
    found = slopes(0, POINTS[1:] if kind == "tolerance" else POINTS)  # a tolerance has a peak
    points = POINTS[1:] if kind == "tolerance" else POINTS
    for point, slope in zip(points, found, strict=True):
        for number, offset in enumerate(np.diag(STEPS)):
            plus, minus = (
                soft_margin(
                    kind,
                    values,
                    shown(reconstruction, judge.network_input, point + side),
                    judge.decision,
                    reference,
                )
                for side in (offset, -offset)
            )
            expected = (plus - minus) / (2 * STEPS[number])
            assert slope[number] == pytest.approx(expected, rel=0.03, abs=2e-4)


@pytest.mark.parametrize(
    ("kind", "changes", "gain", "flips"),
    [
        ("logits", {}, 0.1, True),
        ("logits", {}, 1, False),
        ("threshold", {"threshold": 0.1}, 1, True),
        ("threshold", {"threshold": 0.3}, 1, False),
        ("masks", {}, 1, True),
    ],
)
def test_gradient_flips_what_a_search_flips(noise_frame, made, kind, changes, gain, flips):
    start = dict(zip(PAPER_PARAMETERS, START, strict=True))
    box = ra.box(start, beta=(0.5, 1.3), alpha_lower=(5, 18))
    path, judge, _ = made(kind)
    declared, more = KINDS[kind]
    model = ra.open_model(path, scaling=GREY, decision=declared | changes, resize=RESIZE, **more)
    assert judge.decision.kind == model.decision.kind
    frame = noise_frame.assign(rf=gain * noise_frame["rf"]).assign_attrs(name="noise")
    frame.attrs.pop("label", None)
    for method in ("corners", "gradient"):
        found = ra.attack(frame, model, box, method=method, max_queries=60)
        assert found.attacked
        assert found.flipped == flips, method


def test_means_over_settings_of_classes_have_no_slopes(noise_frame, made):
    path, judge, _ = made("logits")
    mean, network = Ensemble(judge, [{}, {"beta": 0.1}]), KerasNetwork(path, judge)
    with pytest.raises(InputError, match="slopes of a mean over settings are known of binary"):
        NetworkSlopes(
            [Reconstruction(noise_frame, 120)], network, mean, PAPER_PARAMETERS, judge.decision, int
        )
