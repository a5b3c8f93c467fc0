import numpy as np
import pytest
from scipy.stats import kurtosis, skew
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern

from reconattack.classifiers.texture_features import (
    FEATURES,
    MIN_PIXELS,
    PROPERTIES,
    texture_features,
)
from reconattack.errors import InputError

SHAPE = (48, 64)
EVERYWHERE = np.ones(SHAPE, bool)


def features(image, region=EVERYWHERE):
    (row,) = texture_features(image[np.newaxis], region)
    return dict(zip(FEATURES, row, strict=True))


@pytest.fixture
def noise():
    """Uniform over eight grey levels, each as often as the others."""
    levels = np.arange(SHAPE[0] * SHAPE[1]) % 8 * 32 + 5
    return np.random.default_rng(2).permutation(levels).reshape(SHAPE).astype(np.uint8)


@pytest.fixture
def disc():
    z, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return np.hypot(z - 25, x - 30) < 18


def test_names_are_unique_and_their_order_is_kept(noise):
    row = texture_features(noise[np.newaxis], EVERYWHERE)
    assert row.shape == (1, len(FEATURES)) == (1, 60)
    assert len(set(FEATURES)) == len(FEATURES)
    assert FEATURES[:3] == ("contrast_1_mean", "contrast_1_range", "contrast_2_mean")
    assert FEATURES[40:42] == ("pattern_0", "pattern_1")
    assert FEATURES[-3:] == ("grey_entropy", "depth_slope", "depth_residual")


@pytest.mark.parametrize("level", [0, 77, 255])
def test_one_grey_level_has_no_texture(level):
    found = features(np.full(SHAPE, level, np.uint8))
    zero = {"contrast", "dissimilarity"}
    for name in PROPERTIES:
        for distance in (1, 2, 4, 8):
            assert found[f"{name}_{distance}_mean"] == (0 if name in zero else 1)
            assert found[f"{name}_{distance}_range"] == 0
    assert found["pattern_8"] == 1
    assert found["grey_mean"] == found["grey_percentile_10"] == found["grey_percentile_90"] == level
    for name in ("grey_std", "grey_skewness", "grey_kurtosis", "grey_entropy"):
        assert found[name] == 0
    assert (found["depth_slope"], found["depth_residual"]) == pytest.approx((0, 0), abs=1e-9)


def test_checkerboard():
    """Of the two quantised levels, 0 and 31, neighbours along an axis always differ."""
    board = (np.indices(SHAPE).sum(axis=0) % 2 * 255).astype(np.uint8)
    found = features(board)
    assert found["contrast_1_mean"] == 31**2 / 2  # on the diagonals they are the same
    assert found["contrast_1_range"] == 31**2
    assert found["correlation_1_range"] == pytest.approx(2)
    assert found["dissimilarity_4_mean"] == 0
    assert found["energy_8_mean"] == pytest.approx(np.sqrt(0.5), rel=1e-3)
    assert found["grey_entropy"] == 1
    assert found["grey_kurtosis"] == pytest.approx(-2)
    assert found["pattern_0"] == found["pattern_8"] == 0.5


def test_ramp_has_its_slope(disc):
    """Two grey levels a row are 96 per height; what stands beside the line is told apart."""
    rows = np.arange(SHAPE[0])[:, np.newaxis]
    ramp = np.repeat(20 + 2 * rows, SHAPE[1], axis=1).astype(np.uint8)
    for region in (EVERYWHERE, disc):
        found = features(ramp, region)
        assert found["depth_slope"] == pytest.approx(96)
        assert found["depth_residual"] == pytest.approx(0, abs=1e-9)
    striped = (ramp + 6 * (rows // 2 % 2)).astype(np.uint8)
    found = features(striped)
    assert found["depth_slope"] == pytest.approx(96, rel=0.01)
    assert found["depth_residual"] == pytest.approx(3, rel=0.01)


def test_first_order_statistics_are_those_of_the_pixels(noise, disc):
    found, pixels = features(noise, disc), noise[disc].astype(float)
    assert found["grey_mean"] == pytest.approx(pixels.mean())
    assert found["grey_std"] == pytest.approx(pixels.std())
    assert found["grey_skewness"] == pytest.approx(skew(pixels))
    assert found["grey_kurtosis"] == pytest.approx(kurtosis(pixels))
    for percentile in (10, 50, 90):
        expected = np.percentile(pixels, percentile, method="inverted_cdf")
        assert found[f"grey_percentile_{percentile}"] == expected


def test_entropy_of_even_noise(noise):
    assert features(noise)["grey_entropy"] == pytest.approx(3)


def test_patterns_are_those_of_scikit_image():
    picture = np.random.default_rng(1).integers(0, 256, SHAPE).astype(np.uint8)
    codes = local_binary_pattern(picture, 8, 1, "uniform")[1:-1, 1:-1].astype(int)
    found = features(picture)
    shares = np.bincount(codes.ravel(), minlength=10) / codes.size
    names = [name for name in FEATURES if name.startswith("pattern")]
    assert [found[name] for name in names] == pytest.approx(shares.tolist())


def test_co_occurrence_is_that_of_scikit_image(noise):
    found = features(noise)
    angles = np.arange(4) * np.pi / 4
    pairs = graycomatrix(noise // 8, [1, 2, 4, 8], angles, 32, symmetric=True, normed=True)
    for name in PROPERTIES:
        for distance, over_angles in zip((1, 2, 4, 8), graycoprops(pairs, name), strict=True):
            assert found[f"{name}_{distance}_mean"] == pytest.approx(over_angles.mean())
            assert found[f"{name}_{distance}_range"] == pytest.approx(np.ptp(over_angles))


def test_pairs_across_the_edge_do_not_count(noise):
    """A hole in the region is no grey level: two halves have the pairs of each."""
    parted = EVERYWHERE.copy()
    parted[:, 31] = False
    halves = [np.ascontiguousarray(half) for half in (noise[:, :31] // 8, noise[:, 32:] // 8)]
    angles = np.arange(4) * np.pi / 4
    pairs = sum(graycomatrix(half, [1], angles, 32).astype(int) for half in halves)
    contrast = graycoprops(pairs, "contrast")
    found = features(noise, parted)
    assert found["contrast_1_mean"] == pytest.approx(contrast.mean())
    assert found["contrast_1_range"] == pytest.approx(np.ptp(contrast))


def test_what_lies_outside_the_region_has_no_part(noise, disc):
    expected = texture_features(noise[np.newaxis], disc)
    for outside in (0, 255):
        changed = np.where(disc, noise, outside).astype(np.uint8)
        np.testing.assert_array_equal(texture_features(changed[np.newaxis], disc), expected)
    assert (texture_features(noise[np.newaxis], EVERYWHERE) != expected).any()


def test_alone_as_in_a_batch_with_regions_of_their_own(noise, disc):
    pictures = np.stack([noise, noise[::-1], 255 - noise])
    regions = np.stack([EVERYWHERE, disc, disc])
    together = texture_features(pictures, regions)
    alone = [texture_features(p[np.newaxis], r) for p, r in zip(pictures, regions, strict=True)]
    np.testing.assert_array_equal(together, np.concatenate(alone))


def test_no_pictures_have_no_features():
    assert texture_features(np.zeros((0, *SHAPE), np.uint8), EVERYWHERE).shape == (0, 60)


def test_region_too_small_for_a_texture(noise):
    nowhere = np.zeros(SHAPE, bool)
    with pytest.raises(InputError, match=rf"holds 0 pixels .* expected at least {MIN_PIXELS}"):
        features(noise, nowhere)
    strip = nowhere.copy()
    strip[3:9] = True
    with pytest.raises(
        InputError, match=r"no two pixels at one of the distances .* \(1, 2, 4, 8 pixels"
    ):
        features(noise, strip)
    scattered = np.random.default_rng(0).random(SHAPE) < 0.2
    with pytest.raises(InputError, match="no pixel with eight neighbours inside it"):
        features(noise, scattered)
