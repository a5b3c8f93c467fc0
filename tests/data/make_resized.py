"""Write `resized.npz`: noise as OpenCV and PyTorch themselves resize it.

python -m venv env
env/bin/pip install torch==2.13.0 torchvision==0.28.0 opencv-python-headless==4.12.0.88 numpy==2.4.6
env/bin/python make_resized.py

The numbers of opencv-python-headless 5.0.0.93 are within 2e-5. Names are library / kernel /
antialias / aspect / crop / type / number of the image.
"""

from itertools import product
from pathlib import Path

import cv2
import numpy as np
import torch
from torchvision.transforms import v2

SHAPES = ((41, 61), (20, 15), (32, 48))  # the last is shrunk by whole numbers
SIZES = ((13, 18), (27, 17), (16, 12))
SQUARE = 12
CV2 = {
    "nearest": cv2.INTER_NEAREST,
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
    "lanczos4": cv2.INTER_LANCZOS4,
}
TORCH = {
    "nearest": v2.InterpolationMode.NEAREST,
    "nearest_exact": v2.InterpolationMode.NEAREST_EXACT,
    "bilinear": v2.InterpolationMode.BILINEAR,
    "bicubic": v2.InterpolationMode.BICUBIC,
}
BARS = 114


def main() -> None:
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, shape).astype(np.uint8) for shape in SHAPES]
    arrays = {f"image/{number}": image for number, image in enumerate(images)}
    for (number, image), dtype in product(enumerate(images), ("uint8", "float32")):
        typed, end = image.astype(dtype), f"{dtype}/{number}"
        height, width = SIZES[number]
        for kernel, flag in CV2.items():
            resized = cv2.resize(typed, (width, height), interpolation=flag)
            arrays[f"cv2/{kernel}/false/stretch/none/{end}"] = resized
        arrays[f"cv2/bilinear/false/pad/none/{end}"] = letterbox(typed, SQUARE)
        for kernel, antialias in product(TORCH, (False, True)):
            if kernel.startswith("nearest") and antialias:
                continue
            mode = {"interpolation": TORCH[kernel], "antialias": antialias}
            start = f"torchvision/{kernel}/{str(antialias).lower()}"
            stretch = v2.Resize((height, width), **mode)
            arrays[f"{start}/stretch/none/{end}"] = applied(stretch, typed)
            if kernel == "bilinear":
                crop = v2.Compose([v2.Resize(SQUARE, **mode), v2.CenterCrop(SQUARE)])
                larger = v2.Compose([v2.Resize(SQUARE + 5, **mode), v2.CenterCrop(SQUARE)])
                longer = v2.Resize(None, max_size=SQUARE, **mode)
                arrays[f"{start}/crop/none/{end}"] = applied(crop, typed)
                arrays[f"{start}/crop/{SQUARE + 5}/{end}"] = applied(larger, typed)
                padded = v2.Compose([longer, v2.CenterCrop(SQUARE)])
                arrays[f"{start}/pad/none/{end}"] = applied(padded, typed)
        if dtype == "float32":
            tensor = torch.from_numpy(typed)[None, None]
            area = torch.nn.functional.interpolate(tensor, (height, width), mode="area")
            arrays[f"torchvision/area/false/stretch/none/{end}"] = area[0, 0].numpy()
    np.savez_compressed(Path(__file__).parent / "resized.npz", **arrays)


def applied(transform, image: np.ndarray) -> np.ndarray:
    return transform(torch.from_numpy(image)[None])[0].numpy()


def letterbox(image: np.ndarray, side: int) -> np.ndarray:
    """The usual recipe: the longer side fills the square, grey bars fill the rest."""
    scale = min(side / image.shape[0], side / image.shape[1])
    height, width = (round(length * scale) for length in image.shape)
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    top, left = (side - height) // 2, (side - width) // 2
    bars = top, side - height - top, left, side - width - left
    return cv2.copyMakeBorder(resized, *bars, cv2.BORDER_CONSTANT, value=BARS)


if __name__ == "__main__":
    main()
