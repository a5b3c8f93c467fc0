"""Channel data joined with what the table and the scanner state: all that contradicts is named."""

import dataclasses

import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.channel_recording import ChannelRecording, recorded_channels
from reconattack.frames.waves import element_positions

ELEMENTS, TIMES = 8, 400
FACTS = {"sampling_frequency": 40e6, "center_frequency": 5e6, "sound_speed": 1540.0}
SCANNER = {"name": "s", "reference_level": 0.0}
ROW = {"patient": "p"}
X, Z = element_positions(ELEMENTS, 3e-4)


def recording(**changes):
    echoes = np.random.default_rng(1).standard_normal((2, ELEMENTS, TIMES)).astype(np.float32)
    known = {
        "frames": [echoes],
        "facts": FACTS,
        **{"element_x": X, "element_z": Z},
        "transmit_delay": np.zeros((2, ELEMENTS)),
        "start_time": np.zeros(2),
    }
    return ChannelRecording(**known | changes)


def joined(changed=None, scanner=None, row=None):
    found = recording(**(changed or {}))
    return recorded_channels(found, 0, SCANNER | (scanner or {}), ROW | (row or {}))


def test_lines_of_a_linear_array_by_default():
    recorded = joined()
    assert recorded.scanner.probe == "linear"
    np.testing.assert_allclose(recorded.lines, X)
    assert len(recorded.depth) == TIMES
    np.testing.assert_allclose(recorded.depth[-1], 399 / 40e6 * 1540 / 2)
    assert recorded.channels.samples.dtype == np.float32


def test_lines_of_a_phased_array_by_default():
    recorded = joined(scanner={"probe": "phased", "angle_span": 1.2})
    assert len(recorded.lines) == 128
    np.testing.assert_allclose(recorded.lines[[0, -1]], [-0.6, 0.6])


def test_lines_of_a_convex_array_by_default():
    x, z = element_positions(ELEMENTS, 3e-4, 0.03)
    recorded = joined({"element_x": x + 0.001, "element_z": z + 0.002})
    assert recorded.scanner.probe_radius == pytest.approx(0.03, rel=1e-6)
    np.testing.assert_allclose(recorded.lines, np.arctan2(x, z + 0.03), atol=1e-9)
    np.testing.assert_allclose(recorded.channels.element_x, x, atol=1e-9)
    np.testing.assert_allclose(recorded.channels.element_z, z, atol=1e-8)


def test_stated_scan_counts():
    scan = {"lines": 20, "end_depth": 0.005}
    recorded = joined(scanner={"scan": scan, "lateral_span": 0.001, "start_depth": 0.002})
    np.testing.assert_allclose(recorded.lines, np.linspace(-5e-4, 5e-4, 20))
    assert recorded.depth[0] == 0.002
    assert 0.005 - recorded.depth[-1] < 1540 / 80e6
    assert recorded.depth[-1] <= 0.005


def test_times_count_from_the_first_element_that_fires():
    delay = np.full((2, ELEMENTS), 3e-6)
    delay[1, 2:] += 1e-6
    delay[1, 0] = np.nan
    recorded = joined({"transmit_delay": delay, "start_time": np.array([3e-6, 4e-6])})
    np.testing.assert_allclose(recorded.channels.transmit_delay, delay - 3e-6)
    np.testing.assert_allclose(recorded.channels.start_time, [0, 1e-6], atol=1e-18)


def test_elements_from_right_to_left_are_turned():
    delay = np.tile(np.arange(ELEMENTS) * 1e-8, (2, 1))
    plain = joined({"transmit_delay": delay})
    echoes = recording().frames[0]
    turned = {"frames": [echoes[:, ::-1]], "element_x": X[::-1], "transmit_delay": delay[:, ::-1]}
    other = joined(turned)
    for field in dataclasses.fields(plain.channels):
        one, two = (getattr(part.channels, field.name) for part in (plain, other))
        np.testing.assert_array_equal(one, two)


def test_drift_is_removed_and_told():
    echoes = recording().frames[0]
    recorded = joined({"frames": [echoes + 50]})
    assert recorded.attributes["drift_share"] > 0.99
    assert np.abs(recorded.channels.samples.mean(axis=-1)).max() < 0.2
    assert joined().attributes["drift_share"] == 0.0


def test_silent_elements_are_told():
    echoes = recording().frames[0].copy()
    echoes[:, 3] = 0
    notes = joined({"frames": [echoes], "notes": ("a note",)}, row={"notes": "mine"}).attributes
    assert notes["notes"] == "mine; a note; 1 of 8 elements receive nothing"


def test_everything_that_nobody_states_is_told_at_once():
    bare = ChannelRecording([recording().frames[0] + 0j])
    with pytest.raises(InputError) as error:
        recorded_channels(bare, 0, SCANNER, ROW)
    for name in (
        *FACTS,
        *("array.pitch", "array.transmit_angles", "array.demodulation_frequency"),
    ):
        assert name in str(error.value)


ARC = dict(zip(("element_x", "element_z"), element_positions(ELEMENTS, 3e-4, 0.02), strict=True))


@pytest.mark.parametrize(
    ("changed", "scanner", "message"),
    [
        (
            {},
            {"array": {"elements": 9}},
            r"file has 8 elements and scanners\.s\.array\.elements is",
        ),
        ({}, {"array": {"pitch": 4e-4}}, r"0\.3 mm apart by the file and 0\.4 mm by scanners\.s"),
        (
            {},
            {"probe": "convex"},
            "a straight line, and probe is convex; expected linear or phased",
        ),
        (ARC, {"probe": "linear"}, "probe is convex by the file, by the positions of its elements"),
        (ARC, {"probe_radius": 0.03}, r"probe_radius is 0\.02 m by the file.* and 0\.03 m"),
        ({"element_z": Z + 1e-3 * (X > 0)}, {}, "neither on a straight line nor on a convex arc"),
        (
            {"element_z": -element_positions(ELEMENTS, 3e-4, 0.02)[1]},
            {},
            "neither on a straight line nor on a convex arc",
        ),
        (
            {"element_x": X[[0, 2, 1, 3, 4, 5, 6, 7]]},
            {},
            "do not follow one another along the face",
        ),
        ({}, {"array": {"transmit_angles": [0.0, 0.1]}}, "state different transmitted waves"),
        ({}, {"array": {"start_time": 1e-6}}, "different times of the first sample"),
        ({"start_time": np.full(2, -1e-3)}, {}, r"from a depth of -0\.76.* m, above start_depth"),
        ({"transmit_delay": np.zeros((3, ELEMENTS))}, {}, "3 transmitted waves of 8 elements are"),
        ({"transmit_delay": np.full((2, 8), np.nan)}, {}, "no element fires in transmit 0"),
        ({}, {"array": {"demodulation_frequency": 5e6}}, "the samples are real, and scanners"),
        (
            {},
            {"sound_speed": 1480.0},
            "sound_speed is 1540 m/s by the file and 1480 m/s by scanner",
        ),
        ({}, {"gain_state": "removed"}, "the file does not tell its time-gain curve"),
        ({"frames": [np.zeros((2, ELEMENTS, TIMES))]}, {}, "every sample of the frame is 0"),
    ],
)
def test_what_contradicts_is_named(changed, scanner, message):
    with pytest.raises(InputError, match=message):
        joined(changed, scanner)


def test_row_of_the_table_states_the_array():
    echoes = recording().frames[0]
    bare = ChannelRecording([echoes + 1j * echoes], FACTS)
    row = {"element_pitch": 3e-4, "transmit_angles": "-0.1, 1e-1", "start_time": 2e-6}
    row |= {"demodulation_frequency": 5e6}
    channels = recorded_channels(bare, 0, SCANNER, ROW | row).channels
    np.testing.assert_allclose(channels.element_x, X)
    expected = np.array([X[::-1], X]) * np.sin(0.1) / 1540
    expected -= expected.min(axis=1, keepdims=True)
    np.testing.assert_allclose(channels.transmit_delay, expected, atol=1e-18)
    np.testing.assert_allclose(channels.start_time, 2e-6)
    assert channels.demodulation_frequency == 5e6


@pytest.mark.parametrize(
    ("array", "row", "message"),
    [
        ({"pitch": 2e-4}, {"element_pitch": 3e-4}, r"element_pitch is 0\.0003 by the frame table"),
        (
            {"transmit_sources": [[0, 0.02]]},
            {"transmit_angles": "0"},
            r"transmit_angles is 0 by the frame table, and scanners\.s\.array has transmit_sources",
        ),
    ],
)
def test_table_and_scanner_that_contradict_are_told(array, row, message):
    with pytest.raises(InputError, match=message):
        joined(scanner={"array": array}, row=row)


def test_declared_waves_that_agree_with_the_file_are_no_error():
    joined(scanner={"array": {"transmit_angles": [0.0, 0.0], "start_time": 0.0, "pitch": 3e-4}})
