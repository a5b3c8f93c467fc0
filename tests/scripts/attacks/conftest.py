"""Frames of noise to attack, and the fold that judges some of them."""

import numpy as np
import pandas as pd
import pytest

from reconattack.frames.frame import build_frame


@pytest.fixture
def noise_frames(convex_scanner):
    """Attenuated noise, 300 samples and 24 lines: a frame for each (label, loudness)."""

    def build(*kinds):
        decibels = 2 * 0.9 * convex_scanner.center_frequency / 1e6 * convex_scanner.depth(300) * 100
        random = np.random.default_rng(3)
        return {
            f"f{number}": build_frame(
                loudness * random.standard_normal((300, 24)) * 10 ** (-decibels[:, None] / 20),
                convex_scanner,
                f"p{number}",
                label,
            )
            for number, (label, loudness) in enumerate(kinds)
        }

    return build


@pytest.fixture
def labelled_noise(noise_frames):
    """Frames f0, f1, f2 of labels 1, 0 and none."""
    return noise_frames((1, 1), (0, 1), (None, 1))


@pytest.fixture
def fold_of(tmp_path):
    """The inputs of a job whose fold judges some frames; None: all frames, without folds."""

    def write(judged):
        if judged is None:
            return {"folds": [], "fold": "all"}
        path = tmp_path / "folds.csv"
        pd.DataFrame({"frame": sorted(judged), "patient": "p", "fold": "0"}).to_csv(
            path, index=False
        )
        return {"folds": [str(path)], "fold": "0"}

    return write
