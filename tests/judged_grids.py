"""Records of grids whose answer is known in closed form."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from reconattack.attacks.methods.grid import attack, findings
from reconattack.attacks.path import Target
from reconattack.attacks.record import record, with_unreadable
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from reconattack.storage import write_dataset

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
BOX = {
    "beta": {"box": [0.5, 1.1]},
    "alpha_lower": {"box": [5, 15]},
    "alpha_upper": {"box": [55, 60]},
}
STEPS = {"beta": 0.2, "alpha_lower": 5, "alpha_upper": 5}


class AnalyticImages:
    """An oracle whose images are parameter vectors; a change grows with the distance."""

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

    def scores(self, frame, inputs):
        (images,) = inputs
        return np.array([self.classifiers[frame](*image) for image in images], float)


def write_judged_grid(
    path: Path, frames: Mapping[str, tuple[int, Callable[[float, float, float], float] | None]]
) -> str:
    """Write the record of a grid over 4 x 3 x 2 points: beta 0.5, 0.7, 0.9, 1.1, alpha_lower 5,
    10, 15, alpha_upper 55, 60, from the setting 0.9, 10, 55.

    Frames are a label, -1 for none, and the logit at (beta, alpha_lower, alpha_upper). A frame
    whose logit is None could not be read.
    """
    space = search_space(INITIAL, BOX, "grid")
    readable = {name: frame for name, frame in frames.items() if frame[1] is not None}
    labels = np.array([label for label, _ in readable.values()], int)
    oracle = AnalyticImages([logit for _, logit in readable.values()])
    target = Target(oracle, labels, Binary(0.5))
    paths = attack(target, space, STEPS, 100)
    queries = np.array([path.queries for path in paths], int)
    found = record(paths, list(readable), space.names, queries)
    lattice = findings(paths, target, space, STEPS, 100)
    result = with_unreadable(xr.merge([found, lattice]), list(frames))
    result["label"] = "frame", np.array([label for label, _ in frames.values()], int)
    write_dataset(path, result, {})
    return str(path)
