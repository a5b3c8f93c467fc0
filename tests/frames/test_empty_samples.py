import numpy as np
import pytest

from reconattack.frames.empty_samples import FEWEST, empty_samples, trailing_rows

SAMPLING, CENTER = 40e6, 5e6
SHORTEST = 16  # two periods


@pytest.fixture
def samples():
    return np.random.default_rng(0).integers(-3000, 3000, (400, 12)).astype(float)


def found(samples, center=CENTER):
    return empty_samples(samples, SAMPLING, center)


def test_padding_dead_lines_and_gaps_are_empty(samples):
    expected = np.zeros(samples.shape, bool)
    expected[350:] = expected[:20, 3:5] = expected[:, 7] = expected[100:140, 9] = True
    samples[expected] = 0
    np.testing.assert_array_equal(found(samples), expected)


@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.complex64])
def test_every_type_of_samples_may_be_empty(samples, dtype):
    samples[350:] = 0
    assert found(samples.astype(dtype)).sum() == 50 * 12


def test_zeros_between_echoes_are_samples(samples):
    samples[50 : 50 + SHORTEST - 1, 2] = 0
    assert not found(samples).any()
    samples[50 + SHORTEST - 1, 2] = 0
    assert found(samples).sum() == SHORTEST


@pytest.mark.parametrize("first", [*range(SHORTEST + 1), 400 - SHORTEST])
def test_a_shortest_run_is_found_wherever_it_begins(first):
    noise = np.random.default_rng(1).standard_normal((400, 4))  # no two samples are equal
    noise[first : first + SHORTEST, 2] = noise[200, 1]
    expected = np.zeros(noise.shape, bool)
    expected[first : first + SHORTEST, 2] = True
    np.testing.assert_array_equal(found(noise), expected)


def test_a_run_lasts_at_least_some_samples(samples):
    samples[50 : 50 + FEWEST - 1, 2] = 0
    assert not found(samples, center=19e6).any()
    samples[50 + FEWEST - 1, 2] = 0
    assert found(samples, center=19e6).sum() == FEWEST


def test_rows_of_zeros_at_the_end_are_empty_however_few(samples):
    samples[:2] = samples[-3:] = samples[200] = 0
    empty = found(samples)
    assert np.flatnonzero(empty.any(axis=1)).tolist() == [397, 398, 399]
    assert trailing_rows(empty) == 3
    assert found(np.zeros((100, 3))).all()


def test_two_runs_that_touch_are_two(samples):
    samples[50:60, 2], samples[60:70, 2] = 5, 6
    assert not found(samples).any()


def test_unsigned_samples_may_be_padded_by_their_offset(samples):
    shifted = (samples + 8192).astype(np.uint16)
    shifted[350:] = 8192
    assert found(shifted).sum() == 50 * 12
    shifted[350:] = 0
    assert found(shifted).sum() == 50 * 12


def test_a_run_at_a_limit_is_saturation(samples):
    samples[10:60, 4], samples[10:60, 5] = 5000, -5000
    assert not found(samples).any()


def test_all_lines_may_end_at_a_limit_together(samples):
    """Zeros of an unsigned file after its offset was taken off."""
    samples[350:] = -5000
    assert trailing_rows(found(samples)) == 50
    samples[350:390] = 0.5
    samples[350:, ::2] = 5000
    assert trailing_rows(found(samples)) == 0


def test_a_constant_of_demodulated_samples_is_an_echo_at_the_carrier(samples):
    samples = samples + 1j * samples[::-1]
    samples[100:200] = 3 + 4j
    assert not found(samples).any()


def test_rows_at_the_end_count_if_they_are_empty_in_every_line(samples):
    assert trailing_rows(found(samples)) == 0
    samples[300:, :-1] = samples[380:] = 0
    assert trailing_rows(found(samples)) == 20
    assert trailing_rows(np.ones((9, 2), bool)) == 9
