"""The bound of a decision over several frames at one setting, from the bounds of each frame.

What is decided of a unit is a function of the answers to its frames that falls nowhere as they rise
(`reconattack.attacks.units`). So the rule of the frames' lower bounds is a lower bound of the unit.
What the frames have in common is not used, so parts of the box are smaller than for one frame.

Several classes are compared by their mean probabilities. With b[j] a lower bound of the reference's
score less that of class j in a frame, its probability is at least P = 1 / (1 + sum of exp(-b[j])),
and it exceeds that of class k at least by P (1 - exp(-b[k])), or by tanh(b[k] / 2) if b[k] is below
zero: two probabilities r and q with log(r / q) = m differ by (r + q) tanh(m / 2).
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import expit, logit

from reconattack.attacks.proof.bounds import Bound, MarginBound
from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.ensemble import ARITHMETIC, EnsembleBound
from reconattack.attacks.proof.frame import PROBABILITY_ERROR, decision_bound, least_bound
from reconattack.attacks.proof.pixels import Sums
from reconattack.attacks.proof.relu_network import ReluNetwork
from reconattack.attacks.units import vote
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.decision import Decision, LinearMargin
from reconattack.classifiers.judge import Judge
from reconattack.reconstruction.reconstruction import Reconstruction

Member = MarginBound | EnsembleBound
Combine = Callable[[np.ndarray], np.ndarray]  # (n, frame, margin) to (n,)


class UnitBound:
    """Bounds of the margin of one decision over several frames.

    Attributes
    ----------
    picture
        What gives the sums of a cell: this object itself.
    frames
        The bounds of each frame's margins, in the same order for all.
    combine
        Lower bounds of the unit's margin, (n,), from those of its frames, (n, frame, margin).
    """

    def __init__(self, frames: Sequence[Sequence[Member]], combine: Combine) -> None:
        self.picture = self
        self.frames = frames
        self.combine = combine

    def start(self) -> tuple[Sums, ...]:
        """What is known before any cell, for each frame."""
        return tuple(members[0].picture.start() for members in self.frames)

    def sums(self, cell: Cell, known: Sequence[Sums]) -> tuple[Sums, ...]:
        """Bounds of the pixels over a cell, for each frame."""
        return tuple(
            members[0].picture.sums(cell, sums)
            for members, sums in zip(self.frames, known, strict=True)
        )

    def __call__(self, cell: Cell, sums: Sequence[Sums]) -> Bound:
        """A lower bound of the unit's margin over a cell."""
        found = [
            [member(cell, own) for member in members]
            for members, own in zip(self.frames, sums, strict=True)
        ]
        every = [bound for bounds in found for bound in bounds]
        lowest = np.array([[bound.least for bound in bounds] for bounds in found])
        (least,) = self.combine(lowest[np.newaxis])
        worst = min(every, key=lambda bound: bound.least)
        return Bound(float(least), worst.corner, sum(bound.spread for bound in every))


def unit_bound(
    judge: Judge,
    network: ReluNetwork,
    frames: Sequence[Reconstruction],
    rule: str,
    box: Cell,
    reference: float,
    decision: Decision,
) -> UnitBound:
    """The bound of the margin of a unit's decision by a provable judge.

    Parameters
    ----------
    judge, network
        The model, and its network (`reconattack.attacks.proof.frame.provable_network`).
    frames
        The unit's frames.
    rule
        A name in `reconattack.attacks.units.RULES` that the decision knows.
    box
        The settings.
    reference
        The class, or the number, that is to be kept over the unit.
    decision
        What is decided.
    """
    error = PROBABILITY_ERROR if network.gives_probability else 0.0
    if isinstance(decision, Binary):
        members = [
            [decision_bound(judge, network, frame, box, reference, decision)] for frame in frames
        ]
        combine = _of_two_classes(rule, reference, float(logit(decision.cutoff)), error)
    else:
        margins = _margins(decision, reference)
        members = [least_bound(judge, network, frame, box, margins).members for frame in frames]
        if isinstance(decision, Classes):
            places = [k - (k > reference) for k in decision.leaving(reference)]
            combine = _of_classes(places, error)
        else:
            combine = _of_numbers(rule, margins)
    for bound in (one for of_frame in members for one in of_frame):
        for member in bound.members if isinstance(bound, EnsembleBound) else [bound]:
            member.is_close = True
    return UnitBound(members, combine)


def _margins(decision: Decision, reference: float) -> Sequence[LinearMargin]:
    """Margins of a frame: of a class against each other one, or those of the number."""
    if not isinstance(decision, Classes):
        return decision.linear_margins(reference)
    every = np.eye(len(decision.classes))
    return [
        LinearMargin(every[reference] - row, 0.0) for row in np.delete(every, reference, axis=0)
    ]


def _of_two_classes(rule: str, reference: int, cut: float, error: float) -> Combine:
    """The margin of class 0 or 1 by a rule, in log-odds beyond the cut-off's logit `cut`."""
    sign = 1.0 if reference == 1 else -1.0

    def combine(lowest: np.ndarray) -> np.ndarray:
        bounds = lowest[..., 0]
        if rule == "vote":
            return sign * vote(sign * bounds)
        if rule == "maximum":
            return sign * (sign * bounds).max(axis=1)
        shares = expit(bounds + sign * cut).mean(axis=1) - 2 * error - ARITHMETIC
        return np.where(shares > 0, logit(np.maximum(shares, 1e-300)) - sign * cut, -np.inf)

    return combine


def _of_classes(leaving: Sequence[int], error: float) -> Combine:
    """How much the reference's mean probability exceeds those of the classes at some places.

    The difference of two probabilities is at most that of their logarithms, so one above zero is a
    lower bound of the margin. Nothing is said of others.
    """

    def combine(lowest: np.ndarray) -> np.ndarray:
        likely = 1 / (1 + np.exp(np.minimum(-lowest, 500)).sum(axis=2, keepdims=True))
        surely = -likely * np.expm1(-np.maximum(lowest, 0))
        more = np.where(lowest >= 0, surely, np.tanh(lowest / 2))
        classes = lowest.shape[2] + 1
        least = more[..., leaving].mean(axis=1).min(axis=1)
        least -= 4 * classes * error + ARITHMETIC
        return np.where(least > 0, least, -np.inf)

    return combine


def _of_numbers(rule: str, margins: Sequence[LinearMargin]) -> Combine:
    """The least of the margins of the mean or the largest number."""
    rises = np.array([margin.row[0] > 0 for margin in margins])

    def combine(lowest: np.ndarray) -> np.ndarray:
        if rule == "mean":
            return lowest.mean(axis=1).min(axis=1)
        return np.where(rises, lowest.max(axis=1), lowest.min(axis=1)).min(axis=1)

    return combine
