import numpy as np
import pytest

from reconattack.classifiers.network_input import NetworkInput
from reconattack.classifiers.training.augmentation import (
    DrawnCases,
    LevelPicture,
    SettingBox,
    frame_picture,
    image_picture,
    setting_box,
)
from reconattack.errors import InputError
from reconattack.frames.frame import build_frame
from reconattack.reconstruction.pictures import PictureReconstruction
from reconattack.reconstruction.reconstruction import Reconstruction
from tests.picture_frames import picture_of

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOX = {
    "beta": {"box": [0.5, 1.3]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [50, 60]},
}
LOW, HIGH = (0.5, 5, 50), (1.3, 15, 60)
ROWS = 160
SMALL = NetworkInput(32, 24)


@pytest.fixture
def settings():
    """The initial setting, the corners of the paper's box and points within, (n, 3)."""
    corners = np.stack(np.meshgrid(*zip(LOW, HIGH, strict=True)), axis=-1).reshape(-1, 3)
    inside = np.random.default_rng(5).uniform(LOW, HIGH, (8, 3))
    return np.concatenate([[list(INITIAL.values())], corners, inside])


def unchanged(reconstruction):
    """The resize that leaves a frame's picture as it is."""
    return NetworkInput(*reconstruction.sector.shape, kernel="nearest")


# Pictures of RF frames


@pytest.mark.parametrize("others", [{}, {"gain": 3, "slider_5": -4, "zoom": 1.2, "gamma": 0.8}])
def test_a_frames_picture_is_that_of_the_reconstruction(noise_frame, settings, others):
    reconstruction = Reconstruction(noise_frame, ROWS, others=INITIAL | others)
    expected = reconstruction.bmode(settings)
    assert np.ptp(expected) > 240
    picture = frame_picture(reconstruction, unchanged(reconstruction), {})
    apart = np.abs(picture(settings) - expected)
    assert apart.max() <= 1
    assert np.mean(apart > 0) < 0.03
    resized = frame_picture(reconstruction, SMALL, {})(settings)
    assert resized.dtype == np.float32
    np.testing.assert_allclose(resized, SMALL(expected), atol=0.35)


@pytest.mark.parametrize(
    "facts", [{}, {"dynamic_range": 60.0}, {"grey_map": np.linspace(0, 1, 256) ** 1.2}]
)
def test_a_picture_frames_picture_is_that_of_its_reconstruction(noise_frame, settings, facts):
    frame = picture_of(noise_frame, rows=ROWS, text=True, **facts)
    reconstruction = PictureReconstruction(frame, others=INITIAL)
    expected = reconstruction.bmode(settings)
    apart = np.abs(
        frame_picture(reconstruction, unchanged(reconstruction), {})(settings) - expected
    )
    assert apart.max() <= 1
    assert np.mean(apart > 0) < 0.03


def test_filters_act_within_the_sector(noise_frame, settings):
    others = INITIAL | {"lee": 0.6, "edges": 0.5}
    reconstruction = Reconstruction(noise_frame, ROWS, others=others)
    pictures = frame_picture(reconstruction, unchanged(reconstruction), {})(settings[:3])
    expected = reconstruction.bmode(settings[:3])
    assert np.mean(np.abs(pictures - expected) > 1) < 1e-4
    assert not pictures[:, ~reconstruction.sector].any()


def test_at_the_initial_setting_the_picture_is_exact(noise_frame):
    reconstruction = Reconstruction(noise_frame, ROWS, others=INITIAL)
    initial = np.array([list(INITIAL.values())])
    np.testing.assert_array_equal(
        frame_picture(reconstruction, SMALL, {})(initial), SMALL(reconstruction.bmode(initial))
    )


def test_frames_of_one_geometry_share_what_beta_adds(convex_scanner, scanner_with):
    random, slopes = np.random.default_rng(0), {}

    def picture(scanner):
        frame = build_frame(random.standard_normal((400, 32)), scanner, "p")
        return frame_picture(Reconstruction(frame, 80, others=INITIAL), SMALL, slopes)

    first, second = picture(convex_scanner), picture(convex_scanner)
    other = picture(scanner_with(convex_scanner, center_frequency=3e6))
    assert first.slope is second.slope
    assert (first.levels != second.levels).any()
    assert len(slopes) == 2
    np.testing.assert_allclose(other.slope, 1.2 * first.slope, rtol=1e-6)


# Pictures of images


@pytest.fixture
def unclipped(linear_scanner, scanner_with):
    """A reconstruction from the probe's face down, and a window that cuts none of its levels."""
    scanner = scanner_with(linear_scanner, start_depth=0.0)
    samples = np.random.default_rng(3).standard_normal((1200, 64))
    decibels = 2 * 0.9 * 7.5 * scanner.depth(1200) * 100
    frame = build_frame(samples * 10 ** (-decibels[:, np.newaxis] / 20), scanner, "p")
    return Reconstruction(frame, ROWS), {"beta": 0.9, "alpha_lower": -50, "alpha_upper": 90}


def test_an_image_changes_as_its_frame_would(unclipped):
    reconstruction, initial = unclipped
    depth = (reconstruction.z[1] - reconstruction.z[0]) * ROWS
    image = reconstruction.bmode(list(initial.values()))[0].astype(np.float32)
    picture = image_picture(image, initial, depth, reconstruction.frequency)
    settings = np.array([[0.9, -50, 90], [0.5, -60, 80], [1.3, -45, 110], [1.1, 0, 90]])
    expected = reconstruction.bmode(settings)
    per_level = 140 / (settings[:, 2] - settings[:, 1])
    for found, of_frame, scale in zip(picture(settings), expected, per_level, strict=True):
        clear = (image > 0) & (image < 255) & (of_frame > 0) & (of_frame < 255)
        assert clear.mean() > 0.8
        assert np.abs(found - of_frame)[clear].max() <= 0.5 * scale + 0.55  # both are rounded


def test_at_the_initial_setting_an_image_stays():
    image = np.random.default_rng(1).uniform(0, 255, (20, 30)).astype(np.float32)
    same = image_picture(image, INITIAL, 0.15, 2.5e6)(np.array([list(INITIAL.values())]))
    np.testing.assert_allclose(same[0], image, atol=1e-3)


def test_black_and_white_stay(settings):
    image = np.full((10, 3), 120, np.float32)
    image[:, 0], image[:, 2] = 0, 255
    pictures = image_picture(image, INITIAL, 0.15, 2.5e6)(settings)
    assert (pictures[..., 0] == 0).all()
    assert (pictures[..., 2] > 254.99).all()
    assert np.ptp(pictures[..., 1], axis=0).min() > 20


def test_a_deeper_row_of_an_image_changes_more():
    image = np.full((10, 4), 100, np.float32)
    (brighter,) = image_picture(image, INITIAL, 0.1, 2e6)(np.array([[1.0, 10, 55]]))
    decibels = 2 * 0.1 * 2 * (np.arange(10) + 0.5)  # 1 cm a row
    by_hand = np.tile(100 + decibels[:, np.newaxis] * 255 / 45, 4)
    np.testing.assert_allclose(brighter, by_hand, atol=1e-3)


# The box


def test_settings_fill_the_box():
    box = setting_box(BOX, INITIAL, worst_of=3)
    drawn = box.draw(500, np.random.default_rng(0))
    assert drawn.shape == (500, 3, 3)
    assert (drawn >= LOW).all()
    assert (drawn <= HIGH).all()
    width = np.subtract(HIGH, LOW)
    np.testing.assert_allclose(drawn.mean((0, 1)), np.add(LOW, HIGH) / 2, atol=0.05 * width.max())
    np.testing.assert_allclose(np.ptp(drawn, axis=(0, 1)), width, rtol=0.02)
    assert (drawn[:, 0] != drawn[:, 1]).all()


def test_a_parameter_without_box_keeps_its_value():
    drawn = setting_box({"beta": BOX["beta"]}, INITIAL).draw(50, np.random.default_rng(0))
    assert drawn.shape == (50, 1, 3)
    np.testing.assert_array_equal(drawn[..., 1:], np.broadcast_to([10, 55], (50, 1, 2)))
    assert len(np.unique(drawn[..., 0])) == 50


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"gain": {"box": [-3, 3]}}, "names gain; expected parameters out of beta, alpha_lower"),
        ({"beta": {"box": [1.3, 0.5]}}, r"beta.box is \[1.3, 0.5\]; expected the lower bound"),
        ({"alpha_lower": {"box": [5, 55]}}, "alpha_lower be 55 dB and alpha_upper 55 dB"),
    ],
)
def test_boxes_that_cannot_be(parameters, message):
    with pytest.raises(InputError, match=message):
        setting_box(parameters, INITIAL)


# Cases


@pytest.mark.parametrize("worst_of", [1, 3])
def test_cases_are_shown_at_the_settings_that_are_told(worst_of):
    levels = np.random.default_rng(2).uniform(0, 70, (4, 6, 5)).astype(np.float32)
    slope, canvas = np.float32([[2]]), np.empty_like(levels[0])
    pictures = [LevelPicture(x, slope, 0.9, canvas, np.copy) for x in levels]
    cases = DrawnCases(pictures, SettingBox(LOW, HIGH, worst_of), with_parameters=True)
    rows = np.array([3, 0])
    images, told = cases(rows, np.random.default_rng(7))
    assert images.shape == (2, worst_of, 6, 5)
    assert told.shape == (2, worst_of, 3)
    assert (images.dtype, told.dtype) == (np.float32, np.float32)
    for row, shown, settings in zip(rows, images, told, strict=True):
        beta, lower, upper = settings.T[..., np.newaxis, np.newaxis]
        by_hand = (levels[row] + (beta - 0.9) * 2 - lower) * 255 / (upper - lower)
        np.testing.assert_allclose(shown, np.clip(by_hand, 0, 255), atol=1e-3)
    untold = DrawnCases(pictures, cases.box)(rows, np.random.default_rng(7))
    assert len(untold) == 1
    np.testing.assert_array_equal(untold[0], images)
