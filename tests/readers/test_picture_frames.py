"""From a file of finished images, a row and a scanner's description to a picture frame."""

import numpy as np
import pytest
from PIL import Image

from reconattack.errors import InputError
from reconattack.frames.picture import dynamic_ranges, pixel_depths, window_shares
from reconattack.frames.region import Fan, Rectangle, region_of
from reconattack.readers.formats import read_image_file
from reconattack.readers.image_file import ImageFile, Tissue
from reconattack.readers.liver_mask import overlay
from reconattack.readers.picture_frames import picture_frame

INITIAL = {"beta": 0.9, "alpha_lower": 10.0, "alpha_upper": 55.0}
ROW = {"patient": "p1", "label": 1, "fat_fraction": 12.0}
PICTURE = {"dynamic_range": 45.0, "image_depth": 0.12}
SCANNER = {
    "name": "clinic",
    "probe": "convex",
    "probe_radius": 0.05,
    "center_frequency": 3e6,
    "picture": PICTURE,
}
FAN = Fan(150.0, -60.0, 100.0, 340.0, -0.5, 0.5)  # 240 pixels deep: 0.5 mm each
SHAPE = (290, 300)


def speckle(shape=SHAPE, region=FAN):
    """Grey speckle in a region, black around it."""
    grey = np.random.default_rng(4).integers(20, 230, shape).astype(np.uint8)
    return np.where(region.inside(shape), grey, 0).astype(np.uint8)


def file_of(grey=None, **facts):
    grey = speckle() if grey is None else grey
    return ImageFile(grey[np.newaxis], shape=grey.shape, **facts)


def framed(file=None, row=ROW, scanner=SCANNER, scaled=("beta",), **picture):
    description = scanner | {"picture": scanner["picture"] | picture}
    return picture_frame(file or file_of(), 0, description, row, INITIAL, scaled)


def test_picture_with_all_that_is_declared():
    frame = framed()
    assert frame.attrs["label"] == 1
    assert frame.attrs["scanner"] == "clinic"
    assert dynamic_ranges(frame) == (35, 55)
    region = region_of(frame.attrs)
    assert isinstance(region, Fan)
    assert region.height == pytest.approx(240, abs=2)
    assert frame.attrs["pixel"] == pytest.approx(5e-4, rel=0.01)
    depths, true = pixel_depths(frame), FAN.depth(SHAPE) * 5e-4
    inside = FAN.inside(SHAPE)
    assert np.abs(depths - true)[inside].max() < 0.01 * 0.12


def test_row_may_state_what_differs_from_image_to_image():
    scanner = {"name": "clinic", "picture": {}}
    row = ROW | {"dynamic_range": 60.0, "image_depth": 0.12, "center_frequency": 2e6}
    frame = framed(row=row, scanner=scanner)
    assert frame.attrs["dynamic_range"] == 60
    assert frame.attrs["center_frequency"] == 2e6
    with pytest.raises(InputError, match="dynamic_range is 60 dB by the frame table and 45 dB by"):
        framed(row=ROW | {"dynamic_range": 60.0})


def test_dynamic_range_is_never_guessed():
    scanner = SCANNER | {"picture": {"image_depth": 0.12}}
    with pytest.raises(InputError, match="neither the frame table nor"):
        framed(scanner=scanner)


def test_scale_is_asked_for_only_where_it_is_needed():
    scanner = {"name": "clinic", "picture": {"dynamic_range": 45.0}}
    with pytest.raises(InputError, match=r"moves beta, and nobody states the depth.* and center"):
        framed(scanner=scanner)
    frame = framed(scanner=scanner, scaled=())
    assert "pixel" not in frame.attrs


def test_pixel_size_of_the_file():
    frame = framed(file_of(pixel_size=(5e-4, 5e-4)))
    assert frame.attrs["pixel"] == 5e-4
    with pytest.raises(InputError, match=r"image_depth is 0\.12 m on .* the file states pixels of"):
        framed(file_of(pixel_size=(6e-4, 6e-4)))
    with pytest.raises(InputError, match=r"0\.5 x 0\.7 mm.*expected square pixels"):
        framed(file_of(pixel_size=(5e-4, 7e-4)))


def test_tissue_that_the_file_names_keeps_its_surround_out():
    grey = speckle((290, 420))
    grey[:, 330:] = np.random.default_rng(1).integers(100, 250, (290, 90))  # a second image
    tissue = Tissue((0, 0, 320, 290), (5e-4, 5e-4))
    frame = framed(file_of(grey, tissue=tissue))
    assert isinstance(region_of(frame.attrs), Fan)
    assert frame.attrs["pixel"] == 5e-4
    assert not frame["sector"].values[:, 330:].any()


def test_declared_region_is_taken():
    frame = framed(region=FAN.facts())
    assert region_of(frame.attrs) == FAN
    rectangle = {"region": "rectangle", "left": 10, "top": 5, "right": 290, "bottom": 280}
    with pytest.raises(
        InputError, match=r"and the scan by picture.region is a rect.* correct pict"
    ):
        framed(region=rectangle)
    linear = SCANNER | {"probe": "linear"}
    frame = framed(scanner=linear, region=rectangle)
    assert region_of(frame.attrs) == Rectangle(10, 5, 290, 280)


def test_region_that_lies_mostly_outside_the_picture_is_refused():
    linear = SCANNER | {"probe": "linear"}
    rectangle = {"region": "rectangle", "left": 10, "top": 5, "right": 3000, "bottom": 2800}
    with pytest.raises(InputError, match=r"[01]% of picture.region lie in the .* columns and"):
        framed(scanner=linear, region=rectangle)


@pytest.mark.parametrize("grey_map", [{"gamma": 0.8}, {"shares": np.linspace(0, 1, 256).tolist()}])
def test_grey_map_as_declared(grey_map):
    shares = window_shares(framed(grey_map=grey_map))
    grey = shares ** grey_map.get("gamma", 1)
    np.testing.assert_allclose(255 * grey, np.arange(256), atol=1e-9)


@pytest.mark.parametrize(("suffix", "lossy"), [("png", 0), ("jpg", 1), ("bmp", 0)])
def test_losses_are_those_of_the_format(tmp_path, suffix, lossy):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(speckle()).save(path)
    _, file = read_image_file(path, 1)
    frame = framed(file)
    assert frame.attrs["lossy"] == lossy
    assert frame.attrs["censored_margin"] == 4 * lossy
    assert framed(file, lossy=not lossy).attrs["lossy"] == 1 - lossy


def test_doubts_stand_apart_from_notes():
    scanner = {"name": "clinic", "picture": {"dynamic_range": 45.0}}
    frame = framed(scanner=scanner, scaled=(), row=ROW | {"notes": "outside the folder"})
    assert frame.attrs["notes"] == "outside the folder"
    assert frame.attrs["doubts"].startswith("The probe's radius, 0.4")
    assert "doubts" not in framed().attrs
    assert "doubts" not in framed(region=FAN.facts()).attrs


def test_radius_and_size_of_a_pixel_leave_no_doubt_of_the_face():
    scanner = SCANNER | {"picture": {"dynamic_range": 45.0}}
    frame = framed(file_of(pixel_size=(5e-4, 5e-4)), scanner=scanner)
    assert region_of(frame.attrs).face_radius == pytest.approx(100)
    assert "doubts" not in frame.attrs
    with pytest.raises(InputError, match=r"is 0\.05 m, 500 pixels of .* lies 34\d pixels from the"):
        framed(file_of(pixel_size=(1e-4, 1e-4)), scanner=scanner)


def test_masked_pixels_are_no_tissue():
    masked = np.zeros(SHAPE, bool)
    masked[150:160, 100:200] = True
    grey = speckle()
    grey[masked] = 255
    frame = picture_frame(file_of(grey), 0, SCANNER, ROW, INITIAL, masked=masked)
    assert not frame["sector"].values[masked].any()
    assert (frame["grey"].values[masked] == 255).all()
    assert frame["sector"].values[140, 150]


def test_overlay_mask_of_the_whole_image(tmp_path):
    mask = np.zeros((58, 60), np.uint8)
    mask[40:, :20] = 7
    path = tmp_path / "mask.png"
    Image.fromarray(mask).save(path)
    cut = slice(100, 290), slice(50, 300)
    painted = overlay(path, SHAPE, cut)
    assert painted.shape == (190, 250)
    np.testing.assert_array_equal(painted[:100], False)
    assert painted[110:, :40].all()
    with pytest.raises(InputError, match=r"overlay mask .*gone.png: expected a file"):
        overlay(tmp_path / "gone.png", SHAPE, cut)
    with pytest.raises(InputError, match=r"overlay mask .*expected a width of about"):
        overlay(path, (290, 600), cut)


def test_swept_dynamic_range_is_that_of_the_row_where_the_row_states_it():
    swept = {"dynamic_range": [40.0, 50.0, 60.0]}
    assert dynamic_ranges(framed(**swept)) == (40, 50, 60)
    assert dynamic_ranges(framed(row=ROW | {"dynamic_range": 50.0}, **swept)) == (40, 60)
    with pytest.raises(InputError, match="dynamic_range is 70 dB by the frame table and 40 to 60"):
        framed(row=ROW | {"dynamic_range": 70.0}, **swept)
