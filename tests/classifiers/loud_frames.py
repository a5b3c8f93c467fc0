"""RF frames that a network can learn to classify: fatty livers are louder."""

import numpy as np

from reconattack.frames.frame import build_frame


def loud_frames(scanner):
    """Eight frames of noise: f0, f1, ... of patients p0, p1, ..., the odd ones fatty and loud."""
    decibels = 2 * 0.9 * 2.5 * scanner.depth(400) * 100
    random = np.random.default_rng(4)
    return {
        f"f{number}": build_frame(
            random.standard_normal((400, 24))
            * 10 ** ((20 * (number % 2) - decibels[:, np.newaxis]) / 20),
            scanner,
            f"p{number}",
            number % 2,
        )
        for number in range(8)
    }
