"""What stands before the attacked stages cannot be changed by them."""

from itertools import product

import keras
import numpy as np
import pytest

from reconattack.attacks.oracle import Oracle
from reconattack.classifiers.backends.network_files import export_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.kinds import IMMUNE_TO
from reconattack.classifiers.training.building import build_network
from reconattack.classifiers.views import VIEWS, input_rule, residual_level
from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import attenuation_gain, window
from tests import channel_frames

INITIAL = np.array([[0.9, 10, 55]])
CORNERS = np.array(list(product((0.5, 1.3), (5, 15), (50, 60))))
ELSEWHERE = {
    "beam_sound_speed": 1480,
    "f_number": 2,
    "transmits": 1,
    "band_shift": 3e5,
    "band_sharpness": 2,
    "sound_speed_shift": -60,
    "zoom": 1.3,
    "aspect": 0.8,
    "gamma": 1.5,
}


@pytest.fixture
def reconstruction(noise_frame):
    return Reconstruction(noise_frame, 32)


@pytest.fixture(scope="module")
def channel_frame():
    return channel_frames.channel_frame("linear", channel_frames.noise(transmits=3))


@pytest.fixture
def iq_frame(convex_scanner):
    samples = np.random.default_rng(5).standard_normal((2, 300, 16))
    return build_frame(samples[0] + 1j * samples[1], convex_scanner, "p", 1)


@pytest.mark.parametrize("takes", IMMUNE_TO)
def test_same_bytes_at_every_corner_of_the_papers_box(reconstruction, takes):
    (views,) = VIEWS[takes](reconstruction, np.concatenate([INITIAL, CORNERS]))
    assert views.dtype == np.float32
    assert len(views) == 9
    assert len({np.ascontiguousarray(view).tobytes() for view in views}) == 1
    (pictures,) = VIEWS["image"](reconstruction, CORNERS)
    assert len({picture.tobytes() for picture in pictures}) == 8


@pytest.mark.parametrize("takes", IMMUNE_TO)
@pytest.mark.parametrize("name", PARAMETERS)
def test_immune_to_exactly_what_comes_after(channel_frame, takes, name):
    """A filter that is not sharp is left out wherever its centre lies."""
    others = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55} | (
        {"band_sharpness": 1} if name == "band_shift" else {}
    )
    start = (NEUTRAL | others)[name]
    reconstruction = Reconstruction(channel_frame, 32, [name], others)
    parameters = np.array([[start], [ELSEWHERE.get(name, start + 0.5)]])
    (first, second), (one, other) = (
        VIEWS[view](reconstruction, parameters)[0] for view in (takes, "image")
    )
    assert (one != other).any()
    assert (first == second).all() == (name in IMMUNE_TO[takes])


@pytest.mark.parametrize("takes", IMMUNE_TO)
def test_band_pass_that_is_set_is_part_of_the_view(noise_frame, takes):
    names = ["beta", "band_sharpness"]
    moved = Reconstruction(noise_frame, 32, names)
    views = VIEWS[takes](moved, np.array([[0.9, 0], [0.9, 2], [1.2, 0]]))[0]
    still = Reconstruction(noise_frame, 32, others={"band_sharpness": 2})
    np.testing.assert_array_equal(views[1], VIEWS[takes](still, INITIAL)[0][0])
    np.testing.assert_array_equal(views[2], views[0])


@pytest.mark.parametrize(("beta", "alpha_lower", "alpha_upper"), CORNERS)
def test_compensated_level_has_the_same_residual(
    reconstruction, noise_frame, beta, alpha_lower, alpha_upper
):
    """Seen through any gain and window that hides nothing, lines have the residual of the view."""
    depth = noise_frame["depth"].values
    gain = attenuation_gain(beta, reconstruction.frequency / 1e6, depth * 100)
    amplitude = reconstruction.envelope() * gain.astype(np.float32)[:, np.newaxis]
    level = 20 * np.log10(amplitude.astype(float)) + reconstruction.reference_level
    residual = residual_level(level - alpha_lower, depth)
    (view,) = VIEWS["envelope"](reconstruction, INITIAL)
    assert view.min() > 0
    assert view.max() < 255
    np.testing.assert_allclose((view[0] - 128) / 4, residual, atol=1e-4)

    lowest, width = level.min() - 1, (alpha_upper - alpha_lower) * 10
    grey = window(level.astype(np.float32), lowest, lowest + width)
    np.testing.assert_allclose(residual_level(grey * width / 255.0, depth), residual, atol=1e-4)


def test_residual_is_a_projection_without_level_and_slope(noise_frame):
    depth = noise_frame["depth"].values
    level = np.random.default_rng(1).standard_normal((len(depth), 5))
    residual = residual_level(level, depth)
    assert abs(residual.mean()) < 1e-12
    straight = 7 - 300 * depth[:, np.newaxis] + np.zeros(5)
    np.testing.assert_allclose(residual_level(straight, depth), 0, atol=1e-9)
    np.testing.assert_allclose(residual_level(level + straight, depth), residual, atol=1e-9)


def test_curve_of_the_sliders_is_not_straight(noise_frame):
    """The view is free of them since it stands before them, not since they drop out."""
    depth = noise_frame["depth"].values
    bent = 6 * np.abs(np.linspace(-1, 1, len(depth)))[:, np.newaxis] + np.zeros(3)
    assert np.ptp(residual_level(bent, depth)) > 3


def test_rows_are_half_a_millimetre_high(reconstruction, noise_frame):
    (view,) = VIEWS["envelope"](reconstruction, INITIAL)
    height = np.ptp(noise_frame["depth"].values) / view.shape[1]
    assert height == pytest.approx(0.5e-3, rel=0.1)
    assert view.shape[2] == 64


@pytest.mark.parametrize("takes", IMMUNE_TO)
def test_silence_can_be_seen(convex_scanner, takes):
    silent = build_frame(np.zeros((300, 16)), convex_scanner, "p", 0)
    (view,) = VIEWS[takes](Reconstruction(silent, 32), INITIAL)
    assert np.ptp(view) == 0


def test_silent_samples_do_not_bend_the_line(convex_scanner):
    """A few dead samples are 120 dB faint, not infinitely."""
    samples = np.random.default_rng(2).standard_normal((1200, 16))
    samples[:, 3] = 0
    frame = build_frame(samples, convex_scanner, "p", 0)
    (view,) = VIEWS["envelope"](Reconstruction(frame, 32), INITIAL)
    assert (view[0, :, 3] == 0).all()
    assert (np.delete(view[0], 3, axis=1) > 0).all()


@pytest.mark.parametrize("takes", IMMUNE_TO)
def test_padding_does_not_change_what_is_seen_of_the_echoes(noise_frame, scanner, takes):
    samples = noise_frame["rf"].values
    padded = build_frame(np.pad(samples, ((0, 600), (0, 0))), scanner, "p", 1)
    (whole,), (view,) = (
        VIEWS[takes](Reconstruction(frame, 32), INITIAL) for frame in (noise_frame, padded)
    )
    if takes == "rf":
        np.testing.assert_allclose(view[..., : whole.shape[2]], whole, rtol=1e-6)
    else:
        seen = slice(2, whole.shape[1] - 2)  # the last row is shorter without the padding
        apart = np.abs(view[:, seen] - whole[:, seen])  # more only at the end of dark lines
        assert np.quantile(apart, 0.98) < 2


def test_rf_lines_have_unit_power_whatever_their_unit(noise_frame):
    louder = noise_frame.assign(rf=noise_frame["rf"] * 3000)
    views = [VIEWS["rf"](Reconstruction(f, 32), INITIAL)[0] for f in (noise_frame, louder)]
    assert views[0].shape == (1, 64, 1200)
    assert np.mean(views[0].astype(float) ** 2) == pytest.approx(1, rel=1e-6)
    np.testing.assert_allclose(*views, rtol=1e-5)


def test_demodulated_frame_has_an_envelope_and_no_rf(iq_frame):
    reconstruction = Reconstruction(iq_frame, 32)
    assert VIEWS["envelope"](reconstruction, INITIAL)[0].shape[2] == 16
    with pytest.raises(InputError, match=r"demodulated samples \(IQ\); expected RF"):
        VIEWS["rf"](reconstruction, INITIAL)


def test_lines_are_chosen_evenly_and_samples_from_the_first():
    frames = np.arange(2 * 9 * 20, dtype=np.float32).reshape(2, 9, 20)
    chosen = input_rule("rf", 3, 16, {"kernel": "bilinear", "aspect": "stretch"})(frames)
    np.testing.assert_array_equal(chosen, frames[:, [0, 4, 8], :16])
    longer = input_rule("rf", 9, 24)(frames)
    np.testing.assert_array_equal(longer[:, :, :20], frames)
    assert (longer[:, :, 20:] == 0).all()
    assert longer.dtype == np.float32
    assert input_rule("rf", 12, 20)(frames).shape == (2, 12, 20)


def test_envelope_is_resized_like_an_image():
    resize = {"kernel": "bicubic", "aspect": "pad"}
    assert input_rule("envelope", 8, 10, resize) == input_rule("image", 8, 10, resize)


@pytest.mark.parametrize(
    ("takes", "network", "size"), [("rf", "rf_lines", (6, 256)), ("envelope", "compact", (32, 32))]
)
def test_network_in_onnx_runtime_says_the_same_everywhere(
    tmp_path, seeded, reconstruction, takes, network, size
):
    """The logits of the Keras network, through the file's metadata alone."""
    built = build_network(network, size, dropout=0.5, takes=takes)
    export_network(built, tmp_path / "fold.onnx", takes)
    judge = OnnxClassifier(tmp_path / "fold.onnx")
    assert judge.takes == takes
    logits = Oracle([reconstruction], judge)(np.zeros(8, int), CORNERS)
    assert np.ptp(logits) == 0
    (view,) = VIEWS[takes](reconstruction, INITIAL)
    resized = input_rule(takes, *size)(view)
    expected = built.predict_on_batch(keras.ops.convert_to_tensor(resized[..., np.newaxis]))
    assert logits[0] == pytest.approx(expected["logit"][0, 0], rel=1e-4, abs=1e-5)
