"""Guarded attacks: a setting flips a frame only if the guard lets its picture pass as well.

Searches see one score, the *guarded margin*: the larger of the decision's margin and the guard's
excess. It is below zero exactly where the decision has left the reference and the guard gives no
alarm. The excess is the guard's score above its threshold, as a share of the threshold, times the
decision's margin at the initial setting. So both have the decision's unit, and a picture at twice
the threshold is as far from passing as the decision was from changing at the start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import expit

from reconattack.attacks.oracle import IMAGES, Oracle, in_parts, joined
from reconattack.attacks.path import Path
from reconattack.attacks.record import padded
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.guard import Guard
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.parameter import described
from reconattack.reconstruction.reconstruction import Reconstruction

TINY = np.finfo(float).tiny
MEANS = "larger of the margin of the reference decision and of the guard's excess"


class GuardedDecision(Decision):
    """A decision whose scores are guarded margins.

    Parameters
    ----------
    decision
        What the model decides.
    """

    score_means = MEANS
    loss_means = "minus the guarded margin"

    def __init__(self, decision: Decision) -> None:
        self.of = decision
        self.kind = decision.kind
        self.measures = decision.measures
        self.unit = decision.unit
        self.resolution = decision.resolution
        self.doubt = decision.doubt

    def decided(self, answers: np.ndarray, reference: Any = None) -> np.ndarray:
        """What the model decides."""
        return self.of.decided(answers, reference)

    def reference(self, answer: np.ndarray, truth: Any | None) -> Any:
        """What an attack tries to leave."""
        return self.of.reference(answer, truth)

    def scores(self, answers: np.ndarray, reference: Any) -> np.ndarray:
        """The decision's own margins: answers tell nothing of the guard."""
        return margins_of(self.of, answers, reference)

    def difference(self, answers: np.ndarray, others: np.ndarray) -> float:
        """Largest difference of two answers."""
        return self.of.difference(answers, others)

    @property
    def what(self) -> str:
        """What the model decides, for a person."""
        return self.of.what

    def in_words(self, decided: float) -> str:
        """One result of `decided` for a person."""
        return self.of.in_words(decided)

    def told(self, answers: np.ndarray) -> dict[str, Any]:
        """What some answers are."""
        return self.of.told(answers)

    def mean(self, answers: np.ndarray) -> np.ndarray:
        """One answer for several images."""
        return self.of.mean(answers)


def margins_of(decision: Decision, answers: np.ndarray, reference: Any) -> np.ndarray:
    """Margin of each answer to one frame: below zero exactly where the decision has changed.

    Parameters
    ----------
    decision
        What the model decides.
    answers
        (n, ...).
    reference
        What is to be left (`Decision.reference`).

    Returns
    -------
    numpy.ndarray
        float64 (n,), in the decision's unit.
    """
    scores = decision.scores(answers, reference)
    side = reference if isinstance(decision, Binary) else 1
    margins, left = decision.margins(scores, side), decision.flips(scores, side)
    return np.where(left, np.minimum(margins, -TINY), np.maximum(margins, 0))


class GuardedOracle(Oracle):
    """A reconstruction composed with a model, what counts as its decision, and a guard.

    The guard does not judge the initial setting, which no attack chose: the score there is the
    decision's own margin, from which follows whether a frame is attacked.

    Parameters
    ----------
    guard
        The guard.
    reconstructions, judge, decision, truths
        As `Oracle` takes them.
    """

    def __init__(
        self,
        guard: Guard,
        reconstructions: Sequence[Reconstruction],
        judge: Judge,
        decision: Decision,
        truths: Sequence[Any],
    ) -> None:
        super().__init__(reconstructions, judge, decision, truths)
        self._guard = guard
        self._at_start: dict[int, float] = {}

    def inputs(
        self, frame: int, parameters: np.ndarray, images: np.ndarray | None = None
    ) -> tuple[np.ndarray, ...]:
        """What reaches the model of one frame, and the guard's score of each picture, (n,)."""
        if images is not None:
            own = super().inputs(frame, parameters, images)
            return *own, self._guard.scores(images, self.reconstructions[frame].sector)
        return joined(
            len(parameters),
            (
                self.inputs(frame, some, self.images(frame, some))
                for some in in_parts(parameters, IMAGES)
            ),
        )

    def scores(self, frame: int, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
        """Guarded margins of the `inputs` of one frame, float64 (n,); n queries."""
        self.queries[frame] += len(inputs[-1])
        margins = self._margins(frame, self._answers(frame, inputs))
        is_first = frame not in self._at_start
        at_start = self._at_start.setdefault(frame, margins[0])
        guarded = np.maximum(margins, self._excess(inputs[-1], at_start))
        if is_first:
            guarded[0] = at_start
        return guarded

    def parts(self, frame: int, parameters: np.ndarray) -> tuple[np.ndarray, ...]:
        """Answers, the decision's margins and the guard's scores at settings; no queries.

        Parameters
        ----------
        frame
            A frame that was judged before.
        parameters
            float (n, parameter).

        Returns
        -------
        tuple
            Arrays (n, ...), (n,) and (n,).
        """
        inputs = self.inputs(frame, parameters)
        answers = self._answers(frame, inputs)
        return answers, self._margins(frame, answers), inputs[-1]

    def _answers(self, frame: int, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
        return super()._answers(frame, inputs[:-1])

    def _margins(self, frame: int, answers: np.ndarray) -> np.ndarray:
        """The decision's margins, (n,); the first answer to a frame may be the initial one."""
        if frame in self._references:
            return margins_of(self._decision, answers, self._references[frame])
        reference = self._references[frame] = self._first_reference(frame, answers[0])
        margins = margins_of(self._decision, answers, reference)
        is_binary = isinstance(self._decision, Binary)
        if not is_binary and not self._decision.is_right(answers[0], reference):
            margins[0] = min(margins[0], -TINY)
        return margins

    def _excess(self, scores: np.ndarray, at_start: float) -> np.ndarray:
        """The guard's scores above its threshold, in the decision's unit; 0 is no pass."""
        scale = max(at_start, self._decision.resolution)
        shares = scores / self._guard.threshold - 1
        excess = np.where(shares == 0, 0, scale * shares)
        return np.where(self._guard.alarms(scores), np.maximum(excess, TINY), excess)


@dataclass(frozen=True)
class Guarding:
    """What a guard changes of an attack (`reconattack.attacks.run.Guarding`).

    Attributes
    ----------
    guard
        The guard that pictures have to pass.
    """

    guard: Guard

    def oracle(
        self,
        reconstructions: Sequence[Reconstruction],
        judge: Judge,
        decision: Decision,
        truths: Sequence[Any],
    ) -> GuardedOracle:
        """An oracle whose scores are guarded margins."""
        return GuardedOracle(self.guard, reconstructions, judge, decision, truths)

    def decision(self, decision: Decision) -> GuardedDecision:
        """The decision that these scores belong to."""
        return GuardedDecision(decision)

    def completed(
        self, result: xr.Dataset, oracle: GuardedOracle, paths: Sequence[Path], decision: Decision
    ) -> xr.Dataset:
        """A record with both parts of the guarded margin, and with what it has without a guard.

        Each step of a path is judged once more for it, which is no query.

        Parameters
        ----------
        result
            The record of the paths.
        oracle
            The attack's oracle.
        paths
            A path for each frame.
        decision
            What the model decides.
        """
        parts = [oracle.parts(f, np.array(path.parameters)) for f, path in enumerate(paths)]
        answers, margins, scores = zip(*parts, strict=True) if parts else ((), (), ())
        steps, by_step = (result.sizes["step"],), ("frame", "step")
        result["margin"].attrs["long_name"] = MEANS
        result["decision_margin"] = (
            by_step,
            padded(margins, steps),
            described(decision.unit, "how far the reference decision is from being left"),
        )
        result["guard_score"] = (
            by_step,
            padded(scores, steps),
            described("1", "Mahalanobis distance of the picture from those that the guard allows"),
        )
        if isinstance(decision, Binary):
            logits = padded(answers, steps)
            result["logit"] = by_step, logits, described(decision.score_unit, decision.score_means)
            result["probability"] = (
                by_step,
                expit(logits),
                described("1", "probability of fatty liver"),
            )
            result["reference"] = (
                "frame",
                np.array([oracle.reference(frame) for frame in range(len(paths))], int),
                described("1", decision.reference_means),
            )
        return result.assign_attrs(
            guarded="a flip counts only if the guard lets the picture pass",
            guard_threshold=self.guard.threshold,
        )
