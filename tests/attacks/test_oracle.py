import numpy as np
import pytest

from reconattack.attacks.methods.zoo import attack, loss_gradients
from reconattack.attacks.oracle import BATCH, Oracle
from reconattack.attacks.path import Target
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.views import VIEWS
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.reconstruction import Reconstruction

ROWS = 40


class GreyClassifier(Judge):
    """The logit of an image is its mean grey level in units of ten, about a cut at 70."""

    def __init__(self):
        self.batches = []

    def inputs(self, reconstruction, parameters, images=None):
        return VIEWS["image"](reconstruction, parameters, images)

    def log_use(self):
        pass

    def answers(self, images):
        assert images.dtype == np.uint8
        assert images.ndim == 3
        self.batches.append(len(images))
        return images.reshape(len(images), -1).astype(np.float64).mean(axis=1) / 10 - 7


@pytest.fixture
def reconstructions(scanner):
    """Three frames of noise that is attenuated by 0.9 dB/(cm MHz), from faint to loud."""
    random = np.random.default_rng(8)
    decibels = 2 * 0.9 * scanner.center_frequency / 1e6 * scanner.depth(400) * 100
    frames = [
        loudness * random.standard_normal((400, 24)) * 10 ** (-decibels[:, np.newaxis] / 20)
        for loudness in (0.2, 1, 2)
    ]
    return [Reconstruction(build_frame(frame, scanner, "p"), ROWS) for frame in frames]


@pytest.fixture
def queries():
    """Frames and parameter vectors in no order, some of them twice."""
    random = np.random.default_rng(9)
    frames = random.integers(0, 3, 50)
    betas, lowers = random.choice([0.85, 0.9, 1.3], 50), random.choice([5, 10.1, 15], 50)
    vectors = np.stack([betas, lowers, random.choice([50, 55, 60.1], 50)], axis=1)
    return frames, vectors


def test_logits_are_those_of_each_image_alone(reconstructions, queries):
    frames, vectors = queries
    together = Oracle(reconstructions, GreyClassifier())(frames, vectors)
    by_hand = [
        reconstructions[frame].bmode(vector)[0].mean(dtype=np.float64) / 10 - 7
        for frame, vector in zip(frames, vectors, strict=True)
    ]
    assert together.dtype == np.float64
    np.testing.assert_allclose(together, by_hand, rtol=1e-12)
    assert np.ptp(together) > 1


def test_order_of_queries_does_not_matter(reconstructions, queries):
    frames, vectors = queries
    oracle = Oracle(reconstructions, GreyClassifier())
    order = np.random.default_rng(1).permutation(len(frames))
    np.testing.assert_array_equal(
        oracle(frames, vectors)[order], oracle(frames[order], vectors[order])
    )


def test_every_image_is_counted_for_its_frame(reconstructions, queries):
    frames, vectors = queries
    oracle = Oracle(reconstructions, GreyClassifier())
    assert oracle.queries.tolist() == [0, 0, 0]
    oracle(frames, vectors)
    np.testing.assert_array_equal(oracle.queries, np.bincount(frames, minlength=3))
    oracle(np.array([2, 2]), vectors[:2])
    assert oracle.queries.sum() == 52


def test_batches_are_bounded(reconstructions):
    classifier = GreyClassifier()
    frames = np.zeros(2 * BATCH + 3, int)
    Oracle(reconstructions, classifier)(frames, np.tile([0.9, 10.0, 55.0], (len(frames), 1)))
    assert classifier.batches == [BATCH, BATCH, 3]


def test_no_frames(reconstructions):
    oracle = Oracle([], GreyClassifier())
    assert oracle(np.array([], int), np.empty((0, 3))).shape == (0,)
    assert oracle.queries.shape == (0,)
    assert Oracle(reconstructions, GreyClassifier())(np.array([], int), np.empty((0, 3))).size == 0


def test_gradient_through_the_reconstruction(reconstructions, paper_space):
    """Central differences of softplus(-+logit), formed image by image."""
    oracle = Oracle(reconstructions, GreyClassifier())
    frames, references = np.array([0, 1, 2]), np.array([1, 0, 1])
    points = np.array([[0.9, 10, 55], [0.5, 15, 50], [1.3, 5, 60]])
    gradients = loss_gradients(oracle, Binary(), frames, points, references, paper_space)

    def loss(frame, vector):
        logit = reconstructions[frame].bmode(vector)[0].mean(dtype=np.float64) / 10 - 7
        return np.log1p(np.exp(-logit if references[frame] else logit))

    for frame, point in enumerate(points):
        for column, probe in enumerate((0.05, 0.1, 0.1)):
            offset = probe * np.eye(3)[column]
            by_hand = (loss(frame, point + offset) - loss(frame, point - offset)) / (2 * probe)
            assert gradients[frame, column] == pytest.approx(by_hand, rel=1e-6, abs=1e-12)
    assert (gradients != 0).all()
    assert oracle.queries.tolist() == [6, 6, 6]


def test_attack_on_brightness_darkens_fatty_frames_and_brightens_normal_ones(
    reconstructions, paper_space
):
    oracle = Oracle(reconstructions, GreyClassifier())
    paths = attack(Target(oracle, np.full(3, -1), Binary(0.5)), paper_space, 100, "all")
    for path, queries in zip(paths, oracle.queries, strict=True):
        direction = -1 if path.reference else 1
        beta, lower, upper = direction * (path.parameters[1] - path.parameters[0])
        assert (beta > 0, lower < 0, upper < 0) == (True, True, True)
        stuck = 6 if path.stop_reason in ("bounds", "cycle") else 0
        assert queries == 1 + 7 * (len(path.parameters) - 1) + stuck
    assert {path.reference for path in paths} == {0, 1}
