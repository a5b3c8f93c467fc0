import numpy as np
import pytest

from reconattack.reconstruction import picture_change as module
from reconattack.reconstruction.picture_change import (
    GREY_MEASURES,
    grey_changes,
    is_within,
    level_change,
    picture_change,
)


@pytest.fixture
def picture():
    """A textured picture, 0 outside a disc."""
    z, x = np.mgrid[:60, :80]
    sector = np.hypot(z - 30, x - 40) < 25
    texture = np.random.default_rng(6).integers(60, 180, (60, 80))
    return np.where(sector, texture, 0).astype(np.uint8), sector


def test_same_picture_has_not_changed(picture):
    image, sector = picture
    assert picture_change(image, image, sector) == {
        "white_fraction": 0.0,
        "black_fraction": 0.0,
        "white_added": 0.0,
        "black_added": 0.0,
        "mean_abs_diff": 0.0,
        "ssim": pytest.approx(1),
    }


def test_fractions_count_the_changed_picture_inside_the_sector(picture):
    image, sector = picture
    inside = np.flatnonzero(sector)
    changed = image.copy()
    changed.flat[inside[:30]] = 255
    changed.flat[inside[30:50]] = 0
    change = picture_change(image, changed, sector)
    assert change["white_fraction"] == pytest.approx(30 / sector.sum())
    assert change["black_fraction"] == pytest.approx(20 / sector.sum())
    darker = np.where(changed == 255, 0, changed)
    change = picture_change(changed, darker.astype(np.uint8), sector)
    assert change["white_added"] == pytest.approx(-30 / sector.sum())
    assert change["black_added"] == pytest.approx(30 / sector.sum())


@pytest.mark.parametrize("shift", [-40, 40])
def test_difference_has_no_sign_and_no_wrap(picture, shift):
    image, sector = picture
    changed = np.where(sector, image + np.int16(shift), 0).astype(np.uint8)
    assert picture_change(image, changed, sector)["mean_abs_diff"] == 40


def test_numpy_alone_finds_the_same_changes(picture, monkeypatch):
    image, sector = picture
    random = np.random.default_rng(7)
    images = random.choice([0, 1, 127, 254, 255], (5, *image.shape)).astype(np.uint8)
    changes = grey_changes(image, images, sector)
    monkeypatch.setattr(module, "passes", lambda: None)
    np.testing.assert_array_equal(changes, grey_changes(image, images, sector))


def test_pixels_outside_the_sector_do_not_count(picture):
    image, sector = picture
    changed = image.copy()
    changed[:3] = 255
    change = picture_change(image, changed, sector)
    assert change["white_fraction"] == change["black_fraction"] == change["mean_abs_diff"] == 0
    assert change["ssim"] == pytest.approx(1)


def test_many_pictures_at_once_are_each_alone(picture):
    image, sector = picture
    pictures = [np.clip(image.astype(int) + shift, 0, 255).astype(np.uint8) for shift in (0, 120)]
    rows = grey_changes(image, pictures, sector)
    for row, changed in zip(rows, pictures, strict=True):
        alone = picture_change(image, changed, sector)
        assert row.tolist() == [alone[name] for name in GREY_MEASURES]
    assert rows[1].min() == 0 < rows[1, 1] < rows[1, 0]
    assert grey_changes(image, [], sector).shape == (0, 3)


def test_limits_hold_together_and_ssim_is_one_from_below():
    changes = {"mean_abs_diff": np.array([5, 21, 5, 20]), "ssim": np.array([0.9, 0.9, 0.7, 0.8])}
    limits = {"mean_abs_diff": 20, "ssim": 0.8}
    assert is_within(changes, limits).tolist() == [True, False, False, True]
    assert is_within(changes, {"ssim": 0.8}).tolist() == [True, True, False, True]


def test_ssim_is_averaged_over_the_sector(picture):
    image, sector = picture
    changed = np.where(sector, np.minimum(image.astype(int) + 90, 255), 0).astype(np.uint8)
    expected = [
        ssim_at(image.astype(float), changed.astype(float), z, x) for z, x in np.argwhere(sector)
    ]
    assert picture_change(image, changed, sector)["ssim"] == pytest.approx(np.mean(expected))
    assert 0.3 < np.mean(expected) < 0.9


def ssim_at(first, second, z, x):
    """Wang's formula in a window of 7 x 7 pixels."""
    first, second = (a[z - 3 : z + 4, x - 3 : x + 4].ravel() for a in (first, second))
    (var1, cov), (_, var2) = np.cov(first, second)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    luminance = (2 * first.mean() * second.mean() + c1) / (
        first.mean() ** 2 + second.mean() ** 2 + c1
    )
    return luminance * (2 * cov + c2) / (var1 + var2 + c2)


def test_level_change_is_two_way():
    change = level_change(
        {"beta": 1.3, "alpha_lower": 5},
        {"beta": 0.9, "alpha_lower": 10},
        center_frequency=2.5e6,
        depth=np.linspace(0, 0.16, 9),
    )
    assert change == {
        "level_change_5cm": pytest.approx(10),
        "level_change_10cm": pytest.approx(20),
        "level_change_15cm": pytest.approx(30),
        "level_change_end": pytest.approx(32),
    }


@pytest.mark.parametrize(
    ("first", "last", "known"), [(0, 0.02, ""), (0.001, 0.12, "5 10"), (0.06, 0.155, "10 15")]
)
def test_level_change_is_given_where_the_frame_has_samples(first, last, known):
    change = level_change({"beta": 0.5}, {"beta": 0.9}, 10e6, np.linspace(first, last, 200))
    depths = [name for name in ("5", "10", "15") if not np.isnan(change[f"level_change_{name}cm"])]
    assert depths == known.split()
    assert change["level_change_end"] == pytest.approx(-800 * last)


def test_level_change_of_less_compensation_is_negative():
    change = level_change({"beta": 0.85}, {"beta": 0.9}, 2e6, np.array([0, 0.1]))
    assert change["level_change_10cm"] == pytest.approx(-2)
