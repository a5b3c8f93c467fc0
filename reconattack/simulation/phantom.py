"""Phantoms for channel data: speckle, a round lesion in some of them, and wires at known places.

All properties of a phantom are drawn from its name alone, as those of a simulated patient are.
"""

from dataclasses import dataclass

import numpy as np

from reconattack.errors import InputError
from reconattack.simulation.patients import even_quantile, random_stream

# Every value below is a choice.
PREVALENCE = 0.5
RADIUS = (0.0025, 0.0045)  # m
CONTRAST = (4.0, 12.0)  # dB, above or below the tissue around
SOUND_SPEED = (1555.0, 15.0)  # m/s, mean and spread of the patients
ATTENUATION = (0.6, 0.06)  # dB/(cm MHz), mean and spread
# One to two scatterers in a resolution cell: time grows with their number. So speckle is not fully
# developed.
DENSITY = 5e6  # per m^2
SHALLOWEST = 0.002  # m, where the tissue begins
BESIDE = 0.002  # m of tissue on either side of what is shown
BELOW = 1.1  # depth of the tissue over that which is shown, for every speed of sound assumed
WIRES = 3
WIRE_LEVEL = 26.0  # dB over a scatterer
WIRE_GAP = 0.002  # m between wires, and to the lesion, at least
RIM = 0.1  # share of the width and depth at each edge that holds neither lesion nor wires
SMALLEST = 0.016  # m of width and of depth: the largest lesion and wires beside it fit in


@dataclass(frozen=True)
class Lesion:
    """A disc of another echogenicity: centre and radius [m], level [dB] over the tissue."""

    x: float
    z: float
    radius: float
    level: float

    def covers(self, x: np.ndarray, z: np.ndarray, margin: float = 0.0) -> np.ndarray:
        """Whether places [m] lie inside it, or less than a margin [m] from its rim."""
        return np.hypot(x - self.x, z - self.z) < self.radius + margin


@dataclass(frozen=True)
class Phantom:
    """One simulated patient of channel data.

    Attributes
    ----------
    name
        From which everything is drawn.
    width, depth
        Of what is shown [m]; x runs from -width / 2 to width / 2, z from the probe's face.
    sound_speed
        True speed of sound [m/s], the same everywhere.
    attenuation
        dB/(cm MHz), the same everywhere.
    lesion
        None if the phantom has none.
    wires
        Places x and z of point targets [m], shape (wire, 2).
    """

    name: str
    width: float
    depth: float
    sound_speed: float
    attenuation: float
    lesion: Lesion | None
    wires: np.ndarray

    @property
    def label(self) -> int:
        """1 with a lesion, 0 without."""
        return int(self.lesion is not None)

    def scatterers(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Places and reflection coefficients of the tissue's scatterers, then of the wires.

        Returns
        -------
        tuple of numpy.ndarray
            x and z [m] and the coefficients [1], float64 (scatterer + wire,).
        """
        random = random_stream(self.name, "scatterers")
        half = self.width / 2 + BESIDE
        deepest = BELOW * self.depth
        count = round(DENSITY * 2 * half * (deepest - SHALLOWEST))
        x = random.uniform(-half, half, count)
        z = random.uniform(SHALLOWEST, deepest, count)
        reflection = random.standard_normal(count)
        if self.lesion is not None:
            reflection[self.lesion.covers(x, z)] *= 10 ** (self.lesion.level / 20)
        wires = np.full(len(self.wires), 10 ** (WIRE_LEVEL / 20))
        return (
            np.concatenate([x, self.wires[:, 0]]),
            np.concatenate([z, self.wires[:, 1]]),
            np.concatenate([reflection, wires]),
        )


def simulate_phantom(name: str, width: float, depth: float) -> Phantom:
    """Draw the phantom called `name`; the same name and size always give the same phantom.

    Half of the phantoms of consecutive numbers have a lesion (`even_quantile`).

    Parameters
    ----------
    name
        Its trailing number takes part in whether it has a lesion.
    width, depth
        Of what is shown [m].

    Raises
    ------
    InputError
        If a lesion and the wires do not fit in.
    """
    if min(width, depth) < SMALLEST:
        raise InputError(
            f"phantom {name}: {1e3 * width:.3g} mm x {1e3 * depth:.3g} mm are shown; expected "
            f"{1e3 * SMALLEST:g} mm or more each way, so that a lesion and wires fit in"
        )
    random = random_stream(name, "phantom")
    sound_speed = random.normal(*SOUND_SPEED)
    attenuation = max(0.3, random.normal(*ATTENUATION))
    low = np.array([-width / 2 + RIM * width, SHALLOWEST + RIM * depth])
    high = np.array([width / 2 - RIM * width, depth - RIM * depth])
    radius, contrast = random.uniform(*RADIUS), random.uniform(*CONTRAST)
    level = contrast if random.random() < 0.5 else -contrast
    x, z = random.uniform(low + radius, high - radius)
    has_lesion = even_quantile(name) < PREVALENCE
    lesion = Lesion(float(x), float(z), radius, level) if has_lesion else None
    wires = _place_wires(lesion, low, high, random)
    return Phantom(name, width, depth, sound_speed, attenuation, lesion, wires)


def _place_wires(
    lesion: Lesion | None, low: np.ndarray, high: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Places x and z between two corners [m], away from the lesion and from each other."""
    wires: list[np.ndarray] = []
    while len(wires) < WIRES:
        place = random.uniform(low, high)
        beside_lesion = lesion is None or not lesion.covers(*place, margin=WIRE_GAP)
        if beside_lesion and all(np.hypot(*(place - other)) > WIRE_GAP for other in wires):
            wires.append(place)
    return np.array(wires)
