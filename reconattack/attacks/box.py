"""The box of an attack that a person calls: a start, and bounds of the parameters that move."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconattack.attacks.space import search_space
from reconattack.errors import InputError, check_names
from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS
from reconattack.reconstruction.setting import checked_setting


@dataclass(frozen=True)
class Box:
    """The settings that an attack may choose: a start, and bounds of the parameters that move.

    Attributes
    ----------
    start
        The initial setting.
    bounds
        Lowest and highest value of each parameter that moves, in its unit.
    """

    start: Mapping[str, float]
    bounds: Mapping[str, tuple[float, float]]

    def __repr__(self) -> str:
        lines = [
            f"{name} {low:g} to {high:g}{unit_of(name)}, from {value_in(self.start, name):g}"
            for name, (low, high) in self.bounds.items()
        ]
        return f"Box: {'; '.join(lines)}"


def box(start: Mapping[str, float], **bounds: tuple[float, float]) -> Box:
    """The box of an attack.

    Parameters
    ----------
    start
        The initial setting; it lies in the box. A parameter without bounds keeps its value.
    bounds
        (lowest, highest) of each parameter that moves, in its unit: `beta=(0.5, 1.3)`.

    Raises
    ------
    InputError
        If a parameter is unknown, or its bounds leave out the start or exceed its limits.
    """
    start = checked_setting(start)
    check_names("the reconstruction", bounds, PARAMETERS)
    if not bounds:
        raise InputError("a box needs a parameter that moves, for example beta=(0.5, 1.3)")
    pairs = {name: _pair(name, bound) for name, bound in bounds.items()}
    search_space(start, {name: {"box": list(pair)} for name, pair in pairs.items()})
    return Box(start, pairs)


def value_in(setting: Mapping[str, float], name: str) -> float:
    """Value of a parameter in a setting; one that it leaves out is neutral."""
    return setting[name] if name in setting else NEUTRAL[name]


def unit_of(name: str) -> str:
    """The unit to write after a parameter's value."""
    units = PARAMETERS[name].units
    return "" if units == "1" else f" {units}"


def _pair(name: str, bound: Any) -> tuple[float, float]:
    """Bounds of one parameter as two finite numbers."""
    try:
        low, high = map(float, bound)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high)):
        raise InputError(f"{name} is {bound!r}; expected two numbers, (lowest, highest)")
    return low, high
