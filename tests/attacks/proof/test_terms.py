"""Each term of the error is needed: a frame or a network contradicts the bound without it.

The term of pixels that follow the middle of their group is in `test_rounding`.
"""

import dataclasses

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from reconattack.attacks.proof import bounds, levels, pixels
from reconattack.attacks.proof.cell import Cell, coordinates
from reconattack.attacks.proof.frame import frame_bound
from reconattack.attacks.proof.levels import grey_error, pixel_levels
from reconattack.attacks.proof.relu_network import read_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import DECIBELS_PER_NEPER
from tests.attacks.proof.networks import RESIZE, write_pixel_network

ROWS = 48
NAMES = ("beta", "alpha_lower", "alpha_upper", "gain")
BOX = Cell((0.0, 18.0, 38.0, 0.0), (3.0, 20.0, 40.0, 0.0))
BETWEEN = 131000 + 2.0**-7  # a float32 number; with 255 added, one is halfway between two
WHITE = np.array([0.9, -60.0, -50.0, 0.0])


@pytest.fixture
def coarse(convex_scanner):
    """A frame with 6 million samples a second: a steep ramp bends the level between two of them."""
    scanner = dataclasses.replace(convex_scanner, sampling_frequency=6e6)
    samples = np.random.default_rng(3).standard_normal((600, 64))
    decibels = 2 * 0.9 * 2.5 * scanner.depth(600) * 100
    frame = build_frame(samples * 10 ** (-decibels[:, np.newaxis] / 20), scanner, "patient", 1, 12)
    return Reconstruction(frame, ROWS, NAMES)


def beyond_half(reconstruction, found, settings):
    """The most by which a computed grey level is more than a half away from the exact one."""
    shown = reconstruction.bmode(settings)[:, reconstruction.sector].astype(float)
    forms = np.stack([found.constant, found.slope, -np.ones_like(found.slope)])
    exact = coordinates(settings)[:3].T @ forms
    unclipped = (exact > 0) & (exact < 255)
    return np.abs(shown - exact)[unclipped].max() - 0.5


def random_settings(box, count, **fixed):
    settings = np.random.default_rng(6).uniform(box.lower, box.upper, (count, 4))
    for name, value in fixed.items():
        settings[:, NAMES.index(name)] = value
    return settings


def test_bend_of_a_level_between_two_samples(coarse):
    found = pixel_levels(coarse, (BOX.lower[0], BOX.upper[0]))
    error = grey_error(found.error, 18, 40)
    spacing = 1540 / 2 / 6e6
    bend = DECIBELS_PER_NEPER * (2.1 * 500 * spacing / DECIBELS_PER_NEPER) ** 2 / 8
    beyond = beyond_half(coarse, found, random_settings(BOX, 2000, beta=3.0))
    assert grey_error(found.error - bend, 18, 40) < beyond <= error


def test_float32_of_levels(noise_frame, monkeypatch):
    """Levels of hundreds of decibels, behind a large gain, have fewer digits behind the point."""
    reconstruction = Reconstruction(noise_frame, ROWS, NAMES)
    box = Cell((0.5, 205.0, 250.0, 200.0), (1.3, 215.0, 260.0, 200.0))
    found = pixel_levels(reconstruction, (0.5, 1.3), 200.0)
    settings = random_settings(box, 1000)
    beyond = beyond_half(reconstruction, found, settings)

    def error():
        return grey_error(pixel_levels(reconstruction, (0.5, 1.3), 200.0).error, 35, 260)

    assert beyond <= error()
    monkeypatch.setattr(levels, "UNIT", 0.0)
    assert error() < beyond


@dataclasses.dataclass
class OnePixel:
    """A frame whose logit is a weighted sum of its grey levels."""

    classifier: OnnxClassifier
    reconstruction: Reconstruction
    box: Cell

    def contradictions(self, settings):
        """How many of some settings have a margin below the bound at that setting alone."""
        network = read_network(self.classifier.name, self.classifier)
        count = 0
        for reference in (0, 1):
            rule = self.classifier.network_input
            found = frame_bound(self.reconstruction, network, rule, self.box, reference, 0.5)
            found.threshold = -found.sign * 1e4  # far off: roundings are not bounded together
            sign = 1 if reference else -1
            margins = sign * self.classifier.answers(self.reconstruction.bmode(settings))
            for setting, margin in zip(settings, margins, strict=True):
                point = Cell(tuple(setting), tuple(setting))
                bound = found(point, found.picture.sums(point, found.picture.start()))
                count += bound.least - 1e4 > margin
        return count


@pytest.fixture
def one_pixel(noise_frame, tmp_path):
    def make(cancelled=0.0, box=None):
        reconstruction = Reconstruction(noise_frame, ROWS, NAMES)
        weights = np.zeros(reconstruction.sector.shape)
        row, column = np.argwhere(reconstruction.sector)[700]
        weights[row, column] = 1
        path = write_pixel_network(tmp_path / "pixel.onnx", weights, 0.0, cancelled)
        return OnePixel(OnnxClassifier(path, RESIZE), reconstruction, box)

    return make


def test_rounding(one_pixel, monkeypatch):
    box = Cell((0.5, 5.0, 50.0, 0.0), (1.3, 15.0, 60.0, 0.0))
    frame, settings = one_pixel(box=box), random_settings(box, 60)
    assert frame.contradictions(settings) == 0
    monkeypatch.setattr(pixels, "HALF", 0.0)
    monkeypatch.setattr(bounds, "HALF", 0.0)
    assert frame.contradictions(settings) > 20


def test_float32_of_networks(one_pixel, monkeypatch):
    """A white pixel is rounded exactly, and loses its last digits to a large number."""
    at_white = Cell(tuple(WHITE), tuple(WHITE))
    frame = one_pixel(cancelled=BETWEEN, box=at_white)
    assert frame.contradictions(WHITE[np.newaxis]) == 0
    monkeypatch.setattr(bounds, "UNIT", 0.0)
    assert frame.contradictions(WHITE[np.newaxis]) == 1


def test_float32_of_moments_that_cancel(noise_frame, tmp_path):
    """A batch normalization takes off nearly what it adds: each is rounded for itself."""
    reconstruction = Reconstruction(noise_frame, ROWS, NAMES)
    at_white = Cell(tuple(WHITE), tuple(WHITE))
    path = write_normalized(tmp_path / "normalized.onnx")
    classifier = OnnxClassifier(path, {"kernel": "nearest", "aspect": "stretch"})
    frame = OnePixel(classifier, reconstruction, at_white)
    picture = classifier.network_input(reconstruction.bmode(WHITE[np.newaxis]))
    (computed,) = classifier.answers_of(picture)
    (exact,) = read_network(path, classifier).logits(picture)
    assert 1e-3 < abs(computed - exact) < 0.1
    assert frame.contradictions(WHITE[np.newaxis]) == 0


def write_normalized(path):
    """One pixel behind a batch normalization whose bias is what its mean takes off."""
    scale, mean = np.float32(1 / 3), np.float32(131000.3)
    constants = {
        "scale": np.array([scale]),
        "mean": np.array([mean]),
        "bias": np.array([scale * mean]),
        "variance": np.float32([1]),
        "weights": np.eye(16, 1, -5, np.float32),
    }
    moments = ["scale", "bias", "mean", "variance"]
    nodes = [
        helper.make_node("Transpose", ["image"], ["turned"], perm=[0, 3, 1, 2]),
        helper.make_node("BatchNormalization", ["turned", *moments], ["normal"], epsilon=0.0),
        helper.make_node("Flatten", ["normal"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 1])
        for name in ("logit", "probability")
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 4, 4, 1])
    stored = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "network", [image], outputs, stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return str(path)
