import numpy as np
import pytest
from PIL import Image, ImageOps

from reconattack.classifiers.network_input import KERNELS, NetworkInput


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (3, 40, 60)).astype(np.uint8)


def test_shape_and_type(images):
    resized = NetworkInput(20, 12)(images)
    assert resized.shape == (3, 20, 12)
    assert resized.dtype == np.float32


@pytest.mark.parametrize("kernel", ["nearest", "bilinear", "bicubic"])
def test_image_of_the_right_size_is_untouched(images, kernel):
    np.testing.assert_array_equal(NetworkInput(40, 60, kernel)(images), images)


@pytest.mark.parametrize("kernel", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("size", [(20, 30), (80, 90), (7, 100)])
def test_even_grey_stays_even(kernel, size):
    grey = np.full((1, 40, 60), 200, np.uint8)
    np.testing.assert_allclose(NetworkInput(*size, kernel)(grey), 200, rtol=1e-5)


def test_shrinking_is_antialiased_but_for_nearest():
    stripes = np.zeros((1, 40, 40), np.uint8)
    stripes[..., ::2] = 200
    assert np.ptp(NetworkInput(10, 10, "nearest")(stripes)) in (0, 200)
    inner = NetworkInput(10, 10, "bilinear")(stripes)[0, :, 1:-1]
    np.testing.assert_allclose(inner, 100, atol=1)


def test_grey_levels_between_whole_numbers_are_kept():
    """Rounding to 8 bits here would hide small changes from the attack's finite differences."""
    image = np.array([[[10, 11], [10, 11]]], np.uint8)
    resized = NetworkInput(2, 4)(image)
    np.testing.assert_allclose(resized[0, 0], [10, 10.25, 10.75, 11], atol=1e-5)


def test_stretch_fills_the_input_whatever_the_shape():
    image = np.zeros((1, 40, 80), np.uint8)
    image[:, :, 40:] = 255
    stretched = NetworkInput(20, 20)(image)[0]
    assert stretched[:, :9].max() == 0
    assert stretched[:, 11:].min() == 255


def test_pad_keeps_the_shape_between_black_bars():
    image = np.full((1, 40, 80), 255, np.uint8)
    padded = NetworkInput(20, 20, aspect="pad")(image)[0]
    np.testing.assert_allclose(padded[5:15], 255, rtol=1e-6)
    np.testing.assert_array_equal(padded[[*range(5), *range(15, 20)]], 0)
    upright = NetworkInput(20, 20, aspect="pad")(image.swapaxes(1, 2))[0]
    np.testing.assert_array_equal(upright, padded.T)


def test_images_do_not_influence_each_other(images):
    rule = NetworkInput(11, 13)
    together = rule(images)
    for image, resized in zip(images, together, strict=True):
        np.testing.assert_array_equal(rule(image[None])[0], resized)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("aspect", ["stretch", "pad"])
@pytest.mark.parametrize("size", [(64, 64), (299, 299), (90, 31), (500, 600)])
@pytest.mark.parametrize("shape", [(400, 544), (301, 77)])
def test_resize_is_that_of_pillow(kernel, aspect, size, shape):
    image = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    picture = Image.fromarray(image).convert("F")
    resize = Image.Image.resize if aspect == "stretch" else ImageOps.pad
    expected = resize(picture, (size[1], size[0]), KERNELS[kernel])
    resized = NetworkInput(*size, kernel, aspect)(image[np.newaxis])[0]
    np.testing.assert_allclose(resized, expected, rtol=0, atol=1e-3)


def test_matrices_are_the_rule(images):
    rule = NetworkInput(20, 12, "bicubic", "pad")
    down, across = rule.matrices((40, 60))
    assert (down.shape, across.shape) == ((20, 40), (60, 12))
    for image, resized in zip(images, rule(images), strict=True):
        by_hand = down.toarray() @ image.astype(np.float32) @ across.toarray()
        np.testing.assert_allclose(resized, by_hand, rtol=1e-5, atol=1e-3)
