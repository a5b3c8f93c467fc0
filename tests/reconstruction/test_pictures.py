"""Pictures at other settings, against the RF frames from which they were drawn."""

import dataclasses

import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.picture import PictureFacts, build_picture
from reconattack.frames.region import Rectangle, region_of_frame
from reconattack.reconstruction.drawing import reconstruction_of
from reconattack.reconstruction.pictures import PictureReconstruction
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.picture_frames import picture_of

ROWS = 160
INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
NAMES = tuple(INITIAL)
START = list(INITIAL.values())
FACTS = PictureFacts(dynamic_range=45.0, dynamic_range_error=0.0)
SETTINGS = np.array(
    [[0.5, 10, 55], [1.3, 10, 55], [0.9, 5, 55], [0.9, 15, 50], [1.3, 5, 60], [0.6, 12, 52]]
)


def flat(grey, masked=None, **changes):
    """A picture of 40 x 30 pixels of 1 mm, as given or of one grey level, without surround."""
    grey = np.broadcast_to(np.asarray(grey, np.uint8), (40, 30)).copy()
    known = {"pixel": 1e-3, "center_frequency": 2e6}
    facts = dataclasses.replace(FACTS, **known | changes)
    region = Rectangle(0, 0, 30, 40)
    return build_picture(grey, region, facts, INITIAL, patient="p", scanner="s", masked=masked)


def test_initial_setting_draws_the_picture_itself(noise_frame):
    picture = picture_of(noise_frame)
    redrawn = reconstruction_of(picture, ROWS, NAMES, INITIAL).bmode([START])[0]
    np.testing.assert_array_equal(redrawn, picture["grey"].values)


def test_levels_that_are_known_are_within_one_grey_level_of_rf(noise_frame):
    picture = picture_of(noise_frame)
    found = PictureReconstruction(picture, NAMES, INITIAL)
    true = Reconstruction(noise_frame, ROWS, NAMES, INITIAL)
    known = found.censored.region & ~found.censored.black & ~found.censored.white
    assert known.mean() > 0.3
    for expected, drawn in zip(true.bmode(SETTINGS), found.bmode(SETTINGS), strict=True):
        assert np.abs(expected[known].astype(int) - drawn[known]).max() <= 1


def test_gain_and_sliders_move_levels_as_in_rf(noise_frame):
    names = (*NAMES, "gain", "slider_2", "slider_7")
    others = INITIAL | {"gain": 0.0, "slider_2": 0.0, "slider_7": 0.0}
    settings = np.array([[*START, 3.0, 0, 0], [*START, -2.0, 4.0, 0], [*START, 0, -3.0, 5.0]])
    found = PictureReconstruction(picture_of(noise_frame), names, others)
    true = Reconstruction(noise_frame, ROWS, names, others)
    known = found.censored.region & ~found.censored.black & ~found.censored.white
    for expected, drawn in zip(true.bmode(settings), found.bmode(settings), strict=True):
        # Sliders are spread over pixels here and over samples there, half a pixel apart.
        assert np.abs(expected[known].astype(int) - drawn[known]).max() <= 2


def test_initial_gain_counts_as_part_of_the_picture(noise_frame):
    initial = INITIAL | {"gain": 4.0}
    found = PictureReconstruction(picture_of(noise_frame, initial), tuple(initial), initial)
    redrawn = found.bmode([list(initial.values())])[0]
    np.testing.assert_array_equal(redrawn, found.frame["grey"].values)


@pytest.mark.parametrize("gamma", [0.7, 1.6])
def test_grey_map_is_undone_and_applied_again(noise_frame, gamma):
    linear = picture_of(noise_frame)
    mapped = np.rint(255 * np.linspace(0, 1, 256) ** gamma).astype(np.uint8)
    shares = np.linspace(0, 1, 256) ** (1 / gamma)
    known = {name: linear.attrs[name] for name in ("center_frequency", "pixel")}
    picture = build_picture(
        mapped[linear["grey"].values],
        region_of_frame(noise_frame, ROWS),
        dataclasses.replace(FACTS, grey_map=shares, **known),
        INITIAL,
        patient="p",
        scanner="s",
    )
    found = PictureReconstruction(picture, NAMES, INITIAL)
    np.testing.assert_array_equal(found.bmode([START])[0], picture["grey"].values)
    (drawn,) = found.bmode([[1.1, 8, 55]])
    (plain,) = PictureReconstruction(linear, NAMES, INITIAL).bmode([[1.1, 8, 55]])
    known = found.censored.region & ~found.censored.black & ~found.censored.white
    off = np.abs(drawn[known].astype(int) - mapped[plain][known])
    assert np.quantile(off, 0.95) <= 3  # grey levels that gamma merges cannot be told apart


def test_shift_of_a_level_in_closed_form():
    """At depth d cm, 0.1 dB/(cm MHz) more at 2 MHz is 0.4 d dB, of 45 dB for 255 grey levels."""
    found = PictureReconstruction(flat(100), NAMES, INITIAL)
    (drawn,) = found.bmode([[1.0, 10, 55]])
    depth = (np.arange(40) + 0.5) / 10
    expected = np.rint(100 + 0.4 * depth * 255 / 45)
    np.testing.assert_allclose(drawn[:, 0], expected, atol=0.51)


def test_alpha_upper_moves_the_end_of_the_pictures_own_window():
    """At a range of 90 dB, 5 dB more at the upper end make white 95 dB wide."""
    found = PictureReconstruction(flat(100, dynamic_range=90.0), NAMES, INITIAL)
    same, wider, higher = found.bmode([START, [0.9, 10, 60], [0.9, 15, 60]])
    assert np.unique(same) == 100
    level = 100 / 255 * 90
    assert np.unique(wider) == round(level / 95 * 255)
    assert np.unique(higher) == round((level - 5) / 90 * 255)


def test_pixels_outside_stay():
    grey = np.full((40, 30), 100, np.uint8)
    grey[3, 4] = 255
    masked = np.zeros((40, 30), bool)
    masked[3, 4] = True
    found = PictureReconstruction(flat(grey, masked), NAMES, INITIAL)
    (drawn,) = found.bmode([[0.9, 40, 80]])
    assert drawn[3, 4] == 255
    assert drawn[5, 5] < 100


def test_zoom_shows_the_middle_larger():
    rows = np.repeat(np.arange(40, dtype=np.uint8)[:, np.newaxis] * 5 + 20, 30, axis=1)
    names = (*NAMES, "zoom", "aspect")
    found = PictureReconstruction(flat(rows), names, INITIAL)
    same, twice, wide = found.bmode([[*START, 1, 1], [*START, 2, 1], [*START, 1, 2]])
    np.testing.assert_array_equal(same, rows)
    places = 19.5 + (np.arange(40) - 19.5) / 2
    np.testing.assert_allclose(twice[:, 15], places * 5 + 20, atol=1.5)
    np.testing.assert_array_equal(wide[:, 15], rows[:, 15])


@pytest.mark.parametrize(
    ("name", "value", "needs"),
    [
        ("band_shift", 1e5, "RF samples"),
        ("sound_speed_shift", 20.0, "RF samples"),
        ("beta", 1.0, "the depth of the scan in metres and center_frequency"),
        ("slider_1", 2.0, "the depth of the scan in metres"),
    ],
)
def test_what_a_picture_cannot_do_is_refused(name, value, needs):
    picture = flat(100, pixel=None, center_frequency=None)
    names = tuple(dict.fromkeys([*NAMES, name]))
    setting = INITIAL | {name: value}
    others = INITIAL if name in INITIAL else INITIAL | {name: 0.0}
    found = PictureReconstruction(picture, names, others)
    with pytest.raises(InputError, match=f"value of .*; expected {needs}"):
        found.bmode([[setting[one] for one in names]])
    assert np.unique(found.bmode([[others[one] for one in names]])) == 100


def test_samples_of_a_picture_are_refused():
    with pytest.raises(InputError, match="has no samples; expected an RF frame"):
        PictureReconstruction(flat(100), NAMES, INITIAL).envelope()


def test_pixels_that_a_setting_would_need():
    """A black pixel is needed where its bound is drawn brighter, a white one where darker."""
    grey = np.full((40, 30), 100, np.uint8)
    grey[10, :], grey[20, :] = 0, 255
    found = PictureReconstruction(flat(grey), NAMES, INITIAL)
    assert not found.undetermined(START).any()
    lower = found.undetermined([0.9, 5, 55])
    assert lower[10].all()
    assert lower.sum() == 30
    higher = found.undetermined([0.9, 10, 60])
    assert higher[20].all()
    assert higher.sum() == 30
    assert not found.undetermined([0.9, 15, 50]).any()
    jpeg = PictureReconstruction(flat(grey, lossy=True), NAMES, INITIAL)
    assert jpeg.undetermined(START).sum() == 60


def test_completions_differ_only_where_the_picture_is_silent():
    grey = np.full((40, 30), 100, np.uint8)
    grey[10:14], grey[20] = 0, 255
    found = PictureReconstruction(flat(grey), NAMES, INITIAL)
    images = {
        name: found.with_completion(name).bmode([[0.9, 5, 60]])[0]
        for name in ("bound", "darkest", "extremes", "mean", "draw 2")
    }
    silent = found.undetermined([0.9, 5, 60])
    for image in images.values():
        np.testing.assert_array_equal(image[~silent], images["bound"][~silent])
    assert images["darkest"][11, 3] == 0
    assert images["extremes"][20, 3] == 255
    assert images["bound"][11, 3] == round(5 / 55 * 255)
