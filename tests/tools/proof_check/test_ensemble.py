"""No mean over settings is lower than the check's bound, by real pictures and probabilities."""

import numpy as np
import pytest
from scipy.special import logit

from reconattack.classifiers.derived import Ensemble
from tests.tools.proof_check.conftest import BOX, NAMES, part_in, settings_in
from tools.proof_check.enclosure import Part
from tools.proof_check.ensemble import MeanMargin, moved

OFFSETS = [{}, {"beta": -0.2}, {"beta": 0.2}, {"alpha_lower": 2.5, "alpha_upper": 2.5}]
ROWS = np.array([[offset.get(name, 0) for name in NAMES] for offset in OFFSETS])
PARTS = {False: 10, True: 800}


def pytest_generate_tests(metafunc):
    if "parts" in metafunc.fixturenames:
        metafunc.parametrize("parts", [PARTS[metafunc.config.getoption("thorough")]])


def logits(frame, settings):
    judge = Ensemble(frame.classifier, OFFSETS)
    return judge.answers(*judge.inputs(frame.reconstruction, settings))


@pytest.mark.parametrize("reference", [0, 1])
@pytest.mark.parametrize("told", [False, True])
def test_no_mean_is_lower_than_its_bound(bounded, reference, told, parts):
    frame = bounded(reference, cutoff=0.4, gain=4, told=told)
    margin, random = MeanMargin(frame.margin, ROWS), np.random.default_rng(9)
    for _ in range(parts):
        part = part_in(BOX, random)
        margins = (1 if reference else -1) * (logits(frame, settings_in(part, random)) - logit(0.4))
        bound = margin(part)
        assert bound.least < margins.min()
        assert (bound.setting >= part.lower).all()
        assert (bound.setting <= part.upper).all()
    assert bound.least > margins.min() - 20


def test_a_small_part_is_bounded_closely(bounded):
    frame, middle = bounded(gain=4), np.array([0.9, 10.0, 55.0, 0.0])
    half = np.array([0.4, 5, 5, 0]) * 1e-4
    part = Part(tuple((middle - half).tolist()), tuple((middle + half).tolist()))
    (real,) = logits(frame, middle[np.newaxis])
    assert 0 < real - MeanMargin(frame.margin, ROWS)(part).least < 0.2


def test_one_image_is_no_mean(bounded):
    """Its bound is that of the image alone, less the arithmetic of the mean."""
    frame = bounded()
    part = part_in(BOX, np.random.default_rng(3))
    alone, mean = frame.margin(part).least, MeanMargin(frame.margin, ROWS[:1])(part).least
    assert 0 < alone - mean < 1e-10


def test_a_moved_part_holds_every_moved_setting():
    random = np.random.default_rng(4)
    for _ in range(200):
        part, offset = part_in(BOX, random), random.uniform(-1, 1, 4)
        settings = settings_in(part, random) + offset
        shifted = moved(part, offset)
        assert (settings >= shifted.lower).all()
        assert (settings <= shifted.upper).all()
