"""What an attack is given and what it gives: targets and paths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File

import numpy as np
from scipy.special import logit

from reconattack.attacks.space import SearchSpace
from reconattack.classifiers.decision import decide
from reconattack.classifiers.judge import Judge

Logits = Callable[[np.ndarray, np.ndarray], np.ndarray]

RESOLUTION = 4e-6  # of a logit; a probability changes by a quarter of it at most


@dataclass(frozen=True)
class Target:
    """The frames that are attacked, what classifies them and which decisions are to be flipped.

    Attributes
    ----------
    oracle
        (frames, parameter vectors) -> logits (`reconattack.attacks.oracle.Oracle`). The logits of a
        frame must not depend on the other frames of the same call.
    references
        int (frame,): the decision to flip, 0 or 1; -1 where the classifier's own decision at the
        initial setting is the reference. A frame that is classified otherwise at the initial
        setting is not attacked.
    cutoff
        Probability from which on a frame counts as fatty.
    seeds
        (frame,): seeds of each frame's random numbers. Empty for methods without random numbers.
    judge
        The classifier behind the oracle. None where no method needs it.
    keras
        The classifier's Keras file, for white-box methods.
    threads
        Threads of TensorFlow, for white-box methods. None leaves TensorFlow as it is.
    starts
        (frame,): settings (n, parameter) that are tried first. Empty without any.
    partial
        (frame,): files in which a long attack keeps the judgements of an interrupted run. None
        keeps nothing.
    """

    oracle: Logits
    references: np.ndarray
    cutoff: float
    seeds: Sequence[int] = ()
    judge: Judge | None = None
    keras: str | None = None
    threads: int | None = 1
    starts: Sequence[np.ndarray] = ()
    partial: Sequence[File] | None = None


@dataclass
class Path:
    """The steps of an attack on one frame.

    Attributes
    ----------
    reference
        The decision that the attack tries to flip, 0 or 1.
    parameters, logits, losses
        Setting (parameter,), logit and cross-entropy of each step; step 0 is the initial setting.
    gradients
        Slope of the loss at each step, (parameter,); NaN where none was measured.
    stop_reason
        Why the attack ended; None while it runs.
    best
        The step that is the attack's result; None for the last one.
    queries
        Queries of the frame; None where every image that the oracle judged is one.
    queries_to_flip
        Queries up to the first flip; None where a flip ends the attack.
    repeats
        Points that were proposed again and answered from memory.
    slopes
        Slopes that the network computed.
    """

    reference: int
    parameters: list[np.ndarray] = field(default_factory=list)
    logits: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    gradients: list[np.ndarray] = field(default_factory=list)
    stop_reason: str | None = None
    best: int | None = None
    queries: int | None = None
    queries_to_flip: int | None = None
    repeats: int = 0
    slopes: int = 0

    @property
    def best_step(self) -> int:
        """Index of the step that is the attack's result."""
        return len(self.parameters) - 1 if self.best is None else self.best

    def append(self, point: np.ndarray, logit_there: float) -> None:
        """Add a step: a setting, (parameter,), and its logit."""
        self.parameters.append(point)
        self.logits.append(logit_there)
        self.losses.append(float(cross_entropy(logit_there, self.reference)))


def judge_start(target: Target, space: SearchSpace) -> list[Path]:
    """Paths that hold the initial setting; those of misclassified frames are ended."""
    count = len(target.references)
    start = np.tile(space.initial, (count, 1))
    logits = target.oracle(np.arange(count), start)
    decisions = decide(logits, target.cutoff)
    references = np.where(target.references < 0, decisions, target.references)
    paths = [Path(reference) for reference in references]
    for path, point, at_start, decision in zip(paths, start, logits, decisions, strict=True):
        path.append(point, at_start)
        if decision != path.reference:
            path.stop_reason = "wrong_at_start"
    return paths


def cross_entropy(logits: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Binary cross-entropy of logits: softplus(-+logit), without saturation or log of zero."""
    return np.logaddexp(0, np.where(references == 1, -logits, logits))


def logit_margins(logits: np.ndarray, reference: int, cutoff: float) -> np.ndarray:
    """Log-odds by which the reference decision is kept, in steps of `RESOLUTION`."""
    sign = 1 if reference == 1 else -1
    return np.round(sign * (logits - logit(cutoff)) / RESOLUTION) * RESOLUTION
