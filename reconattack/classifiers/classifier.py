"""The base of all models: images go in, logits come out, and the images are counted."""

import logging
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reconattack.classifiers.judge import Judge
from reconattack.classifiers.network_input import NetworkInput
from reconattack.classifiers.views import VIEWS
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction

log = logging.getLogger(__name__)

COLUMNS = {"logit": 1, "probability": 1, "logits": 2, "probabilities": 2}
CLIP = 1e-7  # about the distance of two float32 numbers below 1
TINY = float(np.finfo(np.float32).tiny)
SUM_TOLERANCE = 1e-3
RANGE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Output:
    """The output of a model.

    Attributes
    ----------
    form
        `logit` or `probability` of class 1; `logits` or `probabilities` of class 0 and class 1.
    positive_class
        The class of the model, 0 or 1, that corresponds to label 1 (fatty).
    """

    form: str
    positive_class: int = 1

    def logits(self, scores: np.ndarray) -> tuple[np.ndarray, int]:
        """Logits of the positive class, and the number of saturated probabilities.

        Parameters
        ----------
        scores
            float64 (n, column), a column for each number of the form.

        Returns
        -------
        logits
            float64 (n,).
        saturated
            Number of images whose probability was clipped: a `probability` to 1e-7 and 1 - 1e-7,
            each of two `probabilities` to the smallest normal float32 number.

        Raises
        ------
        InputError
            If probabilities do not lie between 0 and 1, or two do not add up to 1.
        """
        if self.form in ("probability", "probabilities"):
            _check_probabilities(scores)
        if self.form == "logit":
            logits, saturated = scores[:, 0], 0
        elif self.form == "logits":
            logits, saturated = scores[:, 1] - scores[:, 0], 0
        elif self.form == "probability":
            clipped = np.clip(scores[:, 0], CLIP, 1 - CLIP)
            logits = np.log(clipped) - np.log1p(-clipped)
            saturated = np.sum(clipped != scores[:, 0])
        else:
            clipped = np.maximum(scores, TINY)
            logits = np.log(clipped[:, 1]) - np.log(clipped[:, 0])
            saturated = np.sum((clipped != scores).any(axis=1))
        return (logits if self.positive_class == 1 else -logits), int(saturated)


def _check_probabilities(scores: np.ndarray) -> None:
    low, high = scores.min(), scores.max()
    if low < -RANGE_TOLERANCE or high > 1 + RANGE_TOLERANCE:
        raise InputError(
            f"found outputs from {low:.6g} to {high:.6g}; expected probabilities from 0 to 1: are "
            "they logits?"
        )
    sums = scores.sum(axis=1)
    if scores.shape[1] == 2 and np.abs(sums - 1).max() > SUM_TOLERANCE:
        wrong = sums[np.abs(sums - 1).argmax()]
        raise InputError(
            f"found two outputs that add up to {wrong:.6g}; expected probabilities of two classes, "
            "which add up to 1"
        )


class Classifier(Judge):
    """A model that classifies B-mode images; each backend is a subclass with `scores`.

    Attributes
    ----------
    name
        The model's name in messages.
    network_input
        Resizes images to the model's input; None leaves them at their own size.
    output
        The form of the model's output.
    found
        What the backend found out about the model, plain data for `brought.json`.
    images, saturated
        Number of images classified so far, and number of saturated probabilities among them.
    """

    SETTINGS: tuple[str, ...] = ()  # keys of the configuration that the subclass takes

    def __init__(self, name: str, network_input: NetworkInput | None, output: Output) -> None:
        self.name = name
        self.network_input = network_input
        self.output = output
        self.found: Mapping[str, Any] = {}
        self.images = 0
        self.saturated = 0

    @abstractmethod
    def scores(self, images: np.ndarray, *others: np.ndarray) -> np.ndarray:
        """Output of the model for grey levels 0 to 255.

        Parameters
        ----------
        images
            float32 (n, height, width) at the size of `network_input`; without one, uint8 (n, z, x).
        others
            The further arrays of the view that the model takes, such as the setting of each image,
            float32 (n, 3).

        Returns
        -------
        numpy.ndarray
            (n,) or (n, column), by the form of `output`.
        """

    def inputs(
        self,
        reconstruction: Reconstruction,
        parameters: np.ndarray,
        images: np.ndarray | None = None,
    ) -> tuple[np.ndarray, ...]:
        """The view that the model `takes` of a frame at parameter vectors."""
        return VIEWS[self.takes](reconstruction, parameters, images)

    def logits(self, images: np.ndarray, *others: np.ndarray) -> np.ndarray:
        """Logits of B-mode images.

        Parameters
        ----------
        images
            uint8 (n, z, x), or the first array of another view.
        others
            The further arrays of the view.

        Returns
        -------
        numpy.ndarray
            float64 (n,).

        Raises
        ------
        InputError
            If the model fails, or its output does not have the declared form.
        """
        return self.logits_of(*self.network_inputs(images, *others))

    def network_inputs(self, images: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, ...]:
        """Images at the size of the model's input, and the further arrays of the view."""
        return images if self.network_input is None else self.network_input(images), *others

    def logits_of(self, *network_inputs: np.ndarray) -> np.ndarray:
        """Logits for arrays from `network_inputs`, float64 (n,); raises as `logits` does."""
        count = len(network_inputs[0])
        try:
            scores = self._checked(self.scores(*network_inputs), count)
            logits, saturated = self.output.logits(scores)
        except InputError as error:
            raise InputError(f"model {self.name}: {error}") from error
        self.images += count
        self.saturated += saturated
        return logits

    def log_use(self) -> None:
        """Log how many images the model classified."""
        log.info("model %s judged %d images", self.name, self.images)
        if self.saturated:
            log.warning(
                "model %s: %d of %d probabilities were so close to 0 or 1 that they were clipped; "
                "a search sees no slope there",
                self.name,
                self.saturated,
                self.images,
            )

    def _checked(self, scores: np.ndarray, images: int) -> np.ndarray:
        """Scores as float64 (n, column), checked to be one finite row for each image."""
        scores = np.asarray(scores, np.float64)
        columns = COLUMNS[self.output.form]
        single = scores.ndim == 0 and images == 1
        if not (single or scores.shape[:1] == (images,)) or scores.size != images * columns:
            raise InputError(
                f"found an output of shape {list(scores.shape)} for {images} images; expected "
                f"{columns} number{'s' * (columns > 1)} for each ({self.output.form})"
            )
        if not np.isfinite(scores).all():
            wrong = int(np.sum(~np.isfinite(scores.reshape(images, -1)).all(axis=1)))
            raise InputError(f"found NaN or infinity for {wrong} of {images} images")
        return scores.reshape(images, columns)
