import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import distance_transform_edt

from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.frames.geometry import probe_coordinates, sample_places
from reconattack.frames.image import label_image
from reconattack.readers.liver_mask import frame_with_liver, image_with_liver, read_mask
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.reconstruction import Reconstruction

ROWS = 200
INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}


@pytest.fixture
def frame(scanner):
    """Noise in lines that lie closer than the pixels of 200 rows."""
    return build_frame(np.random.default_rng(3).standard_normal((600, 400)), scanner, "patient", 1)


def disc(z, x, depth=0.55, radius=0.2):
    """A disc beside the axis, in shares of the picture's height, bool (z, x)."""
    height = z[-1] - z[0]
    across = x - x.mean() - 0.1 * height
    return np.hypot(z[:, np.newaxis] - z[0] - depth * height, across) < radius * height


def write(path, mask, grey=255):
    Image.fromarray((mask * grey).astype(np.uint8)).save(path)
    return path


def farthest(found, expected):
    """Largest distance [pixels] of a wrong pixel from the edge of what is expected."""
    depth = np.where(expected, *(distance_transform_edt(part) for part in (expected, ~expected)))
    return depth[found != expected].max(initial=0)


def test_disc_drawn_on_the_picture_comes_back(tmp_path, frame):
    picture = reconstruct(frame, INITIAL, ROWS)
    drawn = disc(picture["z"].values, picture["x"].values)
    path = write(tmp_path / "m.png", drawn)
    marked = frame_with_liver(frame, path)
    assert marked["liver"].dims == marked["rf"].dims
    assert marked["liver"].dtype == bool
    assert set(marked["liver"].attrs) == {"units", "long_name"}
    again = reconstruct(marked, INITIAL, ROWS)
    assert np.count_nonzero(drawn) > 4000
    assert farthest(again["liver"].values, drawn & picture["sector"].values) <= 1
    assert again.drop_vars("liver").identical(picture)
    assert not (again["liver"] & ~again["sector"]).any()


def test_edge_between_sparse_lines_is_half_their_distance_off_at_most(tmp_path, convex_scanner):
    samples = np.random.default_rng(3).standard_normal((1200, 64))
    frame = build_frame(samples, convex_scanner, "patient")
    reconstruction = Reconstruction(frame, ROWS)
    drawn = disc(reconstruction.z, reconstruction.x)
    path = write(tmp_path / "m.png", drawn)
    (found,) = Reconstruction(frame_with_liver(frame, path), ROWS).liver([[0.9, 10, 55]])
    radius = 0.05 + frame["depth"].values[-1]
    half = radius * np.diff(frame["angle"].values)[0] / 2
    size = np.diff(reconstruction.z)[0]
    assert 1 < farthest(found, drawn & reconstruction.sector) <= 1 + half / size


@pytest.mark.parametrize("rows", [ROWS // 2, 3 * ROWS])
def test_mask_of_another_pixel_size(tmp_path, frame, rows):
    picture = reconstruct(frame, INITIAL, ROWS)
    z, x = (
        np.linspace(
            axis[0] - (1 - share) * np.diff(axis)[0] / 2,
            axis[-1] + (1 - share) * np.diff(axis)[0] / 2,
            round(len(axis) / share),
        )
        for axis in (picture["z"].values, picture["x"].values)
        for share in [ROWS / rows]
    )
    path = write(tmp_path / "m.png", disc(z, x))
    again = reconstruct(frame_with_liver(frame, path), INITIAL, ROWS)
    drawn = disc(picture["z"].values, picture["x"].values) & picture["sector"].values
    assert farthest(again["liver"].values, drawn) <= max(1, 1.5 * ROWS / rows)


@pytest.mark.parametrize("change", [{"zoom": 1.2}, {"aspect": 1.1}, {"sound_speed_shift": -60.0}])
def test_region_stays_with_the_tissue(tmp_path, frame, scanner, change):
    """A bright disc in the samples (IQ: no Hilbert transform blurs it) moves with its mask."""
    picture = reconstruct(frame, INITIAL, ROWS)
    path = write(tmp_path / "m.png", disc(picture["z"].values, picture["x"].values))
    liver = frame_with_liver(frame, path)["liver"]
    marked = build_frame(np.where(liver, 1e3, 1e-3) + 0j, scanner, "p").assign(liver=liver)
    moved = reconstruct(marked, INITIAL | change, ROWS)
    still = reconstruct(marked, INITIAL, ROWS)
    assert np.count_nonzero(moved["liver"].values ^ still["liver"].values) > 200
    # Interpolation lets the brightest of samples shine into the next pixel, aslant as well.
    assert farthest(moved["bmode"].values > 127, moved["liver"].values) < 2


def test_places_of_samples_are_what_pixels_look_up(noise_frame):
    z, x = sample_places(noise_frame)
    depth, lateral = (noise_frame[name].values for name in noise_frame["rf"].dims)
    for row, line in ((0, 0), (700, 13), (1199, 63)):
        found = probe_coordinates(noise_frame, z[row, line, None], x[row, line, None])
        np.testing.assert_allclose(np.ravel(found), [depth[row], lateral[line]], atol=1e-12)


@pytest.mark.parametrize("share", [0.9, 1.1])
def test_mask_of_another_shape_is_refused(tmp_path, frame, share):
    reconstruction = Reconstruction(frame, ROWS)
    columns = len(reconstruction.x)
    path = write(tmp_path / "m.png", np.ones((ROWS, round(columns * share)), bool))
    words = (
        rf"liver mask .*m\.png: found {round(columns * share)} x {ROWS} pixels .* about {columns} "
        "for this height, the shape of the frame's B-mode image"
    )
    with pytest.raises(InputError, match=words):
        frame_with_liver(frame, path)
    write(path, np.ones((ROWS, round(columns * 1.02)), bool))
    assert frame_with_liver(frame, path)["liver"].all()


def test_mask_that_marks_nothing_of_the_frame_is_refused(tmp_path, convex_scanner):
    frame = build_frame(np.random.default_rng(3).standard_normal((600, 64)), convex_scanner, "p")
    reconstruction = Reconstruction(frame, ROWS)
    corner = np.zeros(reconstruction.sector.shape, bool)
    corner[-10:, :10] = True
    assert not (corner & reconstruction.sector).any()
    with pytest.raises(InputError, match=r"m\.png: nothing of what is seen is marked; expected"):
        frame_with_liver(frame, write(tmp_path / "m.png", corner))


@pytest.mark.parametrize("shape", [(12, 16), (24, 32), (6, 8), (25, 33)])
def test_image_is_marked_under_its_box(tmp_path, shape):
    rows, columns = np.indices(shape)
    path = write(tmp_path / "m.png", (rows >= shape[0] / 2) & (columns < shape[1] / 2))
    cut = slice(2, 10), slice(4, 16)
    image = label_image(np.zeros((8, 12), np.uint8), np.ones((8, 12), bool))
    found = image_with_liver(image, path, (12, 16), cut)["liver"]
    expected = np.zeros((8, 12), bool)
    expected[4:, :4] = True
    assert found.dims == ("z", "x")
    np.testing.assert_array_equal(found, expected)


def test_image_whose_box_leaves_the_liver_out(tmp_path):
    mask = np.zeros((12, 16), bool)
    mask[:2] = True
    image = label_image(np.zeros((8, 16), np.uint8), np.ones((8, 16), bool))
    with pytest.raises(InputError, match="nothing of what is seen is marked"):
        image_with_liver(
            image, write(tmp_path / "m.png", mask), (12, 16), (slice(4, 12), slice(16))
        )


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif"])
@pytest.mark.parametrize("mode", ["L", "1", "RGB", "P"])
def test_whatever_is_not_black_is_liver(tmp_path, suffix, mode):
    expected = np.random.default_rng(0).random((10, 14)) < 0.3
    path = tmp_path / f"m.{suffix}"
    Image.fromarray(expected * np.uint8(255)).convert(mode).save(path)
    np.testing.assert_array_equal(read_mask(path), expected)


def test_faintest_grey_and_any_colour_are_liver(tmp_path):
    pixels = np.zeros((4, 5, 3), np.uint8)
    pixels[1, 2] = 1
    pixels[2, 3, 2] = 200
    Image.fromarray(pixels).save(tmp_path / "m.png")
    assert np.argwhere(read_mask(tmp_path / "m.png")).tolist() == [[1, 2], [2, 3]]


def test_mask_without_liver(tmp_path, frame):
    path = write(tmp_path / "m.png", np.zeros((10, 10), bool))
    with pytest.raises(InputError, match=r"liver mask .*m\.png: every pixel is black; exp"):
        frame_with_liver(frame, path)


def test_sixteen_bits_are_refused(tmp_path, frame):
    Image.fromarray(np.full((10, 10), 300, np.uint16)).save(tmp_path / "m.png")
    with pytest.raises(InputError, match=r"m\.png: the pixels are stored as I;16"):
        frame_with_liver(frame, tmp_path / "m.png")


def test_jpeg_whose_black_is_not_black_is_refused(tmp_path, frame):
    path = write(tmp_path / "m.jpg", np.eye(32, dtype=bool))
    with pytest.raises(
        InputError, match=r"m\.jpg: found a JPEG picture; expected PNG, BMP or TIFF"
    ):
        frame_with_liver(frame, path)


def test_several_pictures_are_refused(tmp_path, frame):
    page = Image.fromarray(np.full((10, 10), 255, np.uint8))
    page.save(tmp_path / "m.tif", save_all=True, append_images=[page])
    with pytest.raises(InputError, match=r"m\.tif: found 2 pictures; expected one"):
        frame_with_liver(frame, tmp_path / "m.tif")


def test_folder_instead_of_a_mask(tmp_path, frame):
    (tmp_path / "m").mkdir()
    with pytest.raises(InputError, match=r"liver mask .*m: .*there is an empty folder"):
        frame_with_liver(frame, tmp_path / "m")
