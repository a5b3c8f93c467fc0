"""What a configuration may say of a resize, and what the library that it names cannot do."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

TRAINED_HERE = {"kernel": "bilinear", "aspect": "stretch"}  # as in config.yaml
KEYS = ("library", "kernel", "antialias", "aspect", "crop", "background", "dtype")
ASPECTS = ("stretch", "pad", "crop")
DTYPES = ("float32", "uint8")
EITHER, NEVER, ALWAYS = (False, True), (False,), (True,)
STATED = (None, False, True)  # None stands first: the library's default changed, so it is asked for
# Values of antialias that a library's own call takes with a kernel, its default first.
LIBRARIES = {
    "pillow": {
        "nearest": NEVER,
        **dict.fromkeys(("box", "bilinear", "hamming", "bicubic", "lanczos"), ALWAYS),
    },
    "cv2": dict.fromkeys(("nearest", "bilinear", "bicubic", "area", "lanczos4"), NEVER),
    "tf_image": {
        **dict.fromkeys(("nearest", "bilinear", "bicubic", "area"), EITHER),
        **dict.fromkeys(("lanczos3", "lanczos5", "gaussian", "mitchellcubic"), EITHER),
    },
    "torchvision": {
        **{"nearest": EITHER, "nearest_exact": EITHER, "area": NEVER},
        **{"bilinear": STATED, "bicubic": STATED},
    },
}
CHOICES = (
    "resize: {library: ..., kernel: ...} as in its training, from "
    + "; ".join(f"{library}: {', '.join(kernels)}" for library, kernels in LIBRARIES.items())
    + "; with antialias: true or false for torchvision, and aspect: pad or crop if it was not "
    "stretched (docs/your-data.md, Resize)"
)


def resize_errors(resize: Mapping[str, Any], size: Sequence[int] | None = None) -> list[str]:
    """What a declared resize says that its library does not do, each line after its key.

    `size` is (height, width) of the model's input, if it is known.
    """
    unknown = sorted(set(resize) - set(KEYS))
    if unknown:
        return [f"{', '.join(unknown)}: unknown; expected some of {', '.join(KEYS)}"]
    library = resize.get("library", "pillow")
    if library not in LIBRARIES:
        return [f"library: found {library!r}; expected one of {', '.join(LIBRARIES)}"]
    kernel, kernels = resize.get("kernel", "bilinear"), LIBRARIES[library]
    if kernel not in kernels:
        return [f"kernel: found {kernel!r}; expected one of {library}: {', '.join(kernels)}"]
    return [
        *_antialias_errors(library, kernel, resize.get("antialias")),
        *_size_errors(resize, size),
        *_dtype_errors(library, kernel, resize.get("dtype", "float32")),
    ]


def _antialias_errors(library: str, kernel: str, antialias: bool | None) -> list[str]:
    allowed = LIBRARIES[library][kernel]
    if antialias is None and allowed == STATED:
        return [
            f"antialias: not stated; expected true or false for {kernel} of torchvision, whose "
            "default differs between its versions"
        ]
    if antialias in (None, *allowed):
        return []
    instead = {
        "pillow": "Pillow always antialiases, except nearest: leave antialias out",
        "cv2": "OpenCV does not antialias: leave antialias out, or take kernel: area",
        "torchvision": "PyTorch does not antialias this kernel: leave antialias out",
    }
    return [f"antialias: found {str(antialias).lower()} with {kernel}; {instead[library]}"]


def _size_errors(resize: Mapping[str, Any], size: Sequence[int] | None) -> list[str]:
    errors = []
    aspect, crop = resize.get("aspect", "stretch"), resize.get("crop")
    if aspect not in ASPECTS:
        errors.append(f"aspect: found {aspect!r}; expected one of {', '.join(ASPECTS)}")
    if resize.get("background") and aspect != "pad":
        errors.append(
            f"background: found {resize['background']} with aspect {aspect}, which has no bars; "
            "expected aspect: pad"
        )
    if crop is not None and size is not None and np.any(np.less(crop, size)):
        errors.append(f"crop: found {crop}; expected at least the input's size, {list(size)}")
    return errors


def _dtype_errors(library: str, kernel: str, dtype: str) -> list[str]:
    if dtype not in DTYPES:
        return [f"dtype: found {dtype!r}; expected one of {', '.join(DTYPES)}"]
    if dtype == "uint8" and library == "tf_image":
        return ["dtype: found uint8; tf.image.resize gives float32 for every image: leave it out"]
    if dtype == "uint8" and (library, kernel) == ("torchvision", "area"):
        return ["dtype: found uint8; PyTorch has area for float32 alone: leave it out"]
    return []
