import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.frame import (
    build_frame,
    caption,
    check_frame,
    facts,
    frame_samples,
    unreadable_frame,
)


@pytest.fixture
def samples():
    return np.random.default_rng(1).integers(-2000, 2000, (80, 6)).astype(np.int16)


def test_frame_keeps_the_contract(samples, scanner):
    frame = build_frame(samples, scanner, "p1", label=1, fat_fraction=7)
    lateral = "angle" if scanner.probe == "convex" else "lateral"
    assert frame["rf"].dims == ("depth", lateral)
    assert frame["rf"].dtype == np.float32
    np.testing.assert_array_equal(frame["rf"], samples)
    assert frame["depth"].attrs["units"] == "m"
    assert frame[lateral].attrs["units"] == {"angle": "rad", "lateral": "m"}[lateral]
    for name in frame.variables:
        assert set(frame[name].attrs) == {"units", "long_name"}


def test_frame_carries_the_acquisition(samples, convex_scanner):
    frame = build_frame(samples, convex_scanner, "p1", label=0, fat_fraction=2.5)
    assert frame.attrs == {
        "sampling_frequency": 12e6,
        "center_frequency": 2.5e6,
        "sound_speed": 1540.0,
        "probe_radius": 0.05,
        "reference_level": 32.5,
        "gain_state": "raw",
        "scanner": "convex",
        "patient": "p1",
        "label": 0,
        "fat_fraction": 2.5,
    }


def test_unknown_label_fat_fraction_and_radius_are_absent(samples, linear_scanner):
    attributes = build_frame(samples, linear_scanner, "p1").attrs
    assert not {"label", "fat_fraction", "probe_radius"} & set(attributes)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_not_finite_are_counted_and_placed(samples, scanner, bad):
    rf = samples.astype(float)
    rf[70, 2] = rf[71, 2] = bad
    with pytest.raises(InputError, match=r"2 samples of 480 .* first at sample 70 of line 2"):
        build_frame(rf, scanner, "p1")


@pytest.mark.parametrize(
    ("rf", "message"),
    [
        (np.ones((63, 8)), "the frame has 63 samples and 8 lines; expected at least 64 samples"),
        (np.ones((64, 1)), "the frame has 64 samples and 1 lines; expected .* 2 lines"),
        (np.ones(64), "a frame has 1 dimensions"),
    ],
)
def test_samples_of_the_wrong_kind_are_rejected(scanner, rf, message):
    with pytest.raises(InputError, match=message):
        build_frame(rf, scanner, "p1")


def test_smallest_frame_is_accepted(scanner):
    build_frame(np.ones((64, 2)), scanner, "p1")


def test_label_2_is_rejected(samples, scanner):
    with pytest.raises(InputError, match=r"label is -2; expected 1 \(fatty\), 0 \(normal\)"):
        build_frame(samples, scanner, "p1", label=-2)


@pytest.mark.parametrize("frequency", [6e6, 20e6])
def test_center_frequency_lies_below_half_the_sampling_frequency(
    samples, convex_scanner, scanner_with, frequency
):
    with pytest.raises(InputError, match=r"center_frequency is .* between 0 and .* 6e"):
        build_frame(samples, scanner_with(convex_scanner, center_frequency=frequency), "p1")


def test_unknown_gain_state_is_named_with_the_known_ones(samples, scanner, scanner_with):
    with pytest.raises(InputError, match="gain_state is 'on'; expected one of raw, applied"):
        build_frame(samples, scanner_with(scanner, gain_state="on"), "p1")


@pytest.mark.parametrize("coordinate", ["depth", "lines"])
def test_coordinates_must_increase(samples, convex_scanner, coordinate):
    count = {"depth": 80, "lines": 6}[coordinate]
    known = np.linspace(0.0, 0.05, count)
    known[3] = known[2]
    with pytest.raises(InputError, match=r"coordinate (depth|angle) does not increase"):
        build_frame(samples, convex_scanner, "p1", **{coordinate: known})


def test_samples_must_be_evenly_spaced_in_depth(samples, convex_scanner):
    rounded = np.round(np.linspace(0.0, 0.05, 80), 8)
    build_frame(samples, convex_scanner, "p1", depth=rounded)
    with pytest.raises(InputError, match=r"depth rises by .* expected evenly spaced samples"):
        build_frame(samples, convex_scanner, "p1", depth=np.geomspace(0.001, 0.05, 80))


def test_depth_in_another_unit_is_noticed(samples, convex_scanner):
    with pytest.raises(InputError, match="last sample lies at a depth of 79 m; expected at most"):
        build_frame(samples, convex_scanner, "p1", depth=np.arange(80.0))


def test_positions_that_are_known_singly_are_kept(samples, linear_scanner):
    lines = np.array([-3, -2, -1, 0, 2, 5]) * 1e-3
    depth = 0.01 + np.arange(80) * 1e-4
    frame = build_frame(samples, linear_scanner, "p1", depth=depth, lines=lines)
    np.testing.assert_array_equal(frame["depth"], depth)
    np.testing.assert_array_equal(frame["lateral"], lines)


def test_demodulated_samples_are_kept_in_two_parts(samples, scanner, scanner_with):
    iq = samples + 1j * samples[::-1]
    slow = scanner_with(scanner, sampling_frequency=2e6)  # below the centre frequency, as IQ may be
    frame = build_frame(iq, slow, "p1")
    assert "rf" not in frame
    np.testing.assert_array_equal(frame["in_phase"], samples)
    np.testing.assert_array_equal(frame["quadrature"], samples[::-1])
    np.testing.assert_array_equal(frame_samples(frame), iq)
    for name in frame.variables:
        assert set(frame[name].attrs) == {"units", "long_name"}


def test_applied_gain_stands_beside_the_samples(samples, scanner):
    frame = build_frame(samples, scanner, "p1", applied_gain=np.linspace(0, 20, 80))
    assert frame["applied_gain"].dims == ("depth",)
    assert frame["applied_gain"].attrs["units"] == "dB"


def test_unreadable_frame_tells_its_error_when_it_is_used():
    frame = unreadable_frame("a.mha: truncated", "convex", "p1", label=0)
    assert "rf" not in frame
    with pytest.raises(InputError, match=r"a\.mha: truncated"):
        check_frame(frame)


CLASSES = ("benign", "malignant")


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"label": 1, "fat_fraction": 12.34, "gain_state": "raw"}, "malignant, 12.3 % fat"),
        ({"label": 0, "gain_state": "applied"}, "benign, gain applied"),
        ({"gain_state": "unknown"}, "label unknown, gain unknown"),
        ({"gain_state": "removed"}, "label unknown"),
    ],
)
def test_caption_has_what_is_known(known, words):
    assert caption(known, CLASSES) == words


def test_facts_that_are_unknown_are_none():
    known = {"scanner": "s", "patient": "p", "label": 0, "sound_speed": 1540.0}
    assert facts(known) == {
        **{"scanner": "s", "patient": "p", "label": 0},
        **{"fat_fraction": None, "gain_state": None},
    }
