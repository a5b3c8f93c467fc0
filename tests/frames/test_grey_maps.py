"""Grey maps by name: what their source states, and what the public pair of PLUS shows."""

import numpy as np
import pytest
import SimpleITK

from reconattack.errors import InputError
from reconattack.frames.grey_maps import NAMED, with_stated_range
from reconattack.frames.picture import dynamic_ranges, shares_error, window_shares
from reconattack.frames.stated_picture import shape_errors
from reconattack.readers.image_file import ImageFile
from reconattack.readers.picture_frames import picture_frame
from reconattack.reconstruction.pictures import PictureReconstruction
from tools.draw_real_frames import PICTURE, RECORDING, levels_of_recording

INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}


@pytest.mark.parametrize("name", NAMED)
def test_named_maps_are_grey_maps(name):
    assert shares_error(NAMED[name].shares()) == ""
    assert shape_errors({"grey_map": name}) == []


def test_plus_is_the_fourth_root_of_the_amplitude():
    amplitude = np.geomspace(1, 1e4, 5000)
    brightness = np.floor(20 * amplitude**0.25).astype(int)
    level = 20 * np.log10(amplitude)
    found = 200 * NAMED["plus"].shares()[brightness]
    shift = found - level
    seen = (brightness >= 30) & (brightness < 255)
    assert np.ptp(shift[seen]) < 80 * np.log10(31 / 30)  # the width of a grey level


def test_range_that_a_map_states_need_not_be_declared():
    assert with_stated_range({"grey_map": "plus"})["dynamic_range"] == 200
    assert with_stated_range({"grey_map": "plus"})["dynamic_range_error"] == 0
    assert with_stated_range({"dynamic_range": 60}) == {"dynamic_range": 60}
    (line,) = shape_errors({"grey_map": "plus", "dynamic_range": 60})
    assert line == (
        "dynamic_range is 60; expected 200 dB, which grey_map: plus states, or none declared"
    )


def pictured(real_data, **stated):
    grey = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(real_data / PICTURE))).squeeze()
    scanner = {"name": "bk", "probe": "convex", "probe_radius": 0.01, "picture": stated}
    scanner["picture"] = {"image_depth": 0.05} | stated
    file = ImageFile(grey[np.newaxis], shape=grey.shape)
    return picture_frame(file, 0, scanner, {"patient": "p"}, INITIAL)


def test_row_that_states_another_range_is_an_error(real_data):
    frame = pictured(real_data, grey_map="plus")
    assert dynamic_ranges(frame) == (200,)
    assert window_shares(frame)[-2] == pytest.approx(1 + 80 * np.log10(254.5 / 255) / 200)
    with pytest.raises(InputError, match="dynamic_range is 60 dB by the frame table and 200 dB by"):
        picture = {"grey_map": "plus", "image_depth": 0.05}
        scanner = {"name": "bk", "probe": "convex", "probe_radius": 0.01, "picture": picture}
        file = ImageFile(frame["grey"].values[np.newaxis], shape=frame["grey"].shape)
        picture_frame(file, 0, scanner, {"patient": "p", "dynamic_range": 60.0}, INITIAL)


def unevenness(real_data, **stated):
    """How far the picture's levels differ from the recording's by more than a constant [dB]."""
    reconstruction = PictureReconstruction(pictured(real_data, **stated))
    found = np.full(reconstruction.sector.shape, np.nan)
    found[reconstruction.sector] = reconstruction.levels(INITIAL["beta"])
    recorded = levels_of_recording(real_data / RECORDING, found.shape)
    known = np.isfinite(found) & np.isfinite(recorded)
    classes = np.digitize(recorded, np.arange(46, 86, 4))
    difference = found - recorded
    return np.ptp([np.median(difference[known & (classes == number)]) for number in range(1, 10)])


def test_levels_of_the_picture_of_plus_are_those_of_its_recording(real_data):
    """Over 36 dB. PLUS's BrightnessScale is the constant."""
    assert unevenness(real_data, grey_map="plus") < 1
    ranges = (60.0, 70.0, 80.0)
    assert min(unevenness(real_data, dynamic_range=spread) for spread in ranges) > 4
