"""Resizes of 8-bit images in the whole numbers that Pillow, OpenCV and PyTorch compute with.

Pillow does its own. The others are those of their builds for x86-64: OpenCV's fixed point of 11
bits, with bicubic images rounded from floating point; PyTorch's fixed point of up to 15 bits.
"""

from functools import lru_cache

import numpy as np
from PIL import Image
from scipy.sparse import csr_array

from reconattack.classifiers.resize.weights import (
    PILLOW,
    Taps,
    cv2_taps,
    matrix,
    torchvision_taps,
    weights,
)

BITS = 11  # of OpenCV's weights
LARGEST = 1 << 15  # PyTorch's weights are 16-bit numbers with a sign
ONE = np.float32(1)


def resize_pillow(
    image: np.ndarray, height: int, width: int, kernel: str, box: tuple[float, ...]
) -> np.ndarray:
    """A box (left, top, right, bottom) of an 8-bit image, resized by Pillow, uint8."""
    return np.asarray(Image.fromarray(image).resize((width, height), PILLOW[kernel], box=box))


def resize_cv2(image: np.ndarray, height: int, width: int, kernel: str) -> np.ndarray:
    """An 8-bit image as `cv2.resize` gives it, (height, width)."""
    rows, columns = image.shape
    enlarges = height > rows or width > columns
    whole = rows % height == columns % width == 0
    if kernel in ("bilinear", "area") and (rows, columns) == (2 * height, 2 * width):
        return (_sums(image, height, width) + 2) // 4
    if kernel == "area" and whole:
        share = ONE / np.float32(rows * columns // (height * width))
        return np.rint(_sums(image, height, width).astype(np.float32) * share)
    if kernel in ("nearest", "bicubic") or (kernel == "area" and not enlarges):
        down = weights("cv2", rows, height, kernel, False, enlarges)
        across = weights("cv2", columns, width, kernel, False, enlarges)
        return np.clip(np.rint(down @ image.astype(np.float32) @ across.T), 0, 255)
    places, values = _of_11_bits(rows, height, kernel, enlarges)
    shrunk = image @ matrix(_of_11_bits(columns, width, kernel, enlarges), columns).T
    if kernel == "lanczos4":
        return np.clip(np.rint(matrix((places, values), rows) @ shrunk / 4**BITS), 0, 255)
    above, below = (shrunk[np.clip(places[:, tap], 0, rows - 1)] for tap in (0, 1))
    above, below = (
        np.floor(values[:, [tap]] * np.floor(row / 16) / 65536)
        for tap, row in enumerate((above, below))
    )
    return np.clip((above + below + 2) // 4, 0, 255)


def _of_11_bits(source: int, target: int, kernel: str, enlarges: bool) -> Taps:
    places, values = cv2_taps(source, target, kernel, enlarges, real=np.float32)
    return places, np.rint(values * 2.0**BITS)


def resize_torchvision(
    image: np.ndarray, height: int, width: int, kernel: str, antialias: bool
) -> np.ndarray:
    """An 8-bit image as PyTorch resizes tensors of type uint8, (height, width)."""
    rows, columns = image.shape
    if kernel.startswith("nearest"):
        down = weights("torchvision", rows, height, kernel, False, False)
        return down @ image @ weights("torchvision", columns, width, kernel, False, False).T
    across = _of_16_bits(columns, width, kernel, antialias)
    return _shifted(_of_16_bits(rows, height, kernel, antialias), _shifted(across, image.T).T)


@lru_cache(maxsize=64)
def _of_16_bits(source: int, target: int, kernel: str, antialias: bool) -> tuple[csr_array, int]:
    """Weights as whole numbers, and the power of two that they are multiples of 1 by."""
    made = matrix(torchvision_taps(source, target, kernel, antialias, np.float64), source)
    bits = 0
    while bits < 22 and int(0.5 + made.data.max() * 2 ** (bits + 1)) < LARGEST:
        bits += 1
    made.data = np.trunc(made.data * 2.0**bits + np.copysign(0.5, made.data))
    return made, bits


def _shifted(weights_and_bits: tuple[csr_array, int], image: np.ndarray) -> np.ndarray:
    made, bits = weights_and_bits
    return np.clip((made @ image.astype(float) + 2 ** (bits - 1)) // 2**bits, 0, 255)


def _sums(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Sums over the tiles of equal size that become a pixel each, int (height, width)."""
    rows, columns = image.shape
    tiles = image.reshape(height, rows // height, width, columns // width)
    return tiles.sum(axis=(1, 3), dtype=int)
