import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from reconattack.errors import InputError
from reconattack.readers.colours import CONVERT, LUMINANCE, grey_levels, off_tint

LEVELS = np.arange(256.0)
TINTS = {  # red, green and blue of each grey level
    "sepia": [255 * (LEVELS / 255) ** power for power in (0.75, 1.0, 1.35)],
    "blue": [0.7 * LEVELS, 0.85 * LEVELS, np.minimum(1.2 * LEVELS, 255)],
    "dimmed": [LEVELS, 0.9 * LEVELS, 0.7 * LEVELS],
}
OVERLAYS = [(255, 0, 0), (0, 0, 255), (255, 220, 0), (255, 255, 0), (0, 255, 0), (60, 60, 200)]


@pytest.fixture(scope="module")
def speckle():
    """Grey levels of smooth speckle above a black margin."""
    field = np.random.default_rng(4).standard_normal((2, 160, 200))
    amplitude = 4 * np.hypot(*gaussian_filter(field, (0, 1.2, 2)))
    levels = np.clip(110 + 50 * np.log(amplitude), 0, 255).astype(np.uint8)
    levels[120:] = 0
    return levels


def tinted(levels, name):
    return np.rint(np.stack(TINTS[name], axis=1)).astype(np.uint8)[levels]


def as_jpeg(pixels, quality, subsampling):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(file))


def test_channels_that_jpeg_put_apart_are_averaged():
    pixels = np.array([[[100, 106, 116], [7, 7, 7]]], np.uint8)
    np.testing.assert_array_equal(grey_levels(pixels), [[107, 7]])
    with pytest.raises(InputError, match="50 % of the pixels are coloured"):
        grey_levels(np.array([[[100, 106, 117], [7, 7, 7]]], np.uint8))


def test_a_picture_of_colour_alone_is_said_in_percent():
    with pytest.raises(InputError, match="100 % of the pixels are coloured"):
        grey_levels(np.full((2, 3, 3), [200, 10, 90], np.uint8))


@pytest.mark.parametrize("tint", ["refuse", "convert"])
def test_grey_image_keeps_its_levels(speckle, tint):
    channels = np.repeat(speckle[..., None], 3, axis=2)
    for pixels in (speckle, channels):
        found = grey_levels(pixels, tint=tint)
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, speckle)


@pytest.mark.parametrize("name", TINTS)
def test_tinted_image_is_converted_to_its_luminance(speckle, name):
    pixels = tinted(speckle, name)
    with pytest.raises(InputError, match=r"if the whole image is tinted, set the cohort's tint to"):
        grey_levels(pixels)
    found = grey_levels(pixels, tint=CONVERT)
    pillow = np.asarray(Image.fromarray(pixels).convert("L")).astype(int)
    assert np.abs(found - pillow).max() <= 1
    by_level = [found[speckle == level].mean() for level in np.unique(speckle)]
    assert (np.diff(by_level) >= 0).all()


@pytest.mark.parametrize("name", TINTS)
@pytest.mark.parametrize("quality", [75, 90, 95])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_tinted_jpeg_is_converted(speckle, name, quality, subsampling):
    pixels = as_jpeg(tinted(speckle, name), quality, subsampling)
    found = grey_levels(pixels, tint=CONVERT)
    expected = tinted(speckle, name) @ LUMINANCE
    assert np.quantile(abs(found - expected), 0.95) < 16


@pytest.mark.parametrize("name", [None, *TINTS])
@pytest.mark.parametrize("colour", OVERLAYS)
def test_overlay_on_a_tinted_image_is_refused(speckle, name, colour):
    pixels = np.repeat(speckle[..., None], 3, axis=2) if name is None else tinted(speckle, name)
    pixels = pixels.copy()
    pixels[40:70, 80:120] = colour
    found = off_tint(pixels)
    assert found[40:70, 80:120].all()
    margin = found.copy()
    margin[34:76, 74:126] = False
    assert margin.mean() < 0.02
    for image in (pixels, as_jpeg(pixels, 90, 2)):
        with pytest.raises(InputError, match="expected a single colour for each grey level"):
            grey_levels(image, tint=CONVERT)


def test_doppler_of_many_colours_is_refused(speckle):
    """Speeds from blue to red over the echoes."""
    pixels = np.repeat(speckle[..., None], 3, axis=2)
    speed = np.linspace(-1, 1, 60)
    pixels[30:90, 50:110, 0] = 255 * np.clip(speed, 0, 1)
    pixels[30:90, 50:110, 1] = 100 * abs(speed) ** 2
    pixels[30:90, 50:110, 2] = 255 * np.clip(-speed, 0, 1)
    with pytest.raises(InputError, match="of the pixels are coloured"):
        grey_levels(pixels, tint=CONVERT)


@pytest.mark.parametrize("name", [None, "sepia"])
def test_thin_coloured_line_is_refused(speckle, name):
    pixels = np.repeat(speckle[..., None], 3, axis=2) if name is None else tinted(speckle, name)
    pixels = pixels.copy()
    pixels[60, 50:80] = 255, 255, 0
    with pytest.raises(InputError, match="of the pixels are coloured"):
        grey_levels(pixels, tint=CONVERT)


# Where the coloured pixels lie


@pytest.fixture
def marked(speckle):
    """Yellow pixels in the rows 10 to 12 and the columns 20 to 41."""
    pixels = np.repeat(speckle[..., None], 3, axis=2)
    pixels[10, 30] = pixels[12, 20] = pixels[11, 41] = 255, 255, 0
    return pixels


@pytest.mark.parametrize("cut", [(slice(0, 160), slice(0, 200)), (slice(5, 90), slice(7, 99))])
def test_place_is_told_in_the_whole_image(marked, cut):
    words = (
        r"of the pixels are coloured, in the rows 10 to 12 and the columns 20 to 41 of the image, "
        r"the first in row 10 and column 30; expected grey ones: keep the overlay out by the "
        r"cohort's box \(left, top, right, bottom\); if the whole"
    )
    with pytest.raises(InputError, match=words):
        grey_levels(marked, cut)


def test_share_is_that_of_the_part(marked):
    with pytest.raises(InputError, match=r"^1 % of the pixels are coloured, in the rows 10 to"):
        grey_levels(marked, (slice(10, 20), slice(20, 40)))


@pytest.mark.parametrize(
    ("tissue", "words"),
    [
        (
            (0, 13, 200, 160),
            r"by the file \[0, 13, 200, 160\] \(left, top, right, bottom\) without",
        ),
        ((0, 12, 200, 160), r"by the file \[0, 12, 200, 160\] .* with some of them; if the whole"),
        ((42, 0, 200, 160), r"\[42, 0, 200, 160\] .* without them; if the whole image is tinted"),
    ],
)
def test_tissue_that_the_file_states_is_the_suggested_box(marked, tissue, words):
    with pytest.raises(InputError, match=words):
        grey_levels(marked, tissue=tissue)


def test_coloured_pixels_outside_the_part_do_no_harm(marked, speckle):
    cut = slice(13, 160), slice(0, 200)
    np.testing.assert_array_equal(grey_levels(marked, cut), speckle[cut])


def test_pixels_of_another_type():
    with pytest.raises(InputError, match=r"of type float64; expected 8-bit grey levels"):
        grey_levels(np.zeros((4, 5)))
