import numpy as np
import pytest
import tensorflow as tf

from reconattack.attacks.white_box.differentiable import (
    frame_constants,
    grey_levels,
    network_images,
    resize,
    signature,
    straight_through,
)
from reconattack.classifiers.network_input import NetworkInput
from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.parameters import PAPER_PARAMETERS, SLIDERS, SLOPED
from reconattack.reconstruction.pictures import PictureReconstruction
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.stages.picture.grey_map import grey_map
from tests.picture_frames import picture_of

ROWS = 160
SIZE = NetworkInput(32, 24)
BOX = {
    "beta": (0.5, 1.3),
    "gain": (-5, 5),
    **dict.fromkeys(SLIDERS, (-5, 5)),
    "alpha_lower": (5, 15),
    "alpha_upper": (50, 60),
    "gamma": (0.6, 1.6),
}
CORNERS = [[b, lower, upper] for b in (0.5, 1.3) for lower in (5, 15) for upper in (50, 60)]


def inside(names, count=8):
    """Points of the box, (count, parameter)."""
    return np.random.default_rng(8).uniform(
        *np.transpose([BOX[n] for n in names]), (count, len(names))
    )


VECTORS = np.array([[0.9, 10, 55], *CORNERS, *inside(PAPER_PARAMETERS)])
POINTS = {PAPER_PARAMETERS: VECTORS, SLOPED: inside(SLOPED)}
BY_NAMES = pytest.mark.parametrize("names", POINTS, ids=["paper", "all"])


@pytest.fixture(params=["real", "demodulated", "padded"])
def frame(request, noise_frame, scanner):
    if request.param == "real":
        return noise_frame
    rf = noise_frame["rf"].values.copy()
    if request.param == "padded":
        rf[1000:] = rf[:, 20] = 0
        return build_frame(rf, scanner, "p")
    return build_frame(rf + 1j * rf[:, ::-1], scanner, "p")


@pytest.fixture
def reconstruction(frame):
    return Reconstruction(frame, ROWS)


# The same images


@BY_NAMES
def test_8_bit_pixels_are_those_of_the_reconstruction(frame, names):
    reconstruction = Reconstruction(frame, ROWS, names)
    constants = frame_constants(reconstruction, SIZE)
    grey = straight_through(grey_levels(constants, tf.constant(POINTS[names]), names)).numpy()
    expected = reconstruction.bmode(POINTS[names])[:, reconstruction.sector]
    assert np.ptp(expected) > 240
    assert (grey == np.rint(grey)).all()
    apart = np.abs(grey.T - expected)
    assert apart.max() <= 1
    assert np.mean(apart == 0) > 0.9999


def test_parameters_outside_the_vector_are_those_of_the_frame(noise_frame):
    others = {"gain": 2, "slider_6": -4, "gamma": 0.8, "zoom": 1.3, "sound_speed_shift": -40}
    others |= {"band_shift": 2e5, "band_sharpness": 0.8, "alpha_lower": 8}
    names = ("alpha_upper", "beta")
    reconstruction = Reconstruction(noise_frame, ROWS, names, others)
    images = network_images(frame_constants(reconstruction, SIZE), VECTORS[:, [2, 0]], names)
    expected = SIZE(reconstruction.bmode(VECTORS[:, [2, 0]]))
    np.testing.assert_allclose(images[..., 0], expected, atol=0.2)


def test_filters_are_refused(noise_frame):
    filtered = Reconstruction(noise_frame, ROWS, others={"lee": 0.5, "edges": 1})
    with pytest.raises(InputError, match=r"through lee, edges are not known; expected neutral"):
        frame_constants(filtered, SIZE)


@pytest.mark.parametrize("kernel", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("aspect", ["stretch", "pad"])
@pytest.mark.parametrize("size", [(32, 24), (20, 200)])
def test_network_inputs_are_those_of_the_reconstruction(reconstruction, kernel, aspect, size):
    network_input = NetworkInput(*size, kernel, aspect)
    constants = frame_constants(reconstruction, network_input)
    images = network_images(constants, tf.constant(VECTORS)).numpy()
    assert images.shape == (len(VECTORS), *size, 1)
    assert images.dtype == np.float32
    expected = network_input(reconstruction.bmode(VECTORS))
    # Where nothing is averaged, one pixel in 10,000 may be off by a grey level.
    assert np.abs(images[..., 0] - expected).max() < 1.3
    assert np.mean(np.abs(images[..., 0] - expected) < 0.05) > 0.9995


@pytest.mark.parametrize(
    "resize",
    [
        {"library": "cv2"},
        {"library": "cv2", "dtype": "uint8", "aspect": "pad", "background": 114},
        {"library": "tf_image", "antialias": True, "aspect": "crop"},
        {
            "library": "torchvision",
            "antialias": True,
            "crop": 40,
            "aspect": "crop",
            "dtype": "uint8",
        },
        {"aspect": "crop", "background": 0},
    ],
)
def test_network_inputs_are_resized_as_a_brought_model_declares(reconstruction, resize):
    network_input = NetworkInput(32, 24, **resize)
    images = network_images(frame_constants(reconstruction, network_input), tf.constant(VECTORS))
    expected = network_input(reconstruction.bmode(VECTORS))
    apart = np.abs(images.numpy()[..., 0] - expected)
    assert apart.max() < 1.3
    assert np.mean(apart < 0.05) > (0.6 if "dtype" in resize else 0.9995)
    if "dtype" in resize:
        assert (images.numpy() == np.rint(images.numpy())).all()


def test_one_trace_serves_frames_of_all_shapes(convex_scanner, linear_scanner):
    vectors = tf.TensorSpec((None, 3), tf.float64)
    traced = tf.function(network_images, input_signature=[signature(SIZE), vectors])
    random = np.random.default_rng(2)
    for scanner, shape, rows in ((convex_scanner, (500, 40), 90), (linear_scanner, (700, 64), 70)):
        frame = build_frame(random.standard_normal(shape), scanner, "p")
        reconstruction = Reconstruction(frame, rows)
        images = traced(frame_constants(reconstruction, SIZE), VECTORS[:3])
        expected = SIZE(reconstruction.bmode(VECTORS[:3]))
        np.testing.assert_allclose(images[..., 0], expected, atol=1)
        assert images.shape[1:] == (32, 24, 1)
    assert traced.experimental_get_tracing_count() == 1


def test_single_precision_parameters_do(reconstruction):
    """As a layer inside a model has them."""
    constants = frame_constants(reconstruction, SIZE)
    single, double = (
        network_images(constants, tf.constant(VECTORS, kind)) for kind in (tf.float32, tf.float64)
    )
    np.testing.assert_allclose(single, double, atol=1)


# The slopes


def weighted_mean(constants, grey):
    """A number that every part of the network's input adds to."""
    weights = np.random.default_rng(1).uniform(0.5, 1.5, (32, 24, 1)).astype(np.float32)
    return tf.reduce_mean(resize(constants, grey) * weights, axis=(1, 2, 3))


def slopes(constants, vectors, names=PAPER_PARAMETERS, rounding=lambda grey: grey):
    parameters = tf.constant(vectors)
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        means = weighted_mean(constants, rounding(grey_levels(constants, parameters, names)))
    return tape.gradient(means, parameters).numpy()


def unrounded(reconstruction, **setting):
    """Grey level of each shown pixel without the last step, in NumPy's form."""
    lower, upper, gamma = (setting.pop(name, 1) for name in ("alpha_lower", "alpha_upper", "gamma"))
    levels = reconstruction.levels(**setting).astype(np.float64)
    return grey_map(np.clip((levels - lower) * 255 / (upper - lower), 0, 255), gamma, 255)


@BY_NAMES
def test_slopes_are_central_differences_of_the_unrounded_image(frame, names):
    reconstruction = Reconstruction(frame, ROWS)
    constants = frame_constants(reconstruction, SIZE)
    steps = np.diag([1e-3 if name in ("beta", "gamma") else 1e-2 for name in names])
    points = POINTS[names]
    for vector, slope in zip(points, slopes(constants, points, names), strict=True):
        around = [dict(zip(names, p, strict=True)) for p in (*(vector - steps), *(vector + steps))]
        grey = np.transpose([unrounded(reconstruction, **setting) for setting in around])
        means = weighted_mean(constants, grey.astype(np.float32)).numpy()
        minus, plus = means.reshape(2, len(names))
        np.testing.assert_allclose(slope, (plus - minus) / (2 * steps.diagonal()), rtol=0.01)


def test_rounding_passes_the_slopes(reconstruction):
    constants = frame_constants(reconstruction, SIZE)
    np.testing.assert_array_equal(
        slopes(constants, VECTORS, rounding=straight_through), slopes(constants, VECTORS)
    )


def test_pixels_that_the_window_cuts_have_no_slope(convex_scanner):
    for amplitude in (0, 1e9):  # all black, all white
        frame = build_frame(np.full((400, 32), amplitude, float), convex_scanner, "p")
        constants = frame_constants(Reconstruction(frame, ROWS), SIZE)
        points = POINTS[SLOPED]
        np.testing.assert_allclose(slopes(constants, points, SLOPED), 0, atol=1e-20)


@pytest.mark.parametrize("spread", [45.0, 60.0])
def test_images_of_pictures_are_those_of_their_reconstruction(noise_frame, spread):
    """Also what surrounds the scan, and a window whose width is not that of the setting."""
    picture = PictureReconstruction(picture_of(noise_frame, text=True, dynamic_range=spread))
    constants = frame_constants(picture, SIZE)
    made = network_images(constants, tf.constant(VECTORS))[..., 0].numpy()
    expected = SIZE(picture.bmode(VECTORS))
    assert np.ptp(expected) > 100
    assert picture.outside.any() == ("angle" in noise_frame.coords)
    assert np.abs(made - expected).max() < 0.3  # a few pixels are rounded otherwise


def test_grey_map_of_a_scanner_has_no_known_slope(noise_frame):
    shares = np.linspace(0, 1, 256) ** 1.2
    picture = PictureReconstruction(picture_of(noise_frame, grey_map=shares))
    with pytest.raises(InputError, match="slopes of the picture of patient p through its grey map"):
        frame_constants(picture, SIZE)
