"""Decisions by their kind, as configurations declare them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.decisions.number import Number
from reconattack.errors import InputError

if TYPE_CHECKING:
    from reconattack.classifiers.judge import Judge

KINDS = ("binary", "classes", "number", "mask")


def declared_decision(declaration: Mapping[str, Any] | None) -> Decision | None:
    """The decision that a model's block of the configuration declares; None for a binary one.

    Raises
    ------
    InputError
        If it contradicts itself.
    """
    if not declaration or declaration["kind"] == "binary":
        return None
    kind = declaration["kind"]
    if kind == "classes":
        return Classes(
            tuple(declaration["classes"]),
            tuple(tuple(pair) for pair in declaration.get("grave", ())),
            declaration.get("truth", "label"),
            tuple(declaration.get("cuts", ())),
        )
    if kind == "number":
        return Number(
            declaration["unit"],
            declaration.get("threshold"),
            declaration.get("tolerance"),
            declaration.get("truth"),
        )
    if kind == "mask":
        return Mask(tuple(declaration["structures"]), declaration["dice"])
    raise InputError(f"decision.kind is {kind!r}; expected one of {', '.join(KINDS)}")


def decision_of(judge: "Judge", cutoff: float) -> Decision:
    """What a judge decides; a binary decision has the run's cut-off."""
    return getattr(judge, "decision", None) or Binary(cutoff)
