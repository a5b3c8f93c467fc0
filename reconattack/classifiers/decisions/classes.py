"""One of several classes, such as grades or views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from reconattack.classifiers.decisions.binary import RESOLUTION
from reconattack.classifiers.decisions.columns import CLASS_PROBABILITY
from reconattack.classifiers.decisions.decision import Decision, LinearMargin, known_class
from reconattack.errors import InputError


@dataclass(frozen=True)
class Classes(Decision):
    """The most likely of k classes; the answer to an image is a score of each, float64 (n, k).

    Scores are logits or logarithms of probabilities: their differences are the log-odds of one
    class against another. Where scores are equal, the first class counts.

    Attributes
    ----------
    classes
        Names of the classes, in the order of the model's output.
    grave
        Pairs of names, reference and decision, that alone count as a flip. Without any, every other
        class than the reference does.
    truth
        Attribute of a frame that tells the true class: its number, or with `cuts` a measurement.
    cuts
        Values of that measurement from which on the second, third, ... class is true.
    """

    classes: tuple[str, ...]
    grave: tuple[tuple[str, str], ...] = ()
    truth: str = "label"
    cuts: tuple[float, ...] = ()

    kind = "classes"
    unit = "log-odds"
    resolution = RESOLUTION
    doubt = 0.1

    def __post_init__(self) -> None:
        known = ", ".join(self.classes)
        if len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise InputError(f"decision.classes are {known}; expected two different names or more")
        for pair in self.grave:
            unknown = [name for name in pair if name not in self.classes]
            if unknown or len(pair) != 2 or pair[0] == pair[1]:
                raise InputError(
                    f"decision.grave has {list(pair)}; expected pairs of two of decision.classes, "
                    f"{known}: the reference and the decision that is a grave change"
                )
        rising = all(low < high for low, high in pairwise(self.cuts))
        if self.cuts and (len(self.cuts) != len(self.classes) - 1 or not rising):
            raise InputError(
                f"decision.cuts are {list(self.cuts)}; expected {len(self.classes) - 1} rising "
                f"values, from which on {', '.join(self.classes[1:])} are true"
            )

    def truth_of(self, attributes: Mapping[str, Any]) -> int | None:
        """Number of the true class; None if it is unknown."""
        known = attributes.get(self.truth)
        if known is None:
            return None
        if self.cuts:
            return int(np.searchsorted(self.cuts, known, side="right"))
        return known_class(known, len(self.classes))

    def decided(self, answers: np.ndarray, reference: object = None) -> np.ndarray:
        """Number of the most likely class."""
        return np.argmax(answers, axis=1).astype(float)

    def reference(self, answer: np.ndarray, truth: int | None) -> int:
        """Number of the true class, or of the most likely one where it is unknown."""
        return int(np.argmax(answer)) if truth is None else int(truth)

    def scores(self, answers: np.ndarray, reference: int) -> np.ndarray:
        """Score of the reference less the best other.

        With grave pairs, the best score of a class that is no grave change less the best that is
        one; infinite where no pair begins with the reference. Where scores are equal, the first
        class counts: if it is a flip, the margin is the largest number below zero.
        """
        leaving = self.leaving(reference)
        if not leaving:
            return np.full(len(answers), np.inf)
        staying = [number for number in range(len(self.classes)) if number not in leaving]
        best_kept = answers[:, staying].max(axis=1)
        best_left = answers[:, leaving].max(axis=1)
        margins = best_kept - best_left
        left = np.isin(np.argmax(answers, axis=1), leaving)
        return np.where(left, np.minimum(margins, -np.finfo(float).tiny), margins)

    def linear_margins(self, reference: int) -> list[LinearMargin]:
        """The score of the reference less that of each class that counts as a flip."""
        unit = np.eye(len(self.classes))
        return [LinearMargin(unit[reference] - unit[k], 0.0) for k in self.leaving(reference)]

    def difference(self, answers: np.ndarray, others: np.ndarray) -> float:
        """Largest difference of a class's probability."""
        shares = softmax(answers, axis=1) - softmax(others, axis=1)
        return float(np.abs(shares).max())

    def detail(self, answer: np.ndarray) -> dict[str, float]:
        """Probability of each class, `probability_{class}`."""
        shares = softmax(answer)
        return {CLASS_PROBABILITY + n: float(p) for n, p in zip(self.classes, shares, strict=True)}

    @property
    def what(self) -> str:
        """A class."""
        return "class"

    def in_words(self, decided: float) -> str:
        """The name of the class."""
        return self.classes[int(decided)]

    def told(self, answers: np.ndarray) -> dict[str, Any]:
        """How many answers are each class."""
        found = np.argmax(answers, axis=1)
        return {"classes": {name: int(np.sum(found == k)) for k, name in enumerate(self.classes)}}

    def mean(self, answers: np.ndarray) -> np.ndarray:
        """Logarithm of the mean probability of each class."""
        return logsumexp(log_softmax(answers, axis=2), axis=1) - np.log(answers.shape[1])

    def is_right(self, answer: np.ndarray, reference: int) -> bool:
        """Whether the reference is the most likely class."""
        return int(np.argmax(answer)) == reference

    def leaving(self, reference: int) -> Sequence[int]:
        """Numbers of the classes that count as a flip."""
        if not self.grave:
            return [number for number in range(len(self.classes)) if number != reference]
        return [
            self.classes.index(decision)
            for start, decision in self.grave
            if start == self.classes[reference]
        ]
