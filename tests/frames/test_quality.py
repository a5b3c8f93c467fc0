import numpy as np
import pytest

from reconattack.frames.frame import build_frame
from reconattack.frames.quality import (
    AS_RECORDED,
    extent,
    frame_quality,
    measured_frequency,
    sample_quality,
    saturated_share,
    silent_lines,
)


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


def none_empty(samples):
    return np.zeros(samples.shape, bool)


def test_saturation_counts_both_limits():
    samples = np.clip(np.random.default_rng(0).standard_normal((500, 20)), -1.5, 1.0)
    expected = np.mean((samples == -1.5) | (samples == 1.0))
    assert 0.1 < expected < 0.4
    assert saturated_share(samples, none_empty(samples)) == pytest.approx(expected)


def test_a_single_largest_value_is_no_saturation():
    samples = np.random.default_rng(0).standard_normal((500, 20))
    assert saturated_share(samples, none_empty(samples)) == 0


def test_saturation_of_demodulated_samples_is_that_of_their_parts():
    samples = np.random.default_rng(0).standard_normal((500, 20))
    parts = np.clip(samples, -1, 9) + 1j * samples[::-1]
    share = saturated_share(parts, none_empty(parts))
    assert share == pytest.approx(np.mean(samples < -1) / 2)


def test_padding_is_neither_saturated_nor_counted():
    samples = np.rint(np.random.default_rng(0).normal(8192, 900, (500, 20))).clip(7000, 9000)
    padded = np.pad(samples, ((0, 300), (0, 0)))
    empty = none_empty(padded)
    empty[500:] = True
    expected = np.mean((samples == 7000) | (samples == 9000))
    assert saturated_share(padded, empty) == pytest.approx(expected)
    assert saturated_share(padded, ~none_empty(padded)) == 0


def test_silent_lines_are_counted():
    samples = np.random.default_rng(0).standard_normal((500, 20))
    samples[:, [3, 7]] = 0.0, 12.0
    assert silent_lines(samples) == 2


def test_samples_without_a_file_are_measured_as_they_are(convex_scanner):
    samples = np.clip(np.random.default_rng(0).standard_normal((500, 20)), -1.5, 1.0)
    samples[:, 3] = samples[400:] = 0
    quality = frame_quality(build_frame(samples, convex_scanner, "p"))
    assert set(quality) == set(AS_RECORDED)
    empty = samples == 0
    assert quality == sample_quality(samples, empty) | {"drift_share": 0}
    assert (quality["empty_rows"], quality["silent_lines"]) == (100, 1)
    assert quality["empty_share"] == pytest.approx((100 * 20 + 400) / 10_000)


def test_extent_of_both_probes(convex_scanner, linear_scanner):
    samples = np.random.default_rng(0).standard_normal((500, 20))
    convex = extent(build_frame(samples, convex_scanner, "p"))
    assert convex == pytest.approx(
        {"start_depth": 0, "end_depth": 499 * 1540 / 24e6, "angle_span": 1.2}
    )
    linear = extent(build_frame(samples, linear_scanner, "p"))
    assert linear["lateral_span"] == pytest.approx(0.0381)
    assert linear["start_depth"] == 0.002
