"""No setting of a cell has a lower margin than its bound, by the real pictures and logits."""

import numpy as np
import pytest
from scipy.special import expit

from reconattack.attacks.proof import pixels, rounding
from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.frame import PROBABILITY_ERROR
from reconattack.attacks.proof.levels import UNIT
from reconattack.attacks.proof.relu_network import read_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.reconstruction.passes import passes
from tests.attacks.proof.conftest import BOX, WITH_GAIN
from tests.attacks.proof.networks import RESIZE, write_network

CELLS, SETTINGS = {False: 40, True: 2000}, 42


def pytest_generate_tests(metafunc):
    if "cells" in metafunc.fixturenames:
        metafunc.parametrize("cells", [CELLS[metafunc.config.getoption("thorough")]])


def cell_in(box, random):
    """A cell of any size and shape in a box."""
    lower, upper = np.array(box.lower), np.array(box.upper)
    width = (upper - lower) * np.exp(random.uniform(np.log(0.002), 0)) * random.uniform(0.1, 1, 4)
    start = random.uniform(lower, upper - width)
    return Cell(tuple(start.tolist()), tuple((start + width).tolist()))


def settings_in(cell, random):
    """Its corners, and points on its edges and inside."""
    inside = random.uniform(cell.lower, cell.upper, (SETTINGS - 8, 4))
    edges = random.integers(0, 3, inside.shape)
    inside = np.where(edges == 0, cell.lower, np.where(edges == 1, cell.upper, inside))
    return np.concatenate([cell.corners, inside])


PADDED = {"kernel": "bicubic", "aspect": "pad", "background": 40}


@pytest.mark.parametrize(
    ("box", "options"),
    [
        (BOX, {"convolutions": 1}),
        (WITH_GAIN, {"convolutions": 3}),
        (BOX, {"convolutions": 1, "resize": PADDED}),
        (WITH_GAIN, {"convolutions": 1, "told": True}),
    ],
    ids=["paper", "gain, three convolutions", "negative weights, bars", "told its setting"],
)
def test_no_margin_is_lower_than_its_bound(bounded, box, options, cells):
    frame = bounded(box, **options)
    random = np.random.default_rng(7)
    joint, cells = 0, cells // options.get("convolutions", 1)
    for _ in range(cells):
        cell = cell_in(box, random)
        margins = frame.margins(settings_in(cell, random))
        frame.bound.threshold = 0.0
        alone = frame.least(cell)
        assert alone < margins.min()
        frame.bound.threshold = alone + 1e-3  # so that the roundings are bounded together
        together = frame.least(cell)
        assert together < margins.min() - frame.bound.threshold
        joint += together > -1e-3
    assert joint > cells / 4


def test_logits_of_probabilities_lie_within_their_slack(tmp_path):
    """At any cut-off, what a float32 sigmoid does to the logit is less than what is allowed."""
    path = write_network(tmp_path / "network.onnx", gain=4)
    images = np.random.default_rng(4).integers(0, 256, (4000, 24, 24)).astype(np.float32)
    images *= np.linspace(0, 1, len(images), dtype=np.float32)[:, np.newaxis, np.newaxis]
    classifier = OnnxClassifier(path, RESIZE)
    exact = classifier.answers(images.astype(np.uint8))
    given = OnnxClassifier(path, RESIZE, output_name="probability")
    assert read_network(path, given).gives_probability
    assert not read_network(path, classifier).gives_probability
    found = given.answers(images.astype(np.uint8))
    probability = expit(exact)
    allowed = PROBABILITY_ERROR / (probability * (1 - probability))
    assert np.ptp(exact) > 2
    assert (np.abs(found - exact) < allowed).all()


def test_levels_are_computed_within_their_error(bounded):
    frame = bounded(WITH_GAIN)
    levels = frame.bound.picture.levels
    random = np.random.default_rng(1)
    for beta, gain in random.uniform((0.5, -3), (1.3, 3), (200, 2)):
        computed = frame.reconstruction.levels(beta, gain=gain)
        exact = levels.constant + levels.slope * beta + gain
        assert np.abs(computed - exact).max() < levels.error
    assert levels.error < 1e-4


def test_grey_levels_lie_within_their_range(bounded):
    frame = bounded()
    picture = frame.bound.picture
    random = np.random.default_rng(2)
    every = np.arange(len(picture.levels.slope))
    for _ in range(20):
        cell = cell_in(BOX, random)
        lowest, highest = picture.ranges(cell, every)
        images = frame.reconstruction.bmode(settings_in(cell, random))
        shown = images[:, frame.reconstruction.sector]
        half = 0.5 + picture.error
        assert (shown >= np.clip(lowest - half, 0, 255)).all()
        assert (shown <= np.clip(highest + half, 0, 255)).all()


def test_pixels_settled_in_a_cell_are_the_same_sum_in_its_parts(bounded):
    picture = bounded().bound.picture
    first = picture.sums(BOX, picture.start())
    part, _ = BOX.halves(0, 0.9)
    part, _ = part.halves(1, 7.0)
    inherited, anew = picture.sums(part, first), picture.sums(part, picture.start())
    np.testing.assert_allclose(inherited.affine, anew.affine, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(inherited.radius, anew.radius, rtol=1e-12)
    assert sorted(inherited.unclipped) == sorted(anew.unclipped)
    assert sorted(inherited.clipped) == sorted(anew.clipped)
    assert 0 < len(inherited.clipped) < len(first.clipped)


def test_float_error_covers_float32_sums_in_another_order(bounded):
    """The same network with its sums taken backwards differs, by less than the error."""
    frame = bounded(convolutions=3)
    network = frame.bound.network
    random = np.random.default_rng(3)
    images = random.integers(0, 256, (20, 24, 24)).astype(np.float32)
    exact = network.logits(images)
    found = frame.classifier.scores(images)[:, 0]
    operations = sum(layer.roundings for layer in network.layers)
    assert 0 < np.abs(found - exact).max() < 100 * operations * UNIT


@pytest.mark.skipif(passes() is None, reason="no C compiler is here")
@pytest.mark.parametrize("kernel", ["bilinear", "bicubic"])
def test_numpy_alone_gives_the_same_bits(bounded, monkeypatch, kernel):
    """Also with the negative weights of a kernel, and where the roundings are bounded together."""
    frame = bounded(resize=RESIZE | {"kernel": kernel})
    picture, random, joint = frame.bound.picture, np.random.default_rng(3), 0
    for _ in range(12):
        cell = cell_in(BOX, random)
        part, _ = cell.halves(0, (cell.lower[0] + cell.upper[0]) / 2)
        found = []
        for library in (passes(), None):
            for module in (pixels, rounding):
                monkeypatch.setattr(module, "passes", lambda library=library: library)
            inherited = picture.sums(part, picture.sums(cell, picture.start()))
            frame.bound.threshold = 0.0
            alone = frame.bound(part, inherited)
            frame.bound.threshold = alone.least + 1e-3
            found.append((inherited, alone, frame.bound(part, inherited)))
        (compiled, *bounds), (plain, *others) = found
        for one, other in zip(vars(compiled).values(), vars(plain).values(), strict=True):
            np.testing.assert_array_equal(one, other)
        for one, other in zip(bounds, others, strict=True):
            assert (one.least, one.corner) == (other.least, other.corner)
        joint += bounds[1].least > -1e-3
    assert joint > 3
