"""Scanner descriptions: geometry and acquisition of the machine that recorded the frames."""

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
GEOMETRY = {"convex": ("probe_radius", "angle_span"), "linear": ("lateral_span",)}
PLAUSIBLE = {  # far wider than real scanners; a wrong unit lies outside
    "sampling_frequency": (1e5, 1e9),
    "center_frequency": (1e5, 1e8),
    "sound_speed": (1000, 2000),
    "start_depth": (-0.1, 0.5),
    "probe_radius": (0.001, 0.5),
    "angle_span": (0.01, 3.14),
    "lateral_span": (0.001, 0.5),
}


def scanner_description(stated: Mapping[str, Any]) -> dict[str, Any]:
    """A description of a scanner as a person states it, with `name`, checked.

    Parameters
    ----------
    stated
        `reference_level` and any of `name` and the `FACTS`. Numbers may be text, as YAML 1.1 leaves
        40e6.

    Raises
    ------
    InputError
        If a name is unknown, `reference_level` is missing, or a value is no number.
    """
    check_names("a scanner", stated, ["name", "reference_level", *FACTS])
    if "reference_level" not in stated:
        raise InputError("the scanner has no reference_level; expected a number in dB, at first 0")
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

    A convex probe states `probe_radius` and `angle_span`, a linear one `lateral_span`; the spans
    reach from the first to the last scan line.
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
        if self.probe is not None and self.probe not in GEOMETRY:
            raise InputError(
                f"scanner {self.name}: probe is {self.probe!r}; expected one of "
                f"{', '.join(GEOMETRY)}"
            )
        needed = ("probe", "sampling_frequency", "center_frequency", "sound_speed")
        needed += GEOMETRY.get(self.probe, ())
        missing = [field for field in needed if getattr(self, field) is None]
        if missing:
            raise InputError(
                f"scanner {self.name}: nobody states {', '.join(missing)}; expected "
                f"{'it' if len(missing) == 1 else 'them'} from the file, a column of the frame "
                f"table or scanners.{self.name} in the configuration"
            )
        others = set().union(*GEOMETRY.values()) - set(GEOMETRY[self.probe])
        unused = [field for field in sorted(others) if getattr(self, field) is not None]
        if unused:
            raise InputError(
                f"scanner {self.name}: found {' and '.join(unused)}, which a {self.probe} probe "
                f"does not have; expected {' and '.join(GEOMETRY[self.probe])} alone: correct the "
                "probe, or leave the other facts out of the frame table and the configuration"
            )
        for field, (low, high) in PLAUSIBLE.items():
            value = getattr(self, field)
            if value is not None and not low <= value <= high:
                raise InputError(
                    f"scanner {self.name}: {field} is {value:g} {FACTS[field]}; expected from "
                    f"{low:g} to {high:g} {FACTS[field]}: is it in another unit?"
                )

    def depth(self, samples: int) -> np.ndarray:
        """Depth of each sample from the probe's face, shape (samples,) [m], two-way travel."""
        spacing = self.sound_speed / (2 * self.sampling_frequency)
        return self.start_depth + spacing * np.arange(samples)

    def lines(self, count: int) -> dict[str, np.ndarray]:
        """The lateral coordinate of `count` lines: {"angle": [rad]} or {"lateral": [m]}."""
        name, span = (
            ("angle", self.angle_span) if self.probe == "convex" else ("lateral", self.lateral_span)
        )
        return {name: np.linspace(-span / 2, span / 2, count)}
