"""Shapes of organs and vessels as signed distances: negative inside; all lengths in metres."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Ellipse:
    """An ellipse whose long axis is turned by `tilt` [rad] from +x towards +z; lengths in m.

    `ripple` deforms it: relative amplitude, number of waves and phase around the contour.
    """

    x: float
    z: float
    semi_long: float
    semi_short: float
    tilt: float = 0.0
    ripple: tuple[float, int, float] = (0.0, 1, 0.0)

    def moved(self, along: float, into: float) -> "Ellipse":
        """The same ellipse elsewhere: shifts in x and z [m]."""
        return replace(self, x=self.x + along, z=self.z + into)

    def along(self, x: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of points along the long and the short axis [m]."""
        cosine, sine = np.cos(self.tilt), np.sin(self.tilt)
        x, z = x - self.x, z - self.z
        return x * cosine + z * sine, z * cosine - x * sine

    def distance(self, x: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Signed distance [m] to first order: exact on the contour."""
        u, v = self.along(x, z)
        u, v = u / self.semi_long, v / self.semi_short
        radius = np.hypot(u, v)
        slope = np.hypot(u / self.semi_long, v / self.semi_short)
        amplitude, waves, phase = self.ripple
        if amplitude:
            edge = 1 + amplitude * np.cos(waves * np.arctan2(v, u) + phase)
            return radius * (radius - edge) / np.maximum(slope, 1e-9)
        return radius * (radius - 1) / np.maximum(slope, 1e-9)


@dataclass(frozen=True)
class Tube:
    """A vessel from one end to the other, its radius changing evenly between them; lengths in m."""

    x: float
    z: float
    x_end: float
    z_end: float
    radius: float
    radius_end: float
    walled: bool

    def moved(self, along: float, into: float) -> "Tube":
        """The same vessel elsewhere: shifts in x and z [m]."""
        return replace(
            self,
            **{"x": self.x + along, "x_end": self.x_end + along},
            **{"z": self.z + into, "z_end": self.z_end + into},
        )

    def box(self, margin: float) -> tuple[float, float, float, float]:
        """Least and greatest x, then z, of the points within `margin` of the vessel [m]."""
        reach = max(self.radius, self.radius_end) + margin
        across, down = sorted((self.x, self.x_end)), sorted((self.z, self.z_end))
        return across[0] - reach, across[1] + reach, down[0] - reach, down[1] + reach

    def distance(self, x: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Signed distance [m] to the vessel's inner surface."""
        run, fall = self.x_end - self.x, self.z_end - self.z
        share = ((x - self.x) * run + (z - self.z) * fall) / (run**2 + fall**2)
        share = np.clip(share, 0, 1)
        radius = self.radius + share * (self.radius_end - self.radius)
        return np.hypot(x - self.x - share * run, z - self.z - share * fall) - radius
