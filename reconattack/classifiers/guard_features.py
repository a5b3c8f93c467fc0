"""Features of a picture that tell at which setting it was made: grey levels, depth and speckle.

In fully developed speckle the amplitude of the echo has a Rayleigh distribution. Its level in
decibels then has the standard deviation 10 / ln 10 x pi / sqrt 6 = 5.57 dB, whatever its mean: the
logarithm of an exponential intensity has the variance pi^2 / 6 (V. Dutt and J. F. Greenleaf 1996,
doi:10.1109/42.544498, for the log-compressed envelope). A window of W dB shows it with
255 x 5.57 / W grey levels. So the standard deviation within small blocks tells the width of the
window, and the mean grey level over depth tells the attenuation compensation. Pixels of a picture
are interpolated and depend on each other, so their standard deviation is smaller: the features
are compared with those of other pictures alone, and never turned into decibels.
"""

import numpy as np

from reconattack.classifiers.texture_features import (
    DEPTH_FEATURES,
    GREY_FEATURES,
    check_region,
    depth_features,
    grey_features,
)

BLACK, WHITE = 0, 255
BLOCK = 8  # pixels: the side of the blocks in which speckle is measured
BANDS = 4  # of equal height, from the top of the sector to its bottom

CLIPPED_FEATURES = ("black_share", "white_share")
SPECKLE_FEATURES = ("speckle_std", "speckle_std_shallow", "speckle_std_deep")
BAND_FEATURES = tuple(f"band_mean_{band}" for band in range(1, BANDS + 1))
FEATURES = (*GREY_FEATURES, *DEPTH_FEATURES, *CLIPPED_FEATURES, *SPECKLE_FEATURES, *BAND_FEATURES)


def setting_features(images: np.ndarray, sector: np.ndarray) -> np.ndarray:
    """Features of the pictures of one frame inside its sector.

    Parameters
    ----------
    images
        uint8 (n, z, x).
    sector
        bool (z, x).

    Returns
    -------
    numpy.ndarray
        float64 (n, feature), in the order of `FEATURES`.

    Raises
    ------
    InputError
        If the sector is too small to have a texture.
    """
    check_region(sector)
    (rows,) = np.nonzero(sector.any(axis=1))
    (columns,) = np.nonzero(sector.any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    height, sector = len(sector), sector[box]
    features = [_features(image[box], sector, height) for image in images]
    return np.reshape(features, (len(images), len(FEATURES)))


def _features(image: np.ndarray, sector: np.ndarray, height: int) -> np.ndarray:
    return np.concatenate(
        [
            grey_features(image, sector),
            depth_features(image, sector, height),
            clipped_features(image, sector),
            speckle_features(image, sector),
            band_features(image, sector),
        ]
    )


def clipped_features(image: np.ndarray, sector: np.ndarray) -> np.ndarray:
    """Shares of black and of white pixels inside a sector, float64 (2,)."""
    return np.array([np.mean(image[sector] == level) for level in (BLACK, WHITE)])


def speckle_features(image: np.ndarray, sector: np.ndarray) -> np.ndarray:
    """Median standard deviation of the grey levels within blocks, in all and in each half.

    A block counts if it lies inside the sector and has no black and no white pixel, which would
    hide how much its levels vary. Borders of organs raise it in few blocks, and the median does
    not follow them.

    Parameters
    ----------
    image
        uint8 (z, x), cut to the sector.
    sector
        bool (z, x).

    Returns
    -------
    numpy.ndarray
        float64 (3,) [grey levels]: all blocks, those of the upper and those of the lower half of
        the picture. 0 where no block counts.
    """
    counts = _blocks(sector & (image > BLACK) & (image < WHITE)).all(axis=-1)
    deviations = _blocks(image).astype(np.float32).std(axis=-1, ddof=1, dtype=np.float64)
    half = len(counts) // 2
    parts = slice(None), slice(half), slice(half, None)
    return np.array([_median(deviations[part][counts[part]]) for part in parts])


def band_features(image: np.ndarray, sector: np.ndarray) -> np.ndarray:
    """Mean grey level in bands of equal height, less that of the whole sector, float64 (band,).

    Parameters
    ----------
    image
        uint8 (z, x), cut to the sector.
    sector
        bool (z, x).
    """
    counts, sums = np.count_nonzero(sector, axis=1), (image * sector).sum(axis=1)
    mean = sums.sum() / counts.sum()
    bands = np.array_split(np.arange(len(counts)), BANDS)
    return np.array([sums[band].sum() / max(counts[band].sum(), 1) - mean for band in bands])


def _blocks(values: np.ndarray) -> np.ndarray:
    """Blocks of an array (z, x), (block, block, pixel); what fills no block is left out."""
    rows, columns = (size // BLOCK for size in values.shape)
    whole = values[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return whole.transpose(0, 2, 1, 3).reshape(rows, columns, BLOCK * BLOCK)


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else 0.0
