"""Judges made of other models, on real networks and real reconstructions."""

from functools import cache

import keras
import numpy as np
import pytest
from scipy.special import expit, logit

from reconattack.attacks.oracle import Oracle
from reconattack.attacks.white_box.slopes import NetworkSlopes
from reconattack.classifiers.backends.keras_network import KerasNetwork
from reconattack.classifiers.backends.network_files import export_network, save_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.derived import Ensemble, Falsified
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.training.building import build_network
from reconattack.classifiers.views import paper_parameters
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction

SIZE = (32, 32)
RESIZE = {"kernel": "bilinear", "aspect": "stretch"}
INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
POINTS = np.array([[0.9, 10, 55], [0.6, 14, 51], [1.2, 6.5, 58]])
OFFSETS = [{}, {"beta": -0.2}, {"alpha_lower": 2.0, "alpha_upper": 2.0}]
ZEROS = np.zeros(len(POINTS), int)


@pytest.fixture(scope="module")
def network_of(tmp_path_factory):
    """The ONNX file of a network by what it takes; its `.keras` file lies beside it."""

    @cache
    def make(takes):
        keras.backend.clear_session()
        keras.utils.set_random_seed(3)
        folder = tmp_path_factory.mktemp("network")
        network = build_network("compact", SIZE, 0.0, takes=takes)
        save_network(network, folder / "network.keras")
        export_network(network, folder / "network.onnx", takes)
        return folder / "network.onnx"

    return make


@pytest.fixture
def plain(network_of):
    return network_of("image")


@pytest.fixture
def conditioned(network_of):
    return network_of("image+parameters")


@pytest.fixture
def reconstruction(noise_frame):
    return Reconstruction(noise_frame, 60, PAPER_PARAMETERS, INITIAL)


def judged(judge, reconstruction, points=POINTS):
    return Oracle([reconstruction], judge)(np.zeros(len(points), int), points)


def test_ensemble_gives_the_mean_probability_about_each_setting(plain, reconstruction):
    ensemble = open_classifier({"offsets": OFFSETS}, plain, RESIZE)
    assert isinstance(ensemble, Ensemble)
    model = open_classifier({}, plain, RESIZE)
    shifts = np.array([[0, 0, 0], [-0.2, 0, 0], [0, 2, 2]])
    by_hand = [expit(judged(model, reconstruction, point + shifts)).mean() for point in POINTS]
    np.testing.assert_allclose(judged(ensemble, reconstruction), logit(by_hand), rtol=1e-6)


def test_ensemble_of_the_setting_alone_is_the_model(plain, reconstruction):
    ensemble = open_classifier({"offsets": [{}]}, plain, RESIZE)
    model = open_classifier({}, plain, RESIZE)
    np.testing.assert_allclose(
        judged(ensemble, reconstruction), judged(model, reconstruction), rtol=1e-9
    )


def test_a_setting_is_one_query_of_an_ensemble(plain, reconstruction):
    oracle = Oracle([reconstruction], open_classifier({"offsets": OFFSETS}, plain, RESIZE))
    oracle(ZEROS, POINTS)
    assert oracle.queries.tolist() == [3]


def test_ensemble_over_a_parameter_that_stands_still_is_refused(plain, reconstruction):
    ensemble = open_classifier({"offsets": [{"gain": 3.0}]}, plain, RESIZE)
    with pytest.raises(
        InputError, match="offsets of gain; expected parameters of the attack, beta"
    ):
        judged(ensemble, reconstruction)


def test_conditioned_network_is_told_the_setting_of_its_picture(conditioned, reconstruction):
    model = OnnxClassifier(conditioned, RESIZE)
    assert model.takes == "image+parameters"
    images = reconstruction.bmode(POINTS)
    expected = model.answers(images, POINTS.astype(np.float32))
    np.testing.assert_array_equal(judged(model, reconstruction), expected)
    others = model.answers(images, np.roll(POINTS, 1, axis=0).astype(np.float32))
    assert (np.abs(others - expected) > 1e-3).all()


def test_told_setting_follows_the_names_and_keeps_what_stands_still(noise_frame):
    reconstruction = Reconstruction(noise_frame, 40, ("alpha_upper", "gain"), INITIAL)
    shown = paper_parameters(reconstruction, np.array([[51, 3.0]]))
    np.testing.assert_allclose(shown, [[0.9, 10, 51]])


def test_falsified_setting_stays_while_the_picture_moves(conditioned, reconstruction):
    falsified = open_classifier({"falsified": "told"}, conditioned, RESIZE)
    assert isinstance(falsified, Falsified)
    model = OnnxClassifier(conditioned, RESIZE)
    initial = np.repeat(POINTS[:1], 3, axis=0).astype(np.float32)
    np.testing.assert_array_equal(
        judged(falsified, reconstruction), model.answers(reconstruction.bmode(POINTS), initial)
    )


def test_falsified_picture_stays_while_the_told_setting_moves(conditioned, reconstruction):
    falsified = open_classifier({"falsified": "picture"}, conditioned, RESIZE)
    model = OnnxClassifier(conditioned, RESIZE)
    still = np.repeat(reconstruction.bmode(POINTS[:1]), 3, axis=0)
    expected = model.answers(still, POINTS.astype(np.float32))
    np.testing.assert_array_equal(judged(falsified, reconstruction), expected)
    assert np.ptp(expected) > 1e-3


@pytest.mark.parametrize(
    ("falsified", "settings"), [("told", POINTS), ("picture", POINTS[[0] * 3])]
)
def test_pictures_are_those_that_are_shown(conditioned, reconstruction, falsified, settings):
    judge = open_classifier({"falsified": falsified}, conditioned, RESIZE)
    shown = Oracle([reconstruction], judge).images(0, POINTS)
    np.testing.assert_array_equal(shown, reconstruction.bmode(settings))


def test_model_that_is_told_nothing_cannot_be_told_falsely(plain):
    with pytest.raises(
        InputError, match=r"takes image; expected a model that takes image\+parameters"
    ):
        open_classifier({"falsified": "told"}, plain, RESIZE)


@pytest.mark.parametrize(
    ("takes", "derived"),
    [
        ("image", {"offsets": OFFSETS}),
        ("image+parameters", {}),
        ("image+parameters", {"falsified": "told"}),
        ("image+parameters", {"falsified": "picture"}),
    ],
)
def test_slopes_are_those_of_what_is_attacked(network_of, reconstruction, takes, derived):
    """Against central differences, which 8-bit pictures and rectifiers make coarse."""
    path = network_of(takes)
    judge = open_classifier(derived, path, RESIZE)
    network = KerasNetwork(path.with_suffix(".keras"), getattr(judge, "model", judge))
    slopes = NetworkSlopes([reconstruction], network, judge, PAPER_PARAMETERS)(0, POINTS[1:])
    steps = np.array([0.02, 0.4, 0.4])
    for point, slope in zip(POINTS[1:], slopes, strict=True):
        sides = np.concatenate([point + np.diag(steps), point - np.diag(steps)])
        plus, minus = judged(judge, reconstruction, sides).reshape(2, 3)
        differences = (plus - minus) / 2
        tolerance = 0.2 * np.abs(differences).max()
        np.testing.assert_allclose(slope * steps, differences, atol=tolerance)
