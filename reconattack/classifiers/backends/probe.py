"""A first test of a brought model: whether it classifies images, and the same way each time."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.special import expit

from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.decisions.declared import decision_of
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.network_input import NetworkInput
from reconattack.errors import InputError

log = logging.getLogger(__name__)

SEED = 0
SIZE = (96, 128)
NAMES = ("black", "white", "noise", "dark noise", "a gradient")
TOLERANCE = 1e-5
STANDARDIZED = 30  # from black to white, at most: of dark images, whose standard deviation is small
SAME = "says the same of every image: is its input scaled as it was trained?"
ANSWERS = {"binary": "probability", "classes": "probability", "number": "number", "mask": "mask"}
SURE, FAR = 15, 100  # logits that probabilities and logits of images like those of a training lack


def resize_question(classifier: Judge, rows: int) -> str | None:
    """What to ask if images of `rows` pixels have to be resized and nothing says how, else None."""
    rule = getattr(classifier, "network_input", None)
    question = rule.question(rows) if isinstance(rule, NetworkInput) else None
    return question and f"model {classifier.name} {question}"


def resize_note(classifier: Classifier) -> dict[str, Any] | None:
    """How images are resized for a model, as plain data; None if they are not."""
    rule = classifier.network_input
    return rule.as_settings() if isinstance(rule, NetworkInput) else None


def probe(classifier: Classifier, cutoff: float = 0.5) -> dict:
    """Let a model classify five images: in one batch, in a batch again, and one by one.

    Parameters
    ----------
    classifier
        The model.
    cutoff
        Probability from which on an image counts as class 1.

    Returns
    -------
    dict
        Plain data: what is decided of the images (`Decision.told`; the lowest and highest
        `probability` and how many are `class_1` for a binary decision), whether the model
        `repeats` exactly, the largest differences between the two batches and between
        batch and single images, the number of `saturated` probabilities, and `warnings`, each the
        end of a sentence that begins with the model's name.

    Raises
    ------
    InputError
        If the model fails, or its output for an image depends on time or on the rest of the batch.
    """
    decision = decision_of(classifier, cutoff)
    images = probe_images()
    answers = classifier.answers(images)
    again = classifier.answers(images)
    alone = np.concatenate([classifier.answers(image[np.newaxis]) for image in images])
    differences = {
        "when asked again": decision.difference(answers, again),
        "alone instead of in a batch": decision.difference(answers, alone),
    }
    for when, difference in differences.items():
        if difference > TOLERANCE:
            raise InputError(
                f"model {classifier.name}: the {ANSWERS[decision.kind]} of an image differs by up "
                f"to {difference:.2g} {when}; expected {TOLERANCE:g} at most. Is dropout or batch "
                "normalisation in training mode?"
            )
    for name, answer in zip(NAMES, answers, strict=True):
        told = decision.told(answer[np.newaxis])
        log.info("model %s: %s gives %s", classifier.name, name, told)
    warnings = list(_scaling_warnings(classifier.found))
    if (answers == answers[:1]).all():
        warnings.append(SAME)
    if decision.kind == "binary":
        warnings += _of_two(classifier.output.form, answers, cutoff)
    if (answers != again).any():
        warnings.append("does not repeat to the last bit")
    return {
        "images": len(images),
        **decision.told(answers),
        "repeats": bool((answers == again).all()),
        "largest_difference_again": float(f"{differences['when asked again']:.2g}"),
        "largest_difference_alone": float(f"{differences['alone instead of in a batch']:.2g}"),
        "saturated": f"{classifier.saturated} of {classifier.images}",
        "warnings": warnings,
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


def _scaling_warnings(found: Mapping[str, Any]) -> Iterator[str]:
    """A declared scaling whose range no usual training has, for one reason or another."""
    if found.get("scaling_from") != "configuration":
        return
    divide, mean, std = (np.array(found["scaling"][name]) for name in ("divide", "mean", "std"))
    black, white = np.broadcast_arrays((0 - mean) / std, (255 / divide - mean) / std)
    usual = [_is_usual(*ends) for ends in zip(black.flat, white.flat, strict=True)]
    if not all(usual):
        at = usual.index(False)
        yield (
            f"is shown black as {black.flat[at]:.4g} and white as {white.flat[at]:.4g}; usual "
            "are 0 to 1, -1 to 1, about -2 to 3 (ImageNet) and 0 to 255: are divide, mean and std "
            "of its scaling those of its training?"
        )


def _is_usual(black: float, white: float) -> bool:
    """Whether black and white are usual inputs: standardized, or grey levels less their mean."""
    if white - black <= STANDARDIZED:
        return white - black >= 0.5 and black <= 0 < white
    return 128 <= white - black <= 256 and (black == 0 or 20 <= -black <= 200)


def _of_two(form: str, logits: np.ndarray, cutoff: float) -> Iterator[str]:
    """What makes a model of two classes suspicious, each as the end of a sentence about it."""
    positive = expit(logits) >= cutoff
    if np.ptp(logits) > 0 and (positive.all() or not positive.any()):
        yield (
            f"calls all {len(logits)} test images class {int(positive[0])}, from black over noise "
            f"to white (cut-off {cutoff:g}): are scaling, resize, output and positive_class those "
            "of its training?"
        )
    extreme = np.sum(np.abs(logits) > (SURE if form.startswith("probabilit") else FAR))
    if extreme >= len(logits) - 1:
        yield (
            f"is certain of {extreme} of {len(logits)} test images (logits up to "
            f"{np.abs(logits).max():.3g}), as a network whose input lies outside the range of its "
            "training: is scaling that of its training?"
        )
    if form == "logit" and np.ptp(logits) > 0 and logits.min() >= 0 and logits.max() <= 1:
        yield (
            "has only logits between 0 and 1; if they are probabilities, declare output: "
            "probability"
        )
