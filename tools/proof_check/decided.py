"""When a decision counts as kept, and the margins that then have to be above zero everywhere.

This is written down once more after docs/decisions.md. Each margin is a row of weights times the
network's outputs, less a threshold.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_softmax, logit

from reconattack.classifiers.decisions.binary import decide
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.number import Number
from tools.proof_check.enclosure import UNIT, raised

# Assumed error of a float32 sigmoid or softmax, of which ONNX Runtime documents none.
PROBABILITY_ERROR = 2e-6
End = tuple[np.ndarray, float]  # a row (output,) and a threshold: row @ outputs > threshold


class Kept(ABC):
    """The decision of one frame that is to be kept.

    Answers are what the classifier gives for some images: (n,), or (n, class).
    """

    @abstractmethod
    def ends(self) -> list[End]:
        """What has to hold of the network's outputs."""

    @abstractmethod
    def decided(self, answers: np.ndarray) -> np.ndarray:
        """What is decided, a number for each answer: a class, or the number."""

    @abstractmethod
    def keeps(self, answers: np.ndarray) -> np.ndarray:
        """Whether the decision is kept, bool (n,)."""

    @abstractmethod
    def score(self, answers: np.ndarray) -> np.ndarray:
        """What the record calls logit or margin, (n,)."""

    def off(self, answers: np.ndarray, outputs: np.ndarray, errors: np.ndarray) -> bool:
        """Whether answers are not those of outputs with their errors, both (n, output)."""
        return bool((np.abs(answers.reshape(outputs.shape) - outputs) > errors).any())


@dataclass(frozen=True)
class KeptLabel(Kept):
    """Class 0 or class 1, by a cut-off of the probability of class 1.

    Attributes
    ----------
    reference, cutoff
        The class, and the cut-off.
    probability
        Whether the network gives the probability itself.
    """

    reference: int
    cutoff: float
    probability: bool

    def ends(self) -> list[End]:
        """The logit against that of the cut-off."""
        sign = 1.0 if self.reference == 1 else -1.0
        return [(np.array([sign]), sign * threshold(self.cutoff, self.reference, self.probability))]

    def decided(self, answers: np.ndarray) -> np.ndarray:
        """0 or 1."""
        return decide(answers, self.cutoff)

    def keeps(self, answers: np.ndarray) -> np.ndarray:
        """Whether it is the reference."""
        return self.decided(answers) == self.reference

    def score(self, answers: np.ndarray) -> np.ndarray:
        """The logit."""
        return answers

    def off(self, answers: np.ndarray, outputs: np.ndarray, errors: np.ndarray) -> bool:
        """The same; a logit may come of a probability and have its error."""
        if self.probability:
            chance = expit(outputs)
            errors = errors + 2 * PROBABILITY_ERROR / (chance * (1 - chance))
        return super().off(answers, outputs, errors)


@dataclass(frozen=True)
class KeptClass(Kept):
    """One of several classes, until another is the most likely, or one of some.

    Attributes
    ----------
    reference
        Its number.
    leaving
        Numbers of the classes that count as a change.
    count
        How many classes there are.
    probability
        Whether the network gives probabilities itself.
    """

    reference: int
    leaving: tuple[int, ...]
    count: int
    probability: bool

    def ends(self) -> list[End]:
        """The score of the reference less that of each class that counts.

        Probabilities as computed lie within an error E of the true ones, so the largest of k is at
        least 1/k - E. A class that wins with it has a true one of 1/k - 2E or more, and the
        reference at most 2E more than this class.
        """
        beyond = 0.0
        if self.probability:
            twice = 2 * PROBABILITY_ERROR
            beyond = float(raised(np.log1p(twice / (1 / self.count - twice))))
        rows = np.eye(self.count)
        return [(rows[self.reference] - rows[other], beyond) for other in self.leaving]

    def decided(self, answers: np.ndarray) -> np.ndarray:
        """Number of the most likely class; of equal ones the first."""
        return answers.argmax(axis=1)

    def keeps(self, answers: np.ndarray) -> np.ndarray:
        """Whether no class that counts is the most likely."""
        return ~np.isin(self.decided(answers), self.leaving)

    def score(self, answers: np.ndarray) -> np.ndarray:
        """The best score of the other classes less the best of those that count."""
        counts = np.isin(np.arange(self.count), self.leaving)
        return answers[:, ~counts].max(axis=1) - answers[:, counts].max(axis=1)

    def off(self, answers: np.ndarray, outputs: np.ndarray, errors: np.ndarray) -> bool:
        """The same; logarithms of probabilities are compared as probabilities."""
        if not self.probability:
            return super().off(answers, outputs, errors)
        share = np.exp(log_softmax(outputs, axis=1))
        moved = share * np.expm1(2 * errors.max(axis=1, keepdims=True)) + PROBABILITY_ERROR
        return bool((np.abs(np.exp(answers) - share) > moved).any())


@dataclass(frozen=True)
class KeptNumber(Kept):
    """A number that stays above its lower end and below its upper one.

    Attributes
    ----------
    reference
        The number itself, from which a tolerance counts.
    threshold, tolerance
        One of them; the other is None.
    """

    reference: float
    threshold: float | None
    tolerance: float | None

    def ends(self) -> list[End]:
        """The number against the threshold, or against both ends of the tolerance."""
        up, down = np.array([1.0]), np.array([-1.0])
        if self.tolerance is None:
            side = up if self.reference >= self.threshold else down
            return [(side, float(side[0] * self.threshold))]
        slack = float(raised(8 * UNIT * (abs(self.reference) + self.tolerance)))
        lowest = self.reference - self.tolerance + slack
        highest = self.reference + self.tolerance - slack
        return [(up, lowest), (down, -highest)]

    def decided(self, answers: np.ndarray) -> np.ndarray:
        """The number."""
        return answers

    def keeps(self, answers: np.ndarray) -> np.ndarray:
        """Whether it is on its side of the threshold, or within the tolerance."""
        if self.tolerance is None:
            return (answers >= self.threshold) == (self.reference >= self.threshold)
        return np.abs(answers - self.reference) <= self.tolerance

    def score(self, answers: np.ndarray) -> np.ndarray:
        """How far it may still move."""
        if self.tolerance is not None:
            return self.tolerance - np.abs(answers - self.reference)
        return (answers - self.threshold) * (1 if self.reference >= self.threshold else -1)


def kept_decision(
    decision: Classes | Number | None,
    cutoff: float,
    start: np.ndarray,
    truth: float | None,
    probability: bool,
) -> Kept:
    """The decision of a frame that is to be kept.

    Parameters
    ----------
    decision
        What the model decides; None for class 0 or 1 by the `cutoff`.
    start
        The answer at the initial setting, (1,) or (1, class).
    truth
        What is known to be true of the frame: its class, or its number; None if nothing is.
    probability
        Whether the network gives probabilities itself.
    """
    if decision is None:
        own = int(decide(start, cutoff)[0])
        return KeptLabel(own if truth is None else int(truth), cutoff, probability)
    if isinstance(decision, Classes):
        reference = int(start.argmax()) if truth is None else int(truth)
        name = decision.classes[reference]
        return KeptClass(reference, leaving(name, decision), len(decision.classes), probability)
    known = decision.tolerance is None and truth is not None
    reference = float(truth if known else start[0])
    return KeptNumber(reference, decision.threshold, decision.tolerance)


def leaving(reference: str, decision: Classes) -> tuple[int, ...]:
    """Numbers of the classes that count as a change from a reference."""
    pairs: Sequence[tuple[str, str]] = decision.grave or [
        (reference, name) for name in decision.classes if name != reference
    ]
    counting = {end for start, end in pairs if start == reference}
    return tuple(number for number, name in enumerate(decision.classes) if name in counting)


def threshold(cutoff: float, reference: int, probability: bool) -> float:
    """Logit beyond which a decision is certain, for float64's `expit` and float32's probability."""
    sign = 1 if reference == 1 else -1
    error = (PROBABILITY_ERROR if probability else 0) + 8 * UNIT * cutoff
    moved = cutoff + sign * error
    if not 0 < moved < 1:
        return sign * np.inf
    beyond = float(logit(moved))
    slack = 8 * UNIT * (abs(beyond) + 1 / (1 - moved))
    return beyond + sign * slack
