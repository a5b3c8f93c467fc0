"""Where each library's own functions put a resized image in an input of another shape."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageOps


class Side(NamedTuple):
    """One axis of a resized image.

    Attributes
    ----------
    start, stop
        The part of the image that is shown, in its pixels.
    filled
        Number of pixels that this part is resized to.
    before
        Position of the first of them in the network's input; negative if the input cuts them off.
    """

    start: float
    stop: float
    filled: int
    before: int

    def shown(self, target: int) -> tuple[slice, slice]:
        """The pixels of `filled` that lie in the input, and their places in it."""
        first = max(0, self.before)
        last = min(target, self.before + self.filled)
        return slice(first - self.before, last - self.before), slice(first, last)


def sides(
    library: str,
    aspect: str,
    shape: tuple[int, int],
    size: tuple[int, int],
    crop: tuple[int, int] | None = None,
) -> tuple[Side, Side]:
    """Rows and columns of an image of a shape in an input of a size, both (height, width).

    Parameters
    ----------
    library, aspect, crop
        As in `reconattack.classifiers.network_input.NetworkInput`.
    """
    inner, windows, before = crop or size, [(0, side) for side in shape], (0, 0)
    filled = cut_from = inner
    if aspect == "pad":
        filled, before = PADDED[library](shape, inner)
    elif aspect == "crop" and library in CUT_BEFORE:
        windows = CUT_BEFORE[library](shape, inner)
    elif aspect == "crop":
        filled = cut_from = _covering(library, shape, inner)
    down, across = (
        Side(*window, max(1, count), place - _cut(library, outer, target))
        for window, count, place, outer, target in zip(
            windows, filled, before, cut_from, size, strict=True
        )
    )
    return down, across


def pixel_centres(
    rule: Any | None, image: tuple[int, int], output: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Where the pixels of a model's output lie in its image.

    The output may have another size than the input; it covers the same.

    Parameters
    ----------
    rule
        How images are brought to the input (`reconattack.classifiers.network_input.NetworkInput`);
        None for their own size.
    image
        Rows and columns of the image.
    output
        Height and width of the output.

    Returns
    -------
    tuple of numpy.ndarray
        Down, (height,), and across, (width,), in pixels of the image from its upper left corner;
        outside of it where the input has bars.
    """
    size = image if rule is None else (rule.height, rule.width)
    placed = [Side(0, side, side, 0) for side in image] if rule is None else rule.sides(*image)
    down, across = (
        side.start
        + ((np.arange(count) + 0.5) * whole / count - side.before)
        * ((side.stop - side.start) / side.filled)
        for side, whole, count in zip(placed, size, output, strict=True)
    )
    return down, across


def _cut(library: str, filled: int, target: int) -> int:
    """Pixels before the middle: as CenterCrop of torchvision, else as that of Keras."""
    half = (filled - target) / 2
    return round(half) if library in ("torchvision", "pillow") else int(half)


def _pillow_pad(shape: Sequence[int], size: Sequence[int]) -> tuple:
    """`ImageOps.pad`."""
    image = Image.new("1", (shape[1], shape[0]))
    width, height = ImageOps.contain(image, (size[1], size[0])).size
    return (height, width), (round((size[0] - height) / 2), round((size[1] - width) / 2))


def _tf_pad(shape: Sequence[int], size: Sequence[int]) -> tuple:
    """`tf.image.resize_with_pad`."""
    sides, targets = np.float32(shape), np.float32(size)
    resized = sides / (sides / targets).max()
    before = np.maximum(np.floor((targets - resized) / 2), 0)
    return tuple(map(int, resized)), tuple(map(int, before))


def _cv2_pad(shape: Sequence[int], size: Sequence[int]) -> tuple:
    """The usual letterbox of `cv2.resize` and `cv2.copyMakeBorder`."""
    scale = min(target / side for side, target in zip(shape, size, strict=True))
    filled = tuple(round(side * scale) for side in shape)
    return filled, tuple((target - side) // 2 for side, target in zip(filled, size, strict=True))


def _torchvision_pad(shape: Sequence[int], size: Sequence[int]) -> tuple:
    """`Resize` of the longer side, and `CenterCrop`, which pads what is smaller."""
    filled = _scaled(shape, size, min)
    return filled, tuple((target - side) // 2 for side, target in zip(filled, size, strict=True))


PADDED = {
    "pillow": _pillow_pad,
    "tf_image": _tf_pad,
    "cv2": _cv2_pad,
    "torchvision": _torchvision_pad,
}


def _scaled(shape: Sequence[int], size: Sequence[int], limit: Callable) -> tuple[int, int]:
    """One side as in `size`, the other cut to a whole number, as of torchvision's `Resize`."""
    scales = [target / side for side, target in zip(shape, size, strict=True)]
    bound = scales.index(limit(scales))
    other = int(size[bound] * shape[1 - bound] / shape[bound])
    return (size[0], other) if bound == 0 else (other, size[1])


def _covering(library: str, shape: Sequence[int], size: Sequence[int]) -> tuple[int, int]:
    if library == "torchvision":
        return _scaled(shape, size, max)
    scale = max(target / side for side, target in zip(shape, size, strict=True))
    return tuple(round(side * scale) for side in shape)


def _fit(shape: Sequence[int], size: Sequence[int]) -> list[tuple[float, float]]:
    """`ImageOps.fit`: the part in the middle that has the shape of `size`, in parts of a pixel."""
    ratio = size[1] / size[0]
    rows, columns = shape
    if columns / rows >= ratio:
        kept = rows, (columns if columns / rows == ratio else ratio * rows)
    else:
        kept = columns / ratio, columns
    starts = [(side - part) * 0.5 for side, part in zip(shape, kept, strict=True)]
    return [(start, start + part) for start, part in zip(starts, kept, strict=True)]


def _smart(shape: Sequence[int], size: Sequence[int]) -> list[tuple[int, int]]:
    """Keras' `smart_resize` and `crop_to_aspect_ratio`: the same in whole pixels."""
    rows, columns = shape
    kept = (
        max(min(rows, int(float(columns * size[0]) / size[1])), 1),
        max(min(columns, int(float(rows * size[1]) / size[0])), 1),
    )
    starts = [int((side - part) / 2) for side, part in zip(shape, kept, strict=True)]
    return [(start, start + part) for start, part in zip(starts, kept, strict=True)]


CUT_BEFORE = {"pillow": _fit, "tf_image": _smart}  # the others cut after they have resized
