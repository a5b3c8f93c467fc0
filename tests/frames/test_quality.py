import numpy as np
import pytest

from reconattack.frames.frame import build_frame
from reconattack.frames.quality import extent, measured_frequency, saturated_share, silent_lines


def echoes(scanner, frequency, bandwidth=0.4e6, samples=2000, lines=32):
    """Noise of a Gaussian band around a frequency [Hz], with a converter's offset and drift."""
    noise = np.random.default_rng(2).standard_normal((samples, lines))
    spectrum = np.fft.rfft(noise, axis=0)
    place = np.fft.rfftfreq(samples, 1 / scanner.sampling_frequency)
    spectrum *= np.exp(-((place - frequency) ** 2) / (2 * bandwidth**2))[:, np.newaxis]
    drift = np.linspace(0, 3, samples)[:, np.newaxis]
    return np.fft.irfft(spectrum, samples, axis=0) + drift + 5


@pytest.mark.parametrize("frequency", [2e6, 2.5e6, 4e6])
def test_frequency_is_the_middle_of_the_band(convex_scanner, frequency):
    frame = build_frame(echoes(convex_scanner, frequency), convex_scanner, "p")
    assert measured_frequency(frame) == pytest.approx(frequency, rel=0.05)


def test_demodulated_samples_have_no_frequency_of_their_own(convex_scanner):
    frame = build_frame(echoes(convex_scanner, 2e6) * (1 + 1j), convex_scanner, "p")
    assert np.isnan(measured_frequency(frame))


def test_saturation_counts_both_limits(convex_scanner):
    samples = np.clip(np.random.default_rng(0).standard_normal((500, 20)), -1.5, 1.0)
    frame = build_frame(samples, convex_scanner, "p")
    expected = np.mean((samples == -1.5) | (samples == 1.0))
    assert 0.1 < expected < 0.4
    assert saturated_share(frame) == pytest.approx(expected)


def test_a_single_largest_value_is_no_saturation(convex_scanner):
    samples = np.random.default_rng(0).standard_normal((500, 20))
    assert saturated_share(build_frame(samples, convex_scanner, "p")) == 0


def test_saturation_of_demodulated_samples_is_that_of_their_parts(convex_scanner):
    samples = np.random.default_rng(0).standard_normal((500, 20))
    frame = build_frame(np.clip(samples, -1, 9) + 1j * samples[::-1], convex_scanner, "p")
    assert saturated_share(frame) == pytest.approx(np.mean(samples < -1) / 2)


def test_silent_lines_are_counted(convex_scanner):
    samples = np.random.default_rng(0).standard_normal((500, 20))
    samples[:, [3, 7]] = 0.0, 12.0
    assert silent_lines(build_frame(samples, convex_scanner, "p")) == 2


def test_extent_of_both_probes(convex_scanner, linear_scanner):
    samples = np.random.default_rng(0).standard_normal((500, 20))
    convex = extent(build_frame(samples, convex_scanner, "p"))
    assert convex == pytest.approx(
        {"start_depth": 0, "end_depth": 499 * 1540 / 24e6, "angle_span": 1.2}
    )
    linear = extent(build_frame(samples, linear_scanner, "p"))
    assert linear["lateral_span"] == pytest.approx(0.0381)
    assert linear["start_depth"] == 0.002
