"""A fact that several sources state: the file, the frame table, the description of the scanner."""

from collections.abc import Mapping
from typing import Any

from reconattack.errors import InputError
from reconattack.frames.scanner import FACTS

PICTURE_FACTS = {
    "dynamic_range": "dB",
    "image_depth": "m",
}  # of finished pictures, with their units
UNITS = FACTS | PICTURE_FACTS
TOLERANCE = 0.01  # relative difference of a number that two sources state
DEPTH_TOLERANCE = 5e-5  # m; a start near the skin may be stated as 0


def agreed(name: str, sources: Mapping[str, Mapping[str, Any]]) -> Any:
    """Value of a fact on which all sources agree; None if no source states it.

    Parameters
    ----------
    name
        The fact, one of `UNITS`.
    sources
        Facts by name, of each source by its name in messages. None is not stated.

    Raises
    ------
    InputError
        If two sources disagree.
    """
    stated = {
        source: facts[name] for source, facts in sources.items() if facts.get(name) is not None
    }
    for source, value in stated.items():
        first = next(iter(stated))
        if _disagree(name, stated[first], value):
            raise InputError(
                f"{name} is {_shown(name, stated[first])} by {first} and {_shown(name, value)} by "
                f"{source}; correct the one that is wrong"
            )
    return next(iter(stated.values()), None)


def agreed_gain_state(sources: Mapping[str, Mapping[str, Any]], has_curve: bool) -> str:
    """State of the time gain on which all sources agree; table or scanner may ask for removal.

    Parameters
    ----------
    sources
        As for `agreed`; the file's own name is "the file".
    has_curve
        Whether the file tells its time-gain curve.

    Raises
    ------
    InputError
        If two sources disagree, or removal is asked for without a curve.
    """
    stated = {
        source: {"gain_state": facts["gain_state"]}
        for source, facts in sources.items()
        if facts.get("gain_state") not in (None, "unknown")
    }
    of_people = [known["gain_state"] for name, known in stated.items() if name != "the file"]
    if "removed" not in of_people:
        return agreed("gain_state", stated) or "unknown"
    if not has_curve:
        raise InputError(
            "gain_state is removed, but the file does not tell its time-gain curve, so nothing can "
            "be removed; say applied, or raw if the samples no longer carry it"
        )
    return "removed"


def _disagree(name: str, one: Any, other: Any) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one != other
    tolerance = DEPTH_TOLERANCE if name == "start_depth" else 0.0
    return abs(one - other) > max(tolerance, TOLERANCE * max(abs(one), abs(other)))


def _shown(name: str, value: Any) -> str:
    unit = UNITS[name]
    return f"{value:.6g} {unit}".strip() if isinstance(value, (int, float)) else str(value)
