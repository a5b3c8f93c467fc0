from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import hilbert
from threadpoolctl import threadpool_limits

from reconattack.errors import InputError
from reconattack.frames.scanner import Scanner
from reconattack.simulation.channels import NOISE_LEVEL, simulate_channels
from reconattack.simulation.phantom import Phantom, simulate_phantom

PITCH, ELEMENTS, SIZE = 0.3e-3, 32, (0.016, 0.020)
ELEMENT_X = PITCH * (np.arange(ELEMENTS) - (ELEMENTS - 1) / 2)
ANGLES = np.array([-0.2, 0.0, 0.2])


class OnlyWires(Phantom):
    """A phantom without tissue."""

    def scatterers(self):
        return *self.wires.T, np.ones(len(self.wires))


@pytest.fixture(scope="module")
def probe():
    return Scanner(
        name="probe",
        reference_level=0.0,
        probe="linear",
        sampling_frequency=12e6,
        center_frequency=3e6,
        sound_speed=1540.0,
        gain_state="raw",
        lateral_span=0.016,
    )


@pytest.fixture(scope="module")
def delays():
    delays = np.sin(ANGLES)[:, np.newaxis] * ELEMENT_X / 1540
    return delays - delays.min(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def channels(probe, delays):
    return simulate_channels(simulate_phantom("channel-000", *SIZE), probe, PITCH, delays)


def test_channel_data_keep_the_contract(channels, probe, delays):
    assert channels.samples.dtype == np.float32
    assert channels.samples.shape[:2] == delays.shape
    np.testing.assert_allclose(channels.element_x, ELEMENT_X, atol=1e-12)
    assert not channels.element_z.any()
    np.testing.assert_array_equal(channels.transmit_delay, delays)
    assert channels.sampling_frequency == probe.sampling_frequency
    assert channels.demodulation_frequency is None


def test_channel_data_repeat_bit_for_bit_on_one_and_two_threads(channels, probe, delays):
    for threads in (1, 2):
        with threadpool_limits(threads):
            phantom = simulate_phantom("channel-000", *SIZE)
            again = simulate_channels(phantom, probe, PITCH, delays)
        np.testing.assert_array_equal(again.samples, channels.samples)


@pytest.mark.parametrize("sound_speed", [1480.0, 1600.0])
def test_an_echo_arrives_when_the_true_speed_of_sound_says(probe, delays, sound_speed):
    """Each transmit's wave reaches a wire on the shortest way from any element."""
    x, z = 0.001, 0.012
    phantom = OnlyWires("wire", *SIZE, sound_speed, 0.5, None, np.array([[x, z]]))
    channels = simulate_channels(phantom, probe, PITCH, delays)
    way = np.hypot(x - ELEMENT_X, z) / sound_speed
    fired = np.interp(np.arange(0, ELEMENTS, 0.01), np.arange(ELEMENTS), ELEMENT_X)
    for samples, delay in zip(channels.samples, delays, strict=True):
        ways = np.hypot(x - fired, z) / sound_speed + np.interp(fired, ELEMENT_X, delay)
        # The front is a plane: the way of the middle of the aperture, where the phase stands still.
        expected = ways.min() + way
        found = np.abs(hilbert(samples, axis=1)).argmax(axis=1) / probe.sampling_frequency
        period = 1 / probe.center_frequency
        assert np.abs(found - expected).max() < period / 2


def test_noise_is_that_much_below_the_echoes(probe, delays):
    phantom = OnlyWires("silent", *SIZE, 1540.0, 0.5, None, np.array([[0.0, 0.015]]))
    samples = simulate_channels(phantom, probe, PITCH, delays).samples
    before = samples[:, :, :80]  # no echo is back yet
    level = 20 * np.log10(np.std(before) / np.sqrt(np.mean(samples**2)))
    assert level == pytest.approx(NOISE_LEVEL, abs=0.2)


def test_a_silent_element_sends_nothing_and_receives(probe, delays):
    phantom = simulate_phantom("channel-001", *SIZE)
    half = np.where(ELEMENT_X < 0, np.nan, delays[1:2])
    samples = simulate_channels(phantom, probe, PITCH, half).samples[0]
    whole = simulate_channels(phantom, probe, PITCH, delays[1:2]).samples[0]
    power = [np.mean(part**2) for part in (samples[ELEMENT_X < 0], samples[ELEMENT_X > 0])]
    assert 0 < power[0] < power[1] < np.mean(whole[ELEMENT_X > 0] ** 2)


@pytest.mark.parametrize("sampling_frequency", [10e6, 13e6])
def test_probes_that_pymust_cannot_simulate_are_told_at_once(probe, delays, sampling_frequency):
    convex = replace(
        probe,
        probe="convex",
        lateral_span=None,
        probe_radius=0.05,
        angle_span=0.5,
        sampling_frequency=sampling_frequency,
    )
    with pytest.raises(InputError) as refused:
        simulate_channels(simulate_phantom("channel-000", *SIZE), convex, PITCH, delays)
    assert "probe is convex" in str(refused.value)
    assert "whole number of times, 4 or more" in str(refused.value)
