"""Chunks of small images, each of one grey level."""

import numpy as np

from reconattack.frames.chunks import write_chunk
from reconattack.frames.image import label_image

SHAPE = (8, 10)


def write_grey_images(path, *rows):
    """Write a chunk of even images from (name, patient, label, grey level, scanner)."""
    images = {}
    for name, patient, label, grey, scanner in rows:
        image = label_image(
            np.full(SHAPE, grey, np.uint8), np.ones(SHAPE, bool), np.arange(8.0), np.arange(10.0)
        )
        image.attrs = {"patient": patient, "scanner": scanner}
        if label is not None:
            image.attrs["label"] = label
        images[name] = image
    write_chunk(path, images, {})
    return str(path)
