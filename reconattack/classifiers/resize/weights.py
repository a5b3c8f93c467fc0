"""Weights of pixels along one axis, as Pillow, OpenCV, TensorFlow and PyTorch resize an image.

Every resize here is linear in the grey levels and separable into rows and columns. Positions are
rounded where the library rounds them: between 8-bit pixels a difference of 1e-5 pixels is visible.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image
from scipy.sparse import csr_array

from reconattack.classifiers.resize.declaration import LIBRARIES

PILLOW = {kernel: Image.Resampling[kernel.upper()] for kernel in LIBRARIES["pillow"]}
F32 = np.float32
TABLE = 1024  # steps of a pixel in TensorFlow's table of cubic weights
Taps = tuple[np.ndarray, np.ndarray]  # positions and weights, both (target, tap)


@lru_cache(maxsize=64)
def pillow_weights(
    source: int, target: int, kernel: str, window: tuple[float, float] | None = None
) -> csr_array:
    """Weights of `source` pixels in `target` ones, float32 (target, source).

    Pillow itself makes them by resizing an identity. `window` is the part of the source that fills
    the target, in pixels.
    """
    identity = Image.fromarray(np.eye(source, dtype=F32))
    box = (0, window[0], source, window[1]) if window else None
    return csr_array(np.asarray(identity.resize((source, target), PILLOW[kernel], box=box)))


@lru_cache(maxsize=64)
def weights(
    library: str, source: int, target: int, kernel: str, antialias: bool, enlarges: bool
) -> csr_array:
    """Weights of `source` pixels in `target` ones, float32 (target, source).

    Parameters
    ----------
    library
        `cv2`, `tf_image` or `torchvision`.
    enlarges
        Whether the resize enlarges the image along one of its two axes; OpenCV's `area` is then
        another method.
    """
    if library == "cv2":
        taps = cv2_taps(source, target, kernel, enlarges)
    elif library == "tf_image":
        taps = _tf_image(source, target, kernel, antialias)
    else:
        taps = torchvision_taps(source, target, kernel, antialias)
    return matrix(taps, source)


def matrix(taps: Taps, source: int) -> csr_array:
    """Positions and weights as a sparse matrix (target, source).

    A position beyond the source is that of its outermost pixel.
    """
    places, values = taps
    rows = np.repeat(np.arange(len(places)), places.shape[1])
    columns = np.clip(places, 0, source - 1).ravel()
    made = csr_array((values.ravel(), (rows, columns)), shape=(len(places), source))
    made.sum_duplicates()
    made.eliminate_zeros()
    return made


# OpenCV


def cv2_taps(
    source: int, target: int, kernel: str, enlarges: bool, real: type | None = None
) -> Taps:
    """OpenCV's weights; `real` is the type of its positions, by default that for float images."""
    scale = 1 / (target / source)
    number = np.arange(target)
    if kernel == "nearest":
        return _alone(np.minimum(np.floor(number * scale), source - 1))
    if kernel == "area" and not enlarges:
        edges = np.arange(target + 1) * (source / target)
        return _overlap(source, edges[:-1], edges[1:], source / target)
    if kernel == "area":
        first = np.floor(number * scale).astype(int)
        after = (number + 1 - (first + 1) * (target / source)).astype(F32)
        return _two(first, np.where(after <= 0, F32(0), after - np.floor(after)))
    if real is None:
        real = F32 if kernel == "lanczos4" else float
    place = ((number + 0.5) * scale - 0.5).astype(real)
    first = np.floor(place).astype(int)
    after = (place - first.astype(real)).astype(F32)
    if kernel == "bilinear":
        return _two(first, after)
    if kernel == "bicubic":
        return first[:, np.newaxis] + np.arange(-1, 3), _cubic(after, F32(-0.75))
    return first[:, np.newaxis] + np.arange(-3, 5), _lanczos4(after)


def _alone(place: np.ndarray) -> Taps:
    places = place.astype(int)[:, np.newaxis]
    return places, np.ones(places.shape, F32)


def _two(first: np.ndarray, after: np.ndarray) -> Taps:
    one = after.dtype.type(1)
    return first[:, np.newaxis] + np.arange(2), np.stack([one - after, after], axis=1)


def _cubic(after: np.ndarray, a: np.floating) -> np.ndarray:
    """Keys' cubic weights (target, 4) of four pixels; `after` is the way from the second one."""
    before = 1 - after
    outer = ((a * (after + 1) - 5 * a) * (after + 1) + 8 * a) * (after + 1) - 4 * a
    inner = [((a + 2) * x - (a + 3)) * x * x + 1 for x in (after, before)]
    return np.stack([outer, *inner, 1 - outer - inner[0] - inner[1]], axis=1)


def _lanczos4(after: np.ndarray) -> np.ndarray:
    distance = after[:, np.newaxis].astype(float) - np.arange(-3, 5)
    values = (np.sinc(distance) * np.sinc(distance / 4)).astype(F32)
    return values / values.sum(axis=1, keepdims=True)


def _overlap(source: int, starts: np.ndarray, stops: np.ndarray, scale: float) -> Taps:
    """Each pixel counts by how much of it lies between a start and its stop, both (target,)."""
    first = np.floor(starts).astype(int)
    last = np.ceil(stops).astype(int)
    places = first[:, np.newaxis] + np.arange((last - first).max())
    starts, stops = starts[:, np.newaxis], stops[:, np.newaxis]
    values = np.minimum(places + 1, stops) - np.maximum(places, starts)
    values = np.where((places < starts) & (places + 1 > stops), scale, values)
    values = np.where(places < last[:, np.newaxis], np.maximum(values, 0), 0)
    return places, (values / scale).astype(F32)


# TensorFlow


def _tf_image(source: int, target: int, kernel: str, antialias: bool) -> Taps:
    scale = F32(source) / F32(target)
    number = np.arange(target, dtype=F32)
    place = (number + F32(0.5)) * scale
    if kernel == "nearest":
        return _alone(np.minimum(np.floor(place), source - 1))
    if kernel == "area":
        return _overlap(source, number * scale, (number + 1) * scale, scale)
    if kernel in ("bilinear", "bicubic") and not antialias:
        place = place - F32(0.5)
        first = np.floor(place).astype(int)
        after = place - first.astype(F32)
        if kernel == "bilinear":
            return _two(np.maximum(first, 0), np.where(first < 0, F32(0), after))
        return _tabled_cubic(first, after, source)
    return _spans(source, target, *SPANNED[kernel], antialias)


def _tabled_cubic(first: np.ndarray, after: np.ndarray, source: int) -> Taps:
    """Cubic weights from a table; pixels beyond the border have none."""
    step = np.rint(after * F32(TABLE)).astype(int)
    values = _cubic((step / TABLE).astype(F32), F32(-0.5))
    places = first[:, np.newaxis] + np.arange(-1, 3)
    values = np.where((places >= 0) & (places < source), values, F32(0))
    return places, values / values.sum(axis=1, keepdims=True)


def _spans(source: int, target: int, radius: float, shape: Callable, antialias: bool) -> Taps:
    """Weights of a kernel around each place, as of `tf.raw_ops.ScaleAndTranslate`."""
    inverse = F32(1) / (F32(target) / F32(source))
    width = max(inverse, F32(1)) if antialias else F32(1)
    place = (np.arange(target, dtype=F32) + F32(0.5)) * inverse
    reach = F32(radius) * width
    first = np.maximum(np.ceil(place - reach - F32(0.5)).astype(int), 0)
    last = np.minimum(np.floor(place + reach - F32(0.5)).astype(int), source - 1)
    places = first[:, np.newaxis] + np.arange((last - first).max() + 1)
    distance = (places.astype(F32) + F32(0.5) - place[:, np.newaxis]) * (F32(1) / width)
    values = np.where(places <= last[:, np.newaxis], shape(np.abs(distance)), 0).astype(F32)
    return places, values / values.sum(axis=1, keepdims=True)


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(1 - x, 0)


def _keys(x: np.ndarray, a: float = -0.5) -> np.ndarray:
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def _mitchell(x: np.ndarray) -> np.ndarray:
    near = ((7 * x / 6 - 2) * x) * x + 16 / 18
    far = ((-7 * x / 18 + 2) * x - 10 / 3) * x + 16 / 9
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _gaussian(x: np.ndarray, radius: float = 1.5) -> np.ndarray:
    return np.where(x < radius, np.exp(-(x**2) / (2 * (radius / 3) ** 2)), 0)


def _lanczos(radius: float) -> Callable:
    return lambda x: np.where(x > radius, 0, np.sinc(x) * np.sinc(x / radius))


SPANNED = {
    "bilinear": (1.0, _triangle),
    "bicubic": (2.0, _keys),
    "mitchellcubic": (2.0, _mitchell),
    "gaussian": (1.5, _gaussian),
    "lanczos3": (3.0, _lanczos(3.0)),
    "lanczos5": (5.0, _lanczos(5.0)),
}


# PyTorch


def torchvision_taps(
    source: int, target: int, kernel: str, antialias: bool, real: type = F32
) -> Taps:
    """PyTorch's weights, computed in `real`: float32 for float images, float64 for 8-bit ones."""
    scale = real(source) / real(target)
    number = np.arange(target).astype(real)
    if kernel == "nearest":
        return _alone(np.minimum(np.floor(number * scale), source - 1))
    if kernel == "nearest_exact":
        return _alone(np.minimum(np.floor((number + real(0.5)) * scale), source - 1))
    if kernel == "area":
        return _windows(source, target)
    if antialias:
        return _antialiased(source, scale * (number + real(0.5)), scale, *ANTIALIASED[kernel])
    # One rounding, as of the fused instruction in PyTorch's own builds.
    place = (np.float64(scale) * (number + real(0.5)) - 0.5).astype(real)
    if kernel == "bilinear":
        place = np.maximum(place, real(0))
    first = np.floor(place).astype(int)
    after = place - first.astype(real)
    if kernel == "bilinear":
        return _two(first, after)
    return first[:, np.newaxis] + np.arange(-1, 3), _cubic(after, real(-0.75))


def _windows(source: int, target: int) -> Taps:
    """Whole pixels of the window that each target pixel touches count the same."""
    number = np.arange(target)
    first, stop = number * source // target, -(-(number + 1) * source // target)
    places = first[:, np.newaxis] + np.arange((stop - first).max())
    inside = places < stop[:, np.newaxis]
    return places, (inside / (stop - first)[:, np.newaxis]).astype(F32)


def _antialiased(
    source: int, place: np.ndarray, scale: np.floating, radius: int, shape: Callable
) -> Taps:
    """Weights of a kernel around each place, (target,), as wide as a target pixel at least."""
    real = type(scale)
    width = max(scale, real(1))
    reach = real(radius) * width
    first = np.maximum((place - reach + real(0.5)).astype(int), 0)
    stop = np.minimum((place + reach + real(0.5)).astype(int), source)
    places = first[:, np.newaxis] + np.arange((stop - first).max())
    distance = (places - place[:, np.newaxis] + real(0.5)) * (real(1) / width)
    values = np.where(places < stop[:, np.newaxis], shape(np.abs(distance)), 0)
    return places, (values / values.sum(axis=1, keepdims=True)).astype(real)


ANTIALIASED = {"bilinear": (1, _triangle), "bicubic": (2, _keys)}
