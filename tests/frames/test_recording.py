import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.frame import frame_samples
from reconattack.frames.quality import frame_quality
from reconattack.frames.recording import Recording, recorded_frame
from reconattack.reconstruction.steps import envelope

SAMPLES, LINES = 100, 9
CONVEX = {
    "name": "s",
    "reference_level": 20.0,
    "probe": "convex",
    "sampling_frequency": 12e6,
    "center_frequency": 2.5e6,
    "sound_speed": 1540.0,
    "probe_radius": 0.05,
    "angle_span": 1.2,
}
LINEAR = {
    "name": "s",
    "reference_level": 20.0,
    "probe": "linear",
    "sampling_frequency": 40e6,
    "center_frequency": 7.5e6,
    "sound_speed": 1540.0,
    "lateral_span": 0.038,
}
ROW = {"patient": "p"}


@pytest.fixture
def samples():
    return np.random.default_rng(0).standard_normal((2, SAMPLES, LINES))


def without(facts, *names):
    return {name: value for name, value in facts.items() if name not in names}


def test_description_alone_makes_a_frame(samples):
    row = {"patient": "p", "label": 1, "fat_fraction": 12.0}
    frame = recorded_frame(Recording(samples), 1, CONVEX, row)
    np.testing.assert_array_equal(frame["rf"], samples[1].astype(np.float32))
    known = {"patient": "p", "label": 1, "fat_fraction": 12.0, "gain_state": "unknown"}
    assert known.items() <= frame.attrs.items()
    assert float(frame["angle"][-1]) == pytest.approx(0.6)


def test_what_the_file_states_need_not_be_described(samples):
    facts = without(CONVEX, "name", "reference_level")
    described = {"name": "s", "reference_level": 20.0}
    frame = recorded_frame(Recording(samples, facts), 0, described, ROW)
    assert frame.attrs["center_frequency"] == 2.5e6
    assert frame.attrs["probe_radius"] == 0.05


def test_frame_table_fills_what_file_and_description_leave_open(samples):
    described = without(CONVEX, "center_frequency")
    frame = recorded_frame(Recording(samples), 0, described, ROW | {"center_frequency": 3e6})
    assert frame.attrs["center_frequency"] == 3e6


def test_what_nobody_states_is_an_error_not_a_guess(samples):
    with pytest.raises(InputError, match=r"nobody states sound_speed; .*scanners\.s in the conf"):
        recorded_frame(Recording(samples), 0, without(CONVEX, "sound_speed"), ROW)


@pytest.mark.parametrize(
    ("file", "row", "message"),
    [
        (
            {"center_frequency": 5e6},
            {},
            r"center_frequency is 5e\+06 Hz by the file and 2\.5e\+06 Hz by scanner s",
        ),
        (
            {},
            {"probe_radius": 0.06},
            r"probe_radius is 0\.06 m by the frame table and 0\.05 m by scanner s",
        ),
        (
            {"sound_speed": 1540},
            {"sound_speed": 1480},
            r"sound_speed is 1540 m/s by the file and 1480 m/s by the frame table",
        ),
        ({"probe": "linear"}, {}, "probe is linear by the file and convex by scanner s"),
    ],
)
def test_two_sources_that_disagree_are_both_shown(samples, file, row, message):
    with pytest.raises(InputError, match=f"{message}; correct the one that is wrong"):
        recorded_frame(Recording(samples, file), 0, CONVEX, ROW | row)


def test_numbers_within_one_percent_agree_and_the_file_has_the_last_word(samples):
    frame = recorded_frame(Recording(samples, {"center_frequency": 2.52e6}), 0, CONVEX, ROW)
    assert frame.attrs["center_frequency"] == 2.52e6


def test_positions_of_the_file_are_used_and_compared(samples):
    depth = 0.002 + np.arange(SAMPLES) * 1540 / 24e6
    lines = np.linspace(-0.6, 0.6, LINES) ** 3 / 0.36
    recording = Recording(samples, {"probe": "convex"}, depth=depth, lines=lines)
    frame = recorded_frame(recording, 0, CONVEX | {"start_depth": 0.002}, ROW)
    np.testing.assert_array_equal(frame["depth"], depth)
    np.testing.assert_array_equal(frame["angle"], lines)
    with pytest.raises(InputError, match=r"angle_span is 1\.2 rad by the file and 1\.1 rad by"):
        recorded_frame(recording, 0, CONVEX | {"start_depth": 0.002, "angle_span": 1.1}, ROW)
    with pytest.raises(InputError, match=r"start_depth is 0\.002 m by the file and 0\.003 m by"):
        recorded_frame(recording, 0, CONVEX | {"start_depth": 0.003}, ROW)


def test_sampling_frequency_follows_from_the_distance_of_samples(samples):
    recording = Recording(samples, sample_spacing=1540 / 24e6)
    frame = recorded_frame(recording, 0, without(CONVEX, "sampling_frequency"), ROW)
    assert frame.attrs["sampling_frequency"] == pytest.approx(12e6)
    wrong = Recording(samples, sample_spacing=0.0000512)
    with pytest.raises(InputError, match=r"1\.50391e\+07 Hz by the file, by the distance of its"):
        recorded_frame(wrong, 0, CONVEX, ROW)


def test_start_at_the_skin_agrees_with_a_depth_of_zero(samples):
    recording = Recording(samples, start_time=-1.67e-8)
    frame = recorded_frame(recording, 0, CONVEX | {"start_depth": 0.0}, ROW)
    assert float(frame["depth"][0]) == pytest.approx(-12.9e-6, abs=1e-7)


def test_start_depth_follows_from_the_time_of_the_first_sample(samples):
    recording = Recording(samples, start_time=1e-5)
    assert float(recorded_frame(recording, 0, CONVEX, ROW)["depth"][0]) == pytest.approx(0.0077)
    with pytest.raises(InputError, match=r"start_depth is 0\.0077 m by the file, by the time of"):
        recorded_frame(recording, 0, CONVEX | {"start_depth": 0.01}, ROW)


def test_distance_of_lines_is_compared_for_linear_probes_only(samples):
    spacing = 0.038 / (LINES - 1)
    recorded_frame(Recording(samples, line_spacing=spacing), 0, LINEAR, ROW)
    recorded_frame(Recording(samples, line_spacing=7.0), 0, CONVEX, ROW)
    with pytest.raises(InputError, match=r"lateral_span is 0\.04 m by the file, by the distance"):
        recorded_frame(Recording(samples, line_spacing=0.005), 0, LINEAR, ROW)


@pytest.fixture
def amplified(samples):
    gain = np.linspace(0, 30, SAMPLES)
    louder = samples * 10 ** (gain[:, np.newaxis] / 20)
    return Recording(louder, {"gain_state": "applied"}, applied_gain=gain)


def test_gain_of_the_file_is_told(amplified):
    frame = recorded_frame(amplified, 0, CONVEX, ROW)
    assert frame.attrs["gain_state"] == "applied"
    np.testing.assert_array_equal(frame["applied_gain"], amplified.applied_gain)


def test_gain_of_each_frame_at_depths_of_its_own(samples):
    curve = np.array([0.001, 0.004]), np.array([[10.0, 40.0], [0.0, 3.0]])
    recording = Recording(samples, {"gain_state": "applied"}, start_time=0.0, gain_curve=curve)
    for index, gain in enumerate(curve[1]):
        frame = recorded_frame(recording, index, CONVEX | {"gain_state": "removed"}, ROW)
        expected = np.interp(np.arange(SAMPLES) * 1540 / 24e6, curve[0], gain)
        np.testing.assert_allclose(frame["applied_gain"], expected)
        np.testing.assert_allclose(
            frame["rf"], samples[index] / 10 ** (expected[:, np.newaxis] / 20), rtol=1e-5
        )


def test_unknown_gain_is_no_statement(amplified):
    described = CONVEX | {"gain_state": "unknown"}
    assert recorded_frame(amplified, 0, described, ROW).attrs["gain_state"] == "applied"


def test_gain_is_removed_where_this_is_asked_for(amplified, samples):
    frame = recorded_frame(amplified, 1, CONVEX | {"gain_state": "removed"}, ROW)
    assert frame.attrs["gain_state"] == "removed"
    np.testing.assert_allclose(frame["rf"], samples[1], rtol=1e-5)
    np.testing.assert_array_equal(frame["applied_gain"], amplified.applied_gain)


def test_gain_that_the_file_does_not_tell_cannot_be_removed(samples):
    with pytest.raises(InputError, match="the file does not tell its time-gain curve"):
        recorded_frame(Recording(samples), 0, CONVEX | {"gain_state": "removed"}, ROW)


def test_gain_that_file_and_description_see_differently(amplified):
    with pytest.raises(InputError, match="gain_state is applied by the file and raw by scanner s"):
        recorded_frame(amplified, 0, CONVEX | {"gain_state": "raw"}, ROW)


def test_demodulated_samples_stay_complex(samples):
    recording = Recording(samples + 1j, LINEAR | {"sampling_frequency": 5e6})
    frame = recorded_frame(recording, 0, without(LINEAR, "sampling_frequency"), ROW)
    assert np.iscomplexobj(frame_samples(frame))


def test_notes_of_a_reader_stay_with_the_frame(samples):
    frame = recorded_frame(Recording(samples, notes=("one", "two")), 0, CONVEX, ROW)
    assert frame.attrs["notes"] == "one; two"
    noted = recorded_frame(Recording(samples, notes=("one",)), 0, CONVEX, ROW | {"notes": "far"})
    assert noted.attrs["notes"] == "far; one"


@pytest.mark.parametrize("value", [0.0, 3 + 4j])
def test_frame_of_constant_lines_holds_no_echoes(value):
    with pytest.raises(InputError, match=r"every line of the frame is constant \((0|3\+4j) in"):
        recorded_frame(Recording(np.full((1, 100, 9), value)), 0, CONVEX, ROW)


def test_integers_at_their_limits_do_not_overflow(samples):
    limits = np.iinfo(np.int16)
    integers = np.clip(samples * 20_000, limits.min, limits.max).astype(np.int16)
    integers[0, 10] = limits.min
    frame = recorded_frame(Recording(integers), 0, CONVEX, ROW)
    np.testing.assert_array_equal(frame["rf"], integers[0])
    assert (envelope(frame_samples(frame))[10] > 0.9 * abs(int(limits.min))).all()


def echoes_of(samples=2000, lines=LINES, seed=0):
    """Noise in a band about the 2.5 MHz of `CONVEX`."""
    noise = np.random.default_rng(seed).standard_normal((samples, lines))
    spectrum = np.fft.rfft(noise, axis=0)
    frequency = np.fft.rfftfreq(samples, 1 / CONVEX["sampling_frequency"])
    spectrum *= np.exp(-(((frequency - 2.5e6) / 0.5e6) ** 2))[:, np.newaxis]
    return np.fft.irfft(spectrum, samples, axis=0) * 3000


def test_samples_without_a_drift_keep_their_bits():
    samples = echoes_of()
    frame = recorded_frame(Recording(samples[np.newaxis]), 0, CONVEX, ROW)
    np.testing.assert_array_equal(frame["rf"], samples.astype(np.float32))
    assert frame_quality(frame)["drift_share"] == 0


def test_offset_is_removed_before_the_time_gain():
    """Behind the amplifier it is the same at every depth; after the removal it would not be."""
    gain = np.linspace(0, 40, 2000)
    echoes = echoes_of() * 10 ** (-gain[:, np.newaxis] / 20)
    recorded = echoes * 10 ** (gain[:, np.newaxis] / 20) + 5000
    recording = Recording(recorded[np.newaxis], {"gain_state": "applied"}, applied_gain=gain)
    frame = recorded_frame(recording, 0, CONVEX | {"gain_state": "removed"}, ROW)
    np.testing.assert_allclose(frame["rf"], echoes, atol=20)
    assert np.abs(frame["rf"][-200:]).max() < 200
    assert frame_quality(frame)["drift_share"] > 0.5


def test_quality_is_that_of_the_samples_as_they_were_recorded():
    """The time gain lifts deep echoes to the converter's limits, and takes them back afterwards."""
    gain = np.linspace(0, 40, 2000)
    amplified = echoes_of() + 300
    recorded = np.rint(np.clip(amplified, -2000, 2000))
    recorded[:, 4] = 300
    recorded[1900:] = 0
    recording = Recording(recorded[np.newaxis], {"gain_state": "applied"}, applied_gain=gain)
    frame = recorded_frame(recording, 0, CONVEX | {"gain_state": "removed"}, ROW)
    quality = frame_quality(frame)
    alive = np.delete(recorded[:1900], 4, axis=1)
    saturated = np.mean(np.abs(alive) == 2000)
    assert saturated > 0.04
    assert quality["saturated_share"] == pytest.approx(saturated)
    assert quality["empty_rows"] == 100
    assert quality["empty_share"] == pytest.approx((100 * LINES + 1900) / recorded.size)
    assert quality["drift_share"] > 0.01
    assert (frame["rf"][1900:] == 0).all() and (frame["rf"][:, 4] == 0).all()
