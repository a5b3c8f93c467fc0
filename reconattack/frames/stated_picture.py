"""What somebody states of a finished picture: whether it can be true."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reconattack.errors import InputError
from reconattack.frames.grey_maps import GREYS, NAMED, named_map, with_stated_range
from reconattack.frames.picture import (
    RANGE_ERROR,
    RANGES,
    range_error,
    shares_error,
)
from reconattack.frames.region import region_of
from reconattack.frames.scanner import GEOMETRY, OTHER_UNITS, scanner_errors

GAMMAS = (0.1, 10.0)
NUMBERS = {  # unit, and the lowest and highest value
    "dynamic_range": ("dB", RANGES),
    "dynamic_range_error": ("dB", (0, 100)),
    "image_depth": ("m", (0.002, 0.6)),
    "center_frequency": ("Hz", None),
    "probe_radius": ("m", None),
    "lateral_span": ("m", None),
    "censored_margin": ("grey levels", (0, GREYS // 4 - 1)),
}


def picture_errors(facts: Mapping[str, Any]) -> list[str]:
    """What cannot be true of a finished picture, a line for each.

    Parameters
    ----------
    facts
        Any of the keys that a configuration has under `picture`, and `probe`, `probe_radius`,
        `lateral_span` and `center_frequency`. None is not stated.
    """
    known = {name: value for name, value in facts.items() if value is not None}
    lines = [
        line
        for name in NUMBERS
        if name in known
        for value in (known[name] if isinstance(known[name], list | tuple) else [known[name]])
        if (line := _number_error(name, value))
    ]
    lines += [
        f"{name} is {known[name]!r}; expected True or False"
        for name in ("lossy", "resized")
        if not isinstance(known.get(name, False), bool | np.bool_)
    ]
    if "probe" in known and known["probe"] not in GEOMETRY:
        lines.append(f"probe is {known['probe']!r}; expected one of {', '.join(GEOMETRY)}")
    return lines + scanner_errors(known) + shape_errors(known)


def shape_errors(facts: Mapping[str, Any]) -> list[str]:
    """What is wrong with `grey_map`, `region` and the interval of the range, a line for each."""
    lines = [_grey_map_error(facts.get("grey_map", "linear")), _interval_error(facts)]
    if "region" in facts:
        try:
            region_of(facts["region"])
        except InputError as error:
            lines.append(str(error))
    return [line for line in lines if line]


def _number_error(name: str, value: Any) -> str:
    unit, ends = NUMBERS[name]
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return f"{name} is {value!r}; expected a number in {unit}"
    if ends is None or ends[0] <= value <= ends[1]:
        return ""
    meant = [
        f"{value:g} {other} are {value * factor:.6g} {unit}"
        for other, factor in OTHER_UNITS.get(unit, {}).items()
        if ends[0] <= value * factor <= ends[1]
    ]
    hint = f": is it in another unit? {', '.join(meant)}" if meant else ""
    return f"{name} is {value:g} {unit}; expected {ends[0]:g} to {ends[1]:g} {unit}{hint}"


def _interval_error(facts: Mapping[str, Any]) -> str:
    """What is wrong with a single dynamic range and its error, if each alone can be true."""
    facts = with_stated_range(facts)
    spread, named = facts.get("dynamic_range"), named_map(facts.get("grey_map"))
    if named and spread != named.dynamic_range:
        return (
            f"dynamic_range is {_shown(spread)}; expected {named.dynamic_range:g} dB, which "
            f"grey_map: {facts['grey_map']} states, or none declared"
        )
    error = facts.get("dynamic_range_error", RANGE_ERROR)
    alone = [_number_error("dynamic_range", spread), _number_error("dynamic_range_error", error)]
    return "" if any(alone) else range_error(spread, error)


def _grey_map_error(declared: Any) -> str:
    if isinstance(declared, str) and declared in ("linear", *NAMED):
        return ""
    keys = list(declared) if isinstance(declared, Mapping) else []
    if keys == ["gamma"]:
        gamma, (low, high) = declared["gamma"], GAMMAS
        is_number = isinstance(gamma, int | float | np.number) and not isinstance(gamma, bool)
        if is_number and low <= gamma <= high:
            return ""
        return f"grey_map has the gamma {gamma!r}; expected a number from {low:g} to {high:g}"
    if keys == ["shares"]:
        return shares_error(declared["shares"])
    return (
        f"grey_map is {_shown(declared)}; expected linear, {', '.join(NAMED)}, gamma with a "
        f"number, or shares with {GREYS} numbers"
    )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
