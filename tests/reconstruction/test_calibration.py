import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.frame import build_frame, frame_samples
from reconattack.reconstruction.calibration import median_level, reference_levels
from tests.picture_frames import picture_of

INITIAL = {"beta": 0.0, "alpha_lower": 10, "alpha_upper": 55}


@pytest.fixture
def frames(convex_scanner):
    """Frames of a constant amplitude: 20, 40 and 60 dB."""
    return {
        f"{decibels}": build_frame(
            np.full((600, 32), 10 ** (decibels / 20), complex), convex_scanner, "p"
        )
        for decibels in (20, 40, 60)
    }


def test_median_level_leaves_the_present_reference_level_out(frames):
    assert median_level(frames["40"], INITIAL, 64) == pytest.approx(40, abs=1e-3)


def test_padding_and_dead_lines_do_not_move_the_level(convex_scanner):
    noise = np.random.default_rng(0).standard_normal((600, 32)) * 100
    whole = median_level(build_frame(noise, convex_scanner, "p"), INITIAL, 64)
    padded = noise.copy()
    padded[:, 3:12] = padded[330:] = 0
    level = median_level(build_frame(padded, convex_scanner, "p"), INITIAL, 64)
    assert level == pytest.approx(whole, abs=0.3)


def test_mean_of_a_scanner_s_frames_comes_to_the_middle_of_the_window(frames):
    named = {"first": ["20", "60"], "second": ["20"]}
    table = reference_levels(frames.items(), named, INITIAL, 64)
    assert table.to_dict("list") == {
        "scanner": ["first", "second"],
        "n_frames": [2, 1],
        "reference_level": [-7.5, 12.5],
    }


def test_calibration_frames_that_are_missing_are_named(frames):
    with pytest.raises(InputError, match="calibration_frames 30, 50: no such frame, or none"):
        reference_levels(frames.items(), {"s": ["50", "20", "30"]}, INITIAL, 64)


def test_without_calibration_frames_the_key_is_named(frames):
    with pytest.raises(InputError, match=r"expected names of frames under scanners\.<name>\."):
        reference_levels(frames.items(), {}, INITIAL, 64)


def test_finished_picture_has_no_level_to_calibrate(noise_frame):
    picture = picture_of(noise_frame)
    with pytest.raises(InputError, match=r"finished picture, .* need no reference_level"):
        median_level(picture, INITIAL, 64)
    with pytest.raises(InputError, match="finished picture, which has no samples"):
        frame_samples(picture)
