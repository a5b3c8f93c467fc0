import dataclasses
import math

import numpy as np
import pytest
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.frames.geometry import image_grid, probe_coordinates
from reconattack.frames.region import Fan, Rectangle, region_of, region_of_frame
from reconattack.reconstruction.reconstruction import Reconstruction

FAN = Fan(20.0, -5.0, 10.0, 45.0, -0.5, 0.6)
RECTANGLE = Rectangle(2.0, 1.5, 30.0, 25.0)
SHAPE = (48, 60)


@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_region_of_a_frame_is_the_sector_of_its_picture(scanner, shift):
    frame = build_frame(np.random.default_rng(0).standard_normal((900, 64)), scanner, "p")
    lateral = frame["rf"].dims[1]
    frame = frame.assign_coords({lateral: frame[lateral] * (1 - shift) + shift * 1e-3})
    reconstruction = Reconstruction(frame, 300)
    region = region_of_frame(frame, 300)
    inside = region.inside(reconstruction.sector.shape)
    begins = reconstruction.z[:, np.newaxis] < frame["depth"].values[0]  # not recorded
    assert np.count_nonzero((inside != reconstruction.sector) & ~begins) <= 2


def test_depth_is_that_of_the_declared_geometry(scanner):
    frame = build_frame(np.ones((900, 64)), scanner, "p")
    z, x = image_grid(frame, 300)
    region = region_of_frame(frame, 300)
    declared, _ = probe_coordinates(frame, z, x)
    depth = region.depth(declared.shape)
    assert depth.dtype == np.float64
    np.testing.assert_allclose(depth * (z[1] - z[0]), declared, atol=1e-12)
    assert region.height * (z[1] - z[0]) == pytest.approx(float(frame["depth"][-1]))


def test_middle_of_a_pixel_is_half_a_pixel_from_its_edge():
    rectangle = Rectangle(1, 2, 4, 5)
    assert np.argwhere(rectangle.inside((8, 8))).tolist() == [
        [row, column] for row in (2, 3, 4) for column in (1, 2, 3)
    ]
    np.testing.assert_array_equal(rectangle.depth((8, 8))[:, 0], np.arange(8) + 0.5 - 2)
    below = Fan(3.5, 0.5, 2, 5, -0.1, 0.1)
    np.testing.assert_allclose(below.depth((8, 8))[:, 3], np.arange(8) - 2.0)
    assert np.flatnonzero(below.inside((8, 8))[:, 3]).tolist() == [2, 3, 4, 5]


def test_left_is_negative():
    inside = Fan(30, -10, 10, 60, -0.5, 0).inside(SHAPE)
    assert inside[:, :30].any()
    assert not inside[:, 30:].any()


@pytest.mark.parametrize("region", [FAN, RECTANGLE], ids=["fan", "rectangle"])
def test_facts_pass_through_a_file(tmp_path, region):
    attributes = {"scanner": "any"} | region.facts()
    xr.Dataset(attrs=attributes).to_netcdf(tmp_path / "us.nc")
    with xr.open_dataset(tmp_path / "us.nc") as read:
        assert region_of(read.attrs) == region


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "region is None; expected one of fan, rectangle"),
        ({"region": "circle"}, "region is 'circle'; expected one of fan, rectangle"),
        ({"region": "rectangle", "left": 1, "top": None}, "a rectangle without top, right, bottom"),
        ({"region": "fan"}, "a fan without apex_x, apex_y, face_radius, .* expected the numbers"),
    ],
)
def test_facts_that_describe_no_region(facts, words):
    with pytest.raises(InputError, match=words):
        region_of(facts)


@pytest.mark.parametrize(
    ("region", "change", "words"),
    [
        (FAN, {"face_radius": 45.0}, "face_radius is 45 and its far_radius 45 pixels"),
        (FAN, {"face_radius": -1.0}, "expected 0 <= face_radius < far_radius"),
        (FAN, {"left_angle": 0.7}, "left_angle is 0.7 and its right_angle 0.6 rad"),
        (FAN, {"right_angle": 3.2}, "expected left_angle < right_angle"),
        (FAN, {"apex_x": math.nan, "apex_y": math.inf}, "apex_x, apex_y of the region: expected"),
        (RECTANGLE, {"right": 2.0}, r"rectangle is 2, 1.5, 2, 25 \(left, top, right, bottom\)"),
        (RECTANGLE, {"top": 30.0}, "expected left < right and top < bottom"),
    ],
)
def test_impossible_regions(region, change, words):
    with pytest.raises(InputError, match=words):
        dataclasses.replace(region, **change)


def test_face_lies_on_the_axis():
    fan = Fan(30.0, -20.0, 25.0, 90.0, -0.4, 0.5)
    assert fan.face == (30.0, 5.0)
    assert fan.depth((10, 60))[4, 29] == pytest.approx(np.hypot(0.5, 24.5) - 25)
    assert Rectangle(10, 4, 50, 80).face == (30, 4)
