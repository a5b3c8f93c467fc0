"""Features of constant pictures, ramps, and of speckle whose window is known."""

import numpy as np
import pytest

from reconattack.classifiers.guard_features import (
    BANDS,
    BLOCK,
    FEATURES,
    LEAST,
    setting_features,
)
from reconattack.errors import InputError

SHAPE = (160, 120)
SPECKLE_DB = 10 / np.log(10) * np.pi / np.sqrt(6)  # standard deviation of fully developed speckle


def features_of(image, sector=None):
    sector = np.ones(image.shape, bool) if sector is None else sector
    (row,) = setting_features(image[np.newaxis].astype(np.uint8), sector)
    return dict(zip(FEATURES, row, strict=True))


def speckle(window, slope=0.0, seed=0):
    """Independent Rayleigh amplitudes in a window [dB], which falls by `slope` dB over the rows."""
    amplitudes = np.random.default_rng(seed).rayleigh(size=(400, 300))
    levels = 20 * np.log10(amplitudes) - slope * np.linspace(0, 1, 400)[:, np.newaxis]
    return np.clip(np.rint(255 * (levels + 0.6 * window) / window), 0, 255)


def test_constant_picture():
    found = features_of(np.full(SHAPE, 90))
    expected = dict.fromkeys(FEATURES, 0.0) | {"grey_mean": 90}
    expected |= {name: np.log(LEAST) for name in FEATURES if name.startswith("speckle")}
    assert found == pytest.approx(expected, abs=1e-9)


def test_ramp_over_depth():
    rows = np.repeat(np.arange(SHAPE[0])[:, np.newaxis], SHAPE[1], axis=1) + 40
    found = features_of(rows)
    assert found["grey_mean"] == pytest.approx(40 + (SHAPE[0] - 1) / 2)
    assert found["grey_std"] == pytest.approx(rows.std())
    quarter = SHAPE[0] / BANDS
    means = [found[f"band_mean_{band}"] for band in range(1, BANDS + 1)]
    np.testing.assert_allclose(means, quarter * np.array([-1.5, -0.5, 0.5, 1.5]))
    within = np.repeat(np.arange(BLOCK), BLOCK).std(ddof=1)
    assert found["speckle"] == pytest.approx(np.log(within))


@pytest.mark.parametrize("window", [60, 90, 120])
def test_speckle_tells_the_width_of_its_window(window):
    found = features_of(speckle(window))
    expected = 255 * SPECKLE_DB / window
    for name in ("speckle", "speckle_shallow", "speckle_deep"):
        assert np.exp(found[name]) == pytest.approx(expected, rel=0.03)
    assert pytest.approx(5.57, abs=0.005) == SPECKLE_DB


def test_speckle_tells_it_whatever_the_level():
    flat, falling = (features_of(speckle(90, slope)) for slope in (0, 20))
    assert falling["speckle"] == pytest.approx(flat["speckle"], abs=0.02)
    assert falling["band_mean_1"] - falling["band_mean_4"] == pytest.approx(255 * 15 / 90, rel=0.05)


def test_blocks_with_black_and_white_pixels_show_no_speckle():
    image = speckle(90)
    whole = features_of(image)
    image[:100] = 0
    image[:50] = 255
    found = features_of(image)
    assert found["speckle_deep"] == whole["speckle_deep"]
    assert np.exp(found["speckle"]) == pytest.approx(255 * SPECKLE_DB / 90, rel=0.03)
    assert features_of(np.zeros(SHAPE))["speckle"] == np.log(LEAST)


def test_pixels_outside_the_sector_do_not_count():
    sector = np.zeros((400, 300), bool)
    sector[40:, 30:250] = True
    image = speckle(90)
    other = np.where(sector, image, 255)
    assert features_of(image, sector) == features_of(other, sector)


def test_sector_without_texture_is_named():
    with pytest.raises(InputError, match="expected at least 256"):
        features_of(np.zeros((10, 10)))


def test_no_picture_has_no_row():
    found = setting_features(np.zeros((0, *SHAPE), np.uint8), np.ones(SHAPE, bool))
    assert found.shape == (0, len(FEATURES))
