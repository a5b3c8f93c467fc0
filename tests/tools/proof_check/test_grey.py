"""Computed grey levels lie between their lines, also at the steps of float32."""

import dataclasses

import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.tools.proof_check.conftest import BOX, NAMES, WITH_GAIN, part_in, settings_in
from tools.proof_check.enclosure import Part, coordinates
from tools.proof_check.grey import Frame, line_above, pixels_over

PARTS = {False: 30, True: 3000}
RAMPS = Part((0.0, 5.0, 50.0, -60.0), (20.0, 15.0, 60.0, 0.0))


def pytest_generate_tests(metafunc):
    if "parts" in metafunc.fixturenames:
        metafunc.parametrize("parts", [PARTS[metafunc.config.getoption("thorough")]])


@pytest.fixture
def coarse(convex_scanner):
    """A frame whose levels bend between two samples, so that each of three formulas is used."""
    scanner = dataclasses.replace(convex_scanner, sampling_frequency=6e6)
    samples = np.random.default_rng(3).standard_normal((200, 24))
    frame = build_frame(samples, scanner, "patient", 1, 12)
    return Reconstruction(frame, 48, NAMES)


@pytest.mark.parametrize("box", [BOX, WITH_GAIN], ids=["paper", "gain"])
def test_lines_hold_computed_levels(noise_frame, box, parts):
    check(Reconstruction(noise_frame, 48, NAMES), box, parts)


def test_lines_hold_levels_that_bend(coarse, parts):
    check(coarse, RAMPS, parts)


def check(reconstruction, box, parts):
    random, frame = np.random.default_rng(5), Frame.of(reconstruction)
    kinds = np.zeros(4, int)
    for _ in range(parts):
        part = part_in(box, random)
        settings = settings_in(part, random)
        shown = reconstruction.bmode(settings)[:, reconstruction.sector].astype(float)
        exact = coordinates(settings).T @ frame.forms.T
        pixels = pixels_over(frame, part)
        assert (shown >= pixels.below[0] * exact + pixels.below[1] - 1e-9).all()
        assert (shown <= pixels.above[0] * exact + pixels.above[1] + 1e-9).all()
        assert (shown <= pixels.most + 1e-9).all()
        rounded = shown[:, pixels.free] - exact[:, pixels.free]
        assert (np.abs(rounded) <= pixels.half).all()
        constant = (pixels.below[0] == 0) & (pixels.below == pixels.above).all(axis=0)
        white = constant & (pixels.below[1] > 0)
        mixed = ~(constant | pixels.free)
        kinds += [constant.sum() - white.sum(), white.sum(), mixed.sum(), pixels.free.sum()]
    assert (kinds > 0).all()


def test_error_is_that_of_the_part(coarse):
    frame = Frame.of(coarse)
    at_start = Part((0.9, 10.0, 55.0, 0.0), (0.9, 10.0, 55.0, 0.0))
    bent = Part((0.9, 10.0, 55.0, 0.0), (1.3, 10.0, 55.0, 0.0))
    assert frame.error(at_start) < 1e-3 < frame.error(bent) - frame.error(at_start) + 1e-3
    with pytest.raises(InputError, match=r"the window of 0\.0001 dB at 10\.0001 dB is too narrow"):
        frame.error(Part((0.9, 10.0, 10.0001, 0.0), (0.9, 10.0, 10.0001, 0.0)))


@pytest.mark.parametrize("half", [0.5, 0.51])
def test_line_is_above_and_touches(half):
    random = np.random.default_rng(4)
    lowest = random.uniform(-400, 300, 500)
    highest = lowest + np.exp(random.uniform(-8, 6, 500))
    slope, at = line_above(lowest, highest, half)
    for share in np.linspace(0, 1, 101):
        grey = lowest + share * (highest - lowest)
        apart = slope * grey + at - np.clip(grey + half, 0, 255)
        assert (apart >= 0).all()
    kinks = (np.clip(kink, lowest, highest) for kink in (-half, 255 - half))
    points = np.stack([lowest, highest, *kinks])
    assert (slope * points + at - np.clip(points + half, 0, 255)).min(axis=0).max() < 1e-9
