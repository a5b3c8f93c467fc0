"""What a picture tells of a decision, with a network whose logit is the mean grey level."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from reconattack.attacks.run import attack_frames
from reconattack.attacks.told import MEASURES, verdicts
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.resize.declaration import TRAINED_HERE
from reconattack.evidence.attacks import attack_table
from reconattack.evidence.columns import explained
from reconattack.evidence.summary import sure_success
from reconattack.frames.picture import PictureFacts, build_picture
from reconattack.frames.region import Rectangle
from reconattack.reconstruction.pictures import PictureReconstruction

INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
NAMES = tuple(INITIAL)
START = np.array(list(INITIAL.values()))
FACTS = PictureFacts(dynamic_range=45.0, dynamic_range_error=0.0, center_frequency=2e6, pixel=1e-3)
BOX = {"alpha_lower": {"box": [5, 15]}, "alpha_upper": {"box": [50, 60]}}


@pytest.fixture
def judge(write_model):
    """Fatty from a mean grey level of 100 on."""
    return lambda cut=100: open_classifier({}, write_model("m.onnx", cut), TRAINED_HERE)


def picture(grey, **changes):
    grey = np.broadcast_to(np.asarray(grey, np.uint8), (40, 50)).copy()
    facts = dataclasses.replace(FACTS, **changes)
    region = Rectangle(0, 0, 50, 40)
    return build_picture(grey, region, facts, INITIAL, patient="p", scanner="s", label=0)


def told(frame, judge, *settings):
    found = PictureReconstruction(frame, NAMES, INITIAL)
    return verdicts(found, judge, START, np.array(settings, float), Binary(0.5))


def test_levels_that_the_picture_tells_are_sure(judge):
    """Grey 95 of 45 dB is 16.8 dB: 10 less at the upper end make it 122, one less 97."""
    result = told(picture(95), judge(), [0.9, 10, 45], [0.9, 10, 54], START)
    assert result["sure_flip"].tolist() == [True, False, False]
    assert result["sure_hold"].tolist() == [False, True, True]
    assert not result["censored_share"].any()


def test_black_that_may_stay_black_or_not_is_not_told(judge):
    """Three quarters are black: if they were just below the threshold, 5 dB would show them."""
    grey = np.full((40, 50), 200, np.uint8)
    grey[:20] = 0
    result = told(picture(grey), judge(105), [0.9, 5, 60], START)
    assert result["sure_flip"].tolist() == [False, False]
    assert result["sure_hold"].tolist() == [False, True]
    assert result["censored_share"].tolist() == [0.5, 0.0]


def test_dynamic_range_that_is_not_known_leaves_it_open(judge):
    """At 45 dB, 95 becomes 100.3 at 2.4 dB less: at 35 dB more, at 55 dB less than 100."""
    setting = [0.9, 10, 55 - 2.4]
    sure = told(picture(95), judge(), setting)
    assert sure["sure_flip"].tolist() == [True]
    unsure = told(picture(95, dynamic_range_error=10.0), judge(), setting)
    assert unsure["sure_flip"].tolist() == unsure["sure_hold"].tolist() == [False]
    both = told(picture(95, dynamic_range_error=10.0), judge(), [0.9, 10, 45])
    assert both["sure_flip"].tolist() == [True]


@pytest.mark.parametrize("quality", ["lossy", "resized"])
def test_close_calls_of_inexact_pictures_are_not_told(judge, quality):
    """The logit is (mean - 100) / 10: 100 is within the margin, 104 beyond it."""
    near, far = [0.9, 10, 55 - 2.3], [0.9, 10, 55 - 4.0]
    exact = told(picture(95), judge(), near, far)
    assert exact["sure_flip"].tolist() == [True, True]
    inexact = told(picture(95, **{quality: True}), judge(), near, far)
    assert inexact["sure_flip"].tolist() == [False, True]
    assert 0.05 < Binary().doubt < 0.2


def test_an_attack_on_pictures_records_what_they_tell(judge):
    frames = {
        "clear": picture(95),
        "silent": picture(np.where(np.arange(40)[:, np.newaxis] < 20, 0, 190)),
        "broken": picture(95).drop_vars(["grey", "sector"]).assign_attrs(error="no file"),
    }
    settings = {"method": "corners", "max_queries": 30, "parameters": BOX}
    record = attack_frames(frames, judge(100), settings, INITIAL, 40, 0.5, "corners")
    flips = record["sure_flip"].values
    assert flips[0] == 1
    assert np.isnan(flips[2])
    assert record["censored_share"].values[0] == 0
    for name in ("sure_flip", "sure_hold"):
        assert set(record[name].values[:2]) <= {0.0, 1.0}
    assert record["level_change_end"].values[0] == 0  # beta did not move


def test_rf_frames_and_no_frame_at_all_tell_nothing(noise_frame, judge):
    """A chunk of RF frames may have none that a network judges: its record has no such columns."""
    settings = {"method": "corners", "max_queries": 5, "parameters": BOX}
    unread = noise_frame.drop_vars("rf").assign_attrs(error="no file")
    for frames in ({"rf": noise_frame}, {"unread": unread}):
        record = attack_frames(frames, judge(100), settings, INITIAL, 40, 0.5, "corners")
        assert not set(MEASURES) & set(record)


def test_each_swept_dynamic_range_has_its_result(judge, tmp_path):
    """Grey 95 of 40, 60 and 80 dB: 6 dB less at the upper end make it 112, 106 and 103."""
    frames = {
        "swept": picture(95, dynamic_range=[80, 40, 60]),
        "known": picture(95),
    }
    assert frames["swept"].attrs["dynamic_range"] == 60
    box = {"alpha_upper": {"box": [49, 55]}}
    settings = {"method": "corners", "max_queries": 30, "parameters": box}
    record = attack_frames(frames, judge(105), settings, INITIAL, 40, 0.5, "corners")
    assert record["dynamic_range"].values.tolist() == [40, 60, 80]
    flips = record["flip_at_range"].values
    assert flips[0].tolist() == [1, 1, 0]
    assert np.isnan(flips[1]).all()
    assert record["sure_flip"].values.tolist() == [0, 1]
    path = tmp_path / "record.nc"
    record.to_netcdf(path)
    file = {"model": "m", "seed": "0", "fold": "0", "attack": "corners", "path": str(path)}
    table = attack_table([file], {}).set_index("frame")
    assert table.loc["swept", ["flip_at_40dB", "flip_at_60dB", "flip_at_80dB"]].tolist() == [
        True,
        True,
        False,
    ]
    assert pd.isna(table.loc["known", "flip_at_40dB"])
    shares = sure_success(table.reset_index())
    assert shares["n_sure_success"] == 1
    assert (shares["success_at_40dB"], shares["success_at_80dB"]) == (1, 0)
    for column in table.columns:
        assert explained("attacks", column).meaning
    for column in shares:
        assert explained("summary", column).meaning
