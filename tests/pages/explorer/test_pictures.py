import io

import numpy as np
import pytest
from PIL import Image

from reconattack.errors import InputError
from reconattack.pages.explorer.pictures import (
    LEVEL_STEP,
    LOWEST_LEVEL,
    changes_of,
    level_png,
    picture_of,
)
from reconattack.reconstruction.picture_change import picture_change
from reconattack.reconstruction.pictures import PictureReconstruction
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import window
from tests.picture_frames import picture_of as picture_frame_of

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
ROWS = 160
SETTINGS = [(0.9, 10, 55), (0.5, 5, 50), (1.3, 15, 60), (0.5, 15, 50), (2.0, 0, 80), (0.0, 30, 35)]


def values_of(png):
    with Image.open(io.BytesIO(png)) as image:
        assert image.mode == "I;16"
        return np.asarray(image)


def drawn(picture, setting):
    """The picture as the page computes it."""
    values = values_of(picture["levels"])
    z = picture["z"] + picture["pixel"] * np.arange(picture["rows"])[:, np.newaxis]
    x = picture["x"] + picture["pixel"] * np.arange(picture["columns"])
    radius = picture["probe_radius"]
    depth = z + 0 * x if radius is None else np.hypot(x, z + radius) - radius
    beta, lower, upper = setting
    levels = LOWEST_LEVEL + (values - 1.0) * LEVEL_STEP
    levels += (beta - INITIAL["beta"]) * 2 * picture["frequency"] * depth * 100
    return np.where(values == 0, 0, np.rint(window(levels, lower, upper)))


@pytest.mark.parametrize("setting", SETTINGS)
def test_page_draws_what_the_reconstruction_draws(noise_frame, setting):
    picture = picture_of(noise_frame, ROWS, INITIAL)
    bmode = Reconstruction(noise_frame, ROWS).bmode(setting)[0]
    difference = np.abs(drawn(picture, setting) - bmode)
    inside = values_of(picture["levels"]) > 0
    narrow = setting[2] - setting[1] < 20  # a grey level is a fifth of a step there
    assert (difference[inside] <= (4 if narrow else 1)).all()
    assert (difference <= 2).mean() > (0.8 if narrow else 0.999)


def drawn_picture(told, setting):
    """A picture frame as the page computes it."""
    beta, lower, upper = setting
    return drawn(told, (beta, lower, upper + told["upper_offset"]))


def test_page_draws_a_picture_frame_in_its_own_window(noise_frame):
    frame = picture_frame_of(noise_frame, dynamic_range=60)
    told = picture_of(frame, ROWS, INITIAL)
    assert told["upper_offset"] == 15
    assert told["censored"] == [10, 70]
    assert "unscaled" not in told
    for setting in ((0.9, 10, 55), (0.7, 5, 50)):
        bmode = PictureReconstruction(frame).bmode(setting)[0]
        inside = values_of(told["levels"]) > 0
        assert (np.abs(drawn_picture(told, setting) - bmode)[inside] <= 1).mean() > 0.99


def test_page_knows_a_picture_frame_without_a_scale(noise_frame):
    assert picture_of(picture_frame_of(noise_frame, pixel=None), ROWS, INITIAL)["unscaled"]
    told = picture_of(picture_frame_of(noise_frame, center_frequency=None), ROWS, INITIAL)
    assert told["frequency"] == 0


def test_gain_of_the_initial_setting_is_in_the_levels(noise_frame):
    initial = INITIAL | {"gain": 6}
    picture = picture_of(noise_frame, ROWS, initial)
    reconstruction = Reconstruction(noise_frame, ROWS, others=initial)
    bmode = reconstruction.bmode([0.7, 10, 55])[0]
    assert np.abs(drawn(picture, (0.7, 10, 55)) - bmode).max() <= 1


def test_changes_are_those_of_the_reconstruction_with_its_other_settings(noise_frame):
    initial = INITIAL | {"gain": 6}
    settings = [(0.9, 10, 55), (0.5, 15, 50)]
    same, changed = changes_of(noise_frame, ROWS, initial, settings, ["ssim", "black_added"])
    assert same == {"ssim": 1, "black_added": 0}
    reconstruction = Reconstruction(noise_frame, ROWS, others=initial)
    expected = picture_change(*reconstruction.bmode(settings), reconstruction.sector)
    assert changed == pytest.approx({name: expected[name] for name in changed}, abs=1e-6)
    assert changes_of(noise_frame, ROWS, initial, [], ["ssim"]) == []


@pytest.mark.parametrize("name", ["gamma", "zoom", "median"])
def test_stage_that_the_page_cannot_draw_is_refused(noise_frame, name):
    with pytest.raises(InputError, match=f"sets {name}"):
        picture_of(noise_frame, ROWS, INITIAL | {name: 0.5})


def test_levels_are_rounded_to_a_step_and_nothing_is_zero():
    levels = np.array([[np.nan, -700, LOWEST_LEVEL], [0, 33.34, 80]], np.float32)
    values = values_of(level_png(levels))
    np.testing.assert_array_equal(values[0], [0, 1, 1])
    back = LOWEST_LEVEL + (values[1] - 1.0) * LEVEL_STEP
    np.testing.assert_allclose(back, [0, 33.3, 80], atol=1e-9)


def test_same_levels_give_the_same_file(noise_frame):
    first, second = (picture_of(noise_frame, ROWS, INITIAL)["levels"] for _ in range(2))
    assert first == second


# Picture frames, as tests/browser sees them drawn


def mapped(shares):
    """`Picture.mapOf` of picture.js: the grey level of each tenth of a linear grey level."""
    return np.interp(np.arange(2551) / 2550, shares, np.arange(256))


@pytest.mark.parametrize(
    "facts", [{}, {"dynamic_range": 60.0}, {"grey_map": np.linspace(0, 1, 256) ** 1.3}]
)
def test_page_draws_pictures_at_other_settings(noise_frame, facts):
    frame = picture_frame_of(noise_frame, rows=ROWS, text=True, **facts)
    picture = picture_of(frame, ROWS, INITIAL)
    assert "unscaled" not in picture
    for setting in ((0.9, 10, 55), (0.7, 5, 60), (1.2, 15, 50)):
        (bmode,) = PictureReconstruction(frame).bmode(setting)
        beta, lower, upper = setting
        greys = drawn(picture, (beta, lower, upper + picture["upper_offset"]))
        if "shares" in picture:
            greys = np.rint(mapped(picture["shares"])[np.rint(10 * greys).astype(int)])
        inside = values_of(picture["levels"]) > 0
        apart = np.abs(greys - bmode)[inside]
        assert np.mean(apart <= 1) > 0.99
        assert apart.max() <= 3


def test_pixels_of_unknown_level_follow_from_the_levels(noise_frame):
    darker = INITIAL | {"alpha_lower": 25, "alpha_upper": 65}
    frame = picture_frame_of(noise_frame, darker, ROWS)
    picture = picture_of(frame, ROWS, darker)
    values = values_of(picture["levels"])
    levels = LOWEST_LEVEL + (values - 1.0) * LEVEL_STEP
    lowest, highest = picture["censored"]
    grey, sector = frame["grey"].values, frame["sector"].values
    black = sector & (levels <= lowest + LEVEL_STEP / 2)
    assert (grey == 0)[sector].any()
    np.testing.assert_array_equal(black, sector & (grey == 0))
    np.testing.assert_array_equal(sector & (levels >= highest), sector & (grey == 255))


def test_picture_without_a_scale(noise_frame):
    frame = picture_frame_of(noise_frame, rows=ROWS, pixel=None, center_frequency=None)
    picture = picture_of(frame, ROWS, INITIAL)
    assert picture["unscaled"]
    assert picture["frequency"] == 0
