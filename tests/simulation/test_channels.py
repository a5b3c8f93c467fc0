import numpy as np
import pytest
from scipy.signal import hilbert
from threadpoolctl import threadpool_limits

from reconattack.errors import InputError
from reconattack.frames.channels import channels_of
from reconattack.reconstruction.parameters import BEAM
from reconattack.simulation.channels import (
    NOISE_LEVEL,
    simulate_channel_frame,
    simulate_channels,
)
from reconattack.simulation.phantom import Phantom, simulate_phantom

PROBE = {"sampling_frequency": 12e6, "center_frequency": 3e6, "sound_speed": 1540.0}
PITCH, ELEMENTS, SIZE = 0.3e-3, 32, (0.016, 0.020)
ELEMENT_X = PITCH * (np.arange(ELEMENTS) - (ELEMENTS - 1) / 2)
ANGLES = np.array([-0.2, 0.0, 0.2])


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As in the jobs of the workflow: two threads wait for each other where others work too."""
    with threadpool_limits(1):
        yield


class OnlyWires(Phantom):
    """A phantom without tissue."""

    def scatterers(self):
        return *self.wires.T, np.ones(len(self.wires))


@pytest.fixture(scope="module")
def delays():
    delays = np.sin(ANGLES)[:, np.newaxis] * ELEMENT_X / 1540
    return delays - delays.min(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def channels(delays):
    return simulate_channels(simulate_phantom("channel-000", *SIZE), PITCH, delays, **PROBE)


def test_channel_data_keep_the_contract(channels, delays):
    assert channels.samples.dtype == np.float32
    assert channels.samples.shape[:2] == delays.shape
    np.testing.assert_allclose(channels.element_x, ELEMENT_X, atol=1e-12)
    assert not channels.element_z.any()
    np.testing.assert_array_equal(channels.transmit_delay, delays)
    assert channels.sampling_frequency == PROBE["sampling_frequency"]
    assert channels.demodulation_frequency is None


def test_channel_data_repeat_bit_for_bit(channels, delays):
    again = simulate_channels(simulate_phantom("channel-000", *SIZE), PITCH, delays, **PROBE)
    np.testing.assert_array_equal(again.samples, channels.samples)


@pytest.mark.parametrize("sound_speed", [1480.0, 1600.0])
def test_an_echo_arrives_when_the_true_speed_of_sound_says(delays, sound_speed):
    """Each transmit's wave reaches a wire on the shortest way from any element."""
    x, z = 0.001, 0.012
    phantom = OnlyWires("wire", *SIZE, sound_speed, 0.5, None, np.array([[x, z]]))
    channels = simulate_channels(phantom, PITCH, delays, **PROBE)
    way = np.hypot(x - ELEMENT_X, z) / sound_speed
    fired = np.interp(np.arange(0, ELEMENTS, 0.01), np.arange(ELEMENTS), ELEMENT_X)
    for samples, delay in zip(channels.samples, delays, strict=True):
        ways = np.hypot(x - fired, z) / sound_speed + np.interp(fired, ELEMENT_X, delay)
        # The front is a plane: the way of the middle of the aperture, where the phase stands still.
        expected = ways.min() + way
        found = np.abs(hilbert(samples, axis=1)).argmax(axis=1) / PROBE["sampling_frequency"]
        period = 1 / PROBE["center_frequency"]
        assert np.abs(found - expected).max() < period / 2


def test_noise_is_that_much_below_the_echoes(delays):
    phantom = OnlyWires("silent", *SIZE, 1540.0, 0.5, None, np.array([[0.0, 0.015]]))
    samples = simulate_channels(phantom, PITCH, delays, **PROBE).samples
    before = samples[:, :, :80]  # no echo is back yet
    level = 20 * np.log10(np.std(before) / np.sqrt(np.mean(samples**2)))
    assert level == pytest.approx(NOISE_LEVEL, abs=0.2)


def test_a_silent_element_sends_nothing_and_receives(delays):
    phantom = simulate_phantom("channel-001", *SIZE)
    half = np.where(ELEMENT_X < 0, np.nan, delays[1:2])
    samples = simulate_channels(phantom, PITCH, half, **PROBE).samples[0]
    whole = simulate_channels(phantom, PITCH, delays[1:2], **PROBE).samples[0]
    power = [np.mean(part**2) for part in (samples[ELEMENT_X < 0], samples[ELEMENT_X > 0])]
    assert 0 < power[0] < power[1] < np.mean(whole[ELEMENT_X > 0] ** 2)


@pytest.mark.parametrize("sampling_frequency", [10e6, 13e6])
def test_frequencies_that_pymust_cannot_sample_are_refused(delays, sampling_frequency):
    probe = PROBE | {"sampling_frequency": sampling_frequency}
    with pytest.raises(InputError, match="whole number of times, 4 or more"):
        simulate_channels(simulate_phantom("channel-000", *SIZE), PITCH, delays, **probe)


@pytest.fixture(scope="module")
def probe():
    """A linear probe in the configuration's words."""
    return PROBE | {
        "name": "probe",
        "probe": "linear",
        "reference_level": 0.0,
        "gain_state": "raw",
        "array": {"elements": 64, "pitch": PITCH, "transmit_angles": ANGLES.tolist()},
        "scan": {"end_depth": 0.02},
    }


@pytest.fixture(scope="module")
def frame(probe):
    return simulate_channel_frame("channel-000", probe, {"f_number": 1.0, "beta": 0.9})


def test_a_frame_has_a_line_for_each_element_and_its_channel_data(frame, probe):
    phantom = simulate_phantom("channel-000", 63 * PITCH, 0.02)
    assert frame["rf"].dims == ("depth", "lateral")
    assert frame["rf"].dtype == np.float32
    np.testing.assert_allclose(np.diff(frame["lateral"]), PITCH)
    assert frame["depth"][-1] == pytest.approx(0.02, abs=1540 / 24e6)
    assert frame.attrs["label"] == phantom.label
    assert frame.attrs["patient"] == "channel-000"
    assert [frame.attrs[name] for name in BEAM] == [0.0, 1.0, 0.0, 0.0, 0.0]
    angles = np.array(probe["array"]["transmit_angles"])
    delay = channels_of(frame).transmit_delay
    rise = np.diff(delay, axis=1) * PROBE["sound_speed"] / PITCH
    np.testing.assert_allclose(rise, np.broadcast_to(np.sin(angles)[:, np.newaxis], rise.shape))


@pytest.mark.parametrize("name", ["channel-000", "channel-002", "channel-005"])
def test_wires_show_where_the_assumed_speed_of_sound_puts_them(probe, name):
    phantom = simulate_phantom(name, 63 * PITCH, 0.02)
    frame = simulate_channel_frame(name, probe, {"f_number": 1.0})
    level = np.abs(hilbert(frame["rf"].values, axis=0))
    depth, lateral = frame["depth"].values, frame["lateral"].values
    for x, z in phantom.wires:
        shown = z * PROBE["sound_speed"] / phantom.sound_speed
        near = np.hypot(depth[:, np.newaxis] - shown, lateral - x) < 0.001
        row, line = np.unravel_index(np.where(near, level, 0).argmax(), level.shape)
        assert abs(depth[row] - shown) < PROBE["sound_speed"] / PROBE["center_frequency"] / 2
        assert abs(lateral[line] - x) < PITCH


def test_a_lesion_is_as_much_brighter_or_darker_as_the_phantom_says(probe):
    """In the mean over phantoms, since a disc has few speckles."""
    errors = []
    for number in range(12):
        phantom = simulate_phantom(f"channel-{number:03d}", 63 * PITCH, 0.02)
        if phantom.lesion is None:
            continue
        frame = simulate_channel_frame(phantom.name, probe, {"f_number": 1.0})
        scale = PROBE["sound_speed"] / phantom.sound_speed
        power = np.abs(hilbert(frame["rf"].values, axis=0)) ** 2
        depth = frame["depth"].values[:, np.newaxis]
        loss = 2 * phantom.attenuation * 3 * 100 * depth
        power = power * 10 ** (loss / 10)
        x, z = frame["lateral"].values, depth / scale
        lesion = phantom.lesion
        wires = [np.hypot(x - wire[0], z - wire[1]) < 0.0015 for wire in phantom.wires]
        row = (np.abs(z - lesion.z) < lesion.radius) & ~np.any(wires, axis=0)
        inside = row & lesion.covers(x, z, margin=-0.0005)
        outside = row & ~lesion.covers(x, z, margin=0.001)
        contrast = 10 * np.log10(power[inside].mean() / power[outside].mean())
        errors.append(contrast - lesion.level)
    assert len(errors) > 4
    assert np.mean(errors) == pytest.approx(0, abs=1.5)


def test_other_probes_are_refused(probe):
    with pytest.raises(InputError, match=r"scanners\.probe: probe is convex; expected linear"):
        simulate_channel_frame("channel-000", probe | {"probe": "convex"}, {})
