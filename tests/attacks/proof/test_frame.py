"""What a proof takes from a frame, a network and a cut-off."""

import numpy as np
import pytest
from scipy.special import expit, logit

from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.frame import frame_bound, logit_error
from reconattack.attacks.proof.relu_network import read_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.errors import InputError
from reconattack.reconstruction.pictures import PictureReconstruction
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.proof.conftest import BOX
from tests.attacks.proof.networks import RESIZE, write_pixel_network
from tests.picture_frames import picture_of


@pytest.mark.parametrize("cutoff", [0.5, 0.01, 0.9, 0.9999, 1 - 1e-5])
@pytest.mark.parametrize("error", [0.0, 2e-6])
def test_a_logit_beyond_its_error_decides(cutoff, error):
    slack = logit_error(cutoff, error)
    assert expit(logit(cutoff) + slack) - error >= cutoff
    assert expit(logit(cutoff) - slack) + error <= cutoff


def test_no_logit_decides_where_the_error_reaches_certainty():
    assert logit_error(1 - 1e-6, 2e-6) == np.inf


def test_sums_of_a_kernel_that_cancels_are_as_large_as_their_terms(bounded):
    """Pooling takes the mean of overshoots of either sign: what float32 rounds is larger."""
    resize = {"kernel": "bicubic", "aspect": "pad", "background": 40}
    frame = bounded(resize=resize)
    rule, shape = frame.classifier.network_input, frame.reconstruction.sector.shape
    down, across = (abs(matrix.toarray().astype(float)) for matrix in rule.matrices(shape))
    terms = down @ np.full(shape, 255.0) @ across + 40 * rule.bars(shape)
    largest = frame.bound._largest
    np.testing.assert_allclose(largest, frame.bound.network.entry.magnitude @ terms.ravel())
    net = abs(frame.bound.picture.weights).sum(axis=1) * 255
    assert (largest >= net).all()
    assert (largest > 1.01 * net).any()


@pytest.mark.parametrize("cutoff", [0.5, 0.2])
@pytest.mark.parametrize("reference", [0, 1])
@pytest.mark.parametrize("second", [0.0, -1 / 90])
def test_a_network_without_rectifiers_is_bounded(noise_frame, tmp_path, cutoff, reference, second):
    reconstruction = Reconstruction(noise_frame, 48, ("beta", "alpha_lower", "alpha_upper", "gain"))
    weights = np.zeros(reconstruction.sector.shape)
    row, column = np.argwhere(reconstruction.sector)[700]
    weights[row, column : column + 2] = 1 / 64, second
    path = write_pixel_network(tmp_path / "linear.onnx", weights, -2.0)
    classifier = OnnxClassifier(path, RESIZE)
    network = read_network(path, classifier)
    rule = classifier.network_input
    bound = frame_bound(reconstruction, network, rule, BOX, reference, cutoff)
    found = bound(BOX, bound.picture.sums(BOX, bound.picture.start())).least
    logits = classifier.answers(reconstruction.bmode(BOX.corners))
    margins = (1 if reference else -1) * (logits - logit(cutoff))
    assert margins.min() - 1 < found < margins.min()


@pytest.fixture
def of_picture(noise_frame, tmp_path):
    """A picture frame and a linear network of random weights: the bound of its margin."""

    def bound(**facts):
        names = ("beta", "alpha_lower", "alpha_upper", "gain")
        frame = picture_of(noise_frame, rows=48, text=True, **facts)
        picture = PictureReconstruction(frame, names)
        weights = np.random.default_rng(2).normal(0, 1e-3, picture.sector.shape)
        weights[~picture.sector] = 1e-3
        path = write_pixel_network(tmp_path / "linear.onnx", weights, 0.0)
        classifier = OnnxClassifier(path, RESIZE)
        network = read_network(path, classifier)
        rule = classifier.network_input
        bound = frame_bound(picture, network, rule, BOX, 1, 0.5)
        return picture, classifier, bound, 0.51 * abs(weights[picture.sector]).sum() + 0.05

    return bound


def test_bound_of_a_picture_holds_at_every_setting(of_picture):
    """With what surrounds the scan: without it the bound would be off by more than roundings."""
    picture, classifier, bound, roundings = of_picture()
    found = bound(BOX, bound.picture.sums(BOX, bound.picture.start())).least
    random = np.random.default_rng(3)
    points = random.uniform(BOX.lower, BOX.upper, (400, 4))
    logits = classifier.answers(picture.bmode(np.concatenate([BOX.corners, points])))
    assert found < logits.min()
    cell = Cell(BOX.lower, tuple(np.add(BOX.lower, 1e-9)))
    narrow = bound(cell, bound.picture.sums(cell, bound.picture.start())).least
    logit_there = logits_at(classifier, picture, BOX.lower)
    assert logit_there - roundings < narrow < logit_there
    if picture.outside.any():
        assert 1e-3 * picture.outside.sum() > roundings


def logits_at(classifier, picture, vector):
    return classifier.answers(picture.bmode([vector])).item()


@pytest.mark.parametrize(
    "facts", [{"dynamic_range": 60.0}, {"grey_map": np.linspace(0, 1, 256) ** 1.2}]
)
def test_pictures_with_another_window_are_refused(of_picture, facts):
    with pytest.raises(InputError, match=r"cannot be proved: white lies \+\d+ dB from alpha_upper"):
        of_picture(**facts)
