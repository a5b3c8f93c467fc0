import numpy as np
import pytest

from reconattack.frames.frame import check_frame
from reconattack.reconstruction.setting_transfer import measure_spectra
from reconattack.simulation.acoustics import diffraction_loss
from reconattack.simulation.uniform_phantom import ATTENUATION, echo_level, simulate_uniform_phantom

LINES, SAMPLES = 192, 2592


@pytest.fixture(scope="module")
def frame(scanner_b):
    return simulate_uniform_phantom("phantom-001", scanner_b, LINES, SAMPLES)


def test_a_phantom_is_an_rf_frame_without_a_label(frame):
    check_frame(frame)
    assert frame.attrs["patient"] == "phantom"
    assert "label" not in frame.attrs
    assert frame["rf"].shape == (SAMPLES, LINES)


def test_frames_repeat_and_differ_by_name(frame, scanner_b):
    assert frame.identical(simulate_uniform_phantom("phantom-001", scanner_b, LINES, SAMPLES))
    other = simulate_uniform_phantom("phantom-002", scanner_b, LINES, SAMPLES)
    assert not np.array_equal(frame["rf"], other["rf"])


@pytest.mark.parametrize("focus", [0.05, 0.08])
def test_level_and_centre_fall_as_the_formulas_say(scanner_b, focus):
    names = [f"phantom-{number:03d}" for number in range(4)]
    frames = [
        (name, simulate_uniform_phantom(name, scanner_b, LINES, SAMPLES, focus)) for name in names
    ]
    found = measure_spectra(frames)
    shallow = (found.depth > 0.01) & (found.depth < 0.1)  # above the noise
    step = found.frequency[1] - found.frequency[0]
    # An envelope has twice the power of RF samples whose rms is 1.
    level = 10 * np.log10(found.power.sum(axis=1) * step / 2)
    known = echo_level(scanner_b, found.depth, focus)
    np.testing.assert_allclose(level[shallow], known[shallow], atol=0.8)
    center = (found.power @ found.frequency / found.power.sum(axis=1))[shallow]
    path = 100 * found.depth[shallow] * ATTENUATION / 8.686
    np.testing.assert_allclose(center / 1e6, 2.5 - 2 * 0.5**2 * path, atol=0.06)


def test_a_shallow_focus_loses_less_above_and_more_below():
    near, far = diffraction_loss(np.array([0.04, 0.12]), 0.05) - diffraction_loss(
        np.array([0.04, 0.12]), 0.10
    )
    assert near < 0 < far
