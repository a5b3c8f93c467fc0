"""Scans that a fan or a rectangle cannot represent: refused by name, doubted, or found right.

Each picture is made from levels of known depth: speckle in decibels, drawn through a window.
"""

import math

import numpy as np
import pytest
from scipy import ndimage

from reconattack.errors import InputError
from reconattack.frames.find_region import find_region
from reconattack.frames.region import Fan, Rectangle
from tests.frames.test_find_region import as_it_is, as_jpeg

LOWER, RANGE = 10.0, 45.0  # dB, the window
SHAPE = (340, 420)
WIDTH, DEPTH, TOP = 200, 280, 20  # pixels


def drawn(inside, seed=0, mean=32.0, fineness=1.2):
    """The picture of speckle of a mean level [dB] in an area, black around it."""
    random = np.random.default_rng(seed)
    parts = random.normal(size=(2, *inside.shape))
    real, imaginary = (ndimage.gaussian_filter(part, fineness) for part in parts)
    amplitude = np.hypot(real, imaginary)
    levels = mean + 20 * np.log10(amplitude / np.sqrt((amplitude**2).mean()))
    grey = np.rint(255 * np.clip((levels - LOWER) / RANGE, 0, 1))
    return np.where(inside, grey, 0).astype(np.uint8)


def places(shape=SHAPE):
    y, x = np.indices(shape) + 0.5
    return y, x


def box(left, top, right, bottom, shape=SHAPE):
    y, x = places(shape)
    return (x >= left) & (x <= right) & (y >= top) & (y <= bottom)


def fan(shape, apex_x, apex_y, radii, half, turned=0.0):
    """The area of a fan, half its angle and its turn in degrees, and the fan."""
    edges = math.radians(turned - half), math.radians(turned + half)
    region = Fan(apex_x, apex_y, *radii, *edges)
    return region.inside(shape), region


def trapezoid(steered, has_flat_end):
    """A virtual convex scan of a linear probe: the area, and the depth along its lines [pixels]."""
    y, x = places()
    behind = WIDTH / 2 / math.tan(math.radians(steered))
    down, across = y - TOP + behind, x - SHAPE[1] / 2
    angle = np.arctan2(across, down)
    depth = np.hypot(down, across) - behind / np.cos(angle)
    end = y - TOP <= DEPTH if has_flat_end else depth <= DEPTH
    return (abs(angle) <= math.radians(steered)) & (depth >= 0) & end, depth, behind / DEPTH


def error(found, inside, depth, full):
    return abs(np.maximum(found.region.depth(inside.shape), 0) - depth)[inside].max() / full


# Trapezoids


@pytest.mark.parametrize("change", [as_it_is, as_jpeg])
@pytest.mark.parametrize("has_flat_end", [False, True])
@pytest.mark.parametrize("steered", [6, 10, 20, 30])
def test_trapezoid_is_doubted_by_name(steered, has_flat_end, change):
    inside, depth, face = trapezoid(steered, has_flat_end)
    found = find_region(change(drawn(inside)), change is as_jpeg, face=face)
    assert error(found, inside, depth, DEPTH) > 0.009
    assert any("is the scan a trapezoid" in doubt for doubt in found.doubts)


@pytest.mark.parametrize("steered", [2.5, 4])
def test_trapezoid_of_nearly_straight_lines_is_near_a_fan(steered):
    inside, depth, face = trapezoid(steered, has_flat_end=False)
    found = find_region(drawn(inside), face=face)
    assert error(found, inside, depth, DEPTH) < 0.011
    assert not found.doubts


def test_trapezoid_with_a_black_near_field_is_doubted():
    inside, _, face = trapezoid(15, has_flat_end=False)
    picture = drawn(inside)
    picture[:90] = 0
    doubts = find_region(picture, face=face).doubts
    assert any("lower end are flatter than an arc" in doubt for doubt in doubts)


@pytest.mark.parametrize("half", [20, 33, 60])
def test_arcs_are_not_taken_for_flat(half):
    inside, region = fan((460, 760), 380, 20, (60, 400), half)
    assert not find_region(drawn(inside), face=region.face_radius / region.height).doubts


def test_fan_that_is_cut_off_below_is_doubted():
    inside, _ = fan((460, 640), 320, -50, (100, 400), 33)
    inside &= places(inside.shape)[0] <= 300
    found = find_region(drawn(inside), face=1 / 3)
    assert any(doubt.endswith("or cut off?") for doubt in found.doubts)


# Steered lines, and turned pictures


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("steered", [2.5, 5, 10, 20])
def test_steered_linear_scan_is_refused_by_name(steered, side):
    y, x = places()
    start = x - math.tan(math.radians(steered)) * (y - TOP)
    inside = (y >= TOP) & (y <= TOP + DEPTH) & (start >= 60) & (start <= 60 + WIDTH)
    where = f"lean by {steered:.1f} degrees to the {'right' if side > 0 else 'left'}, as"
    with pytest.raises(InputError, match=where):
        find_region(np.ascontiguousarray(drawn(inside)[:, ::side]))


def turned_rectangle(degrees):
    y, x = places()
    angle = math.radians(degrees)
    across = (x - 210) * math.cos(angle) + (y - 170) * math.sin(angle)
    down = (y - 170) * math.cos(angle) - (x - 210) * math.sin(angle)
    return (abs(across) <= 100) & (abs(down) <= 130), down + 130


@pytest.mark.parametrize("degrees", [1, 1.5, -1.9])
def test_slightly_turned_rectangle_is_doubted(degrees):
    inside, depth = turned_rectangle(degrees)
    found = find_region(drawn(inside), aspect=1.3)
    assert 0.005 < error(found, inside, depth, 260) < 0.02
    assert any(f"sides lean by {abs(degrees):.1f} degrees" in doubt for doubt in found.doubts)


def test_rectangle_that_is_turned_so_little_that_it_does_not_matter():
    inside, depth = turned_rectangle(0.4)
    found = find_region(drawn(inside), aspect=1.3)
    assert error(found, inside, depth, 260) < 0.005
    assert not found.doubts


def test_turned_rectangle_is_refused_by_name():
    inside, _ = turned_rectangle(4)
    with pytest.raises(InputError, match=r"lean by 4\.0 degrees to the left, .* turn the picture"):
        find_region(drawn(inside))


@pytest.mark.parametrize("half", [20, 33, 45])
@pytest.mark.parametrize("turned", [-10, 5, 15])
def test_turned_fan_is_found(half, turned):
    inside, region = fan((620, 760), 380, 60, (90, 390), half, turned)
    found = find_region(drawn(inside), face=0.3)
    assert error(found, inside, region.depth(inside.shape), 300) < 0.003
    assert not found.doubts


# Images that touch another


@pytest.mark.parametrize("change", [as_it_is, as_jpeg])
@pytest.mark.parametrize("gap", [0, 3, 6])
@pytest.mark.parametrize("width", [60, 150, 200])
def test_two_rectangles_that_touch_are_doubted(width, gap, change):
    shape = (340, 640)
    one, other = box(50, 30, 250, 310, shape), box(250 + gap, 30, 250 + gap + width, 310, shape)
    picture = change(np.maximum(drawn(one), drawn(other, seed=1)))
    found = find_region(picture, change is as_jpeg, aspect=1.4)
    assert any("A seam runs down the scan at x 25" in doubt for doubt in found.doubts)


def test_fine_rectangles_that_touch_are_doubted_as_one_is_too_wide():
    """Neighbouring columns of one image have nothing in common here either."""
    shape = (340, 640)
    one, other = box(50, 30, 250, 310, shape), box(250, 30, 450, 310, shape)
    picture = np.maximum(drawn(one, fineness=0.3), drawn(other, seed=1, fineness=0.3))
    (doubt,) = find_region(picture, aspect=1.4).doubts
    assert doubt.startswith(
        "No echoes are seen in the first 50 % of the depth: does the scan touch"
    )


@pytest.mark.parametrize("fineness", [0.3, 1.2, 2.5])
def test_single_rectangle_has_no_seam(fineness):
    picture = drawn(box(50, 30, 250, 310), fineness=fineness)
    picture[200:204, 60:240] = 255  # a calliper's line
    assert not find_region(picture, aspect=1.4).doubts


@pytest.mark.parametrize("gap", [0, 4])
def test_grey_bar_that_touches_is_doubted(gap):
    bar = box(250 + gap, 30, 270 + gap, 310)
    picture = drawn(box(50, 30, 250, 310))
    picture[bar] = (255 * (320 - places()[0]) / 320)[bar]
    assert any("A seam runs down" in doubt for doubt in find_region(picture, aspect=1.4).doubts)


@pytest.mark.parametrize("gap", [0, 4])
def test_two_fans_that_touch_are_doubted(gap):
    shape, apart = (460, 1000), 2 * 400 * math.sin(math.radians(33)) + gap
    one, _ = fan(shape, 270, -50, (100, 400), 33)
    other, _ = fan(shape, 270 + apart, -50, (100, 400), 33)
    found = find_region(np.maximum(drawn(one), drawn(other, seed=1)), face=1 / 3)
    assert any(doubt.startswith("The lower end is uneven") for doubt in found.doubts)


# Surrounds that are not black


@pytest.mark.parametrize("level", [10, 32, 255])
def test_surround_of_another_grey_level_is_refused_by_name(level):
    inside, _ = fan((460, 600), 300, -50, (100, 400), 33)
    picture = np.where(inside, drawn(inside), level).astype(np.uint8)
    with pytest.raises(InputError, match=f"the border of the picture has the grey level {level};"):
        find_region(picture)


def test_uneven_surround_is_doubted():
    inside, _ = fan((460, 600), 300, -50, (100, 400), 33)
    surround = places(inside.shape)[0] / 8 + 1
    found = find_region(np.where(inside, drawn(inside), surround).astype(np.uint8))
    assert isinstance(found.region, Rectangle)
    assert any("reaches a side of the picture" in doubt for doubt in found.doubts)


def test_lines_around_the_scan_do_no_harm():
    inside, region = fan((460, 600), 300, -50, (100, 400), 33)
    picture = drawn(inside)
    picture[:3], picture[-3:], picture[:, :3], picture[:, -3:] = 120, 120, 120, 120
    found = find_region(picture, face=1 / 3)
    assert error(found, inside, region.depth(inside.shape), 300) < 0.003
    assert not found.doubts
