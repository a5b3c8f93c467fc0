"""Levels of the pixels that a picture shows as black or white: several answers, none of them known.

A black pixel's level is at most that of the darkest grey level that counts as known, a white one's
at least that of the brightest. Each completion fills them in by a rule. Speckle whose intensity has
the local mean m is exponentially distributed; m is fitted to the pixels that are known and to the
share of those that are not (expectation maximization, Dempster et al. 1977).
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.special import exp1

from reconattack.seeds import seed_of

EXTREME = 200.0  # dB; beyond every window of the box
DRAWS = 4
BEST = "draw 1"  # the best single estimate
COMPLETIONS = (
    "bound",
    "darkest",
    "brightest",
    "extremes",
    "mean",
    *(f"draw {number}" for number in range(1, DRAWS + 1)),
)
STEPS = 15  # of the expectation maximization
NEPERS = 10 / np.log(10)  # dB for a factor e of intensity
# Gaussians as shares of the region's height: 6 x 8 and 0.8 x 2.5 pixels of 400 rows
NEIGHBOURHOOD = 0.015, 0.02
SPECKLE = 0.002, 0.00625
TINY = 1e-6  # a quantile is neither 0 nor 1
BLOCKS = 100  # of pixels, over the region's height, whose mean is one number


@dataclass(frozen=True)
class Censored:
    """A picture's levels, with the pixels at which they are unknown.

    Attributes
    ----------
    level
        Level of each pixel of the region [dB], float64 (z, x); any number elsewhere.
    region
        bool (z, x): pixels that show tissue.
    black, white
        bool (z, x): pixels whose level is at most `lowest`, and at least `highest`.
    lowest, highest
        Lowest and highest level that is known [dB].
    height
        Height of the region in pixels.
    """

    level: np.ndarray
    region: np.ndarray
    black: np.ndarray
    white: np.ndarray
    lowest: float
    highest: float
    height: float

    def completed(self, completion: str) -> np.ndarray:
        """Levels with black and white pixels filled in by one of `COMPLETIONS`, float64 (z, x)."""
        level = self.level.copy()
        if completion == "bound":
            level[self.black], level[self.white] = self.lowest, self.highest
        elif completion in ("darkest", "brightest", "extremes"):
            darkens = completion != "brightest"
            brightens = completion != "darkest"
            level[self.black] = self.lowest - EXTREME * darkens
            level[self.white] = self.highest + EXTREME * brightens
        else:
            level[self.black], level[self.white] = self._speckle(completion)
        return level

    def _speckle(self, completion: str) -> tuple[np.ndarray, np.ndarray]:
        """Levels of the black and of the white pixels by the local mean of the intensity."""
        low, high = 1.0, 10 ** ((self.highest - self.lowest) / 10)  # intensities, of `lowest`
        means = self._means
        dark, bright = means[self.black], means[self.white]
        ratio_low, ratio_high = low / dark, high / bright
        if completion == "mean":
            below = _mean_log_below(ratio_low)
            above = np.log(ratio_high) + _scaled_exp1(ratio_high)
            logs = np.log(dark) + below, np.log(bright) + above
        else:
            number = int(completion.removeprefix("draw "))
            drawn = quantiles(self.level.shape, self.height, number)
            of_black, of_white = (drawn[mask].astype(float) for mask in (self.black, self.white))
            share = of_black * -np.expm1(-ratio_low)
            above = high - bright * np.log1p(-of_white)
            logs = np.log(dark) + np.log(-np.log1p(-share)), np.log(above)
        first, second = (self.lowest + NEPERS * log for log in logs)
        return first, second

    @cached_property
    def _means(self) -> np.ndarray:
        """Local mean of the intensity as a multiple of that at `lowest`, float64 (z, x)."""
        side = max(1, round(self.height / BLOCKS))
        high = 10 ** ((self.highest - self.lowest) / 10)
        known = self.region & ~self.black & ~self.white
        intensity = np.zeros(self.level.shape)
        intensity[known] = 10 ** ((self.level[known] - self.lowest) / 10)
        sigma = [share * self.height / side for share in NEIGHBOURHOOD]

        def smoothed(values: np.ndarray) -> np.ndarray:
            return gaussian_filter(_block_sums(values, side), sigma, mode="constant")

        total, count = smoothed(intensity), smoothed(self.region.astype(float))
        masks = self.black, self.white
        n_black, n_white = (_block_sums(mask.astype(float), side) for mask in masks)
        tiny = np.finfo(float).tiny
        lower, upper = 1e-4, 30 * high
        mean = np.clip(total / np.maximum(count, tiny), lower, upper)
        for _ in range(STEPS):
            below = mean + _ratio(1 / mean)
            filled = n_black * below + n_white * (high + mean)
            unknown = gaussian_filter(filled, sigma, mode="constant")
            mean = np.clip((total + unknown) / np.maximum(count, tiny), lower, upper)
        return _at_pixels(mean, side, self.level.shape, self.black | self.white)


@lru_cache(2 * DRAWS)
def quantiles(shape: tuple[int, int], height: float, number: int) -> np.ndarray:
    """Quantiles of speckle-like intensity, uniform from 0 to 1, float32 (z, x), read-only.

    Parameters
    ----------
    shape
        Rows and columns.
    height
        Height of the region in pixels, to which the speckle is in proportion.
    number
        Number of the draw. Pictures of one shape have the same, so that they need not be made anew.
    """
    random = np.random.default_rng(seed_of("speckle", *shape, number))
    sigma = [share * height for share in SPECKLE]
    power = np.zeros(shape, np.float32)
    for _ in range(2):
        field = gaussian_filter(random.standard_normal(shape, np.float32), sigma, mode="wrap")
        power += (field / _amplitude_left(sigma)) ** 2
    drawn = np.clip(-np.expm1(-power / 2), TINY, 1 - TINY)
    drawn.flags.writeable = False
    return drawn


def _ratio(ratio: np.ndarray) -> np.ndarray:
    """Mean of what lies below a threshold c, less the mean m, for c / m: -c e^-t / (1 - e^-t).

    In units of c.
    """
    return -1 / np.expm1(np.minimum(ratio, 700))


def _mean_log_below(ratio: np.ndarray) -> np.ndarray:
    """Mean logarithm of an exponential variable of mean 1 that lies below a threshold."""
    ratio = np.minimum(ratio, 700)
    small = ratio < 1e-6
    safe = np.where(small, 1, ratio)
    exact = (-np.euler_gamma - np.log(safe) * np.exp(-safe) - exp1(safe)) / -np.expm1(-safe)
    return np.where(small, np.log(ratio) - 1, exact)


def _scaled_exp1(ratio: np.ndarray) -> np.ndarray:
    """e^t E1(t), which stays finite for large t."""
    large = ratio > 500
    safe = np.where(large, 1, ratio)
    return np.where(large, 1 / ratio, np.exp(safe) * exp1(safe))


def _amplitude_left(sigma: list[float]) -> float:
    """Standard deviation of white noise of variance 1 after a Gaussian filter."""
    impulse = np.zeros([2 * int(4 * side + 1) + 1 for side in sigma])
    impulse[tuple(length // 2 for length in impulse.shape)] = 1
    return float(np.sqrt((gaussian_filter(impulse, sigma, mode="wrap") ** 2).sum()))


def _block_sums(values: np.ndarray, side: int) -> np.ndarray:
    """Sums over blocks of side x side pixels; those at the end may be smaller."""
    if side == 1:
        return values
    rows = np.add.reduceat(values, np.arange(0, values.shape[0], side), axis=0)
    return np.add.reduceat(rows, np.arange(0, values.shape[1], side), axis=1)


def _at_pixels(
    blocks: np.ndarray, side: int, shape: tuple[int, int], wanted: np.ndarray
) -> np.ndarray:
    """Values of blocks between their middles, at some pixels (z, x); one elsewhere."""
    if side == 1:
        return blocks
    values = np.ones(shape)
    places = (np.argwhere(wanted).T + 0.5) / side - 0.5
    values[wanted] = map_coordinates(blocks, places, order=1, mode="nearest")
    return values
