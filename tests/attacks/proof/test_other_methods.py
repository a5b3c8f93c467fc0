"""What is proved, no other method flips: every method attacks the same frames in the same box."""

import keras
import numpy as np
import pytest
from keras import layers

from reconattack.attacks.method import method_names
from reconattack.attacks.options import attack_settings
from reconattack.attacks.run import attack_frames
from reconattack.classifiers.backends.network_files import export_network, save_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.conftest import INITIAL

ROWS = 48
BOX = {"beta": (0.8, 1.0), "alpha_lower": (9.0, 11.0), "alpha_upper": (54.0, 56.0)}
STEPS = {"beta": 0.02, "alpha_lower": 0.2, "alpha_upper": 0.2}
OPTIONS = {
    "certify": {"max_cells": 300, "tolerance": 0.01},
    "each_knob": {"points_each": 31, "points_pair": 49},
    "grid": {
        "lattice": {"beta": 0.02, "alpha_lower": 0.5, "alpha_upper": 0.5},
        "max_points": 1000,
    },
    "sample": {"draws": 300, "distribution": "uniform", "confidence": 0.95},
    "zoo": {"max_steps": 30, "stop_at_bounds": "all", "probe": STEPS, "rate": STEPS},
}
BUDGET = {"max_queries": 120}


@pytest.fixture(scope="module")
def attacked(convex_scanner, tmp_path_factory):
    """Attack a small cohort by a method, in one box."""
    folder, random = tmp_path_factory.mktemp("network"), np.random.default_rng(3)
    frames = {}
    for number, factor in enumerate((1.0, 0.8, 0.6, 0.45, 0.3)):
        samples = random.standard_normal((1200, 64)) * factor
        decibels = 2 * 0.9 * 2.5 * convex_scanner.depth(1200) * 100
        samples *= 10 ** (-decibels[:, np.newaxis] / 20)
        frames[f"frame {number}"] = build_frame(samples, convex_scanner, "patient")
    network = written(folder, bias=0.0)
    start = np.array([[INITIAL[name] for name in BOX]], float)
    logits = [network.answers(Reconstruction(f, ROWS).bmode(start))[0] for f in frames.values()]
    network = written(folder, bias=-float(np.sort(logits)[1] + 0.05))

    def attack(method):
        options = OPTIONS.get(method, BUDGET)
        settings = attack_settings(method, options, BOX, has_slopes=True)
        keras_file = str(folder / "network.keras")
        return attack_frames(
            frames, network, settings, INITIAL, ROWS, 0.5, "name", keras=keras_file
        )

    return attack


def written(folder, bias):
    """A compact network of random weights in both its forms."""
    image = keras.Input((16, 16, 1))
    flow = layers.AveragePooling2D(2)(layers.Rescaling(1 / 64, -1.0)(image))
    flow = layers.Conv2D(4, 3, padding="same", activation="relu")(flow)
    flow = layers.Flatten()(layers.AveragePooling2D(2)(flow))
    logit = layers.Dense(1, name="logit")(flow)
    probability = layers.Activation("sigmoid", name="probability")(logit)
    network = keras.Model(image, {"logit": logit, "probability": probability})
    random = np.random.default_rng(0)
    weights = [random.standard_normal(array.shape) * 0.5 for array in network.get_weights()]
    network.set_weights([*weights[:-1], np.array([bias])])
    save_network(network, folder / "network.keras")
    export_network(network, folder / "network.onnx")
    return OnnxClassifier(folder / "network.onnx")


@pytest.fixture(scope="module")
def proved(attacked):
    return attacked("certify")


def test_some_frames_are_proved_and_some_flip(proved):
    assert {"certified", "flipped"} <= set(proved["stop_reason"].values.tolist())


@pytest.mark.parametrize("method", [name for name in method_names() if name != "certify"])
def test_no_method_flips_what_is_proved(attacked, proved, method):
    found = attacked(method)
    assert found["success"].values.any()
    assert not found["success"].values[proved["certified"].values].any()
    centre = np.array([INITIAL[name] for name in BOX])
    half = [(high - low) / 2 for low, high in BOX.values()]
    for place in np.flatnonzero(found["success"]):
        best = found["parameters"].values[place, int(found["best_step"][place])]
        distance = np.abs((best - centre) / half).max()
        assert distance >= float(proved["certified_margin"][place])
