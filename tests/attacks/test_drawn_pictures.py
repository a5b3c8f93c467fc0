"""Audits of drawn pictures beside RF, with a network whose logit is the mean grey level."""

import numpy as np
import pytest

from reconattack.attacks.drawn_pictures import (
    COLUMNS,
    KINDS,
    Kind,
    agreement_rows,
    drawn_picture,
    stored,
)
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.resize.declaration import TRAINED_HERE
from reconattack.frames.frame import unreadable_frame
from reconattack.reconstruction.reconstruction import Reconstruction

INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
BOX = {"beta": {"box": [0.8, 1.0]}, "alpha_lower": {"box": [8, 12]}}
ROWS = 120


@pytest.fixture
def frame(noise_in_band):
    return noise_in_band(noise=3)


@pytest.fixture
def rows(frame, write_model):
    def of(*kinds):
        (image,) = Reconstruction(frame, ROWS, tuple(INITIAL), INITIAL).bmode([[0.9, 10, 55]])
        cut = float(image.mean()) + 0.4  # the decision is a close call
        judge = open_classifier({}, write_model("mean.onnx", cut), TRAINED_HERE)
        frames = [("a", frame), ("gone", unreadable_frame("no file", "s", "p"))]
        return agreement_rows(frames, judge, kinds, 3, BOX, INITIAL, ROWS, 0.5).set_index("kind")

    return of


def test_every_kind_has_a_row_of_every_readable_frame(rows):
    table = rows(*KINDS)
    assert list(table.index) == list(KINDS)
    assert set(table["frame"]) == {"a"}
    assert set(COLUMNS) <= set(table.columns)
    assert (table["points"] == 9).all()
    for found, of in (
        ("decisions_agree", "points"),
        ("sure_flips_confirmed", "sure_flips"),
        ("sure_holds_confirmed", "sure_holds"),
        ("sure_flips_confirmed", "true_flips"),
    ):
        assert (table[found] <= table[of]).all()


def test_a_png_is_as_good_as_its_eight_bits(rows):
    png = rows("png").loc["png"]
    assert png["worst_grey_error"] <= 1
    assert png["decisions_agree"] == 9
    assert png["true_flips"] > 0
    assert png["sure_flips"] == png["sure_flips_confirmed"]


def test_close_calls_of_a_jpeg_are_not_told(rows):
    """The initial logit is 0.04 from the cut-off, so nothing is told from a JPEG."""
    table = rows("png", "jpeg")
    assert table.loc["jpeg", "sure_flips"] == table.loc["jpeg", "sure_holds"] == 0
    assert table.loc["png", "sure_holds"] > 0


def test_dark_pictures_are_darker(frame):
    window = {"alpha_lower": 22.0, "alpha_upper": 52.0}
    picture = drawn_picture(frame, KINDS["dark"], INITIAL | window, ROWS)
    assert picture.attrs["dynamic_range"] == 30
    plain = drawn_picture(frame, KINDS["png"], INITIAL, ROWS)
    inside = plain["sector"].values
    assert picture["grey"].values[inside].mean() < plain["grey"].values[inside].mean() - 10


def test_kinds_of_files():
    image = np.random.default_rng(0).integers(0, 255, (40, 60)).astype(np.uint8)
    np.testing.assert_array_equal(stored(image, Kind()), image)
    assert stored(image, Kind(scale=0.75)).shape == (30, 45)
    jpeg = stored(image, Kind(quality=90))
    assert jpeg.shape == image.shape
    assert 0 < np.abs(jpeg.astype(int) - image).max() < 60
