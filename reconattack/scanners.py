"""Scanner descriptions: what a configuration states about the machine that recorded the frames."""

from dataclasses import dataclass

import numpy as np

from reconattack.errors import InputError


@dataclass(frozen=True)
class Scanner:
    """Geometry and acquisition of one scanner, in SI units.

    A convex probe states `probe_radius` and `angle_span`, a linear one `lateral_span`; the spans
    reach from the first to the last scan line.
    """

    name: str
    probe: str
    sampling_frequency: float
    center_frequency: float
    sound_speed: float
    reference_level: float
    gain_state: str
    start_depth: float = 0.0
    probe_radius: float | None = None
    angle_span: float | None = None
    lateral_span: float | None = None

    def __post_init__(self) -> None:
        needed = {"convex": ("probe_radius", "angle_span"), "linear": ("lateral_span",)}
        if self.probe not in needed:
            raise InputError(
                f"scanner {self.name}: probe is {self.probe!r}; expected one of {', '.join(needed)}"
            )
        missing = [field for field in needed[self.probe] if getattr(self, field) is None]
        if missing:
            raise InputError(
                f"scanner {self.name}: a {self.probe} probe needs {', '.join(missing)}"
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
