import numpy as np
import pytest

from reconattack.reconstruction.stages.band_pass import band_pass

SAMPLING, CENTER = 12.5e6, 2.5e6
TIME = np.arange(2000)[:, np.newaxis] / SAMPLING
MIDDLE = slice(500, 1500)


def tone(frequency):
    return np.cos(2 * np.pi * frequency * TIME).astype(np.float32)


def amplitude(frequency, shift, sharpness):
    filtered = band_pass(tone(frequency), SAMPLING, CENTER, shift, sharpness)[MIDDLE]
    return np.sqrt(2 * np.mean(filtered**2))


@pytest.mark.parametrize("shift", [0, 4e5, -4e5])
@pytest.mark.parametrize("sharpness", [0.5, 1, 2])
def test_response_is_one_at_the_centre_and_half_at_the_edges_of_the_band(shift, sharpness):
    half_width = CENTER / sharpness / 2
    assert amplitude(CENTER + shift, shift, sharpness) == pytest.approx(1, abs=0.01)
    edge = CENTER + shift + half_width
    if edge < SAMPLING / 2:
        assert amplitude(edge, shift, sharpness) == pytest.approx(0.5, abs=0.01)
    edge = CENTER + shift - half_width
    if edge > 0:
        assert amplitude(edge, shift, sharpness) == pytest.approx(0.5, abs=0.01)


def test_nothing_moves_in_depth():
    pulse = np.exp(-(((TIME - TIME[1000]) * 2e6) ** 2)) * np.cos(
        2 * np.pi * CENTER * (TIME - TIME[1000])
    )
    filtered = band_pass(pulse.astype(np.float32), SAMPLING, CENTER, 0, 1)
    assert filtered.argmax() == 1000
    np.testing.assert_allclose(filtered[900:1000], filtered[1100:1000:-1], atol=1e-6)


def test_the_end_of_a_line_does_not_leak_into_its_start():
    line = np.zeros((512, 1), np.float32)
    line[-4:] = 1
    assert np.abs(band_pass(line, SAMPLING, CENTER, 0, 2)[:100]).max() < 1e-6


def test_demodulated_samples_are_filtered_as_the_rf_they_stand_for():
    modulation = np.exp(-(((TIME - TIME[1000]) * 1e6) ** 2))
    carrier = np.exp(2j * np.pi * CENTER * TIME)
    rf = np.real(modulation * carrier)
    of_rf = band_pass(rf, SAMPLING, CENTER, 3e5, 1.5)
    of_iq = band_pass(modulation.astype(complex), SAMPLING, CENTER, 3e5, 1.5)
    np.testing.assert_allclose(np.real(of_iq * carrier), of_rf, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_shape_and_type_stay(dtype):
    filtered = band_pass(np.ones((100, 3), dtype), SAMPLING, CENTER, 0, 1)
    assert filtered.shape == (100, 3) and filtered.dtype == dtype
