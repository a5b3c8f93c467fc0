"""How a B-mode image is brought to the size of a network's input, the same in training and attacks.

A resize is linear in the grey levels and separable into rows and columns, so it is two products
with sparse matrices. Networks that the run trains see images as Pillow resizes them. A brought
model declares with which library the images of its training were resized.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array

from reconattack.classifiers.resize.declaration import (
    CHOICES,
    LIBRARIES,
    TRAINED_HERE,
    resize_errors,
)
from reconattack.classifiers.resize.places import Side, sides
from reconattack.classifiers.resize.weights import pillow_weights, weights
from reconattack.classifiers.resize.whole_numbers import (
    resize_cv2,
    resize_pillow,
    resize_torchvision,
)
from reconattack.errors import InputError
from reconattack.reconstruction.passes import BLOCK, passes


@dataclass(frozen=True)
class NetworkInput:
    """The resize rule.

    Attributes
    ----------
    height, width
        Size of the network's input in pixels.
    kernel
        Interpolation, one of those of the library in `LIBRARIES`. Pillow's are antialiased when
        they shrink an image, except `nearest`.
    aspect
        `stretch`: the image fills the whole input. `pad`: the image keeps its shape, between bars.
        `crop`: the image keeps its shape and covers the input; what lies beyond is cut off.
    library
        The library whose result it is: `pillow`, `cv2` (OpenCV), `tf_image` (TensorFlow) or
        `torchvision` (PyTorch's tensors).
    antialias
        As the library's own argument; None for its default.
    crop
        (height, width), or one number for both: the image is brought to this size, of which the
        input is the middle. None for the input's own size.
    background
        Grey level of the bars.
    dtype
        Numbers that the library resized: `float32`, or `uint8`, whose result it rounds to whole
        grey levels.

    Notes
    -----
    Measured against Pillow 13.0, OpenCV 4.12 and 5.0, TensorFlow 2.21 and PyTorch 2.13 on x86-64.
    In float32 all kernels are within 0.0005 grey levels. In uint8 Pillow and PyTorch are equal,
    OpenCV is one grey level off in at most one of 1,000 pixels.
    """

    height: int
    width: int
    kernel: str = "bilinear"
    aspect: str = "stretch"
    library: str = "pillow"
    antialias: bool | None = None
    crop: int | Sequence[int] | None = None
    background: float = 0
    dtype: str = "float32"
    assumed: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.crop, list):
            object.__setattr__(self, "crop", tuple(self.crop))  # what is kept of a rule is found

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Resize uint8 (n, z, x) to float32 (n, height, width), still in grey levels 0 to 255."""
        resized = np.empty((len(images), self.height, self.width), np.float32)
        if self.dtype == "uint8":
            for image, target in zip(images, resized, strict=True):
                target[:] = self._resized_bytes(image)
            return resized
        if not self._resize_in_one_pass(images, resized):
            down, across = self.matrices(images.shape[1:])
            for image, target in zip(images, resized, strict=True):
                target[:] = down @ image.astype(np.float32, copy=False) @ across
        if self.background:
            resized[:, self.bars(images.shape[1:])] = self.background
        return resized

    def matrices(self, shape: tuple[int, int]) -> tuple[csr_array, csc_array]:
        """Matrices that resize images of a shape (z, x): down @ image @ across.

        Returns
        -------
        down, across
            float32, sparse, (height, z) and (x, width); all weights of bars are zero.
        """
        down, across = self.weights(shape)
        return down, across.T

    def bars(self, shape: tuple[int, int]) -> np.ndarray:
        """Where the input shows nothing of images of a shape, bool (height, width)."""
        rows, columns = self.sides(*shape)
        bars = np.ones((self.height, self.width), bool)
        bars[rows.shown(self.height)[1], columns.shown(self.width)[1]] = False
        return bars

    def as_settings(self) -> dict[str, Any]:
        """The rule as plain data, as in the configuration, with what was left to defaults."""
        settings = {"library": self.library, "kernel": self.kernel}
        settings |= {"antialias": self._antialiased, "aspect": self.aspect}
        if self.crop:
            settings["crop"] = self.crop if isinstance(self.crop, int) else list(self.crop)
        if self.aspect == "pad":
            settings["background"] = self.background
        return settings | {"dtype": self.dtype}

    def question(self, rows: int) -> str | None:
        """What to ask if the rule is assumed and images of a number of rows have to be resized."""
        if not self.assumed or rows == self.height:
            return None
        return (
            f"takes images of {self.height} x {self.width} pixels, the B-mode images have {rows} "
            "rows. Nothing says how the images of its training were resized, on which the speckle "
            f"depends; {self.kernel} of {self.library} is assumed. State in the model's "
            f"configuration {CHOICES}"
        )

    @property
    def _antialiased(self) -> bool:
        default, *_ = LIBRARIES[self.library][self.kernel]
        return bool(default if self.antialias is None else self.antialias)

    def _enlarges(self, rows: Side, columns: Side) -> bool:
        return any(side.filled > side.stop - side.start for side in (rows, columns))

    def weights(self, shape: tuple[int, int]) -> tuple[csr_array, csr_array]:
        """Weights of rows (height, z) and of columns (width, x) in the input's."""
        rows, columns = self.sides(*shape)
        rule = self.library, self.kernel, self._antialiased, self._enlarges(rows, columns)
        down = _placed_weights(*rule, shape[0], rows, self.height)
        return down, _placed_weights(*rule, shape[1], columns, self.width)

    def _resize_in_one_pass(self, images: np.ndarray, resized: np.ndarray) -> bool:
        """Resize uint8 (n, z, x) as `matrices` do, to the same bits; whether that is possible."""
        library = passes()
        if library is None or images.dtype != np.uint8:
            return False
        _, rows, columns = images.shape
        strip = np.empty((rows, BLOCK), np.float32)
        shrunk = np.empty((-(-self.height // BLOCK), columns, BLOCK), np.float32)
        arrays = _weight_arrays(self, (rows, columns))
        images = np.ascontiguousarray(images)
        library.resize(images, *images.shape, *arrays, strip, shrunk, resized)
        return True

    def _resized_bytes(self, image: np.ndarray) -> np.ndarray:
        rows, columns = self.sides(*image.shape)
        filled = rows.filled, columns.filled
        if image.dtype != np.uint8:
            image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
        if self.library == "pillow":
            box = columns.start, rows.start, columns.stop, rows.stop
            resized = resize_pillow(image, *filled, self.kernel, box)
        elif self.library == "cv2":
            resized = resize_cv2(image, *filled, self.kernel)
        else:
            resized = resize_torchvision(image, *filled, self.kernel, self._antialiased)
        input_ = np.full((self.height, self.width), self.background, np.float32)
        seen, places = zip(rows.shown(self.height), columns.shown(self.width), strict=True)
        input_[places] = resized[seen]
        return input_

    def sides(self, rows: int, columns: int) -> tuple[Side, Side]:
        """Where the rows and the columns of an image lie in the input."""
        crop = (self.crop, self.crop) if isinstance(self.crop, int) else self.crop
        size = self.height, self.width
        return sides(self.library, self.aspect, (rows, columns), size, crop and tuple(crop))


def network_input(height: int, width: int, resize: Mapping[str, Any] | None) -> NetworkInput:
    """The rule that brings images to a network's input.

    Parameters
    ----------
    resize
        Keys of `NetworkInput`, except the size; None if a brought model does not state them: then
        that of the networks that are trained here is assumed.

    Raises
    ------
    InputError
        If the library does not resize in this way.
    """
    if resize is None:
        return NetworkInput(height, width, **TRAINED_HERE, assumed=True)
    errors = resize_errors(resize, (height, width))
    if errors:
        raise InputError("; ".join(f"resize.{error}" for error in errors))
    return NetworkInput(height, width, **resize)


@lru_cache(maxsize=64)
def _weight_arrays(rule: NetworkInput, shape: tuple[int, int]) -> tuple[np.ndarray | int, ...]:
    """Arrays of the sparse weights of rows, then of columns, each with their number."""
    down, across = rule.weights(shape)
    return (
        *(down.indptr, down.indices, down.data, rule.height),
        *(across.indptr, across.indices, across.data, rule.width),
    )


@lru_cache(maxsize=64)
def _placed_weights(
    library: str,
    kernel: str,
    antialias: bool,
    enlarges: bool,
    source: int,
    side: Side,
    target: int,
) -> csr_array:
    """Weights of an image's pixels along one axis in the input's, float32 (target, source)."""
    placed = np.zeros((target, source), np.float32)
    seen, places = side.shown(target)
    if library == "pillow":
        whole = (side.start, side.stop) == (0, source)
        window = None if whole else (side.start, side.stop)
        placed[places] = pillow_weights(source, side.filled, kernel, window).toarray()[seen]
    else:
        start, stop = int(side.start), int(side.stop)
        made = weights(library, stop - start, side.filled, kernel, antialias, enlarges)
        placed[places, start:stop] = made.toarray()[seen]
    return csr_array(placed)
