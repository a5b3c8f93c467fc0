"""Decisions by their kind, as configurations declare them."""

import math
from collections.abc import Mapping
from typing import Any

from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.decisions.number import Number
from reconattack.errors import InputError

KEYS = {  # of each kind: those that are required, and others
    "binary": ((), ()),
    "classes": (("classes",), ("grave", "truth", "cuts")),
    "number": (("unit",), ("threshold", "tolerance", "truth")),
    "mask": (("structures", "dice"), ("truth", "labels")),
}
RANGES = {"fat_fraction": (0.0, 100.0)}  # of attributes that are numbers


def declared_decision(declaration: Mapping[str, Any] | None) -> Decision | None:
    """The decision that a model's block of the configuration declares; None for a binary one.

    Raises
    ------
    InputError
        If it contradicts itself, lacks a key or has one that its kind does not know.
    """
    if not declaration:
        return None
    _check_keys(declaration)
    _check_range(declaration)
    kind = declaration["kind"]
    if kind == "binary":
        return None
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
    return Mask(
        tuple(declaration["structures"]),
        declaration["dice"],
        declaration.get("truth"),
        tuple(declaration.get("labels", {}).items()),
    )


def _check_keys(declaration: Mapping[str, Any]) -> None:
    """Raise InputError unless a declaration has a known kind and the keys of that kind alone."""
    kind = declaration.get("kind")
    if kind not in KEYS:
        raise InputError(f"decision.kind is {kind!r}; expected one of {', '.join(KEYS)}")
    required, others = KEYS[kind]
    missing = [key for key in required if key not in declaration]
    unknown = [key for key in declaration if key not in ("kind", *required, *others)]
    if missing or unknown:
        found = [f"no {key}" for key in missing] + [f"the unknown {key}" for key in unknown]
        expected = ", ".join([*required, *(f"{key} (if wanted)" for key in others)])
        raise InputError(
            f"decision: found {' and '.join(found)}; expected for kind {kind}: "
            f"{expected or 'no further key'}"
        )


def _check_range(declaration: Mapping[str, Any]) -> None:
    """Raise InputError if a limit lies outside the range of the true number."""
    low, high = RANGES.get(declaration.get("truth"), (-math.inf, math.inf))
    limits = {"threshold": [declaration.get("threshold")], "cuts": declaration.get("cuts", [])}
    for name, values in limits.items():
        outside = [value for value in values if value is not None and not low < value < high]
        if outside:
            raise InputError(
                f"decision.{name} has {outside[0]:g}; expected more than {low:g} and less than "
                f"{high:g}, the range of {declaration['truth']}"
            )


def decision_of(judge: Any, cutoff: float) -> Decision:
    """What a judge (`reconattack.classifiers.judge.Judge`) decides, binary by the cut-off."""
    return judge.decision or Binary(cutoff)
