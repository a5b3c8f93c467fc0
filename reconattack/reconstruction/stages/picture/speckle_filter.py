"""Filters against speckle, each mixed with the picture by a share from 0 to 1."""

import numpy as np

from reconattack.reconstruction.parameter import Parameter

ORDER = 2
SHARE = (0.0, 1.0)
PARAMETERS = {
    "median": Parameter(
        "1", "share of the median filter", "median filter", "median filter", SHARE, neutral=0.0
    ),
    "lee": Parameter("1", "share of Lee's filter", "Lee filter", "Lee filter", SHARE, neutral=0.0),
    "bilateral": Parameter(
        "1",
        "share of the bilateral filter",
        "bilateral filter",
        "bilateral filter",
        SHARE,
        neutral=0.0,
    ),
}

SIZE = 5  # pixels a side, the usual window of such filters
BILATERAL_GREY = 25.0  # standard deviation of the weight over grey levels, a tenth of the range
BILATERAL_PIXELS = 1.5  # and over pixels


def median(grey: np.ndarray, share: float) -> np.ndarray:
    """Mix with the median of 5 x 5 pixels; grey levels (z, x)."""
    from scipy.ndimage import median_filter  # slow to import

    return _mixed(grey, median_filter(grey, SIZE), share)


def lee(grey: np.ndarray, share: float) -> np.ndarray:
    """Mix with Lee's adaptive filter over 5 x 5 pixels; grey levels (z, x).

    m + k (g - m) with k = max(0, v - n) / v, of the local mean m and variance v (Lee, IEEE Trans.
    Pattern Anal. Mach. Intell. 1980;2:165, additive noise, which speckle is after the logarithm).
    The noise variance n is the median of v over the pixels where v is not zero.
    """
    from scipy.ndimage import uniform_filter  # slow to import

    mean = uniform_filter(grey, SIZE)
    variance = np.maximum(uniform_filter(grey * grey, SIZE) - mean * mean, 0)
    seen = variance[variance > 0]
    if not len(seen):
        return grey
    keep = np.maximum(variance - np.median(seen), 0) / np.maximum(
        variance, np.finfo(np.float32).tiny
    )
    return _mixed(grey, mean + keep * (grey - mean), share)


def bilateral(grey: np.ndarray, share: float) -> np.ndarray:
    """Mix with the bilateral filter over 5 x 5 pixels; grey levels (z, x).

    Tomasi and Manduchi 1998 (ICCV, doi:10.1109/ICCV.1998.710815), by scikit-image.
    """
    from skimage.restoration import denoise_bilateral  # slow to import

    filtered = denoise_bilateral(
        grey, win_size=SIZE, sigma_color=BILATERAL_GREY, sigma_spatial=BILATERAL_PIXELS
    )
    return _mixed(grey, filtered, share)


def _mixed(grey: np.ndarray, filtered: np.ndarray, share: float) -> np.ndarray:
    return grey + share * (filtered - grey)


STAGES = {"median": median, "lee": lee, "bilateral": bilateral}
