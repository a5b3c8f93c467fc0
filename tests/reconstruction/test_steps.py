import numpy as np
import pytest
from scipy.fft import next_fast_len
from scipy.signal import hilbert

from reconattack.reconstruction.steps import attenuation_gain, envelope, window


def test_attenuation_gain_by_hand():
    # 2 x 0.9 dB/(cm MHz) x 2.5 MHz x 10 cm = 45 dB, a factor of 177.83
    gain = attenuation_gain(0.9, 2.5, np.array([0, 10.0]))
    np.testing.assert_allclose(gain, [1, 177.827941], rtol=1e-8)


@pytest.mark.parametrize(
    ("level", "grey"),
    [
        (10, 0),
        (55, 255),
        (-758, 0),
        (9.99, 0),
        (55.01, 255),
        (32.5, 128),
        (20, 57),
        (10.08, 0),
        (10.1, 1),
    ],
)
def test_thresholds_and_rounding(level, grey):
    # 255 grey levels over 45 dB: 32.5 dB is 127.5, rounded to the even 128; 20 dB is 56.67
    assert np.rint(window(np.array([level], np.float32), 10, 55)) == grey


def test_window_leaves_its_levels_alone():
    level = np.array([0, 30, 99], np.float32)
    window(level, 10, 55)
    np.testing.assert_array_equal(level, [0, 30, 99])


def test_envelope_of_a_modulated_carrier_is_its_modulation():
    time = np.arange(2048)
    modulation = np.sin(np.pi * time / 2048) ** 4 * (1 + 0.5 * np.cos(2 * np.pi * time / 512))
    carrier = np.cos(2 * np.pi * time / 8)
    amplitude = envelope((modulation * carrier)[:, np.newaxis].astype(np.float32))
    np.testing.assert_allclose(amplitude[:, 0], modulation, atol=1e-5)


def test_loud_start_of_a_line_does_not_leak_into_its_faint_end():
    loud = np.zeros((1024, 2), np.float32)
    loud[:64] = 1e4 * np.random.default_rng(5).standard_normal((64, 2))
    wrapped = np.abs(hilbert(loud, axis=0))
    assert envelope(loud)[-16:].max() < 0.2 * wrapped[-16:].max()


@pytest.mark.parametrize("count", [64, 101, 1000, 2048])
def test_envelope_is_that_of_the_transform_of_each_padded_line(count):
    samples = np.random.default_rng(count).standard_normal((count, 11)).astype(np.float32)
    padded = 2 * next_fast_len(count, real=True)
    expected = np.abs(hilbert(samples.astype(float), padded, axis=0)[:count])
    np.testing.assert_allclose(envelope(samples), expected, rtol=1e-6)


def test_envelope_of_more_lines_than_samples_is_that_of_each_line_alone():
    samples = np.random.default_rng(6).standard_normal((70, 101)).astype(np.float32)
    alone = np.hstack([envelope(samples[:, [line]]) for line in range(101)])
    np.testing.assert_array_equal(envelope(samples), alone)
