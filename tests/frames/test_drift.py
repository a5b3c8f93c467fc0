import numpy as np
import pytest

from reconattack.frames.drift import hann, moving_line, remove_drift
from reconattack.frames.empty_samples import empty_samples
from reconattack.reconstruction.steps import envelope

SAMPLING, CENTER = 40e6, 5e6
SAMPLES, LINES = 1024, 24
TIME = np.arange(SAMPLES)[:, np.newaxis] / SAMPLING


def pulse_echoes(samples=SAMPLES, lines=LINES, seed=0):
    """Speckle at 5 MHz of a probe at 40 MHz, in whole numbers up to 3,000."""
    time = np.arange(-40, 41) / SAMPLING
    pulse = np.exp(-0.5 * (time * CENTER * 2.2) ** 2) * np.cos(2 * np.pi * CENTER * time)
    scatter = np.random.default_rng(seed).normal(size=(samples + 80, lines))
    echo = np.apply_along_axis(np.convolve, 0, scatter, pulse, "valid")
    fading = 10 ** (-np.arange(samples)[:, np.newaxis] / samples)  # 20 dB
    return np.rint(echo * fading * 3000 / np.abs(echo).max())


def removed(samples, center=CENTER):
    return remove_drift(samples, empty_samples(samples, SAMPLING, center), SAMPLING, center)


def level(samples):
    return 20 * np.log10(np.maximum(envelope(np.asarray(samples, float)), 1))


def apart(samples, truth):
    """Root mean square difference of levels [dB], where the true level is above 20 dB."""
    heard = level(truth) > 20
    return np.sqrt(np.mean((level(samples) - level(truth))[heard] ** 2))


@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.float64])
def test_echoes_alone_stay_the_very_same_samples(dtype):
    samples = pulse_echoes().astype(dtype)
    rest, share = removed(samples)
    assert rest is samples
    assert share == 0


def test_white_noise_is_no_drift():
    samples = np.random.default_rng(0).standard_normal((1200, 64))
    assert removed(samples)[0] is samples


@pytest.mark.parametrize(("offset", "dtype"), [(300, np.int16), (8192, np.uint16), (-40, int)])
def test_offset_is_removed(offset, dtype):
    truth = pulse_echoes()
    rest, share = removed((truth + offset).astype(dtype))
    assert apart(rest, truth) < 0.1
    energy = np.sum((truth + offset) ** 2)
    assert share == pytest.approx(SAMPLES * LINES * offset**2 / energy, rel=0.02)


def test_offset_of_each_line_is_its_own():
    truth = pulse_echoes()
    rest, _ = removed(truth + np.linspace(-900, 900, LINES))
    assert apart(rest, truth) < 0.1


@pytest.mark.parametrize(
    "drift",
    [
        2000 * TIME / TIME[-1],
        5000 * np.exp(-TIME / 2.5e-6),
        1000 * np.sin(2 * np.pi * 0.1e6 * TIME),
        1000 * np.cos(2 * np.pi * 0.08e6 * TIME) + 8192,
    ],
    ids=["slope", "recovery", "slow wave", "wave and offset"],
)
def test_slow_variation_is_removed(drift):
    truth = pulse_echoes()
    assert apart(truth + drift, truth) > 3
    assert apart(removed(truth + drift)[0], truth) < 0.6


def test_removing_twice_is_removing_once():
    rest, _ = removed(pulse_echoes() + 5000 * np.exp(-TIME / 2.5e-6))
    assert removed(rest)[0] is rest


@pytest.mark.parametrize("filling", [0, 8192])
def test_padding_takes_no_part_and_becomes_zero(filling):
    truth = pulse_echoes()
    padded = np.pad(truth + 8192, ((0, 300), (0, 0)), constant_values=filling)
    padded[:, 7] = filling  # a dead line
    rest, _ = removed(padded)
    assert (rest[SAMPLES:] == 0).all()
    assert (rest[:, 7] == 0).all()
    alive = np.delete(np.arange(LINES), 7)
    assert apart(rest[:SAMPLES, alive], truth[:, alive]) < 0.1


def test_demodulated_samples_keep_their_zero_frequency():
    samples = pulse_echoes() + 300 + 1j * pulse_echoes(seed=1)
    assert removed(samples)[0] is samples


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_numbers_that_no_frame_may_hold_are_left_to_its_checks(value):
    samples = pulse_echoes()
    samples[500, 3] = value
    with np.errstate(over="ignore"):
        found, share = removed(samples)
    assert found is samples
    assert share == 0


@pytest.mark.parametrize("offset", [0, 500])
def test_echoes_far_below_a_wrong_frequency_are_not_taken_for_drift(offset):
    """Echoes at 1 MHz that are said to have 19 MHz."""
    noise = np.random.default_rng(0).normal(size=(SAMPLES, LINES))
    spectrum = np.fft.rfft(noise, axis=0)
    away = (np.fft.rfftfreq(SAMPLES, 1 / SAMPLING) - 1e6) / 0.3e6
    samples = np.fft.irfft(spectrum * np.exp(-(away**2))[:, np.newaxis], SAMPLES, axis=0) + offset
    assert removed(samples, center=19e6)[0] is samples


def test_offset_of_noise_of_all_frequencies_is_removed():
    noise = np.random.default_rng(0).normal(size=(SAMPLES, LINES)) * 20
    rest, share = removed((noise + 100).astype(np.uint8).astype(float))
    assert share > 0.9
    assert np.abs(rest.mean(axis=0)).max() < 1e-9


def test_line_through_a_straight_line_is_that_line():
    """At the ends and beside gaps too."""
    line = np.outer(np.arange(200.0), [1.0, -3.0]) + 50
    counts = np.ones((200, 2), bool)
    counts[60:90, 0] = False
    fitted = moving_line(np.where(counts, line, 0), counts, 40)
    np.testing.assert_allclose(fitted[counts], line[counts], atol=1e-8)
    assert (fitted[~counts] == 0).all()


def test_echoes_pass_the_moving_line():
    wave = np.cos(2 * np.pi * CENTER * TIME)
    window = 16 * SAMPLING / CENTER
    left = moving_line(wave, np.ones(wave.shape, bool), window)
    assert np.abs(left[100:-100]).max() < 1e-3


@pytest.mark.parametrize("window", [0.5, 3, 64, 77.3])
def test_weights_are_odd_positive_and_add_up_to_one(window):
    weights = hann(window)
    assert len(weights) % 2 == 1
    assert weights.min() > 0
    assert weights.sum() == pytest.approx(1)
