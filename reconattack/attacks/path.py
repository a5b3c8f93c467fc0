"""What an attack is given and what it gives: targets and paths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File

import numpy as np

from reconattack.attacks.space import SearchSpace
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.judge import Judge

Scores = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Target:
    """The frames that are attacked, what classifies them and which decisions are to be flipped.

    Attributes
    ----------
    oracle
        (frames, parameter vectors) -> scores (`reconattack.attacks.oracle.Oracle`). The scores of a
        frame must not depend on the other frames of the same call.
    references
        int (frame,): the decision to flip, 0 or 1; -1 where the classifier's own decision at the
        initial setting is the reference. A frame that is classified otherwise at the initial
        setting is not attacked. If the decision is not binary, all are 1: it is kept.
    decision
        What the scores mean.
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

    oracle: Scores
    references: np.ndarray
    decision: Decision
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
    parameters, scores, losses
        Setting (parameter,), score and loss of each step; step 0 is the initial setting. The score
        of a binary decision is its logit, that of another its margin.
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
    scores: list[float] = field(default_factory=list)
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

    def append(self, point: np.ndarray, score: float, decision: Decision) -> None:
        """Add a step: a setting, (parameter,), and its score, from which the loss follows."""
        self.parameters.append(point)
        self.scores.append(score)
        self.losses.append(float(decision.losses(score, self.reference)))

    def margins(self, decision: Decision) -> np.ndarray:
        """Margin of each step in steps of the decision's resolution, float64 (step,)."""
        return rounded_margins(decision, np.array(self.scores), self.reference)

    def is_flip(self, decision: Decision) -> np.ndarray:
        """Whether the decision is not the reference at each step, bool (step,)."""
        return decision.flips(np.array(self.scores), self.reference)


def judge_start(target: Target, space: SearchSpace) -> list[Path]:
    """Paths that hold the initial setting; those of frames decided wrong there are ended."""
    count = len(target.references)
    decision = target.decision
    start = np.tile(space.initial, (count, 1))
    scores = target.oracle(np.arange(count), start)
    own = np.where(decision.flips(scores), 0, 1)
    references = np.where(target.references < 0, own, target.references)
    paths = [Path(reference) for reference in references]
    for path, point, score in zip(paths, start, scores, strict=True):
        path.append(point, score, decision)
        if decision.flips(score, path.reference):
            path.stop_reason = "wrong_at_start"
        elif np.isposinf(score):
            path.stop_reason = "not_grave"
    return paths


def rounded_margins(decision: Decision, scores: np.ndarray, reference: int) -> np.ndarray:
    """Margins of scores, of the same shape, in steps of the decision's resolution."""
    step = decision.resolution
    return np.round(decision.margins(scores, reference) / step) * step
