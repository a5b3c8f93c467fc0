import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from reconattack.classifiers import network_input as resize_module
from reconattack.classifiers.network_input import NetworkInput, network_input
from reconattack.classifiers.resize.declaration import LIBRARIES, TRAINED_HERE
from reconattack.classifiers.resize.weights import PILLOW
from reconattack.errors import InputError
from tests.places import DATA

FLOAT_LIMIT = 5e-4  # grey levels, from rounding errors of float32


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (3, 40, 60)).astype(np.uint8)


def test_shape_and_type(images):
    resized = NetworkInput(20, 12)(images)
    assert resized.shape == (3, 20, 12)
    assert resized.dtype == np.float32


ALL = [(library, kernel) for library, kernels in LIBRARIES.items() for kernel in kernels]
BLURRED = ("gaussian", "mitchellcubic")


@pytest.mark.parametrize(("library", "kernel"), ALL)
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_image_of_the_right_size_is_untouched(images, library, kernel, dtype):
    if kernel not in BLURRED:
        rule = NetworkInput(40, 60, kernel, library=library, dtype=dtype)
        np.testing.assert_allclose(rule(images), images, rtol=0, atol=1e-4)


@pytest.mark.parametrize(("library", "kernel"), ALL)
@pytest.mark.parametrize("size", [(20, 30), (80, 90), (7, 100)])
def test_even_grey_stays_even(library, kernel, size):
    grey = np.full((1, 40, 60), 200, np.uint8)
    rule = NetworkInput(*size, kernel, library=library)
    np.testing.assert_allclose(rule(grey), 200, rtol=1e-5)


@pytest.mark.parametrize(("library", "kernel"), ALL)
@pytest.mark.parametrize(("height", "width"), [(16, 12), (33, 64), (64, 7), (100, 130)])
@pytest.mark.parametrize("aspect", ["stretch", "pad", "crop"])
def test_numpy_alone_resizes_to_the_same_bits(library, kernel, height, width, aspect, monkeypatch):
    rule = NetworkInput(height, width, kernel, aspect, library)
    images = np.random.default_rng(height).integers(0, 256, (2, 71, 70)).astype(np.uint8)
    resized = rule(images[..., 1:])
    monkeypatch.setattr(resize_module, "passes", lambda: None)
    np.testing.assert_array_equal(resized, rule(images[..., 1:]))


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


@pytest.mark.parametrize("library", LIBRARIES)
def test_pad_keeps_the_shape_between_bars(library):
    image = np.full((1, 40, 80), 255, np.uint8)
    for background in (0, 114):
        rule = NetworkInput(20, 20, aspect="pad", library=library, background=background)
        padded = rule(image)[0]
        np.testing.assert_allclose(padded[5:15], 255, rtol=1e-6)
        np.testing.assert_array_equal(padded[[*range(5), *range(15, 20)]], background)
        upright = rule(image.swapaxes(1, 2))[0]
        np.testing.assert_array_equal(upright, padded.T)
        np.testing.assert_array_equal(rule.bars((40, 80)), padded == background)


def test_images_do_not_influence_each_other(images):
    rule = NetworkInput(11, 13)
    together = rule(images)
    for image, resized in zip(images, together, strict=True):
        np.testing.assert_array_equal(rule(image[None])[0], resized)


@pytest.mark.parametrize(("library", "kernel"), ALL)
def test_matrices_are_the_rule(images, library, kernel):
    rule = NetworkInput(20, 12, kernel, "pad", library=library)
    down, across = rule.matrices((40, 60))
    assert (down.shape, across.shape) == ((20, 40), (60, 12))
    for image, resized in zip(images, rule(images), strict=True):
        by_hand = down.toarray() @ image.astype(np.float32) @ across.toarray()
        np.testing.assert_allclose(resized, by_hand, rtol=1e-5, atol=1e-3)


# The libraries' own results


ASPECT_OF_PILLOW = {"stretch": Image.Image.resize, "pad": ImageOps.pad, "crop": ImageOps.fit}
SIZES = pytest.mark.parametrize("size", [(64, 64), (299, 299), (90, 31), (500, 600)])
SHAPES = pytest.mark.parametrize("shape", [(400, 544), (301, 77)])


def noise(shape):
    return np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize("kernel", PILLOW)
@pytest.mark.parametrize("aspect", ASPECT_OF_PILLOW)
@SIZES
@SHAPES
def test_resize_is_that_of_pillow(kernel, aspect, size, shape):
    image = noise(shape)
    for dtype, limit in (("float32", FLOAT_LIMIT), ("uint8", 0)):
        picture = Image.fromarray(image)
        picture = picture.convert("F") if dtype == "float32" else picture
        expected = ASPECT_OF_PILLOW[aspect](picture, (size[1], size[0]), PILLOW[kernel])
        resized = NetworkInput(*size, kernel, aspect, dtype=dtype)(image[np.newaxis])[0]
        np.testing.assert_allclose(resized, np.float32(expected), rtol=0, atol=limit)


def test_networks_trained_here_see_what_they_saw_before(images):
    """The default, stated or not, is the same arithmetic to the last bit."""
    stated = network_input(21, 13, {"library": "pillow", "kernel": "bilinear", "aspect": "stretch"})
    np.testing.assert_array_equal(stated(images), network_input(21, 13, TRAINED_HERE)(images))
    np.testing.assert_array_equal(stated(images), NetworkInput(21, 13)(images))


@pytest.mark.parametrize("kernel", LIBRARIES["tf_image"])
@pytest.mark.parametrize("antialias", [False, True])
@SIZES
@SHAPES
def test_resize_is_that_of_tensorflow(kernel, antialias, size, shape):
    image = noise(shape)
    expected = tf.image.resize(image[..., np.newaxis], size, kernel, antialias=antialias)[..., 0]
    rule = NetworkInput(*size, kernel, library="tf_image", antialias=antialias)
    np.testing.assert_allclose(rule(image[np.newaxis])[0], expected, rtol=0, atol=FLOAT_LIMIT)


@SIZES
@SHAPES
def test_aspects_are_those_of_tensorflow_and_keras(size, shape):
    image = noise(shape)
    with_channel = image[..., np.newaxis].astype(np.float32)
    expected = {
        "pad": tf.image.resize_with_pad(with_channel, *size),
        "crop": keras.preprocessing.image.smart_resize(with_channel, size),
    }
    for aspect, tensor in expected.items():
        resized = NetworkInput(*size, aspect=aspect, library="tf_image")(image[np.newaxis])[0]
        np.testing.assert_allclose(
            resized, np.asarray(tensor)[..., 0], rtol=0, atol=FLOAT_LIMIT, err_msg=aspect
        )
    larger = size[0] + 13, size[1] + 32
    cropped = keras.layers.CenterCrop(*size)(tf.image.resize(with_channel, larger))
    rule = NetworkInput(*size, library="tf_image", crop=larger)
    np.testing.assert_allclose(
        rule(image[np.newaxis])[0], cropped[..., 0], rtol=0, atol=FLOAT_LIMIT
    )


with np.load(DATA / "resized.npz") as stored:
    RESIZED = dict(stored)


@pytest.mark.parametrize("name", [name for name in RESIZED if not name.startswith("image/")])
def test_resize_is_that_of_opencv_and_pytorch(name):
    """`tests/data/make_resized.py` has written what they made of three images."""
    library, kernel, antialias, aspect, crop, dtype, number = name.split("/")
    image, expected = RESIZED[f"image/{number}"], RESIZED[name]
    resize = {
        **{"library": library, "kernel": kernel, "antialias": antialias == "true"},
        **{"aspect": aspect, "dtype": dtype},
        **({"crop": int(crop)} if crop != "none" else {}),
        **({"background": 114} if (library, aspect) == ("cv2", "pad") else {}),
    }
    resized = network_input(*expected.shape, resize)(image[np.newaxis])[0]
    limit = FLOAT_LIMIT if dtype == "float32" else 0
    np.testing.assert_allclose(resized, expected.astype(np.float32), rtol=0, atol=limit)


def test_how_much_the_libraries_differ():
    """Why a brought model has to say how it was trained: speckle, 400 x 544 to 64 x 64."""
    image = noise((1, 400, 544))

    def apart(one, other):
        one, other = (
            network_input(64, 64, {"kernel": "bilinear", **r})(image) for r in (one, other)
        )
        return np.abs(one - other).max()

    pillow = {"library": "pillow"}
    torch = {"library": "torchvision", "antialias": True}
    assert apart(pillow, torch) < 1e-3
    assert apart(pillow | {"dtype": "uint8"}, torch | {"dtype": "uint8"}) == 1
    assert apart({"library": "cv2"}, {"library": "tf_image"}) < 1e-3
    assert apart(pillow, {"library": "cv2"}) > 100
    area = [{"library": name, "kernel": "area"} for name in ("cv2", "tf_image", "torchvision")]
    assert apart(area[0], area[1]) < 2e-3
    assert apart(area[0], area[2]) > 10


# What a declaration may say


@pytest.mark.parametrize(
    ("resize", "said"),
    [
        ({"library": "skimage"}, "resize.library: found 'skimage'; expected one of pillow, cv2"),
        (
            {"library": "cv2", "kernel": "lanczos"},
            "resize.kernel: found 'lanczos'; expected one of cv2",
        ),
        (
            {"library": "cv2", "antialias": True},
            "resize.antialias: found true with bilinear; OpenCV",
        ),
        ({"library": "pillow", "antialias": False}, "Pillow always antialiases"),
        (
            {"library": "torchvision", "kernel": "bicubic"},
            "antialias: not stated; expected true or",
        ),
        (
            {"library": "torchvision", "kernel": "area", "antialias": True},
            "does not antialias this",
        ),
        ({"background": 9}, "resize.background: found 9 with aspect stretch, which has no bars"),
        ({"crop": 20}, "resize.crop: found 20; expected at least the input's size, [24, 18]"),
        ({"crop": [30, 17]}, "resize.crop: found [30, 17]; expected at least"),
        (
            {"library": "tf_image", "dtype": "uint8"},
            "tf.image.resize gives float32 for every image",
        ),
        ({"dtype": "int8"}, "resize.dtype: found 'int8'; expected one of float32, uint8"),
        ({"aspect": "fit"}, "resize.aspect: found 'fit'; expected one of stretch, pad, crop"),
        ({"size": 3}, "resize.size: unknown; expected some of library, kernel"),
    ],
)
def test_what_a_library_does_not_do_is_refused(resize, said):
    with pytest.raises(InputError, match=re.escape(said)):
        network_input(24, 18, resize)


def test_all_mistakes_are_told_at_once():
    resize = {"library": "cv2", "antialias": True, "background": 3, "crop": 5}
    with pytest.raises(InputError, match=r"antialias: .*; resize\.background: .*; resize\.crop:"):
        network_input(24, 18, resize)


def test_resize_that_nobody_states_is_the_default_and_is_asked_for(images):
    assumed, stated = network_input(20, 30, None), network_input(20, 30, TRAINED_HERE)
    np.testing.assert_array_equal(assumed(images), stated(images))
    assert assumed.question(20) is stated.question(40) is None
    assert "resize: {library: ..., kernel: ...} as in its training" in assumed.question(40)
