"""Chunks of small images."""

import numpy as np
import pytest

from reconattack.frames.chunks import write_chunk
from reconattack.frames.image import label_image


@pytest.fixture
def write_images(tmp_path):
    """Write a chunk of even grey images from (name, patient, label, grey level, scanner)."""

    def write(file, *rows):
        images = {}
        for name, patient, label, grey, scanner in rows:
            shape = (8, 10)
            image = label_image(
                np.full(shape, grey, np.uint8),
                np.ones(shape, bool),
                np.arange(8.0),
                np.arange(10.0),
            )
            image.attrs = {"patient": patient, "scanner": scanner}
            if label is not None:
                image.attrs["label"] = label
            images[name] = image
        write_chunk(tmp_path / file, images, {})
        return str(tmp_path / file)

    return write
