"""Clips and patients: one setting for all frames of a unit, and one decision over them.

A scanner's setting holds for a whole clip. So a unit of several frames is attacked by one vector of
parameters, and what is decided of it follows from the answers to its frames by a rule:

- `mean`: the mean probability of each class, or the mean number (`Decision.mean`);
- `vote`: class 1 where more than half of the frames are of class 1;
- `maximum`: the largest probability of class 1, or the largest number.

A query is a setting that is judged; it costs an image of each frame.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reconattack.attacks.oracle import Oracle
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.judge import Judge
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction

Rule = Callable[[Decision, np.ndarray], np.ndarray]


def vote(answers: np.ndarray) -> np.ndarray:
    """The answer, (n,) of (n, frame), that more than half of the frames reach or exceed."""
    count = answers.shape[1]
    return np.sort(answers, axis=1)[:, count - count // 2 - 1]


RULES: dict[str, Rule] = {
    "mean": lambda decision, answers: decision.mean(answers),
    "vote": lambda decision, answers: vote(answers),
    "maximum": lambda decision, answers: answers.max(axis=1),
}
KNOWN = {  # rules of each kind of decision
    "binary": ("mean", "vote", "maximum"),
    "classes": ("mean",),
    "number": ("mean", "maximum"),
    "mask": (),
}


def check_rule(rule: str, decision: Decision) -> None:
    """Raise InputError if a rule says nothing of a decision."""
    known = KNOWN[decision.kind]
    if rule not in known:
        expected = f"expected {' or '.join(known)}" if known else "expected single frames"
        raise InputError(
            f"the rule {rule!r} makes no {decision.kind} decision of several frames; {expected}"
        )


class UnitOracle(Oracle):
    """Units composed with what judges their frames and with the rule of their decision.

    Parameters
    ----------
    units
        The frames of each unit.
    judge
        The model.
    rule
        A name in `RULES`.
    decision
        What the model decides; None for a binary decision.
    truths
        What is true of each unit, None where it is unknown.

    Attributes
    ----------
    reconstructions
        The frames of each unit.
    rule
        As given.
    queries
        int (unit,): settings of each unit that have been judged so far.

    Raises
    ------
    InputError
        If the rule says nothing of the decision.
    """

    def __init__(
        self,
        units: Sequence[Sequence[Reconstruction]],
        judge: Judge,
        rule: str,
        decision: Decision | None = None,
        truths: Sequence[Any] | None = None,
    ) -> None:
        super().__init__(units, judge, decision, truths)
        check_rule(rule, self._decision)
        self.rule = rule
        self._singles = [Oracle(unit, judge, decision) for unit in units]

    def images(self, frame: int, parameters: np.ndarray) -> list[tuple[np.ndarray, ...]]:
        """The images of a unit's frames at each setting, uint8 (z, x); not a query yet."""
        single = self._singles[frame]
        numbers = range(len(self.reconstructions[frame]))
        return list(zip(*(single.images(number, parameters) for number in numbers), strict=True))

    def inputs(
        self, frame: int, parameters: np.ndarray, images: Sequence | None = None
    ) -> tuple[np.ndarray, ...]:
        """What reaches the model of a unit at parameter vectors, all frames' arrays in a row."""
        single = self._singles[frame]
        arrays: tuple[np.ndarray, ...] = ()
        for number in range(len(self.reconstructions[frame])):
            own = None if images is None else np.stack([one[number] for one in images])
            arrays += single.inputs(number, parameters, own)
        return arrays

    def changes(self, frame: int, original: Sequence, images: Sequence) -> np.ndarray:
        """What sets images of a unit apart from the original ones, (n, measure), mean of frames."""
        single = self._singles[frame]
        of_frames = [
            single.changes(number, original[number], np.stack([one[number] for one in images]))
            for number in range(len(self.reconstructions[frame]))
        ]
        return np.mean(of_frames, axis=0)

    def _answers(self, frame: int, inputs: tuple[np.ndarray, ...]) -> np.ndarray:
        """The answer to a unit for each setting, (n, ...)."""
        count = len(self.reconstructions[frame])
        each = len(inputs) // count
        answers = [
            self._judge.answers_of(*inputs[each * number : each * (number + 1)])
            for number in range(count)
        ]
        return RULES[self.rule](self._decision, np.stack(answers, axis=1))


def truth_of_unit(name: str, frames: Sequence[xr.Dataset], decision: Decision) -> Any | None:
    """What is true of a unit: of all its frames whose truth is known.

    Raises
    ------
    InputError
        If they differ.
    """
    known = [decision.truth_of(frame.attrs) for frame in frames]
    known = [truth for truth in known if truth is not None]
    if any(truth != known[0] for truth in known):
        raise InputError(
            f"the frames of {name} have the truths {', '.join(map(str, sorted(set(known))))}; "
            "expected one for the whole unit"
        )
    return known[0] if known else None


def units_of(frames: Mapping[str, xr.Dataset], by: str) -> dict[str, list[str]]:
    """Names of the frames of each unit, by an attribute of the frames such as `patient`."""
    units: dict[str, list[str]] = {}
    for name, frame in frames.items():
        units.setdefault(str(frame.attrs[by]), []).append(name)
    return units
