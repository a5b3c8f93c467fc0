"""The contract of a picture frame."""

import dataclasses

import numpy as np
import pytest

from reconattack.errors import InputError
from reconattack.frames.picture import (
    PictureFacts,
    build_picture,
    dynamic_ranges,
    initial_setting,
    pixel_depths,
    without_scale,
)
from reconattack.frames.region import Rectangle

FACTS = PictureFacts(dynamic_range=60.0, center_frequency=3e6, pixel=2e-4)
INITIAL = {"beta": 0.5, "alpha_lower": 0.0, "alpha_upper": 60.0}


def built(grey=None, region=None, **changes):
    grey = np.full((50, 40), 90, np.uint8) if grey is None else grey
    facts = dataclasses.replace(FACTS, **changes)
    return build_picture(grey, region or Rectangle(4, 5, 36, 45), facts, INITIAL, "p", "s", 1, 8.0)


def test_what_a_picture_keeps():
    picture = built()
    assert picture["sector"].values.sum() == 32 * 40
    assert picture.attrs["label"] == 1
    assert picture.attrs["fat_fraction"] == 8
    assert picture.attrs["kind"] == "image"
    assert initial_setting(picture) == INITIAL
    assert dynamic_ranges(picture) == (50, 70)
    assert dynamic_ranges(built(dynamic_range_error=0.0)) == (60,)
    assert picture.attrs["censored_margin"] == 0
    assert built(lossy=True).attrs["censored_margin"] == 4
    assert built(lossy=True, censored_margin=2).attrs["censored_margin"] == 2


def test_depths_begin_at_the_face():
    depths = pixel_depths(built())
    assert depths[5, 0] == pytest.approx(1e-4)
    assert depths[0, 0] == 0
    assert depths[44, 39] == pytest.approx(39.5 * 2e-4)
    assert without_scale(built()) == []
    lacking = built(pixel=None, center_frequency=None)
    assert not pixel_depths(lacking).any()
    assert len(without_scale(lacking)) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grey": np.zeros((50, 40))}, "type float64; expected uint8"),
        ({"grey": np.zeros((3, 40), np.uint8)}, "at least 16 x 16 pixels"),
        ({"dynamic_range": 5.0}, "dynamic_range is 5 dB.*; expected 10 to 200 dB"),
        ({"dynamic_range": 30.0, "dynamic_range_error": 30.0}, "leaves more than 5 dB"),
        ({"censored_margin": 70}, "censored_margin is 70 grey levels; expected 0 to 63"),
        ({"grey_map": np.linspace(0, 1, 200)}, "grey_map has 200 values"),
        ({"grey_map": np.linspace(0, 0.9, 256)}, "from 0 to 0.9; expected 256 that rise"),
        ({"grey_map": np.zeros(256)}, "expected 256 that rise"),
        ({"region": Rectangle(60, 5, 80, 45)}, "no pixel of the picture lies in the insonified"),
    ],
)
def test_what_cannot_be_used_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        built(**changes)


def test_label_of_another_kind_is_refused():
    grey, region = np.full((50, 40), 90, np.uint8), Rectangle(4, 5, 36, 45)
    with pytest.raises(InputError, match="label is -2; expected 1"):
        build_picture(grey, region, FACTS, INITIAL, patient="p", scanner="s", label=-2)
