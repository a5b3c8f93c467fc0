"""Channel data that pyuff-ustb writes, the public Python library for UFF."""

import h5py
import numpy as np
import pytest
import pyuff_ustb as uff
from scipy.signal import hilbert

from reconattack.errors import InputError
from reconattack.frames.channel_recording import recorded_channels
from reconattack.frames.frame import frame_samples
from reconattack.readers.formats import read_channel_recording
from reconattack.readers.layout import Layout
from reconattack.reconstruction.channel_frames import recorded_channel_frame
from tests import channel_points as points
from tests.readers.channels.test_points import check_points

DESCRIPTION = {"name": "s", "reference_level": 0.0}
ROW = {"patient": "p"}
INITIAL = 1.3e-6  # s


def point(x, z, distance=None):
    far = np.hypot(x, z) if distance is None else distance
    return uff.Point(distance=float(far), azimuth=float(np.arctan2(x, z)), elevation=0.0)


def wave(number, source, passes, *, plane=False, weights=None, window=None):
    """A wave whose recording began when its time 0 was `passes` seconds away."""
    apodization = uff.Apodization(window=window or uff.Window.none)
    if weights is not None:
        apodization.apodization_vector = weights
    return uff.Wave(
        wavefront=uff.Wavefront.plane if plane else uff.Wavefront.spherical,
        source=source,
        origin=point(0.0, 0.0),
        apodization=apodization,
        delay=passes,
        event=number,
        sound_speed=points.SOUND_SPEED,
    )


def write(path, probe, kind, iq=False, frames=2, start=3 * (points.START,), **changes):
    """A file whose clock is 0 as each wave passes the origin; the second frame is negated."""
    x, z = points.elements(probe)
    delays, declared = points.waves(kind, x, z)
    received = points.echoes(x, z, delays, start=start)
    if iq:
        received = points.demodulated(received, INITIAL)
    sequence = []
    for number, fired in enumerate(delays, start=1):
        if kind == "plane":
            angle = declared["transmit_angles"][number - 1]
            source = point(np.sin(angle), np.cos(angle), 1.0)
            at_origin = (x * np.sin(angle) + z * np.cos(angle)) / points.SOUND_SPEED
        else:
            at = declared["transmit_sources"][number - 1]
            source = point(*at)
            sign = -np.sign(at[1])
            at_origin = sign * (np.hypot(x - at[0], z - at[1]) - np.hypot(*at)) / points.SOUND_SPEED
        # The samples begin at `start` after the first element fires, which is at its least delay.
        passes = start[number - 1] - INITIAL + at_origin.min() - fired.min()
        sequence.append(wave(number, source, passes, plane=kind == "plane"))
    arrays = {
        "linear": uff.LinearArray(N=points.ELEMENTS, pitch=points.PITCH),
        "convex": uff.CurvilinearArray(
            N=points.ELEMENTS, pitch=points.PITCH, radius=points.RADIUS, geometry=geometry(x, z)
        ),
    }
    stacked = np.stack([received, -received][:frames], axis=-1)  # (wave, channel, time, frame)
    settings = {
        "sampling_frequency": points.SAMPLING_FREQUENCY,
        "initial_time": INITIAL,
        "sound_speed": points.SOUND_SPEED,
        "modulation_frequency": points.DEMODULATION if iq else 0.0,
        "sequence": sequence,
        "probe": arrays[probe],
        "pulse": uff.Pulse(
            center_frequency=points.CENTER_FREQUENCY,
            fractional_bandwidth=0.6,
            phase=0.0,
            waveform=np.zeros(3),
        ),
        "data": stacked.transpose(2, 1, 0, 3),
    }
    data = uff.ChannelData(**settings | changes)
    data.write(str(path), "channel_data", ignore_missing_compulsory_fields=True)
    return received


def geometry(x, z):
    flat = np.zeros_like(x)
    return np.array([x, flat, z, np.arctan2(x, z + points.RADIUS), flat, flat + 2e-4, flat + 5e-3])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.uff"


def read(path, frames=2):
    reader, recording = read_channel_recording(path, frames, layout=Layout())
    assert reader == "uff"
    return recording


@pytest.mark.parametrize("iq", [False, True], ids=["rf", "iq"])
@pytest.mark.parametrize("kind", ["plane", "diverging", "focused"])
@pytest.mark.parametrize("probe", ["linear", "convex"])
def test_recording_is_the_one_that_was_written(path, probe, kind, iq):
    received = write(path, probe, kind, iq)
    recording = read(path)
    np.testing.assert_array_equal(recording.frames[1], -received)
    x, z = points.elements(probe)
    channels = recorded_channels(recording, 0, DESCRIPTION, ROW).channels
    np.testing.assert_allclose(channels.element_x, x, atol=1e-12)
    np.testing.assert_allclose(channels.element_z, z, atol=1e-12)
    delays, _ = points.waves(kind, x, z)
    np.testing.assert_allclose(channels.transmit_delay, delays, atol=1e-13)
    np.testing.assert_allclose(channels.start_time, points.START, atol=1e-13)
    assert channels.demodulation_frequency == (points.DEMODULATION if iq else None)
    assert recording.facts == {
        "sampling_frequency": points.SAMPLING_FREQUENCY,
        "center_frequency": points.CENTER_FREQUENCY,
        "sound_speed": points.SOUND_SPEED,
    }


@pytest.mark.parametrize("kind", ["plane", "diverging"])
def test_points_of_a_file_of_uff(path, kind):
    write(path, "convex", kind)
    check_points(recorded_channel_frame(read(path), 1, DESCRIPTION, ROW, {}))


@pytest.mark.parametrize("kind", ["plane", "diverging"])
def test_waves_of_iq_add_up_as_those_of_rf(path, kind):
    """The samples of each wave begin at another phase; RF loses 4 % between its samples."""
    start = points.START + np.array([0, 0.13e-6, 0.29e-6])
    write(path, "linear", kind, start=start)
    write(path.with_name("iq.uff"), "linear", kind, iq=True, start=start)
    lines = [
        frame_samples(recorded_channel_frame(read(one), 0, DESCRIPTION, ROW, {}))
        for one in (path, path.with_name("iq.uff"))
    ]
    envelope = np.abs(hilbert(lines[0], axis=0))
    np.testing.assert_allclose(np.abs(lines[1]), envelope, atol=0.06 * envelope.max())


def test_initial_time_and_delays_add_up(path):
    write(path, "linear", "plane", initial_time=INITIAL + 3e-6)
    plain = path.with_name("plain.uff")
    write(plain, "linear", "plane")
    later = read(path).start_time - read(plain).start_time
    np.testing.assert_allclose(later, 3e-6, atol=1e-13)


def test_clock_is_that_of_the_waves_own_origin(path):
    write(path, "linear", "diverging")
    before = read(path).transmit_delay
    with h5py.File(path, "r+") as file:
        origin = next(iter(file["channel_data/sequence"].values()))["origin"]
        origin["distance"][...] = 0.004
        origin["azimuth"][...] = np.pi / 2
    after = read(path).transmit_delay
    way = np.hypot(0.004 + 0.002, 0.012) - np.hypot(0.002, 0.012)
    np.testing.assert_allclose(after[0] - before[0], -way / points.SOUND_SPEED, atol=1e-13)
    np.testing.assert_array_equal(after[1:], before[1:])


def test_analytic_samples_are_rf(path):
    received = write(path, "linear", "plane", iq=True, modulation_frequency=0.0)
    recording = read(path)
    np.testing.assert_array_equal(recording.frames[0], received.real)
    assert recording.demodulation_frequency is None
    assert recording.notes == ("the real part of analytic samples",)


def test_one_frame_of_one_wave(path):
    """MATLAB leaves out axes of length 1 at the end."""
    x, z = points.elements("linear")
    received = points.echoes(x, z, np.zeros((1, points.ELEMENTS)))
    first = wave(1, point(0.0, 1.0), points.START - INITIAL, plane=True)
    write(path, "linear", "plane", sequence=first, data=received[0].T)
    recording = read(path, frames=1)
    np.testing.assert_array_equal(recording.frames[0], received)
    np.testing.assert_allclose(recording.start_time, [points.START])


def test_silent_elements_do_not_fire(path):
    weights = np.ones(points.ELEMENTS)
    weights[20:] = 0
    x, z = points.elements("linear")
    received = points.echoes(x, z, np.zeros((1, points.ELEMENTS)))
    first = wave(1, point(0.0, 1.0), points.START, plane=True, weights=weights)
    write(path, "linear", "plane", sequence=first, data=received[0].T)
    recording = read(path, 1)
    assert np.array_equal(np.isnan(recording.transmit_delay[0]), weights == 0)
    assert recording.notes == ()
    weights[:4] = 0.5
    first = wave(1, point(0.0, 1.0), points.START, plane=True, weights=weights)
    path.unlink()
    write(path, "linear", "plane", sequence=first, data=received[0].T)
    assert read(path, 1).notes == ("elements fire with unequal weights, which count alike",)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sequence/sequence_0001/wavefront", 2, "is photoacoustic; expected a plane or a spher"),
        ("sequence/sequence_0001/sound_speed", 1450.0, "sound speeds from 1450 to 1540 m/s"),
        ("sequence/sequence_0001/event", 2, "several waves of the sequence have one event"),
        ("sequence/sequence_0001/source/elevation", 0.1, "elevation 0.1 rad; expected 0"),
        ("sequence/sequence_0001/apodization/window", 2, "states a window of number 2 in place"),
        ("modulation_frequency", 5e6, "the samples are real, but demodulated at 5 MHz"),
    ],
)
def test_what_no_beamformer_can_follow_is_refused(path, name, value, message):
    write(path, "linear", "plane")
    with h5py.File(path, "r+") as file:
        file[f"channel_data/{name}"][...] = value
    with pytest.raises(InputError, match=message):
        read(path)


def test_elements_of_another_number_than_the_samples(path):
    write(path, "linear", "plane")
    with h5py.File(path, "r+") as file:
        del file["channel_data/probe/geometry"]
        file["channel_data/probe/N"][...] = 30
    with pytest.raises(InputError, match=r"data has the shape \(2, 3, 32, 1000\).*3 waves and 30"):
        read(path)


def test_beamformed_data_are_a_cohort_of_kind_table(path):
    uff.Point(distance=1.0, azimuth=0.0, elevation=0.0).write(str(path), "point")
    with pytest.raises(InputError, match=r"holds point \(uff.point\); expected uff.channel_data"):
        read(path)
