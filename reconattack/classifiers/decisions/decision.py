"""What a model decides, and how far it is from deciding otherwise: the base of all kinds.

A model *answers* an image: with a logit, with scores of several classes, with a number or with a
mask. At the initial setting the answer and what is known to be true of the frame give the
*reference*, which an attack tries to leave. A *score* is one number for each answer from which the
*margin* follows: how far the decision is from leaving the reference, below zero where it has left.
Attacks, searches and proofs see scores and margins alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
import xarray as xr

from reconattack.errors import InputError


def known_class(label: Any | None, count: int) -> int | None:
    """A label as the number of one of some classes; None if it is unknown."""
    if label is not None and not 0 <= label < count:
        raise InputError(
            f"the label is {label}; expected the number of one of {count} classes, 0 to {count - 1}"
        )
    return None if label is None else int(label)


class LinearMargin(NamedTuple):
    """A margin that is linear in the answer: row @ answer - threshold.

    Attributes
    ----------
    row
        Weight of each number of the answer, float64 (k,).
    threshold
        What is subtracted.
    """

    row: np.ndarray
    threshold: float


class Decision(ABC):
    """A kind of decision as a model's configuration declares it.

    For all kinds but `binary` the score is the margin itself, and the reference that searches are
    told is 1: kept.

    Attributes
    ----------
    kind
        Its name in the configuration.
    measures
        Attributes of each of the measures that `change` tells.
    unit
        Unit of margins.
    resolution
        What margins may differ by without being a signal to a search, in their unit.
    doubt
        Margin below which a decision on a picture that was compressed with losses, or resized, is
        no sure one.
    score, score_means, loss_means, reference_means
        What records call the score, and what they say of score, loss and reference.
    """

    score: ClassVar[str] = "margin"
    score_means: ClassVar[str] = "margin of the reference decision"
    loss_means: ClassVar[str] = "minus the margin"
    reference_means: ClassVar[str] = "1: the reference decision is kept"

    kind: ClassVar[str]
    measures: ClassVar[Mapping[str, dict]] = {}
    unit: str
    resolution: float
    doubt: float

    @property
    def score_unit(self) -> str:
        """Unit of scores and losses in records."""
        return self.unit

    def margins(self, scores: np.ndarray, reference: int = 1) -> np.ndarray:
        """How far each score, float64 (n,), is from leaving the reference; below zero if it has."""
        return scores

    def flips(self, scores: np.ndarray, reference: int = 1) -> np.ndarray:
        """Whether the decision at each score has left the reference, bool of the same shape."""
        return np.asarray(scores) < 0

    def losses(self, scores: np.ndarray, references: np.ndarray) -> np.ndarray:
        """What an attack along slopes climbs: minus the margin, of the same shape."""
        return -np.asarray(scores)

    def loss_per_score(self, score: float, reference: int) -> float:
        """Slope of the loss in the score."""
        return -1.0

    def truth_of(self, attributes: Mapping[str, Any]) -> Any | None:
        """What is known to be true of a frame, by its attributes; None if nothing is.

        Raises
        ------
        InputError
            If it is a class that the model does not know.
        """
        return known_class(attributes.get("label"), 2)

    def truth_in(self, frame: xr.Dataset, rows: int, network_input: Any | None) -> Any | None:
        """What is known to be true of a frame, as `reference` takes it; None if nothing is.

        Parameters
        ----------
        frame
            An RF frame or a picture frame.
        rows
            Height of the images of an RF frame in pixels.
        network_input
            How the model's images are brought to the size of its input
            (`reconattack.classifiers.network_input.NetworkInput`); None for their own size.

        Raises
        ------
        InputError
            If it does not fit the decision.
        """
        return self.truth_of(frame.attrs)

    def truth_as_number(self, truth: Any | None) -> float | None:
        """A result of `truth_in` in the terms of `decided`, for a table; None if it is unknown."""
        return truth

    @abstractmethod
    def decided(self, answers: np.ndarray, reference: Any = None) -> np.ndarray:
        """What is decided, one number for each answer, float64 (n,): a class, a number, a Dice."""

    @abstractmethod
    def reference(self, answer: np.ndarray, truth: Any | None) -> Any:
        """What an attack tries to leave.

        Parameters
        ----------
        answer
            The answer to one frame at the initial setting.
        truth
            What is known to be true of the frame; None if nothing is known. The model's own answer
            is then the reference.
        """

    def is_right(self, answer: np.ndarray, reference: Any) -> bool:
        """Whether the answer to one frame at the initial setting is the reference."""
        return not self.flips(self.scores(answer[np.newaxis], reference))[0]

    @abstractmethod
    def scores(self, answers: np.ndarray, reference: Any) -> np.ndarray:
        """A score for each answer, (n, ...), to one frame with this reference, float64 (n,)."""

    @abstractmethod
    def difference(self, answers: np.ndarray, others: np.ndarray) -> float:
        """Largest difference of two answers to an image, as a share: 1e-5 is no difference."""

    def detail(self, answer: np.ndarray) -> dict[str, float]:
        """Further columns of a prediction, from one frame's answer."""
        return {}

    @property
    @abstractmethod
    def what(self) -> str:
        """What `decided` is, for a person."""

    @abstractmethod
    def in_words(self, decided: float) -> str:
        """One result of `decided` for a person."""

    @abstractmethod
    def told(self, answers: np.ndarray) -> dict[str, Any]:
        """What some answers are, plain data for a person."""

    def linear_margins(self, reference: Any) -> list[LinearMargin]:
        """Margins that are linear in the answer: while all are above 0, nothing flips.

        Raises
        ------
        InputError
            If there are none.
        """
        raise InputError(f"nothing can be proved of a {self.kind} decision")

    def change(self, before: np.ndarray, after: np.ndarray) -> dict[str, float]:
        """Further measures of what became of one frame's answer, by the names of `measures`."""
        return {}

    @abstractmethod
    def mean(self, answers: np.ndarray) -> np.ndarray:
        """One answer for several images: (n, image, ...) to (n, ...)."""
