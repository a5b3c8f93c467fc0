"""One of two classes: 1 (fatty) where its probability reaches a cut-off, else 0 (normal)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, log_expit, logit, logsumexp

from reconattack.classifiers.decisions.decision import Decision

RESOLUTION = 4e-6  # of a logit; a probability changes by a quarter of it at most


def decide(logits: np.ndarray, cutoff: float) -> np.ndarray:
    """1 (fatty) where the probability reaches the cut-off, else 0; int array of the same shape."""
    return (expit(logits) >= cutoff).astype(int)


@dataclass(frozen=True)
class Binary(Decision):
    """The decision between class 0 and class 1; the answer to an image is the logit of class 1.

    A score is that logit, so it does not depend on the reference, 0 or 1.

    Attributes
    ----------
    cutoff
        Probability from which on a frame counts as class 1.
    """

    cutoff: float = 0.5

    kind = "binary"
    unit = "log-odds"
    resolution = RESOLUTION
    doubt = 0.1
    score = "logit"
    score_means = "log-odds of fatty liver"
    loss_means = "binary cross-entropy against the reference decision"
    reference_means = "decision to flip: 1 fatty, 0 normal"
    score_unit = "1"

    def margins(self, scores: np.ndarray, reference: int = 1) -> np.ndarray:
        """Log-odds by which the reference is kept."""
        sign = 1 if reference == 1 else -1
        return sign * (scores - logit(self.cutoff))

    def flips(self, scores: np.ndarray, reference: int = 1) -> np.ndarray:
        """Whether the class at each logit is another than the reference."""
        return decide(scores, self.cutoff) != reference

    def losses(self, scores: np.ndarray, references: np.ndarray) -> np.ndarray:
        """Binary cross-entropy: softplus(-+logit), without saturation or log of zero."""
        return np.logaddexp(0, np.where(references == 1, -scores, scores))

    def loss_per_score(self, score: float, reference: int) -> float:
        """Slope of the binary cross-entropy in the logit."""
        return float(-expit(-score) if reference == 1 else expit(score))

    def decided(self, answers: np.ndarray, reference: object = None) -> np.ndarray:
        """The class, 0 or 1."""
        return decide(answers, self.cutoff).astype(float)

    def reference(self, answer: np.ndarray, truth: int | None) -> int:
        """The label, or the class at the initial setting where there is none."""
        return int(decide(answer, self.cutoff)) if truth is None else int(truth)

    def scores(self, answers: np.ndarray, reference: object) -> np.ndarray:
        """The logits themselves."""
        return answers

    def difference(self, answers: np.ndarray, others: np.ndarray) -> float:
        """Largest difference of the probabilities."""
        return float(np.abs(expit(answers) - expit(others)).max())

    @property
    def what(self) -> str:
        """A class."""
        return "class"

    def in_words(self, decided: float) -> str:
        """The number of the class."""
        return f"{decided:.0f}"

    def told(self, answers: np.ndarray) -> dict[str, Any]:
        """Lowest and highest `probability`, and how many are `class_1`."""
        probabilities = expit(answers)
        ends = probabilities.min(), probabilities.max()
        return {
            "probability": [float(f"{p:.6g}") for p in ends],
            "class_1": f"{np.sum(probabilities >= self.cutoff)} of {len(answers)}",
        }

    def mean(self, answers: np.ndarray) -> np.ndarray:
        """Logit of the mean probability of several images, (n, image) to (n,)."""
        return logsumexp(log_expit(answers), axis=1) - logsumexp(log_expit(-answers), axis=1)
