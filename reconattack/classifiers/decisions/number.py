"""A number, such as a fat fraction or a thickness, and when another one counts as a change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reconattack.classifiers.decisions.decision import Decision, LinearMargin
from reconattack.errors import InputError

SHARE = 1e-6  # of the scale of a decision, that is no signal


@dataclass(frozen=True)
class Number(Decision):
    """A measurement; the answer to an image is the number itself, float64 (n,).

    Attributes
    ----------
    number_unit
        Unit of the number; `1` for none.
    threshold
        A flip crosses it: from below to it or above it, or from there to below. The true number
        says on which side a frame has to be at the initial setting.
    tolerance
        A flip is farther than this from the number at the initial setting. One of the two is given.
    truth
        Attribute of a frame that is the true number; None where none is known.
    """

    number_unit: str
    threshold: float | None = None
    tolerance: float | None = None
    truth: str | None = None

    kind = "number"

    def __post_init__(self) -> None:
        if (self.threshold is None) == (self.tolerance is None):
            raise InputError(
                "decision: a number flips where it crosses a threshold, or where it moves by more "
                "than a tolerance; expected one of the keys threshold and tolerance"
            )

    @property
    def unit(self) -> str:
        """Unit of margins, that of the number."""
        return self.number_unit

    @property
    def scale(self) -> float:
        """A size with which differences of the number can be compared, in its unit."""
        return self.tolerance or abs(self.threshold or 0) or 1.0

    @property
    def resolution(self) -> float:
        """A millionth of the scale."""
        return SHARE * self.scale

    @property
    def doubt(self) -> float:
        """A hundredth of the scale."""
        return 0.01 * self.scale

    def truth_of(self, attributes: Mapping[str, Any]) -> float | None:
        """The true number; None if it is unknown."""
        known = attributes.get(self.truth)
        return None if known is None else float(known)

    def decided(self, answers: np.ndarray, reference: object = None) -> np.ndarray:
        """The number."""
        return np.asarray(answers, float)

    def reference(self, answer: np.ndarray, truth: float | None) -> float:
        """The true number if there is a threshold and the number is known, else the answer."""
        known = self.threshold is not None and truth is not None
        return float(truth if known else answer)

    def scores(self, answers: np.ndarray, reference: float) -> np.ndarray:
        """How far each number is from the threshold, or from leaving the tolerance."""
        if self.tolerance is not None:
            return self.tolerance - np.abs(answers - reference)
        if reference >= self.threshold:
            return answers - self.threshold
        margins = self.threshold - answers
        return np.where(answers == self.threshold, -np.finfo(float).tiny, margins)

    def linear_margins(self, reference: float) -> list[LinearMargin]:
        """The distance from the threshold, or from both ends of the tolerance."""
        up, down = np.array([1.0]), np.array([-1.0])
        if self.tolerance is not None:
            ends = reference - self.tolerance, reference + self.tolerance
            return [LinearMargin(up, ends[0]), LinearMargin(down, -ends[1])]
        if reference >= self.threshold:
            return [LinearMargin(up, self.threshold)]
        return [LinearMargin(down, -self.threshold)]

    def difference(self, answers: np.ndarray, others: np.ndarray) -> float:
        """Largest difference as a share of the scale."""
        return float(np.abs(answers - others).max()) / self.scale

    @property
    def what(self) -> str:
        """A number and its unit."""
        return f"number [{self.number_unit}]"

    def in_words(self, decided: float) -> str:
        """The number."""
        return f"{decided:.4g}"

    def told(self, answers: np.ndarray) -> dict[str, Any]:
        """Lowest and highest number."""
        ends = np.min(answers), np.max(answers)
        return {"number": [float(f"{x:.6g}") for x in ends], "unit": self.number_unit}

    def mean(self, answers: np.ndarray) -> np.ndarray:
        """The mean number."""
        return np.mean(answers, axis=1)
