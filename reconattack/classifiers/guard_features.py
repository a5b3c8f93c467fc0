"""Features of a picture that tell at which setting it was made: grey levels, depth and speckle.

In fully developed speckle the amplitude of the echo has a Rayleigh distribution. Its level in
decibels then has the standard deviation 10 / ln 10 x pi / sqrt 6 = 5.57 dB, whatever its mean: the
logarithm of an exponential intensity has the variance pi^2 / 6 (V. Dutt and J. F. Greenleaf 1996,
doi:10.1109/42.544498, for the log-compressed envelope). A window of W dB shows it with
255 x 5.57 / W grey levels. So the standard deviation within small blocks tells the width of the
window, and the mean grey level over depth tells the attenuation compensation. Pixels of a picture
are interpolated and depend on each other, so their standard deviation is smaller: the features
are compared with those of other pictures alone, and never turned into decibels.

Shares of black and white pixels, skewness and percentiles are left out: they have heavy tails over
patients, so that few patients would raise the threshold for all.
"""

import numpy as np

from reconattack.classifiers.texture_features import check_region

BLACK, WHITE = 0, 255
BLOCK = 8  # pixels: the side of the blocks in which speckle is measured
BANDS = 4  # of equal height, from the top of the sector to its bottom
LEAST = 0.5  # grey levels: what a smaller standard deviation counts as

FEATURES = (
    *("grey_mean", "grey_std"),
    *("speckle", "speckle_shallow", "speckle_deep"),
    *(f"band_mean_{band}" for band in range(1, BANDS + 1)),
)


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
    sector = sector[box]
    features = [
        np.concatenate(
            [
                grey_features(image[box], sector),
                speckle_features(image[box], sector),
                band_features(image[box], sector),
            ]
        )
        for image in images
    ]
    return np.reshape(features, (len(images), len(FEATURES)))


def grey_features(image: np.ndarray, sector: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of the grey levels inside a sector, float64 (2,)."""
    shares = np.bincount(image[sector], minlength=WHITE + 1) / np.count_nonzero(sector)
    grey = np.arange(WHITE + 1)
    mean = grey @ shares
    return np.array([mean, np.sqrt((grey - mean) ** 2 @ shares)])


def speckle_features(image: np.ndarray, sector: np.ndarray) -> np.ndarray:
    """Logarithm of the median standard deviation of grey levels within blocks: all, each half.

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
        float64 (3,): natural logarithm [of grey levels] over all blocks, those of the upper and
        those of the lower half of the picture. It is that of `LEAST` where no block counts.
    """
    counts = _blocks(sector & (image > BLACK) & (image < WHITE)).all(axis=-1)
    deviations = _blocks(image).astype(np.float32).std(axis=-1, ddof=1, dtype=np.float64)
    half = len(counts) // 2
    parts = slice(None), slice(half), slice(half, None)
    medians = [_median(deviations[part][counts[part]]) for part in parts]
    return np.log(np.maximum(medians, LEAST))


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
