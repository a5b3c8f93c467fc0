"""Files of zea 0.1.8 (tests/data/make_zea_channels.py) and, made here with h5py, of the older
layout, which no installed zea writes any more."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.channel_recording import recorded_channels
from reconattack.readers.formats import read_channel_recording
from reconattack.readers.layout import Layout
from reconattack.reconstruction.channel_frames import recorded_channel_frame
from tests import channel_points as points
from tests.places import DATA
from tests.readers.channels.test_points import check_points

SCALE = 2000  # as in make_zea_channels.py
DESCRIPTION = {"name": "s", "reference_level": 0.0}
ROW = {"patient": "p"}
SCAN = "tracks/track_0/scan"


@pytest.fixture
def linear_rf(tmp_path):
    return Path(shutil.copyfile(DATA / "zea_channels_linear_rf.hdf5", tmp_path / "a.hdf5"))


@pytest.fixture
def convex_iq(tmp_path):
    return Path(shutil.copyfile(DATA / "zea_channels_convex_iq.hdf5", tmp_path / "a.hdf5"))


def old_layout(new, old):
    """The same recording as before 0.1: all in the root, the probe's geometry in scan."""
    with h5py.File(new) as source, h5py.File(old, "w") as file:
        source.copy("tracks/track_0/data/raw_data", file.create_group("data"), "raw_data")
        source.copy(SCAN, file)
        source.copy("probe/probe_geometry", file["scan"])
        file["scan"]["n_tx"] = 3
    return old


def read(path, frames=2, **layout):
    reader, recording = read_channel_recording(path, frames, layout=Layout(**layout))
    assert reader == "zea"
    return recording


def change(path, name, value):
    with h5py.File(path, "r+") as file:
        if name in file:
            del file[name]
        if value is not None:
            file[name] = value


@pytest.mark.parametrize("older", [False, True], ids=["tracks", "flat"])
@pytest.mark.parametrize("name", ["linear_rf", "convex_iq"])
def test_both_layouts_give_the_recording_that_was_written(request, tmp_path, name, older):
    path = request.getfixturevalue(name)
    path = old_layout(path, tmp_path / "old.hdf5") if older else path
    recording = read(path)
    x, z = points.elements("linear" if name == "linear_rf" else "convex")
    delays, _ = points.waves("plane" if name == "linear_rf" else "diverging", x, z)
    received = points.echoes(x, z, delays)
    if name == "convex_iq":
        received = points.demodulated(received)
    np.testing.assert_allclose(recording.frames[1] / SCALE, -received, atol=4e-4)
    recorded = recorded_channels(recording, 1, DESCRIPTION, ROW)
    channels = recorded.channels
    np.testing.assert_allclose(channels.element_x, x, atol=1e-8)
    np.testing.assert_allclose(channels.element_z, z, atol=1e-8)
    np.testing.assert_allclose(channels.transmit_delay, delays, atol=1e-12)
    np.testing.assert_allclose(channels.start_time, points.START, rtol=1e-6)
    assert channels.sampling_frequency == points.SAMPLING_FREQUENCY
    assert recording.facts["center_frequency"] == points.CENTER_FREQUENCY
    if name == "convex_iq":
        assert channels.demodulation_frequency == points.DEMODULATION
        assert recorded.scanner.probe_radius == pytest.approx(points.RADIUS, rel=1e-5)
    else:
        assert channels.demodulation_frequency is None


@pytest.mark.parametrize("name", ["linear_rf", "convex_iq"])
def test_points_of_a_file_of_zea(request, name):
    recording = read(request.getfixturevalue(name))
    check_points(recorded_channel_frame(recording, 0, DESCRIPTION, ROW, {}))


def test_one_of_several_tracks_is_named(linear_rf):
    with h5py.File(linear_rf, "r+") as file:
        file.copy("tracks/track_0", "tracks/track_1")
    with pytest.raises(InputError, match=r"track_0/data/raw_data, tracks/track_1/.*; name one"):
        read(linear_rf)
    assert len(read(linear_rf, variable="tracks/track_1/data/raw_data")) == 2


def test_silent_elements_do_not_fire(linear_rf):
    weights = np.ones((3, points.ELEMENTS), np.float32)
    weights[1, :10] = 0
    change(linear_rf, f"{SCAN}/tx_apodizations", weights)
    recording = read(linear_rf)
    assert np.array_equal(np.isnan(recording.transmit_delay), weights == 0)
    assert not any("weights" in note for note in recording.notes)
    weights[2, :4] = 0.5
    change(linear_rf, f"{SCAN}/tx_apodizations", weights)
    assert "elements fire with unequal weights, which count alike" in read(linear_rf).notes


def test_gain_is_applied_or_removed(linear_rf):
    gain = np.linspace(1, 8, points.SAMPLES)
    change(linear_rf, f"{SCAN}/tgc_gain_curve", gain)
    recording = read(linear_rf)
    plain = recorded_channels(recording, 0, DESCRIPTION, ROW)
    assert plain.scanner.gain_state == "applied"
    on_axis = points.START + np.arange(points.SAMPLES) / points.SAMPLING_FREQUENCY
    expected = np.interp(2 * plain.depth / points.SOUND_SPEED, on_axis, 20 * np.log10(gain))
    np.testing.assert_allclose(plain.applied_gain, expected, atol=1e-3)
    removed = recorded_channels(recording, 0, DESCRIPTION, ROW | {"gain_state": "removed"})
    np.testing.assert_allclose(removed.channels.samples, plain.channels.samples / gain, rtol=1e-5)
    change(linear_rf, f"{SCAN}/tgc_gain_curve", np.full(points.SAMPLES, 3.0))
    assert read(linear_rf).facts["gain_state"] == "raw"


def test_peak_of_the_waveform_is_the_time_of_an_echo(linear_rf):
    time = np.arange(500) / 250e6
    pulse = np.exp(-(((time - 0.8e-6) * 4e6) ** 2)) * np.sin(2 * np.pi * 5e6 * time)
    change(linear_rf, f"{SCAN}/waveforms_two_way", np.tile(pulse, (3, 1)))
    start = read(linear_rf).start_time
    np.testing.assert_allclose(start, points.START - 0.8e-6, atol=8e-9)


def test_waveforms_of_an_older_file(linear_rf, tmp_path):
    old = old_layout(linear_rf, tmp_path / "old.hdf5")
    time = np.arange(500) / 250e6
    with h5py.File(old, "r+") as file:
        for number, at in enumerate((0.4e-6, 0.8e-6)):
            pulse = np.exp(-(((time - at) * 4e6) ** 2)) * np.sin(2 * np.pi * 5e6 * time)
            file[f"scan/waveforms_two_way/waveform_00{number}"] = pulse
        file["scan/tx_waveform_indices"] = [0, 1, 0]
    expected = points.START - np.array([0.4e-6, 0.8e-6, 0.4e-6])
    np.testing.assert_allclose(read(old).start_time, expected, atol=8e-9)


def test_lens_delays_every_echo(linear_rf, tmp_path):
    change(linear_rf, "probe/lens_thickness", np.float32(1e-3))
    with pytest.raises(InputError, match="the lens is 1 mm thick, and lens_sound_speed is missing"):
        read(linear_rf)
    change(linear_rf, "probe/lens_sound_speed", np.float32(1000))
    recording = read(linear_rf)
    later = 2e-3 * (1 / 1000 - 1 / points.SOUND_SPEED)
    np.testing.assert_allclose(recording.start_time, points.START - later, rtol=1e-5)
    assert "701 ns of a lens of 1 mm at 1000 m/s are taken out" in recording.notes[0]
    old = old_layout(linear_rf, tmp_path / "old.hdf5")
    change(old, "scan/lens_correction", 5.0)  # 5 wavelengths at 5 MHz: 1 microsecond one way
    np.testing.assert_allclose(read(old).start_time, points.START - later, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (f"{SCAN}/tx_apodizations", np.full((3, 32), -1.0), "fire with opposite polarity"),
        (f"{SCAN}/azimuth_angles", np.full(3, 0.2), "azimuth_angles is up to 0.2 rad; expected 0"),
        (f"{SCAN}/rx_aperture_indices", np.zeros((3, 32), int), "only some elements of the probe"),
        (f"{SCAN}/t0_delays", np.zeros((2, 32)), "t0_delays: 64 numbers; expected 3 x 32"),
        (f"{SCAN}/initial_times", None, "initial_times: missing; expected 3"),
        (f"{SCAN}/tgc_gain_curve", np.zeros(1000), "1000 factors down to 0; expected 1000 above"),
        (SCAN, None, "has no scan, which says what was transmitted"),
        ("probe/probe_geometry", np.ones((32, 2)), "probe_geometry has 64 numbers; expected x, y"),
        ("probe/probe_geometry", np.eye(32, 3), "the elements lie 1e.03 mm apart across"),
    ],
)
def test_what_no_beamformer_can_follow_is_refused(linear_rf, name, value, message):
    change(linear_rf, name, value)
    with pytest.raises(InputError, match=message):
        read(linear_rf)


@pytest.mark.parametrize("stated", [0.0, np.array([4e6, 5e6, 6e6])])
def test_a_demodulation_that_is_stated_is_not_replaced_by_another(convex_iq, stated):
    change(convex_iq, f"{SCAN}/demodulation_frequency", stated)
    with pytest.raises(InputError, match="no single demodulation_frequency above 0 is stated"):
        read(convex_iq)


def test_iq_without_a_stated_demodulation_has_that_of_transmission(convex_iq):
    change(convex_iq, f"{SCAN}/demodulation_frequency", None)
    assert read(convex_iq).demodulation_frequency == points.CENTER_FREQUENCY


def test_transmits_of_several_frequencies_need_a_stated_one(linear_rf):
    change(linear_rf, f"{SCAN}/center_frequency", np.array([4e6, 5e6, 6e6]))
    recording = read(linear_rf)
    assert recording.notes == ("transmits differ in frequency, 4 to 6 MHz",)
    with pytest.raises(InputError, match="nobody states center_frequency; expected them from"):
        recorded_channels(recording, 0, DESCRIPTION, ROW)


def test_beamformed_file_is_no_channel_data():
    with pytest.raises(InputError, match=r"/beamformed_data.*; expected data/raw_data.*kind table"):
        read(DATA / "zea_linear_rf.hdf5")


def test_phased_array_needs_the_span_of_its_lines(linear_rf):
    change(linear_rf, "probe/type", "phased")
    recording = read(linear_rf)
    with pytest.raises(InputError, match="nobody states angle_span"):
        recorded_channels(recording, 0, DESCRIPTION, ROW)
    phased = DESCRIPTION | {"angle_span": 0.5, "scan": {"lines": 48}}
    check_points(recorded_channel_frame(recording, 0, phased, ROW, {}))


def test_curved_probe_with_elements_on_a_straight_line_is_refused(linear_rf):
    change(linear_rf, "probe/type", "curved")
    with pytest.raises(InputError, match="on a straight line, and probe is convex"):
        recorded_channels(read(linear_rf), 0, DESCRIPTION, ROW)
