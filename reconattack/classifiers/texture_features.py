"""Texture features of B-mode images, as the texture analysis of livers has long used them.

Grey-level co-occurrence (R. M. Haralick et al. 1973, doi:10.1109/TSMC.1973.4309314), uniform local
binary patterns (T. Ojala et al. 2002, doi:10.1109/TPAMI.2002.1017623), first-order statistics, and
how the grey level falls with depth. Distances are in pixels, so features of pictures with other
pixel sizes differ.
"""

import numpy as np

from reconattack.errors import InputError

GREY_LEVELS = 256
CO_OCCURRENCE_LEVELS = 32
DISTANCES = (1, 2, 4, 8)  # pixels
ANGLES = (0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation")
PERCENTILES = (10, 50, 90)
MIN_PIXELS = 256
NEIGHBOURS = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))  # down, right
SCALE = 10**6
DIAGONAL = round((1 + np.sqrt(2)) * SCALE)  # weight of the corner pixel; a side pixel has 1

CO_OCCURRENCE_FEATURES = tuple(
    f"{name}_{distance}_{over_angles}"
    for name in PROPERTIES
    for distance in DISTANCES
    for over_angles in ("mean", "range")
)
PATTERN_FEATURES = (*(f"pattern_{count}" for count in range(9)), "pattern_other")
GREY_FEATURES = (
    "grey_mean",
    "grey_std",
    "grey_skewness",
    "grey_kurtosis",
    *(f"grey_percentile_{percentile}" for percentile in PERCENTILES),
    "grey_entropy",
)
DEPTH_FEATURES = ("depth_slope", "depth_residual")
FEATURES = (*CO_OCCURRENCE_FEATURES, *PATTERN_FEATURES, *GREY_FEATURES, *DEPTH_FEATURES)


def texture_features(images: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Features of B-mode images inside regions; pixels outside the regions do not count.

    Parameters
    ----------
    images
        uint8 (n, z, x).
    regions
        bool (z, x) or (n, z, x), from `texture_region`.

    Returns
    -------
    numpy.ndarray
        float64 (n, feature), in the order of `FEATURES`.

    Raises
    ------
    InputError
        If a region is too small to have a texture.
    """
    regions = np.broadcast_to(regions, images.shape)
    features = [_features(*pair) for pair in zip(images, regions, strict=True)]
    return np.reshape(features, (len(images), len(FEATURES)))


def texture_region(sector: np.ndarray, liver: np.ndarray | None) -> np.ndarray:
    """The region whose texture counts: the liver if a mask gives it, else the sector.

    Parameters
    ----------
    sector
        bool (z, x).
    liver
        bool (z, x) or (n, z, x); None without a mask.
    """
    return sector if liver is None else liver


def check_region(region: np.ndarray) -> None:
    """Raise InputError if a region, bool (z, x), is too small to have a texture."""
    pixels = np.count_nonzero(region)
    if pixels < MIN_PIXELS:
        raise InputError(
            f"the region of the texture features holds {pixels} pixels of the image; expected "
            f"at least {MIN_PIXELS}"
        )


def _features(image: np.ndarray, region: np.ndarray) -> np.ndarray:
    check_region(region)
    height = len(image)
    rows, columns = (np.flatnonzero(region.any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    image, region = image[box], region[box]
    return np.concatenate(
        [
            co_occurrence_features(image, region),
            pattern_features(image, region),
            grey_features(image, region),
            depth_features(image, region, height),
        ]
    )


def co_occurrence_features(image: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Mean and range over four angles of each property of co-occurrence at each distance.

    Both pixels of a pair lie inside the region. As in scikit-image, the pixel at a distance and an
    angle is the nearest one, so that distances 1 and 2 are the same pair on the diagonals.

    Parameters
    ----------
    image
        uint8 (z, x).
    region
        bool (z, x).

    Returns
    -------
    numpy.ndarray
        float64 (40,), in the order of `CO_OCCURRENCE_FEATURES`.
    """
    from skimage.feature import graycomatrix, graycoprops

    levels = (image // (GREY_LEVELS // CO_OCCURRENCE_LEVELS) + 1) * region  # 0 stands for outside
    pairs = graycomatrix(levels, DISTANCES, ANGLES, CO_OCCURRENCE_LEVELS + 1)[1:, 1:]
    if not pairs.any(axis=(0, 1)).all():
        raise InputError(
            "the region of the texture features has no two pixels at one of the distances and "
            f"angles that count ({', '.join(map(str, DISTANCES))} pixels); expected a larger one"
        )
    pairs = pairs + pairs.transpose(1, 0, 2, 3)
    properties = np.stack([graycoprops(pairs, name) for name in PROPERTIES])
    return np.stack([properties.mean(axis=2), np.ptp(properties, axis=2)], axis=2).ravel()


def pattern_features(image: np.ndarray, region: np.ndarray) -> np.ndarray:
    """Proportions of the uniform local binary patterns of eight neighbours at radius 1.

    The pattern of a pixel is the set of neighbours that are at least as bright as the pixel. It is
    uniform if these neighbours are adjacent; uniform patterns are distinguished by their number of
    neighbours. Only pixels whose eight neighbours lie inside the region count.

    Parameters
    ----------
    image
        uint8 (z, x).
    region
        bool (z, x).

    Returns
    -------
    numpy.ndarray
        float64 (10,), in the order of `PATTERN_FEATURES`.
    """
    grey = image.astype(np.int32)
    corner, side = DIAGONAL * grey, SCALE * grey
    between = _shifted((DIAGONAL + 2 * SCALE) * grey, 0, 0)
    centre, inside = _shifted(image, 0, 0), _shifted(region, 0, 0).copy()
    codes = np.zeros(centre.shape, np.uint8)
    for number, (down, right) in enumerate(NEIGHBOURS):
        inside &= _shifted(region, down, right)
        if down and right:  # a diagonal neighbour at radius 1 lies between four pixels
            beside = _shifted(side, down, 0) + _shifted(side, 0, right)
            above = _shifted(corner, down, right) + beside >= between
        else:
            above = _shifted(image, down, right) >= centre
        codes |= above.view(np.uint8) * np.uint8(1 << number)
    if not inside.any():
        raise InputError(
            "the region of the texture features has no pixel with eight neighbours inside it; "
            "expected a larger one"
        )
    counts = np.bincount(codes[inside], minlength=len(PATTERN_OF_CODE))
    shares = np.bincount(PATTERN_OF_CODE, counts, minlength=len(PATTERN_FEATURES))
    return shares / shares.sum()


def _shifted(array: np.ndarray, down: int, right: int) -> np.ndarray:
    """The neighbour of each pixel that is not at the border."""
    rows, columns = array.shape
    return array[1 + down : rows - 1 + down, 1 + right : columns - 1 + right]


def _pattern_of_code() -> np.ndarray:
    """Position in `PATTERN_FEATURES` of each of the 256 patterns, uint8 (256,)."""
    bits = np.arange(256)[:, np.newaxis] >> np.arange(8) & 1
    changes = np.count_nonzero(bits != np.roll(bits, 1, axis=1), axis=1)
    return np.where(changes <= 2, bits.sum(axis=1), 9).astype(np.uint8)


PATTERN_OF_CODE = _pattern_of_code()


def grey_features(image: np.ndarray, region: np.ndarray) -> np.ndarray:
    """First-order statistics of the grey levels inside a region.

    Skewness and excess kurtosis of a single grey level are 0. The percentile p is the lowest grey
    level that at least p % of the pixels do not exceed. The entropy of the 256 levels is in bits.

    Parameters
    ----------
    image
        uint8 (z, x).
    region
        bool (z, x).

    Returns
    -------
    numpy.ndarray
        float64 (8,), in the order of `GREY_FEATURES`.
    """
    counts = np.bincount(image[region], minlength=GREY_LEVELS)
    grey, shares = np.arange(GREY_LEVELS), counts / counts.sum()
    mean = grey @ shares
    variance, third, fourth = ((grey - mean) ** power @ shares for power in (2, 3, 4))
    std = np.sqrt(variance)
    single = np.count_nonzero(counts) == 1
    skewness, kurtosis = (0, 0) if single else (third / std**3, fourth / variance**2 - 3)
    needed = np.array(PERCENTILES) * counts.sum()
    percentiles = np.searchsorted(100 * np.cumsum(counts), needed)
    there = shares[shares > 0]
    entropy = -np.sum(there * np.log2(there))
    return np.array([mean, std, skewness, kurtosis, *percentiles, entropy])


def depth_features(image: np.ndarray, region: np.ndarray, height: int) -> np.ndarray:
    """Change of the grey level with depth, by a straight line through the means of the rows.

    The weight of a row is its number of pixels inside the region.

    Parameters
    ----------
    image
        uint8 (z, x).
    region
        bool (z, x).
    height
        Rows of the whole image.

    Returns
    -------
    numpy.ndarray
        float64 (2,): slope [grey levels per height of the image] and root mean square of the
        residuals [grey levels].
    """
    counts = np.count_nonzero(region, axis=1)
    (rows,) = np.nonzero(counts)
    weights = counts[rows] / counts.sum()
    means = (image * region)[rows].sum(axis=1) / counts[rows]
    depth = rows / height
    depth, means = depth - weights @ depth, means - weights @ means
    slope = (weights * depth) @ means / (weights @ depth**2)
    return np.array([slope, np.sqrt(weights @ (means - slope * depth) ** 2)])
