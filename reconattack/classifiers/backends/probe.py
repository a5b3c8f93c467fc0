"""A first test of a brought model: whether it classifies images, and the same way each time."""

import logging

import numpy as np
from scipy.special import expit

from reconattack.classifiers.classifier import Classifier
from reconattack.errors import InputError

log = logging.getLogger(__name__)

SEED = 0
SIZE = (96, 128)
NAMES = ("black", "white", "noise", "dark noise", "a gradient")
TOLERANCE = 1e-5


def probe(classifier: Classifier) -> dict:
    """Let a model classify five images: in one batch, in a batch again, and one by one.

    Returns
    -------
    dict
        Plain data: the lowest and highest `probability`, whether the model `repeats` exactly, the
        largest differences between the two batches and between batch and single images, and the
        number of `saturated` probabilities.

    Raises
    ------
    InputError
        If the model fails, or its output for an image depends on time or on the rest of the batch.
    """
    images = probe_images()
    logits = classifier.logits(images)
    again = classifier.logits(images)
    alone = np.concatenate([classifier.logits(image[np.newaxis]) for image in images])
    differences = {
        "when asked again": _difference(logits, again),
        "alone instead of in a batch": _difference(logits, alone),
    }
    for when, difference in differences.items():
        if difference > TOLERANCE:
            raise InputError(
                f"model {classifier.name}: the probability of an image differs by up to "
                f"{difference:.2g} {when}; expected {TOLERANCE:g} at most. Is dropout or batch "
                "normalisation in training mode?"
            )
    _warn(classifier, logits, (logits == again).all())
    probabilities = expit(logits)
    return {
        "images": len(images),
        "probability": [float(f"{p:.6g}") for p in (probabilities.min(), probabilities.max())],
        "repeats": bool((logits == again).all()),
        "largest_difference_again": float(f"{differences['when asked again']:.2g}"),
        "largest_difference_alone": float(f"{differences['alone instead of in a batch']:.2g}"),
        "saturated": f"{classifier.saturated} of {classifier.images}",
    }


def probe_images() -> np.ndarray:
    """Five pictures, uint8 (5, z, x), in the order of `NAMES`."""
    random = np.random.default_rng(SEED)
    return np.stack(
        [
            np.zeros(SIZE, np.uint8),
            np.full(SIZE, 255, np.uint8),
            random.integers(0, 256, SIZE, np.uint8),
            random.integers(0, 80, SIZE, np.uint8),
            np.linspace(200, 20, SIZE[0])[:, np.newaxis].repeat(SIZE[1], 1).astype(np.uint8),
        ]
    )


def _difference(logits: np.ndarray, others: np.ndarray) -> float:
    return float(np.abs(expit(logits) - expit(others)).max())


def _warn(classifier: Classifier, logits: np.ndarray, repeats: bool) -> None:
    for name, probability in zip(NAMES, expit(logits), strict=True):
        log.info("model %s: %s gives the probability %.6g", classifier.name, name, probability)
    if np.ptp(logits) == 0:
        log.warning(
            "model %s says the same of every image: is its input scaled as it was trained?",
            classifier.name,
        )
    elif classifier.output.form == "logit" and logits.min() >= 0 and logits.max() <= 1:
        log.warning(
            "model %s: every logit lies between 0 and 1; if it is a probability, declare output: "
            "probability",
            classifier.name,
        )
    if not repeats:
        log.warning("model %s does not repeat to the last bit", classifier.name)
