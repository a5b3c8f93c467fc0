import numpy as np
import pytest

from reconattack.frames.stated_picture import picture_errors, shape_errors

GOOD = {
    **{"dynamic_range": 60, "dynamic_range_error": 0, "image_depth": 0.15, "lossy": True},
    **{"center_frequency": 3.5e6, "probe": "convex", "probe_radius": 0.06, "region": None},
    "grey_map": {"gamma": 1.2},
}


@pytest.mark.parametrize("dynamic_range", [60, 60.5, np.float32(60), [50, 60, 70]])
def test_what_can_be_true_has_no_line(dynamic_range):
    assert picture_errors(GOOD | {"dynamic_range": dynamic_range}) == []
    assert picture_errors({}) == []


def test_each_mistake_has_a_line():
    wrong = {
        **{"dynamic_range": [50, 500], "image_depth": True, "probe_radius": 60, "resized": 1},
        "grey_map": {"shares": np.linspace(1, 0, 256)},
    }
    assert [line.partition("; ")[0] for line in picture_errors(GOOD | wrong)] == [
        "dynamic_range is 500 dB",
        "image_depth is True",
        "resized is 1",
        "probe_radius is 60 m",
        "grey_map has 256 values from 1 to 0",
    ]


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        (["a"] * 256, "grey_map has values that are no numbers; expected 256 that rise"),
        ([], "grey_map has values of the shape (0,); expected 256 that rise"),
        ([0, *[0.5] * 254, 1], "grey_map has 256 values from 0 to 1; expected 256 that rise"),
    ],
)
def test_shares_that_are_no_grey_map(shares, said):
    (line,) = shape_errors({"grey_map": {"shares": shares}})
    assert line.startswith(said)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"dynamic_range": 60, "dynamic_range_error": 60}, ["dynamic_range is 60 dB, give or"]),
        ({"dynamic_range": 14}, ["dynamic_range is 14 dB, give or take 10 dB"]),  # the default
        ({"dynamic_range": 14, "dynamic_range_error": 8}, []),
        ({"dynamic_range": [12, 14], "dynamic_range_error": 50}, []),  # swept: no interval
        ({"dynamic_range": 500, "dynamic_range_error": 600}, ["dynamic_range is 500 dB; exp"] * 2),
        ({"dynamic_range_error": 60}, []),  # the frame table may state the range
    ],
)
def test_interval_of_the_range(stated, said):
    lines = picture_errors(stated)
    assert len(lines) == len(said)
    if said:
        assert lines[0].startswith(said[0])


def test_region_and_grey_map_are_both_told():
    lines = shape_errors({"grey_map": "gamma", "region": {"region": "fan"}})
    assert [line.split()[0] for line in lines] == ["grey_map", "a"]
