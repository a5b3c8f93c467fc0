from dataclasses import replace

import numpy as np
import pytest

from reconattack.reconstruction.steps import envelope
from reconattack.simulation.acoustics import (
    FOCUS_DEPTH,
    attenuated_center,
    attenuation_loss,
    nakagami_texture,
    one_way_path,
)
from reconattack.simulation.acquisition import (
    beam_width_lines,
    blur_laterally,
    convolve_pulses,
    liver_level,
    noise_level,
    place_reflections,
    receiver_noise,
    scatter,
)
from reconattack.simulation.anatomy import Reflections, Tissue, draw_anatomy
from reconattack.simulation.patients import simulate_patient

SAMPLES, LINES = 2592, 192
GRID = 0.25e-3 * np.arange(640)


def no_reflections():
    return Reflections(np.zeros(0, int), np.zeros(0), np.zeros(0))


def homogeneous(attenuation, level=0.0):
    shape = (len(GRID), LINES)
    return Tissue(GRID, np.full(shape, level), np.full(shape, attenuation), no_reflections())


def rms_level(rf):
    return 10 * np.log10(np.mean(rf**2))


@pytest.mark.parametrize("attenuation", [0.5, 0.7, 0.95])
def test_level_and_center_frequency_fall_with_depth_as_the_formulas_say(scanner_b, attenuation):
    depth = scanner_b.depth(SAMPLES)
    path = one_way_path(np.full((SAMPLES, LINES), attenuation), depth[1] - depth[0])
    loss = attenuation_loss(2.5, path)
    echoes = np.random.default_rng(3).standard_normal((SAMPLES, LINES)) * 10 ** (-loss / 20)
    rf = convolve_pulses(echoes.astype(np.float32), path.astype(np.float32), scanner_b)
    half = 130  # 8 mm
    for middle in np.searchsorted(depth, [0.02, 0.05, 0.08, 0.11, 0.14]):
        window = slice(middle - half, middle + half)
        # Undo the expected fall within the window, so that its steepness does not shift the mean.
        flat = rf[window] * 10 ** (loss[window] / 20)
        assert rms_level(flat) == pytest.approx(0, abs=0.25)
        spectrum = np.abs(np.fft.rfft(flat * np.hanning(2 * half)[:, None], axis=0)) ** 2
        frequency = np.fft.rfftfreq(2 * half, 1 / 12.5)
        center = np.sum(frequency * spectrum.mean(axis=1)) / np.sum(spectrum.mean(axis=1))
        assert center == pytest.approx(attenuated_center(2.5, path[middle, 0]), abs=0.03)


def test_blending_keeps_the_level_between_two_pulses_of_the_bank(scanner_b):
    echoes = np.random.default_rng(4).standard_normal((SAMPLES, LINES)).astype(np.float32)
    for path in (0.0, 0.1, 0.125, 0.2, 0.25, 1.3):
        rf = convolve_pulses(echoes, np.full_like(echoes, path), scanner_b)
        assert rms_level(rf[100:-100]) == pytest.approx(0, abs=0.05)


def test_the_beam_blurs_laterally_as_wide_as_stated(scanner_b):
    depth = scanner_b.depth(SAMPLES)
    width = beam_width_lines(depth, scanner_b, LINES, wall_thickness=0.03)
    noise = np.random.default_rng(5).standard_normal((SAMPLES, 400)).astype(np.float32)
    blurred = blur_laterally(noise, width)
    assert blurred.std() == pytest.approx(1, abs=0.02)
    for place in (0.02, FOCUS_DEPTH, 0.15):
        rows = np.abs(depth - place) < 0.006
        part = blurred[rows]
        correlation = np.mean(part[:, 1:] * part[:, :-1]) / np.mean(part**2)
        assert correlation == pytest.approx(np.exp(-1 / (4 * width[rows].mean() ** 2)), abs=0.04)


def test_the_envelope_of_liver_has_its_nakagami_m(scanner_b):
    depth = scanner_b.depth(SAMPLES)
    patient = simulate_patient("scanner_b-001")
    middle = (depth > 0.05) & (depth < 0.13)
    for target in (0.87, 0.97):
        found = []
        for number in range(6):
            texture = nakagami_texture(
                target, (len(GRID), LINES), 0.25e-3, np.random.default_rng(number)
            )
            tissue = replace(homogeneous(0.6), level=texture)
            echoes = scatter(tissue, replace(patient, name=f"m-{number}"), scanner_b, depth)
            rf = convolve_pulses(echoes, np.full_like(echoes, 0.5), scanner_b)
            power = envelope(rf)[middle] ** 2
            found.append(power.mean() ** 2 / power.var())
        assert np.mean(found) == pytest.approx(target, abs=0.03)


def test_liver_is_6_db_over_the_noise_at_12_to_16_cm(scanner_b):
    depth = np.linspace(0.08, 0.2, 600)
    reached = []
    for number in range(60):
        patient = simulate_patient(f"scanner_b-{number:03d}")
        anatomy = draw_anatomy(patient)
        ratio = liver_level(anatomy, patient, scanner_b, depth)
        ratio -= noise_level(anatomy, patient, scanner_b)
        assert np.all(np.diff(ratio) < 0)
        reached.append(depth[np.argmin(np.abs(ratio - 6))])
    assert min(reached) > 0.119
    assert max(reached) < 0.161
    assert 0.13 < np.median(reached) < 0.15


def test_noise_has_unit_variance_and_its_own_patient(scanner_b):
    patient = simulate_patient("scanner_b-001")
    noise = receiver_noise((SAMPLES, LINES), patient, scanner_b)
    assert noise.std() == pytest.approx(1, abs=0.01)
    other = receiver_noise((SAMPLES, LINES), simulate_patient("scanner_b-002"), scanner_b)
    assert not np.array_equal(noise, other)


def test_a_reflection_lands_at_its_depth_with_its_level(scanner_b):
    reflections = Reflections(np.array([7]), np.array([0.06]), np.array([20.0]))
    placed = place_reflections(reflections, (SAMPLES, LINES), scanner_b)
    amplitude = envelope(convolve_pulses(placed, np.zeros_like(placed), scanner_b))
    peak = np.unravel_index(np.argmax(amplitude), amplitude.shape)
    assert scanner_b.depth(SAMPLES)[peak[0]] == pytest.approx(0.06, abs=1e-4)
    assert peak[1] == 7
    # 20 dB over the rms envelope of unit diffuse echoes, the square root of 2.
    assert amplitude.max() == pytest.approx(10 * np.sqrt(2), rel=0.03)
