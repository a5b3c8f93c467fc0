"""What a proof takes from a frame, a network and a cut-off."""

import numpy as np
import pytest
from scipy.special import expit, logit

from reconattack.attacks.proof.frame import frame_bound, logit_error
from reconattack.attacks.proof.relu_network import read_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.attacks.proof.conftest import BOX
from tests.attacks.proof.networks import RESIZE, write_pixel_network


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
    logits = classifier.logits(reconstruction.bmode(BOX.corners))
    margins = (1 if reference else -1) * (logits - logit(cutoff))
    assert margins.min() - 1 < found < margins.min()
