"""How a B-mode image is brought to a network's input: one rule, shared by training and attack."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

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
        `bilinear` and `bicubic` are antialiased where they shrink, `nearest` is not.
    aspect
        `stretch` fills the input whatever the image's shape; `pad` keeps the shape between black
        bars.
    """

    height: int
    width: int
    kernel: str = "bilinear"
    aspect: str = "stretch"

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Resize uint8 (n, z, x) to float32 (n, height, width), still in grey levels 0 to 255."""
        return np.stack([self._resize(image) for image in images])

    def _resize(self, image: np.ndarray) -> np.ndarray:
        picture = Image.fromarray(image).convert("F")
        size, kernel = (self.width, self.height), KERNELS[self.kernel]
        if self.aspect == "stretch":
            return np.asarray(picture.resize(size, kernel))
        return np.asarray(ImageOps.pad(picture, size, kernel))
