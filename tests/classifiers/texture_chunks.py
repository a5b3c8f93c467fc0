"""Chunks that a texture classifier can learn to classify."""

import numpy as np

from reconattack.frames.chunks import write_chunk
from reconattack.frames.frame import build_frame, unreadable_frame
from reconattack.frames.image import label_image

SHAPE = (48, 60)


def write_texture_chunks(folder, scanner):
    """Write pictures and RF frames whose class is that of their fading with depth.

    Gives the chunks of images, those of frames, and the frames by name.
    """
    random = np.random.default_rng(7)
    sector = np.ones(SHAPE, bool)
    sector[:, :4] = False
    images, frames = {}, {}
    for number in range(24):
        label = number % 2
        slope = 60 * label * np.linspace(1, -1, SHAPE[0])[:, np.newaxis]
        grey = np.clip(120 + slope + 30 * random.standard_normal(SHAPE), 0, 255)
        image = label_image((grey * sector).astype(np.uint8), sector)
        image.attrs = {"patient": f"i{number}", "scanner": "a", "label": label}
        images[f"image{number}"] = image
    depth = 2 * scanner.center_frequency / 1e6 * scanner.depth(400) * 100
    for number in range(24):
        samples = random.standard_normal((400, 24))
        samples *= 10 ** (-depth[:, np.newaxis] * (0.9 + 0.15 * (number % 2)) / 20)
        frames[f"frame{number}"] = build_frame(
            samples, scanner, f"r{number // 2}-{number % 2}", number % 2
        )
    frames["broken"] = unreadable_frame("truncated", "convex", "broken", 1)
    write_chunk(folder / "images.nc", images, {})
    write_chunk(folder / "frames.nc", frames, {})
    return [str(folder / "images.nc")], [str(folder / "frames.nc")], frames
