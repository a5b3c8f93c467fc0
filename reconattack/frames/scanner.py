"""Scanner descriptions: geometry and acquisition of the machine that recorded the frames."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reconattack.errors import InputError, check_names
from reconattack.frames.written_numbers import comma_hint, number_in

FACTS = {  # facts in a file, a frame table or a scanner description, with their units
    "probe": "",
    "sampling_frequency": "Hz",
    "center_frequency": "Hz",
    "sound_speed": "m/s",
    "start_depth": "m",
    "probe_radius": "m",
    "angle_span": "rad",
    "lateral_span": "m",
    "gain_state": "",
}
GEOMETRY = {
    "convex": ("probe_radius", "angle_span"),
    "linear": ("lateral_span",),
    "phased": ("angle_span",),
}
OF_CHANNELS = ("array", "scan")  # what is stated of a scanner of channel data besides
PLAUSIBLE = {  # far wider than real scanners; a wrong unit lies outside
    "sampling_frequency": (1e5, 1e9),
    "center_frequency": (1e5, 1e8),
    "sound_speed": (1000, 2000),
    "start_depth": (-0.1, 0.5),
    "probe_radius": (0.001, 0.5),
    "angle_span": (0.01, 3.14),
    "lateral_span": (0.001, 0.5),
}
OTHER_UNITS = {  # what a fact is also stated in, and how much of its own unit that is
    "Hz": {"MHz": 1e6, "kHz": 1e3},
    "m": {"mm": 1e-3, "cm": 1e-2},
    "m/s": {"km/s": 1e3},
    "rad": {"degrees": math.pi / 180},
}


def scanner_errors(facts: Mapping[str, Any]) -> list[str]:
    """What cannot be true of a scanner, a line for each.

    Parameters
    ----------
    facts
        Any of the `FACTS`; None and texts in place of numbers are passed over.
    """
    known = {name: value for name, value in facts.items() if value is not None}
    numbers = {
        name: value
        for name, value in known.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    lines = [
        f"{name} is {error}"
        for name in PLAUSIBLE
        if name in numbers and (error := implausible(name, numbers[name]))
    ]
    probe = known.get("probe")
    if probe in GEOMETRY:
        others = set().union(*GEOMETRY.values()) - set(GEOMETRY[probe])
        unused = sorted(others & known.keys())
        if unused:
            lines.append(
                f"found {' and '.join(unused)}, which a {probe} probe does not have; expected "
                f"{' and '.join(GEOMETRY[probe])} alone: correct the probe, or leave the other "
                "facts out of the frame table and the configuration"
            )
    return lines


def implausible(name: str, value: float) -> str:
    """What is wrong with a number among the `FACTS`, beginning with it; empty if nothing is."""
    unit, (low, high) = FACTS[name], PLAUSIBLE[name]
    if low <= value <= high:
        return ""
    meant = [
        f"{value:g} {other} are {value * factor:.6g} {unit}"
        for other, factor in OTHER_UNITS[unit].items()
        if low <= value * factor <= high
    ]
    return " ".join(
        [
            f"{value:g} {unit}; expected from {low:g} to {high:g} {unit}: is it in another unit?",
            *([", ".join(meant)] if meant else []),
        ]
    )


def scanner_description(stated: Mapping[str, Any]) -> dict[str, Any]:
    """A description of a scanner as a person states it, with `name`, checked.

    Parameters
    ----------
    stated
        `reference_level` and any of `name`, the `FACTS` and `OF_CHANNELS`. Numbers may be text, as
        YAML 1.1 leaves 40e6.

    Raises
    ------
    InputError
        If a name is unknown, `reference_level` is missing, or a value is no number.
    """
    check_names("a scanner", stated, ["name", "reference_level", *FACTS, *OF_CHANNELS])
    if "reference_level" not in stated:
        raise InputError(
            "the scanner has no reference_level; expected a number in dB: put 0, then measure it "
            "with reference_level of the library"
        )
    description = {"name": "scanner", **stated}
    for name, unit in ({"reference_level": "dB"} | FACTS).items():
        value = description.get(name)
        if isinstance(value, str) and unit:
            description[name] = number_in(value)
            if description[name] is None:
                raise InputError(
                    f"scanner {description['name']}: {name} is {value!r}; expected a number in "
                    f"{unit}{comma_hint(value)}"
                )
    return description


@dataclass(frozen=True)
class Scanner:
    """Geometry and acquisition of one scanner, in SI units.

    A convex probe states `probe_radius` and `angle_span`, a linear one `lateral_span`, a phased
    array `angle_span`: its lines diverge from the middle of its flat face. The spans reach from the
    first to the last scan line.
    """

    name: str
    reference_level: float
    probe: str | None = None
    sampling_frequency: float | None = None
    center_frequency: float | None = None
    sound_speed: float | None = None
    gain_state: str = "unknown"
    start_depth: float = 0.0
    probe_radius: float | None = None
    angle_span: float | None = None
    lateral_span: float | None = None

    def __post_init__(self) -> None:
        lines = []
        if self.probe is not None and self.probe not in GEOMETRY:
            lines.append(f"probe is {self.probe!r}; expected one of {', '.join(GEOMETRY)}")
        needed = ("probe", "sampling_frequency", "center_frequency", "sound_speed")
        needed += GEOMETRY.get(self.probe, ())
        missing = [field for field in needed if getattr(self, field) is None]
        if missing:
            lines.append(
                f"nobody states {', '.join(missing)}; expected "
                f"{'it' if len(missing) == 1 else 'them'} from the file, a column of the frame "
                f"table or scanners.{self.name} in the configuration"
            )
        lines += scanner_errors({name: getattr(self, name) for name in FACTS})
        if lines:
            raise InputError("\n    ".join(f"scanner {self.name}: {line}" for line in lines))

    @property
    def radius(self) -> float | None:
        """Distance from the face to the point from which lines diverge [m]; None if parallel."""
        return {"linear": None, "phased": 0.0}.get(self.probe, self.probe_radius)

    def depth(self, samples: int) -> np.ndarray:
        """Depth of each sample from the probe's face, shape (samples,) [m], two-way travel."""
        spacing = self.sound_speed / (2 * self.sampling_frequency)
        return self.start_depth + spacing * np.arange(samples)

    def lines(self, count: int) -> dict[str, np.ndarray]:
        """The lateral coordinate of `count` lines: {"angle": [rad]} or {"lateral": [m]}."""
        name, span = (
            ("lateral", self.lateral_span) if self.radius is None else ("angle", self.angle_span)
        )
        return {name: np.linspace(-span / 2, span / 2, count)}
