"""The form of a model's output, and the answers that it means."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from reconattack.errors import InputError

COLUMNS = {"logit": 1, "probability": 1, "logits": 2, "probabilities": 2}
CLIP = 1e-7  # about the distance of two float32 numbers below 1
TINY = float(np.finfo(np.float32).tiny)
SUM_TOLERANCE = 1e-3
RANGE_TOLERANCE = 1e-6


class AnyOutput(ABC):
    """What a model gives for an image.

    Attributes
    ----------
    form
        Its name in the configuration, such as `logit`.
    """

    form: str

    @abstractmethod
    def shaped(self, scores: np.ndarray, images: int) -> np.ndarray:
        """The output for a number of images as float64, an entry for each.

        Raises
        ------
        InputError
            If it has another shape.
        """

    @abstractmethod
    def answers(self, scores: np.ndarray) -> tuple[np.ndarray, int]:
        """The answers that an output means, and how many probabilities are saturated.

        Raises
        ------
        InputError
            If the numbers are not of the declared form.
        """


class Columns(AnyOutput):
    """An output of the same few numbers for each image.

    Attributes
    ----------
    columns
        How many.
    """

    columns: int

    def shaped(self, scores: np.ndarray, images: int) -> np.ndarray:
        """The output as float64 (n, column)."""
        scores = np.asarray(scores, np.float64)
        single = scores.ndim == 0 and images == 1
        if not (single or scores.shape[:1] == (images,)) or scores.size != images * self.columns:
            raise InputError(
                f"found an output of shape {list(scores.shape)} for {images} images; expected "
                f"{self.columns} number{'s' * (self.columns > 1)} for each ({self.form})"
            )
        return scores.reshape(images, self.columns)


@dataclass(frozen=True)
class Output(Columns):
    """The output of a model of two classes; an answer is the logit of the positive class.

    Attributes
    ----------
    form
        `logit` or `probability` of class 1; `logits` or `probabilities` of class 0 and class 1.
    positive_class
        The class of the model, 0 or 1, that corresponds to label 1 (fatty).
    """

    form: str
    positive_class: int = 1

    @property
    def columns(self) -> int:
        """How many numbers there are for an image."""
        return COLUMNS[self.form]

    def answers(self, scores: np.ndarray) -> tuple[np.ndarray, int]:
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


@dataclass(frozen=True)
class ClassScores(Columns):
    """The output of a model of k classes; an answer is a logit of each, float64 (k,).

    Attributes
    ----------
    form
        `logits`, or `probabilities` that add up to 1.
    columns
        Number of classes.
    """

    form: str
    columns: int

    def answers(self, scores: np.ndarray) -> tuple[np.ndarray, int]:
        """Logits, or logarithms of the probabilities, clipped as those of two classes are."""
        if self.form == "logits":
            return scores, 0
        _check_probabilities(scores)
        clipped = np.maximum(scores, TINY)
        return np.log(clipped), int(np.sum((clipped != scores).any(axis=1)))


@dataclass(frozen=True)
class OneNumber(Columns):
    """The output of a model that measures; an answer is the number itself."""

    form: str = "number"
    columns: int = 1

    def answers(self, scores: np.ndarray) -> tuple[np.ndarray, int]:
        """The numbers, float64 (n,)."""
        return scores[:, 0], 0


@dataclass(frozen=True)
class Pixels(AnyOutput):
    """The output of a model that outlines; an answer is the number of a structure at each pixel.

    Attributes
    ----------
    form
        `probability` or `logit` of each structure at each pixel, by itself, from a half or 0 on;
        `probabilities` or `logits` of background and structures, of which the largest counts.
    structures
        Number of structures.
    layout
        `nchw` or `nhwc`: where the channels lie; (n, height, width) is one structure.
    """

    form: str
    structures: int
    layout: str = "nchw"

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.structures + (self.form in ("logits", "probabilities"))

    def shaped(self, scores: np.ndarray, images: int) -> np.ndarray:
        """The output as float64 (n, channel, height, width)."""
        scores = np.asarray(scores, np.float64)
        found = list(scores.shape)
        if scores.ndim == 3 and self.channels == 1:
            scores = scores[:, np.newaxis]
        elif scores.ndim == 4 and self.layout == "nhwc":
            scores = np.moveaxis(scores, -1, 1)
        if scores.ndim != 4 or scores.shape[:2] != (images, self.channels):
            raise InputError(
                f"found an output of shape {found} for {images} images; expected "
                f"{self.channels} channel{'s' * (self.channels > 1)} of {self.form} for each, in "
                f"the layout {self.layout}: declare layout nchw or nhwc of the mask in decision, "
                "and its structures"
            )
        return scores

    def answers(self, scores: np.ndarray) -> tuple[np.ndarray, int]:
        """Numbers of structures, uint8 (n, height, width), 0 for background.

        Where structures that are decided by themselves overlap, the most certain one counts.
        """
        if self.form in ("probability", "probabilities"):
            _check_range(scores)
        if self.form in ("logits", "probabilities"):
            return scores.argmax(axis=1).astype(np.uint8), 0
        limit = 0.5 if self.form == "probability" else 0.0
        found = scores.argmax(axis=1) + 1
        return np.where(scores.max(axis=1) >= limit, found, 0).astype(np.uint8), 0


@dataclass(frozen=True)
class Labels(AnyOutput):
    """The output of a model that says itself which structure each pixel is, 0 for background.

    Attributes
    ----------
    structures
        Number of structures.
    """

    structures: int
    form: str = "labels"

    def shaped(self, scores: np.ndarray, images: int) -> np.ndarray:
        """The output as float64 (n, height, width)."""
        scores = np.asarray(scores, np.float64)
        if scores.ndim != 3 or len(scores) != images:
            raise InputError(
                f"found an output of shape {list(scores.shape)} for {images} images; expected "
                "(height, width) of each: the number of a structure at each pixel"
            )
        return scores

    def answers(self, scores: np.ndarray) -> tuple[np.ndarray, int]:
        """The numbers as uint8."""
        known = np.arange(self.structures + 1)
        unknown = np.setdiff1d(scores, known)
        if unknown.size:
            raise InputError(
                f"found the value {unknown[0]:g} in a mask; expected whole numbers from 0, "
                f"background, to {self.structures}"
            )
        return scores.astype(np.uint8), 0


def _check_range(scores: np.ndarray) -> None:
    low, high = scores.min(), scores.max()
    if low < -RANGE_TOLERANCE or high > 1 + RANGE_TOLERANCE:
        raise InputError(
            f"found outputs from {low:.6g} to {high:.6g}; expected probabilities from 0 to 1: are "
            "they logits?"
        )


def _check_probabilities(scores: np.ndarray) -> None:
    _check_range(scores)
    count = scores.shape[1]
    sums = scores.sum(axis=1)
    if count > 1 and np.abs(sums - 1).max() > SUM_TOLERANCE:
        wrong = sums[np.abs(sums - 1).argmax()]
        number = "two" if count == 2 else count
        raise InputError(
            f"found {number} outputs that add up to {wrong:.6g}; expected probabilities of "
            f"{number} classes, which add up to 1"
        )
