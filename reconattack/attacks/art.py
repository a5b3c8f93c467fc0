"""Reconstruct and classify as a black box of IBM's Adversarial Robustness Toolbox (ART).

    chunk = dict(open_frames("results/frames/simulated_rf/50x0000.nc"))
    resize = {"kernel": "bilinear", "aspect": "stretch"}
    classifier = open_classifier({}, "results/models/compact/seed-0/fold-0.onnx", resize)
    oracle = Oracle([Reconstruction(chunk["simulated_rf-000"], rows=400)], classifier)
    boxes = {"beta": [0.5, 1.3], "alpha_lower": [5, 15], "alpha_upper": [50, 60]}
    knobs = {name: {"box": box} for name, box in boxes.items()}
    space = search_space({"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}, knobs, "mine")

    victim = black_box(oracle, 0, space, cutoff=0.5)
    start = space.scaled(space.initial[np.newaxis])
    found = space.points(HopSkipJump(victim, verbose=False).generate(start))

Any of ART's attacks that asks for predictions alone can take the place of HopSkipJump.
"""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from reconattack.attacks.path import Scores
from reconattack.attacks.space import SearchSpace, decimal
from reconattack.errors import needs_extra

if TYPE_CHECKING:
    from art.estimators.classification import BlackBoxClassifier

HALF = np.float32(0.5)
LEAST_FATTY = np.nextafter(HALF, np.float32(1))
MOST_NORMAL = np.nextafter(HALF, np.float32(0))


def black_box(
    oracle: Scores, frame: int, space: SearchSpace, cutoff: float
) -> "BlackBoxClassifier":
    """One frame as ART's classifier of settings: what it takes are points of the unit box.

    Parameters
    ----------
    oracle
        (frames, parameter vectors) -> scores.
    frame
        The frame's position in the oracle.
    space
        The box, of which each free parameter becomes a number from 0 to 1 (`SearchSpace.scaled`);
        the others stay as they are.
    cutoff
        Probability from which on a frame counts as fatty.

    Returns
    -------
    art.estimators.classification.BlackBoxClassifier
        It takes float (n, free) and predicts float32 (n, 2): of class 0, normal, and of class 1,
        fatty, probabilities whose odds are divided by those of the cut-off. So the larger one is
        always the decision, and they are the classifier's own where the cut-off is 0.5. Every
        prediction is a query of the oracle; none is remembered.
    """

    def odds_of_fatty(points: np.ndarray) -> np.ndarray:
        return oracle(np.full(len(points), frame), points) - logit(cutoff)

    return box_classifier(odds_of_fatty, space)


def box_classifier(
    log_odds: Callable[[np.ndarray], np.ndarray], space: SearchSpace
) -> "BlackBoxClassifier":
    """ART's classifier of points of the unit box, (n, free), into two classes.

    `log_odds` takes points of the box itself, float64 (n, parameter), and returns those of class 1,
    (n,), which is decided from 0 on.
    """

    def predict(scaled: np.ndarray) -> np.ndarray:
        points = decimal(space.points(scaled.astype(np.float64)))
        return _two_classes(log_odds(np.clip(points, space.lower, space.upper)))

    with warnings.catch_warnings():  # that PyTorch is not installed
        warnings.simplefilter("ignore")
        with needs_extra("art"):
            from art.estimators.classification import BlackBoxClassifier  # takes seconds
    return BlackBoxClassifier(
        predict, input_shape=(int(space.free.sum()),), nb_classes=2, clip_values=(0.0, 1.0)
    )


def _two_classes(log_odds: np.ndarray) -> np.ndarray:
    """Probabilities float32 (n, 2) that rounding leaves on the side of the decision."""
    second = expit(log_odds).astype(np.float32)
    second = np.where(
        log_odds >= 0, np.maximum(second, LEAST_FATTY), np.minimum(second, MOST_NORMAL)
    )
    return np.stack([1 - second, second], axis=1)
