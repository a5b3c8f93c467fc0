"""Resizing of B-mode images to a network's input, the same in training and attacks.

The resize is Pillow's. It is linear in the grey levels and separable into rows and columns, so it
is two products with sparse matrices. Pillow itself makes the matrices by resizing an identity.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageOps
from scipy.sparse import csc_array, csr_array

KERNELS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


@dataclass(frozen=True)
class NetworkInput:
    """The resize rule.

    Attributes
    ----------
    height, width
        Size of the network's input in pixels.
    kernel
        `bilinear` and `bicubic` are antialiased when they shrink an image, `nearest` is not.
    aspect
        `stretch`: the image fills the whole input. `pad`: the image keeps its shape, between black
        bars.
    """

    height: int
    width: int
    kernel: str = "bilinear"
    aspect: str = "stretch"

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Resize uint8 (n, z, x) to float32 (n, height, width), still in grey levels 0 to 255."""
        down, across = self.matrices(images.shape[1:])
        resized = np.empty((len(images), self.height, self.width), np.float32)
        for image, target in zip(images, resized, strict=True):
            target[:] = down @ image.astype(np.float32, copy=False) @ across
        return resized

    def matrices(self, shape: tuple[int, int]) -> tuple[csr_array, csc_array]:
        """Matrices that resize images of a shape (z, x): down @ image @ across.

        Returns
        -------
        down, across
            float32, sparse, (height, z) and (x, width); all weights of black bars are zero.
        """
        height, width = self._filled(*shape)
        down = _weights(shape[0], height, self.height, self.kernel)
        return down, _weights(shape[1], width, self.width, self.kernel).T

    def _filled(self, rows: int, columns: int) -> tuple[int, int]:
        """Height and width, within the input, that an image of a shape fills."""
        if self.aspect == "stretch":
            return self.height, self.width
        size = self.width, self.height
        width, height = ImageOps.contain(Image.new("1", (columns, rows)), size).size
        return height, width


@lru_cache(maxsize=64)
def _weights(source: int, filled: int, target: int, kernel: str) -> csr_array:
    """Weights of an image's pixels along one axis in those of the input, float32 (target, source).

    The image fills the middle `filled` pixels of `target`.
    """
    identity = Image.fromarray(np.eye(source, dtype=np.float32))
    weights = np.zeros((target, source), np.float32)
    before = round((target - filled) / 2)
    weights[before : before + filled] = identity.resize((source, filled), KERNELS[kernel])
    return csr_array(weights)
