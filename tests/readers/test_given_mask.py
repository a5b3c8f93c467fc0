import struct

import numpy as np
import pytest
from PIL import Image

from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.frames.geometry import image_grid
from reconattack.frames.given_mask import MASK, numbered_mask
from reconattack.readers.given_mask import frame_with_mask, picture_with_mask, read_labels

LABELS = np.array([[0, 0, 1], [0, 2, 2]], np.uint8)
LIVER, BOTH = {"structures": ["liver"]}, {"structures": ["liver", "kidney"]}


def nifti(labels):
    """A NIfTI file of version 1: columns along its first axis, then rows, then frames."""
    header = bytearray(352)
    lengths = labels.shape[::-1]
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, len(lengths), *lengths, *[1] * (7 - len(lengths)))
    struct.pack_into("<hh", header, 70, 2, 8)
    struct.pack_into("<8f", header, 76, *[1] * 8)
    struct.pack_into("<f", header, 108, 352)
    header[344:348] = b"n+1\0"
    return bytes(header) + labels.tobytes()


def written(folder, form, labels=LABELS):
    path = folder / f"mask.{form.split(' ')[0]}"
    if form == "npy":
        np.save(path, labels.astype(float))
    elif form == "nii":
        path.write_bytes(nifti(labels))
    elif form == "png palette":
        picture = Image.fromarray(labels, mode="P")
        picture.putpalette([0, 0, 0, 200, 30, 0, 0, 30, 200])
        picture.save(path)
    elif form == "png colour":
        Image.fromarray(np.repeat(labels[..., np.newaxis], 3, axis=2)).save(path)
    else:
        Image.fromarray(labels).save(path)
    return path


@pytest.mark.parametrize("form", ["npy", "nii", "png", "bmp", "tiff", "png palette", "png colour"])
def test_values_of_a_mask_are_read_as_they_stand(tmp_path, form):
    np.testing.assert_array_equal(read_labels(written(tmp_path, form)), LABELS)


@pytest.mark.parametrize("form", ["npy", "nii"])
def test_file_of_several_masks_has_one_for_each_frame(tmp_path, form):
    path = written(tmp_path, form, np.stack([LABELS, LABELS[::-1]]))
    np.testing.assert_array_equal(read_labels(path, 1), LABELS[::-1])
    with pytest.raises(InputError, match="masks of 2 frames, and this is frame 2"):
        read_labels(path, 2)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (LABELS / 2, "found other than whole numbers"),
        (LABELS - 1.0, "found values from -1 to 1; expected 0 for background"),
        (LABELS * 40_000.0, "found values from 0 to 80000"),
        (LABELS[0], r"found the shape \[3\]; expected rows and columns"),
        (LABELS * np.nan, "found other than whole numbers"),
    ],
)
def test_other_numbers_are_told(tmp_path, values, found):
    np.save(tmp_path / "m.npy", values)
    with pytest.raises(InputError, match=found):
        read_labels(tmp_path / "m.npy")


def test_colours_and_compressed_pictures_are_told(tmp_path):
    colours = np.zeros((4, 4, 3), np.uint8)
    colours[0, 0] = 255, 0, 0
    Image.fromarray(colours).save(tmp_path / "c.png")
    with pytest.raises(InputError, match="found colours; expected one number a pixel"):
        read_labels(tmp_path / "c.png")
    Image.fromarray(LABELS).save(tmp_path / "c.jpg")
    with pytest.raises(InputError, match=r"not a picture of the kinds PNG, BMP, TIFF"):
        read_labels(tmp_path / "c.jpg")


@pytest.fixture
def frame(scanner):
    return build_frame(np.random.default_rng(3).standard_normal((600, 64)), scanner, "p", 1)


@pytest.mark.parametrize("rows", [40, 333])
def test_mask_of_an_rf_frame_covers_its_picture_at_any_size(tmp_path, frame, rows):
    z, x = image_grid(frame, rows)
    labels = np.zeros((len(z), len(x)), np.uint8)
    labels[: rows // 2] = 7
    path = written(tmp_path, "png", labels)
    masked = frame_with_mask(frame, path, [LIVER])
    np.testing.assert_array_equal(masked[MASK], labels)
    assert masked.drop_vars(MASK).identical(frame)
    np.save(tmp_path / "wide.npy", labels[:, : len(x) // 2])
    with pytest.raises(InputError, match=r"wide.npy: found .* expected a width of about"):
        frame_with_mask(frame, tmp_path / "wide.npy", [LIVER])


def test_mask_of_a_picture_is_cut_as_the_picture(tmp_path, frame):
    shape, cut = (40, 60), (slice(10, 30), slice(0, 50))
    labels = np.zeros(shape, np.uint8)
    labels[12:20, 5:9] = 255
    masked = picture_with_mask(frame, written(tmp_path, "png", labels), [LIVER], shape, cut)
    np.testing.assert_array_equal(masked[MASK], labels[cut])
    outside = np.zeros(shape, np.uint8)
    outside[:10] = 255
    with pytest.raises(InputError, match=r"mask .*mask.png: nothing is marked as liver"):
        picture_with_mask(frame, written(tmp_path, "png", outside), [LIVER], shape, cut)


def test_missing_file_is_told(tmp_path, frame):
    with pytest.raises(InputError, match=r"mask .*none.png: expected a file, and there is none"):
        frame_with_mask(frame, tmp_path / "none.png", [LIVER])


@pytest.mark.parametrize(
    ("values", "decision", "expected"),
    [
        ([0, 255], LIVER, [0, 1]),
        ([0, 1, 2], BOTH, [0, 1, 2]),
        ([0, 2], BOTH, [0, 2]),
        ([0, 5, 9], BOTH | {"labels": {"kidney": 5, "liver": 9}}, [0, 2, 1]),
        ([0, 5, 9], LIVER | {"labels": {"liver": 9, "kidney": 5}}, [0, 0, 1]),
        ([0, 1, 2], LIVER, "found the value 2, which no structure has; expected 0 .*, 1 liver"),
        ([0, 3, 8], BOTH, "found the value 3, 8, which no structure has; .* 1 liver, 2 kidney"),
        ([0, 5], LIVER | {"labels": {"liver": 9, "kidney": 5}}, "nothing is marked as liver;"),
        ([0, 0], BOTH, "nothing is marked as liver or kidney"),
    ],
)
def test_values_are_structures_in_order_or_as_declared(frame, values, decision, expected):
    mask = frame.assign({MASK: (("mask_row", "mask_column"), np.array([values], np.uint8))})[MASK]
    if isinstance(expected, str):
        with pytest.raises(InputError, match=expected):
            numbered_mask(mask, decision["structures"], decision.get("labels"))
    else:
        numbers = numbered_mask(mask, decision["structures"], decision.get("labels"))
        assert numbers.tolist() == [expected]
