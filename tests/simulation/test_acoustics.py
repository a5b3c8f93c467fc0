import numpy as np
import pytest

from reconattack.simulation.acoustics import (
    FOCUS_DEPTH,
    PULSE_DEVIATION,
    attenuated_center,
    attenuation_loss,
    beam_width,
    diffraction_loss,
    nakagami_texture,
    one_way_path,
    smooth_field,
)

CENTER = 2.5


def test_path_of_a_uniform_medium():
    path = one_way_path(np.full((201, 2), 0.7), 0.5e-3)
    assert path[0] == pytest.approx(0)
    # 0.7 dB/(cm MHz) x 10 cm = 7 dB/MHz
    assert path[-1] == pytest.approx(7 / 8.685889638)


@pytest.mark.parametrize("path", [0.0, 0.4, 1.0, 1.6])
def test_laws_agree_with_the_attenuated_spectrum(path):
    frequency = np.linspace(-10, 15, 200001)
    pulse = np.exp(-((frequency - CENTER) ** 2) / (2 * PULSE_DEVIATION**2))
    received = pulse * np.exp(-2 * path * frequency)
    power = np.sum(received**2) / np.sum(pulse**2)
    assert attenuation_loss(CENTER, path) == pytest.approx(-10 * np.log10(power), abs=1e-6)
    center = np.sum(frequency * received) / np.sum(received)
    assert attenuated_center(CENTER, path) == pytest.approx(center, abs=1e-9)


def test_the_beam_is_narrow_at_its_focus_and_widens_away():
    depth = np.linspace(0, 0.16, 161)
    width = beam_width(depth, 0.616e-3, wall_thickness=0.03)
    assert depth[np.argmin(width)] == pytest.approx(FOCUS_DEPTH)
    assert np.all(np.diff(width[depth > FOCUS_DEPTH]) > 0)
    assert 1e-3 < width.min() < 4e-3
    assert width[-1] > 1.5 * width.min()
    assert np.all(beam_width(depth, 0.616e-3, wall_thickness=0.05) > width)


def test_a_wide_beam_returns_less():
    assert 0 <= diffraction_loss(np.array(0.0775)) < 0.1
    assert diffraction_loss(np.array(0.16)) > 4


@pytest.mark.parametrize("m", [0.8, 0.87, 0.97])
def test_texture_has_the_gamma_moments(m):
    texture = nakagami_texture(m, (1500, 600), 0.25e-3, np.random.default_rng(1))
    power = 10 ** (texture / 10)
    assert power.mean() == pytest.approx(1, abs=0.02)
    assert power.var() == pytest.approx((1 - m) / (2 * m), rel=0.1)


def test_smooth_field_has_unit_variance():
    field = smooth_field((400, 400), (5.0, 2.0), np.random.default_rng(2))
    assert field.dtype == np.float32
    assert field.std() == pytest.approx(1, abs=0.03)
