"""Chunks of small images, and grids whose answer is known in closed form."""

import numpy as np
import pytest
import xarray as xr

from reconattack.attacks.methods.grid import attack, lattice_record
from reconattack.attacks.record import record, with_unreadable
from reconattack.attacks.space import search_space
from reconattack.frames.chunks import write_chunk
from reconattack.frames.image import label_image
from reconattack.storage import write_dataset

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOX = {
    "beta": {"box": [0.5, 1.1]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [55, 60]},
}
STEPS = {"beta": 0.2, "alpha_lower": 5, "alpha_upper": 5}


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


class AnalyticImages:
    """Images are parameter vectors; what they change is told from how far these went."""

    def __init__(self, classifiers):
        self.classifiers = classifiers

    def images(self, frame, parameters):
        return parameters

    def changes(self, frame, original, images):
        """Grey levels by beta, white by alpha_upper, black by alpha_lower; at the start 0.01."""
        beta, lower, upper = (images - original).T
        return np.column_stack([np.abs(100 * beta), 0.01 - 0.02 * upper, 0.01 + 0.02 * lower])

    def inputs(self, frame, parameters, images):
        return (images,)

    def judge(self, frame, inputs):
        (images,) = inputs
        return np.array([self.classifiers[frame](*image) for image in images], float)


@pytest.fixture
def judged_grid(tmp_path):
    """Write the record of a grid over 4 x 3 x 2 points: beta 0.5, 0.7, 0.9, 1.1, alpha_lower 5,
    10, 15, alpha_upper 55, 60, from the setting 0.9, 10, 55.

    Frames are a label, -1 for none, and the logit at (beta, alpha_lower, alpha_upper); a frame
    whose logit is None could not be read.
    """

    def write(file, **frames):
        space = search_space(INITIAL, BOX, "grid")
        readable = {name: frame for name, frame in frames.items() if frame[1] is not None}
        labels = np.array([label for label, _ in readable.values()], int)
        oracle = AnalyticImages([logit for _, logit in readable.values()])
        paths = attack(oracle, labels, space, 0.5, STEPS, 100)
        queries = np.array([path.queries for path in paths], int)
        found = record(paths, list(readable), space.names, queries)
        result = with_unreadable(
            xr.merge([found, lattice_record(paths, space, STEPS, 100)]), list(frames)
        )
        result["label"] = "frame", np.array([label for label, _ in frames.values()], int)
        write_dataset(tmp_path / file, result, {})
        return str(tmp_path / file)

    return write
