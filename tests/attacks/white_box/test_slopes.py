"""Slopes of real networks on real reconstructions."""

import keras
import numpy as np
import pytest
from keras import layers
from scipy.special import expit

from reconattack.attacks.white_box.slopes import NetworkSlopes
from reconattack.classifiers.backends.keras_network import KerasNetwork
from reconattack.classifiers.backends.network_files import export_network, save_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.derived import Ensemble
from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction

SIZE = (16, 12)
POINTS = np.array([[0.9, 10, 55], [0.6, 14, 51], [1.2, 6.5, 58]])


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Folder and weights of a network."""
    return written(tmp_path_factory.mktemp("network"), lowest=0.0)


def written(folder, lowest):
    """A network, both its forms, whose logit is a weighted sum of the grey levels."""
    image = keras.Input((*SIZE, 1))
    weights = np.random.default_rng(2).uniform(lowest, 0.01, (SIZE[0] * SIZE[1], 1))
    logit = layers.Dense(1, use_bias=False, name="logit")(layers.Flatten()(image))
    probability = layers.Activation("sigmoid", name="probability")(logit)
    network = keras.Model(image, {"logit": logit, "probability": probability})
    network.set_weights([weights])
    save_network(network, folder / "network.keras")
    export_network(network, folder / "network.onnx")
    return folder, weights.reshape(SIZE)


@pytest.fixture
def slopes_of(files):
    folder, _ = files
    classifier = OnnxClassifier(folder / "network.onnx")
    network = KerasNetwork(folder / "network.keras", classifier)

    def build(*reconstructions, names=PAPER_PARAMETERS):
        return NetworkSlopes(reconstructions, network, classifier, names)

    return build


def unrounded_logit(reconstruction, weights, classifier_input, beta, lower, upper):
    levels = reconstruction.levels(beta).astype(np.float64)
    image = np.zeros(reconstruction.sector.shape)
    image[reconstruction.sector] = np.clip((levels - lower) * 255 / (upper - lower), 0, 255)
    down, across = classifier_input.matrices(image.shape)
    return np.sum(weights * (down @ image @ across))


def test_slopes_are_central_differences_of_the_logit_without_rounding(
    noise_frame, slopes_of, files
):
    folder, weights = files
    rule = OnnxClassifier(folder / "network.onnx").network_input
    reconstruction = Reconstruction(noise_frame, 120)
    slopes = slopes_of(reconstruction)(0, POINTS)
    for point, slope in zip(POINTS, slopes, strict=True):
        for number, step in enumerate((1e-3, 1e-2, 1e-2)):
            offset = step * np.eye(3)[number]
            plus, minus = (
                unrounded_logit(reconstruction, weights, rule, *point + side)
                for side in (offset, -offset)
            )
            assert slope[number] == pytest.approx((plus - minus) / (2 * step), rel=0.01)


def test_slopes_of_an_ensemble_are_those_of_its_members_by_their_share(noise_frame, tmp_path):
    """Of log(p / (1 - p)), p the mean of the members' probabilities, by the chain rule."""
    folder, _ = written(tmp_path, lowest=-0.01)
    classifier = OnnxClassifier(folder / "network.onnx")
    network = KerasNetwork(folder / "network.keras", classifier)
    reconstruction = Reconstruction(noise_frame, 120)
    judge = Ensemble(classifier, [{}, {"beta": -0.05}, {"alpha_lower": 2.0, "alpha_upper": 1.0}])
    shifts = np.array([[0, 0, 0], [-0.05, 0, 0], [0, 2, 1]])
    found, alone = (
        NetworkSlopes([reconstruction], network, one, PAPER_PARAMETERS)
        for one in (judge, classifier)
    )
    for point, slope in zip(POINTS, found(0, POINTS), strict=True):
        logits = classifier.answers(reconstruction.bmode(point + shifts))
        assert np.abs(logits).max() < 10
        mean = expit(logits).mean()
        shares = expit(logits) * expit(-logits) / len(logits) / (mean * (1 - mean))
        np.testing.assert_allclose(slope, shares @ alone(0, point + shifts), rtol=1e-3)


def test_parameters_go_by_their_names(noise_frame, slopes_of):
    reconstruction = Reconstruction(noise_frame, 120)
    turned = slopes_of(reconstruction, names=("alpha_upper", "beta", "alpha_lower"))
    np.testing.assert_array_equal(
        turned(0, POINTS[:, [2, 0, 1]]), slopes_of(reconstruction)(0, POINTS)[:, [2, 0, 1]]
    )


def test_parameters_of_other_stages_have_no_slopes(noise_frame, slopes_of):
    with pytest.raises(InputError, match=r"slopes of the picture in zoom, lee are not known"):
        slopes_of(Reconstruction(noise_frame, 120), names=("beta", "zoom", "alpha_lower", "lee"))


def test_frames_beside_it_change_no_slope(convex_scanner, linear_scanner, slopes_of):
    random = np.random.default_rng(2)
    first, second = (
        Reconstruction(build_frame(random.standard_normal((samples, 40)), scanner, "p"), rows)
        for scanner, samples, rows in ((convex_scanner, 500, 90), (linear_scanner, 700, 70))
    )
    both = slopes_of(first, second)
    mixed = [both(1, POINTS[:1]), both(0, POINTS[:1]), both(1, POINTS[:1])]
    alone = [slopes_of(frame)(0, POINTS[:1]) for frame in (second, first, second)]
    np.testing.assert_array_equal(mixed, alone)


def test_network_that_rounds_its_image_has_no_slopes(noise_frame, slopes_of, tmp_path):
    image = keras.Input((*SIZE, 1))
    features = layers.Flatten()(layers.Rescaling(1 / 255)(keras.ops.round(image)))
    network = keras.Model(image, layers.Dense(1)(features))
    network.save(tmp_path / "rounding.keras")
    export_network(network, tmp_path / "rounding.onnx")
    classifier = OnnxClassifier(tmp_path / "rounding.onnx", scaling={"divide": 1})
    reconstruction = Reconstruction(noise_frame, 120)
    slopes = NetworkSlopes(
        [reconstruction],
        KerasNetwork(tmp_path / "rounding.keras", classifier),
        classifier,
        PAPER_PARAMETERS,
    )
    with pytest.raises(InputError, match="has no slope in its image"):
        slopes(0, POINTS)
