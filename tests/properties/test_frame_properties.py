"""What holds of the picture of any frame that may be used."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from reconattack.errors import InputError
from reconattack.frames.frame import MAX_DEPTH, MIN_LINES, MIN_SAMPLES, build_frame, frame_samples
from reconattack.frames.scanner import Scanner
from reconattack.reconstruction.reconstruction import Reconstruction

REPEATABLE = settings(derandomize=True, database=None, deadline=None, max_examples=40)
ROWS = 48
SETTING = st.tuples(st.floats(0, 2), st.floats(-20, 40), st.floats(41, 120))
LARGEST = np.float32(1e15)  # whose square and transform are finite in single precision


@st.composite
def scanners(draw):
    """Scanners whose lines of up to 200 samples end within the depth that is allowed."""
    sampling_frequency = draw(st.floats(2.5e6, 100e6))
    facts = {
        "name": "s",
        "sampling_frequency": sampling_frequency,
        "center_frequency": draw(st.floats(0.05, 0.45)) * sampling_frequency,
        "sound_speed": draw(st.floats(1400, 1640)),
        "reference_level": draw(st.floats(-100, 100)),
        "gain_state": draw(st.sampled_from(["raw", "applied", "unknown"])),
        "start_depth": draw(st.floats(0, 0.05)),
    }
    if draw(st.booleans()):
        curved = {"probe_radius": draw(st.floats(0.01, 0.1)), "angle_span": draw(st.floats(0.2, 2))}
        return Scanner(probe="convex", **facts, **curved)
    return Scanner(probe="linear", **facts, lateral_span=draw(st.floats(0.01, 0.1)))


@st.composite
def frames(draw, numbers=None):
    scanner = draw(scanners())
    shape = draw(st.integers(MIN_SAMPLES, 200)), draw(st.integers(MIN_LINES, 24))
    assume(scanner.depth(shape[0])[-1] <= MAX_DEPTH)
    if numbers is None:
        seed, spread = draw(st.integers(0, 2**32)), draw(st.floats(1e-6, 1e6))
        samples = np.random.default_rng(seed).normal(0, spread, shape)
    else:
        samples = draw(arrays.arrays(np.float32, shape, elements=numbers, fill=numbers))
    if draw(st.booleans()):
        samples = samples + 1j * samples[:, ::-1]
    return build_frame(samples, scanner, "p")


@REPEATABLE
@given(
    frames(st.floats(-float(LARGEST), float(LARGEST), width=32, allow_subnormal=True)),
    SETTING,
    st.integers(2, 96),
)
def test_any_frame_has_a_picture(frame, setting, rows):
    reconstruction = Reconstruction(frame, rows)
    assert np.isfinite(reconstruction.levels(setting[0])).all()
    (picture,) = reconstruction.bmode([setting])
    assert picture.dtype == np.uint8
    assert picture.shape == (rows, len(reconstruction.x)) == reconstruction.sector.shape
    assert not picture[~reconstruction.sector].any()


@REPEATABLE
@given(frames(), SETTING, st.integers(-12, 12))
def test_louder_frame_at_a_lower_reference_level_is_the_same_picture(frame, setting, power):
    louder = frame.assign({name: frame[name] * 2.0**power for name in frame.data_vars})
    louder.attrs["reference_level"] -= 20 * np.log10(2.0**power)
    one, other = (Reconstruction(each, ROWS).bmode([setting]) for each in (frame, louder))
    assert np.abs(one.astype(int) - other).max() <= 1


@REPEATABLE
@given(frames(), SETTING, st.floats(-30, 30))
def test_window_and_reference_level_move_together(frame, setting, shift):
    beta, lower, upper = setting
    moved = frame.assign_attrs(reference_level=frame.attrs["reference_level"] + shift)
    one = Reconstruction(frame, ROWS).bmode([setting])
    other = Reconstruction(moved, ROWS).bmode([(beta, lower + shift, upper + shift)])
    assert np.abs(one.astype(int) - other).max() <= 1


@REPEATABLE
@given(frames(), SETTING, st.floats(0, 1))
def test_more_compensation_darkens_no_pixel(frame, setting, more):
    beta, *window = setting
    less, brighter = Reconstruction(frame, ROWS).bmode([setting, (beta + more, *window)])
    assert (brighter.astype(int) - less).min() >= -1


@REPEATABLE
@given(frames(), SETTING)
def test_sign_of_the_samples_says_nothing(frame, setting):
    turned = frame.assign({name: -frame[name] for name in frame.data_vars})
    one, other = (Reconstruction(each, ROWS).bmode([setting]) for each in (frame, turned))
    np.testing.assert_array_equal(one, other)


@REPEATABLE
@given(
    frames(),
    st.sampled_from([np.nan, np.inf, -np.inf]),
    st.integers(0, MIN_SAMPLES - 1),
    st.integers(0, MIN_LINES - 1),
)
def test_sample_that_is_no_number_is_named(frame, value, sample, line):
    samples = frame_samples(frame).copy()
    samples[sample, line] = value
    scanner = Scanner(
        name="s",
        probe="linear",
        sampling_frequency=40e6,
        center_frequency=5e6,
        sound_speed=1540.0,
        reference_level=0.0,
        gain_state="raw",
        lateral_span=0.03,
    )
    with pytest.raises(InputError, match=rf"the first at sample {sample} of line {line};"):
        build_frame(samples, scanner, "p")
