"""No setting of a part has a lower margin than the check's bound, by real pictures and logits."""

import numpy as np
import pytest
from scipy.special import expit, logit

from tests.attacks.proof.networks import write_pixel_network
from tests.tools.proof_check.conftest import BOX, WITH_GAIN, part_in, settings_in
from tools.proof_check.decided import PROBABILITY_ERROR, threshold
from tools.proof_check.enclosure import Part

PARTS = {False: 30, True: 2400}
PADDED = {"kernel": "bicubic", "aspect": "pad", "background": 40}


def pytest_generate_tests(metafunc):
    if "parts" in metafunc.fixturenames:
        metafunc.parametrize("parts", [PARTS[metafunc.config.getoption("thorough")]])


@pytest.mark.parametrize("reference", [0, 1])
@pytest.mark.parametrize(
    ("box", "options"),
    [
        (BOX, {"convolutions": 1}),
        (WITH_GAIN, {"convolutions": 3}),
        (BOX, {"convolutions": 2, "resize": PADDED}),
        (WITH_GAIN, {"convolutions": 1, "told": True}),
        (WITH_GAIN, {"convolutions": 1, "picture": True}),
    ],
    ids=[
        *("paper", "gain, three convolutions", "negative weights, bars", "given its setting"),
        "finished picture",
    ],
)
def test_no_margin_is_lower_than_its_bound(bounded, box, options, reference, parts):
    frame = bounded(reference, **options)
    random, sign, joint = np.random.default_rng(8), 1 if reference else -1, 0
    parts //= options["convolutions"] ** 2
    for _ in range(parts):
        part = part_in(box, random)
        logits = frame.logits(settings_in(part, random))
        frame.margin.threshold = -100.0  # far off: roundings are not bounded together
        alone = frame.margin(part).least - 100
        assert alone < (sign * logits).min()
        frame.margin.threshold = alone + 1e-4
        together = frame.margin(part).least + alone + 1e-4
        assert alone - 1e-9 <= together < (sign * logits).min()
        joint += together > alone + 1e-4
    assert joint > parts / 4


@pytest.mark.parametrize("told", [False, True])
def test_bound_closes_in_on_the_margin(bounded, told):
    """In a part where next to nothing moves, the bound is what is really computed."""
    frame = bounded(told=told)
    middle = np.array([0.93, 9.1, 56.2, 0.0])
    logits = frame.logits(middle[np.newaxis])
    for size, slack in ((1e-3, 0.02), (1e-6, 0.002)):
        half = np.array([0.4, 5, 5, 0]) * size
        part = Part(tuple(middle - half), tuple(middle + half))
        frame.margin.threshold = float(logits[0])
        assert -slack < frame.margin(part).least < 0


@pytest.mark.parametrize("reference", [0, 1])
@pytest.mark.parametrize("cutoff", [0.5, 0.2])
def test_a_network_without_rectifiers(bounded, reference, cutoff):
    weights = np.random.default_rng(2).standard_normal((24, 24)) / 2000
    frame = bounded(reference, cutoff, write=write_pixel_network, weights=weights, bias=-0.2)
    random, sign = np.random.default_rng(9), 1 if reference else -1
    for _ in range(20):
        part = part_in(BOX, random)
        logits = frame.logits(settings_in(part, random))
        margins = sign * (logits - logit(cutoff))
        assert frame.margin(part).least < margins.min()


def test_a_probability_counts_with_its_error(bounded):
    plain, chance = bounded(), bounded(output="probability")
    part = part_in(BOX, np.random.default_rng(3))
    plain.margin.threshold += 100
    chance.margin.threshold += 100
    difference = plain.margin(part).least - chance.margin(part).least
    assert difference == pytest.approx(4 * PROBABILITY_ERROR, rel=0.01)


@pytest.mark.parametrize("cutoff", [0.5, 1e-3, 0.9, 0.9999, 1 - 1e-10])
@pytest.mark.parametrize("reference", [0, 1])
def test_what_lies_beyond_the_threshold_is_decided(cutoff, reference):
    beyond = threshold(cutoff, reference, probability=False)
    assert (expit(beyond) >= cutoff) == (reference == 1)
    assert beyond == pytest.approx(logit(cutoff), abs=1e-4)
    with_error = threshold(cutoff, reference, probability=True)
    if np.isfinite(with_error):
        sign = 1 if reference else -1
        assert (expit(with_error) - sign * PROBABILITY_ERROR >= cutoff) == (reference == 1)
    else:
        assert cutoff > 1 - 2 * PROBABILITY_ERROR
        assert reference == 1
