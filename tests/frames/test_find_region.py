"""Regions found in pictures whose geometry is known: simulated ones, and PLUS's two real ones."""

import dataclasses
import functools
import io
import math

import numpy as np
import pytest
import SimpleITK
from PIL import Image, ImageDraw

from reconattack.errors import InputError
from reconattack.frames.find_region import find_region, looks_lossy
from reconattack.frames.region import Fan, Rectangle, region_of_frame
from reconattack.frames.scanner import Scanner
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.simulation.cohort import simulate_patient, simulate_rf

PROBES = {  # radius [m], angle [rad], depth [m]
    "abdominal": (0.05, 1.15, 0.16),
    "endocavity": (0.01, 2.44, 0.06),
    "phased": (0.003, 1.5, 0.14),
    "flat": (0.06, 0.6, 0.2),
}
INITIAL, DARK = (0.9, 10, 55), (0.9, 22, 52)
ROWS = 300


@functools.cache
def simulated(name, frequency=2.5e6):
    radius, angle, depth = PROBES[name]
    scanner = Scanner(
        name=name,
        probe="convex",
        sampling_frequency=4 * frequency,
        center_frequency=frequency,
        sound_speed=1540.0,
        reference_level=23.5,
        gain_state="raw",
        probe_radius=radius,
        angle_span=angle,
    )
    frame = simulate_rf(simulate_patient("p-000"), scanner, 96, int(8 * depth * frequency / 1540))
    return Reconstruction(frame, ROWS), region_of_frame(frame, ROWS)


def picture_of(name, setting=INITIAL):
    """Picture, its sector, and the fan of the declared geometry."""
    reconstruction, fan = simulated(name)
    return reconstruction.bmode(setting)[0], reconstruction.sector, fan


def face_of(fan):
    return fan.face_radius / fan.height


def depth_error(found, fan, sector):
    """Largest error of a pixel's depth, as a share of the depth."""
    error = abs(found.region.depth(sector.shape) - fan.depth(sector.shape))
    return error[sector].max() / fan.height


def as_jpeg(picture, quality=90):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def as_it_is(picture):
    return picture


def with_text(picture):
    """Names above and below, a ruler at the side, callipers and their line in the scan."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    rows, columns = picture.shape
    draw.text((4, 4), "CLINIC 2020-01-01 MI 1.2", fill=255)
    draw.text((columns // 2 - 30, 2), "Abdomen", fill=255)
    draw.text((columns - 90, rows - 15), "16 cm 35 Hz", fill=220)
    for mark in range(17):
        height = 10 + mark * (rows - 20) // 16
        draw.line((columns - 8, height, columns - 2, height), fill=200)
    draw.line((columns // 2 - 40, rows // 2, columns // 2 + 60, rows // 2 + 30), fill=255)
    draw.text((columns // 2, rows // 2), "+", fill=255)
    return np.asarray(image)


# The trial's limit: 1 % of the depth, with the probe's radius and the depth declared


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("setting", [INITIAL, DARK], ids=["initial", "dark"])
@pytest.mark.parametrize("change", [as_it_is, as_jpeg, with_text])
def test_depth_is_right_within_one_percent(probe, setting, change):
    picture, sector, fan = picture_of(probe, setting)
    found = find_region(change(picture), change is as_jpeg, face_of(fan))
    assert depth_error(found, fan, sector) < 0.01
    angles = found.region.left_angle, found.region.right_angle
    assert np.degrees(angles) == pytest.approx(np.degrees([fan.left_angle, fan.right_angle]), abs=1)
    assert not found.doubts


@pytest.mark.parametrize("probe", PROBES)
def test_radius_that_nobody_declares_is_a_suggestion(probe):
    picture, sector, fan = picture_of(probe)
    found = find_region(picture)
    assert depth_error(found, fan, sector) < 0.02
    assert found.doubts[0].startswith("The probe's radius, 0.")
    assert found.doubts[0].endswith("is the near field black?")


def test_black_near_field_misleads_unless_the_radius_is_declared():
    picture, sector, fan = picture_of("abdominal")
    depth = fan.depth(picture.shape)
    picture = np.where(depth < 0.2 * fan.height, 0, picture).astype(np.uint8)
    assert depth_error(find_region(picture), fan, sector) > 0.15
    assert depth_error(find_region(picture, face=face_of(fan)), fan, sector) < 0.01


def test_declared_radius_that_contradicts_the_picture():
    picture, _, fan = picture_of("abdominal")
    found = find_region(picture, face=face_of(fan) + 0.1)
    assert found.doubts[0].startswith("Echoes begin ")
    assert not find_region(picture, face=face_of(fan)).doubts


def test_side_of_which_little_is_seen_is_doubted():
    picture, _, fan = picture_of("abdominal")
    picture = picture.copy()
    picture[30:215, : round(fan.apex_x)] = 0
    found = find_region(picture, face=face_of(fan))
    assert [doubt for doubt in found.doubts if doubt.startswith("The left side is seen in 4")]
    assert not [doubt for doubt in found.doubts if "right side" in doubt]


def test_same_picture_gives_the_same_region():
    picture, _, _ = picture_of("abdominal")
    assert find_region(picture) == find_region(picture.copy())


# Pictures that were cut


@pytest.mark.parametrize("probe", ["abdominal", "endocavity"])
@pytest.mark.parametrize("share", [0.06, 0.12])
def test_fan_cut_at_its_sides(probe, share):
    picture, sector, fan = picture_of(probe)
    cut = slice(round(share * picture.shape[1]), round((1 - share) * picture.shape[1]))
    found = find_region(np.ascontiguousarray(picture[:, cut]), face=face_of(fan))
    shifted = Fan(fan.apex_x - cut.start, *list(vars(fan).values())[1:])
    assert depth_error(found, shifted, sector[:, cut]) < 0.01


@pytest.mark.parametrize("rows", [285, 270])
def test_fan_cut_below(rows):
    picture, sector, fan = picture_of("abdominal")
    found = find_region(picture[:rows], face=face_of(fan))
    assert depth_error(found, fan, sector[:rows]) < 0.01


def test_fan_whose_arc_is_cut_off_is_doubted():
    picture, _, fan = picture_of("abdominal")
    found = find_region(picture[:200], face=face_of(fan))
    assert any("The outer arc is cut off in" in doubt for doubt in found.doubts)


def test_fan_of_which_one_side_is_cut_off():
    picture, _, fan = picture_of("abdominal")
    with pytest.raises(InputError, match=r"the left side .* not seen, .* slants by 33 degrees"):
        find_region(np.ascontiguousarray(picture[:, round(fan.apex_x) :]))


def test_upside_down():
    picture, _, _ = picture_of("abdominal")
    with pytest.raises(InputError, match="meet below it; expected the probe above"):
        find_region(picture[::-1])


# Rectangles


def speckle(rows, columns, seed=0):
    """Grey levels of Rayleigh speckle, one pixel in fifty black."""
    amplitude = np.random.default_rng(seed).rayleigh(size=(rows, columns))
    return np.clip(110 + 25 * np.log(amplitude) * 2, 0, 255).astype(np.uint8)


def on_black(scan, shape, left, top):
    picture = np.zeros(shape, np.uint8)
    picture[top : top + scan.shape[0], left : left + scan.shape[1]] = scan
    return picture


@pytest.mark.parametrize("change", [as_it_is, as_jpeg, with_text])
def test_rectangle(change):
    picture = change(on_black(speckle(220, 130), (300, 260), 50, 40))
    found = find_region(picture, change is as_jpeg)
    edges = list(vars(found.region).values())
    assert isinstance(found.region, Rectangle)
    assert edges == pytest.approx([50, 40, 180, 260], abs=1.1)
    assert len(found.doubts) == 1


def test_rectangle_of_a_simulated_linear_probe(linear_scanner):
    frame = simulate_rf(simulate_patient("p-000"), linear_scanner, 96, 1500)
    picture = Reconstruction(frame, ROWS).bmode(INITIAL)[0]
    true = region_of_frame(frame, ROWS)
    around = ((20, 20), (30, 30))
    found = find_region(np.pad(picture, around)).region
    edges = true.left + 30, true.right + 30, true.bottom + 20
    assert (found.left, found.right, found.bottom) == pytest.approx(edges, abs=1.5)
    assert found.top == pytest.approx(
        20, abs=2.5
    )  # where the samples begin, two rows of them black


@pytest.mark.parametrize("setting", [INITIAL, DARK], ids=["initial", "dark"])
@pytest.mark.parametrize("change", [as_it_is, as_jpeg, with_text])
def test_rectangle_whose_depth_and_width_are_declared(linear_scanner, setting, change):
    scanner = dataclasses.replace(linear_scanner, start_depth=0.0)
    frame = simulate_rf(simulate_patient("p-000"), scanner, 96, 1500)
    reconstruction, true = Reconstruction(frame, ROWS), region_of_frame(frame, ROWS)
    around = ((25, 25), (30, 30))
    picture = np.pad(reconstruction.bmode(setting)[0], around)
    sector = np.pad(reconstruction.sector, around)
    true = Rectangle(true.left + 30, true.top + 25, true.right + 30, true.bottom + 25)
    aspect = true.height / (true.right - true.left)
    found = find_region(change(picture), change is as_jpeg, aspect=aspect)
    assert depth_error(found, true, sector) < 0.01
    assert not found.doubts


def test_declared_depth_and_width_that_contradict_the_picture():
    picture = on_black(speckle(220, 130), (300, 260), 50, 40)
    found = find_region(picture, aspect=200 / 130)
    assert found.region.top == pytest.approx(60, abs=1.5)
    assert found.doubts[0].startswith("Echoes begin ")
    assert found.doubts[0].endswith("that the declared depth and width state.")


def test_rectangle_that_reaches_the_sides_is_doubted():
    picture = on_black(speckle(150, 200), (220, 200), 0, 30)
    found = find_region(picture)
    assert (found.region.left, found.region.right) == (0, 200)
    assert (found.region.top, found.region.bottom) == pytest.approx((30, 180), abs=1)
    assert any("reaches a side of the picture" in doubt for doubt in found.doubts)


def test_noise_everywhere_is_doubted():
    noise = np.random.default_rng(0).integers(0, 256, (120, 160)).astype(np.uint8)
    found = find_region(noise)
    assert list(vars(found.region).values()) == [0, 0, 160, 120]
    assert any("reaches a side of the picture" in doubt for doubt in found.doubts)


def test_second_image_is_doubted():
    picture = on_black(speckle(220, 130), (300, 400), 10, 40)
    picture += on_black(speckle(220, 120), (300, 400), 200, 40)
    found = find_region(picture)
    assert (found.region.left, found.region.right) == pytest.approx((10, 140), abs=1)
    assert any("second area is 92 % as large" in doubt for doubt in found.doubts)


# Pictures that once were a JPEG


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("setting", [INITIAL, DARK], ids=["initial", "dark"])
def test_jpeg_is_recognised_by_its_ringing(probe, setting):
    picture, _, _ = picture_of(probe, setting)
    assert not looks_lossy(picture)
    assert not looks_lossy(with_text(picture))
    for quality in (75, 90, 97):
        assert looks_lossy(as_jpeg(picture, quality))


def test_jpeg_that_is_called_lossless_is_doubted():
    picture, _, _ = picture_of("abdominal")
    assert any("was the picture ever a JPEG" in d for d in find_region(as_jpeg(picture)).doubts)


# Pictures without a scan


@pytest.mark.parametrize("change", [as_it_is, with_text])
def test_black_picture(change):
    with pytest.raises(InputError, match=r"are not black, .* expected a scan on a black surround"):
        find_region(change(np.zeros((200, 300), np.uint8)))


def test_scattered_dots():
    dots = np.random.default_rng(0).random((200, 300)) < 0.01
    with pytest.raises(InputError, match=r"0.99 % of the pixels are not black, and the larg"):
        find_region(np.uint8(255) * dots)


@pytest.mark.parametrize(
    "picture",
    [np.zeros((20, 100), np.uint8), np.zeros((50, 50)), np.zeros((50, 50, 3), np.uint8)],
    ids=["tiny", "of another type", "of colours"],
)
def test_arrays_that_are_no_picture(picture):
    with pytest.raises(InputError, match=r"expected uint8 \(rows, columns\), at least 24 of each"):
        find_region(picture)


@pytest.mark.parametrize("face", [-0.1, math.nan, math.inf])
def test_impossible_radius(face):
    picture, _, _ = picture_of("abdominal")
    with pytest.raises(InputError, match="times the depth; expected at least 0"):
        find_region(picture, face=face)


@pytest.mark.parametrize("aspect", [0, -1.5, math.nan])
def test_impossible_aspect(aspect):
    picture = on_black(speckle(220, 130), (300, 260), 50, 40)
    with pytest.raises(InputError, match="times the width; expected more than 0"):
        find_region(picture, aspect=aspect)


def test_small_picture_is_enough():
    picture = on_black(speckle(30, 20), (48, 40), 10, 9)
    assert list(vars(find_region(picture).region).values()) == pytest.approx([10, 9, 30, 39], abs=2)


# PLUS's own pictures of its two recordings


def real_picture(real_data, name):
    path = real_data / "plus" / f"{name}ScanConvertedData.igs.mha"
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))).squeeze()


@pytest.mark.parametrize("change", [as_it_is, as_jpeg, with_text])
def test_real_convex_picture(real_data, change):
    """Cut at both sides; 140 degrees, a radius of 10 mm and 50 mm deep by PLUS's settings."""
    region = find_region(change(real_picture(real_data, "BkCurvilinear")), change is as_jpeg).region
    assert math.degrees(region.right_angle - region.left_angle) == pytest.approx(140, abs=0.1)
    assert face_of(region) == pytest.approx(0.2, abs=0.006)
    assert region.height * 0.15 == pytest.approx(50, rel=0.011)  # mm


def test_real_fan_is_the_declared_one(real_data):
    """PLUS declares 0.15 mm a pixel, and the middle of the face in row 53 and column 300."""
    picture = real_picture(real_data, "BkCurvilinear")
    radii = 10 / 0.15, 60 / 0.15
    declared = Fan(300.5, 53.5 - radii[0], *radii, -math.radians(70), math.radians(70))
    inside = declared.inside(picture.shape)
    assert depth_error(find_region(picture), declared, inside) < 0.002
    assert depth_error(find_region(picture, face=0.2), declared, inside) < 0.002


def test_real_linear_picture(real_data):
    """38 mm wide; PLUS leaves its first and last millimetre black."""
    picture = real_picture(real_data, "UltrasonixLinear")
    region = find_region(picture).region
    assert isinstance(region, Rectangle)
    assert (region.right - region.left) * 0.2 == pytest.approx(38, abs=0.3)
    assert region.height * 0.2 == pytest.approx(54, abs=0.5)
    declared = find_region(picture, aspect=55 / 38).region
    assert declared.height * 0.2 == pytest.approx(55, abs=0.1)
    assert abs(declared.top - 12) < 0.01 * declared.height
