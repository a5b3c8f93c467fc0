import numpy as np
import pytest
import scipy.io
from PIL import Image

from reconattack.frames.chunks import open_frames
from scripts.data.read_images import read_images

ATTRIBUTES = {"source": "{}"}
UNSTATED = dict.fromkeys(["reader", "variable", "axes", "dtype", "shape", "header_bytes"])


@pytest.fixture
def pixels():
    return np.random.default_rng(1).integers(0, 256, (2, 10, 14)).astype(np.uint8)


@pytest.fixture
def rows(tmp_path, pixels):
    """A picture, then two images of a MATLAB file, as the frame table gives them."""
    Image.fromarray(pixels[0]).save(tmp_path / "a.png")
    scipy.io.savemat(tmp_path / "b.mat", {"images": pixels})
    stack = {"path": str(tmp_path / "b.mat"), "frames": 2, "axes": "frame,sample,line"}
    return [
        row("a", "p1", 1, path=str(tmp_path / "a.png"), fat_fraction=30.0),
        *(row(f"b_{index}", "p2", 0, index=index, **stack) for index in range(2)),
    ]


def row(frame, patient, label, **others):
    known = {"frame": frame, "patient": patient, "label": label, "scanner": "ge"}
    missing = dict.fromkeys(["fat_fraction", "liver_mask"])
    return UNSTATED | known | missing | {"frames": 1, "index": 0} | others


def read(tmp_path, rows, box=None, tint="refuse"):
    read_images(str(tmp_path / "chunk.nc"), rows, box, tint, ATTRIBUTES)
    return dict(open_frames(tmp_path / "chunk.nc"))


def test_every_row_becomes_an_image_in_their_order(tmp_path, rows, pixels):
    images = read(tmp_path, rows)
    assert list(images) == ["a", "b_0", "b_1"]
    for image, expected in zip(images.values(), pixels[[0, 0, 1]], strict=True):
        np.testing.assert_array_equal(image["bmode"], expected)
        assert image["bmode"].dtype == np.uint8
        assert image["sector"].dtype == bool
        assert image["sector"].values.all()
        assert list(image.coords) == []


def test_images_carry_what_the_table_says(tmp_path, rows):
    images = read(tmp_path, rows)
    known = {"scanner": "ge", "patient": "p1", "label": 1, "fat_fraction": 30.0}
    assert images["a"].attrs == known | {"reader": "picture"}
    assert images["b_1"].attrs == {"scanner": "ge", "patient": "p2", "label": 0, "reader": "matlab"}


def test_box_is_that_of_the_cohort(tmp_path, rows, pixels):
    images = read(tmp_path, rows, box=[1, 2, 9, 8])
    np.testing.assert_array_equal(images["b_1"]["bmode"], pixels[1, 2:8, 1:9])


def test_tint_is_that_of_the_cohort(tmp_path, rows, pixels):
    sepia = np.stack([pixels[0], 0.8 * pixels[0], 0.6 * pixels[0]], axis=2).astype(np.uint8)
    Image.fromarray(sepia).save(tmp_path / "a.png")
    assert "set the cohort's tint to convert" in read(tmp_path, rows)["a"].attrs["error"]
    found = read(tmp_path, rows, tint="convert")["a"]["bmode"].values.astype(int)
    assert np.abs(found - np.asarray(Image.fromarray(sepia).convert("L"))).max() <= 1


def test_images_of_a_chunk_may_differ_in_size(tmp_path, rows):
    larger = np.random.default_rng(2).integers(0, 256, (25, 31)).astype(np.uint8)
    Image.fromarray(larger).save(tmp_path / "a.png")
    images = read(tmp_path, rows)
    np.testing.assert_array_equal(images["a"]["bmode"], larger)
    assert images["b_0"]["bmode"].shape == (10, 14)


def write_mask(path, pixels):
    Image.fromarray(np.uint8(pixels)).save(path)
    return str(path)


def test_mask_of_a_file_holds_for_its_images_and_is_cut_as_they_are(tmp_path, rows):
    mask = np.zeros((20, 28), np.uint8)
    mask[8:12, 6:20] = 1
    for masked in rows[1:]:
        masked["liver_mask"] = write_mask(tmp_path / "m.png", mask)
    images = read(tmp_path, rows, box=[1, 2, 9, 8])
    expected = np.zeros((6, 8), bool)
    expected[2:4, 2:] = True
    assert "liver" not in images["a"]
    for name in ("b_0", "b_1"):
        np.testing.assert_array_equal(images[name]["liver"], expected)


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.zeros((10, 14)), "every pixel is black"),
        (np.ones((14, 10)), "found 10 x 14 pixels (width x height); expected a width of about 20"),
    ],
)
def test_bad_mask_takes_its_images_place_and_loses_no_other(tmp_path, rows, mask, words):
    rows[0]["liver_mask"] = write_mask(tmp_path / "m.png", mask)
    images = read(tmp_path, rows)
    assert words in images["a"].attrs["error"]
    assert images["a"].attrs["error"].startswith(f"image a: liver mask {tmp_path / 'm.png'}: ")
    assert "bmode" in images["b_0"]


def test_notes_of_the_table_are_kept(tmp_path, rows):
    rows[0]["notes"] = "its liver mask lies outside"
    images = read(tmp_path, rows)
    assert images["a"].attrs["notes"] == "its liver mask lies outside"
    assert "notes" not in images["b_0"].attrs


def test_bad_file_takes_its_place_and_loses_no_other(tmp_path, rows, caplog):
    (tmp_path / "a.png").write_bytes(b"no picture")
    images = read(tmp_path, rows)
    assert list(images) == ["a", "b_0", "b_1"]
    assert "bmode" not in images["a"]
    assert images["a"].attrs["error"] in caplog.text
    assert images["a"].attrs["error"].startswith("image a: ")
    assert "a.png: not a picture of the kinds PNG" in images["a"].attrs["error"]
    assert (images["a"].attrs["patient"], images["a"].attrs["label"]) == ("p1", 1)
    assert "bmode" in images["b_0"]


def test_every_image_of_a_bad_file_says_why(tmp_path, rows):
    for bad in rows[1:]:
        bad["frames"] = 3
    images = read(tmp_path, rows)
    assert [name for name, image in images.items() if "error" in image.attrs] == ["b_0", "b_1"]
    assert "holds 2 images, the frame table says 3" in images["b_1"].attrs["error"]
