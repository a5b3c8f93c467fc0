"""What tissue lies where: a right subcostal liver/kidney view, placed anew for each patient.

The upper pole of the kidney and the diaphragm are on the left of the picture (cranial), the lower
pole on the right. Organs are shapes in metres, `x` across and `z` down from the probe's face on its
axis; `map_tissue` lays them on the (depth, line) grid of a probe.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from reconattack.frames.scanner import Scanner
from reconattack.simulation.acoustics import nakagami_texture, smooth_field
from reconattack.simulation.patients import Patient, random_stream
from reconattack.simulation.shapes import Ellipse, Tube

# Attenuation [dB/(cm MHz)] from Table 4 of Diagnostics 2023;13:855 (10.3390/diagnostics13050855),
# muscle across its fibres; kidney from Singh and Behari, Indian J. Pure Appl. Phys. 1994;32:706
# (goat, 0.69 +- 0.07; the table says 1.00).
ATTENUATION = {
    "skin": 0.35,
    "fat": 0.63,
    "muscle": 0.96,
    "blood": 0.15,
    "kidney": 0.69,
}

# Diffuse level [dB] relative to a lean liver; choices after the usual order of echogenicity (renal
# sinus > liver >= cortex > pyramids > blood).
LEVEL = {
    "skin": 4.0,
    "subcutaneous fat": -1.0,
    "muscle": -1.0,
    "preperitoneal fat": 4.0,
    "portal wall": 10.0,
    "diaphragm": 12.0,
    "renal sinus": 8.0,
    "perirenal fat": 1.5,
    "retroperitoneum": -4.0,
}
MIRROR_CONTRAST = -9.0  # dB below the liver, its mirror image in the lung; a choice
# Choice: slice thickness and side lobes fill a vessel with the liver's own echoes, a narrow one
# more; its contrast is 16 dB times 1 - exp(-radius / 2 mm).
VESSEL_CONTRAST = -16.0
VESSEL_RADIUS = 0.002
PYRAMID_CONTRAST = -4.0  # dB below the cortex; a choice
STRIATION = 2.5  # dB, spread between the sheets of fibres of the wall; a choice
CLUTTER_DECAY = 350.0  # dB/m, fall of the wall's reverberation; a choice

# Peak of a mirror-like reflection [dB] over the mean diffuse echo of a lean liver, met head-on;
# choices. It falls with cos(incidence)^SPECULARITY.
REFLECTION = {
    "skin": 10.0,
    "fascia": 18.0,
    "septum": 9.0,
    "liver capsule": 18.0,
    "portal wall": 14.0,
    "vein wall": 5.0,
    "kidney capsule": 15.0,
    "diaphragm": 24.0,
}
SPECULARITY = 16
REFLECTION_ROUGHNESS = 4.0  # dB, change along an interface; a choice
PORTAL_WALL = 0.0014  # m, thickness of the wall of a portal branch; a choice

Place = tuple[slice, slice]  # a part of the grid, (depth, line)
WHOLE: Place = (slice(0, None), slice(0, None))


@dataclass(frozen=True)
class Anatomy:
    """Organs of one patient.

    Attributes
    ----------
    layers
        The wall's, from the skin down: name, thickness [m].
    septa
        Bright sheets in the wall: depth [m], centre and width as shares of the probe's width.
    kidney, sinus, diaphragm
        Shapes [m].
    pyramids
        Number around the sinus and angle of the first [rad].
    vessels
        Portal branches and hepatic veins.
    bends
        Waves that bend all organs a little: amplitude [m], wave number along x and z [rad/m],
        phase [rad].
    """

    layers: tuple[tuple[str, float], ...]
    septa: tuple[tuple[float, float, float], ...]
    kidney: Ellipse
    sinus: Ellipse
    pyramids: tuple[int, float]
    diaphragm: Ellipse
    vessels: tuple[Tube, ...]
    bends: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True)
class Reflections:
    """Mirror-like echoes, one entry per crossing of a scan line and an interface.

    `line` is an index, `depth` in m, `level` in dB (see `REFLECTION`).
    """

    line: np.ndarray
    depth: np.ndarray
    level: np.ndarray


@dataclass(frozen=True)
class Tissue:
    """Tissue on the grid of a probe.

    Attributes
    ----------
    depth
        Depths of the grid [m], evenly spaced, shape (depth,).
    level
        Diffuse backscatter [dB] with its texture, shape (depth, line).
    attenuation
        dB/(cm MHz), shape (depth, line).
    reflections
        Mirror-like echoes.
    """

    depth: np.ndarray
    level: np.ndarray
    attenuation: np.ndarray
    reflections: Reflections


def draw_anatomy(patient: Patient) -> Anatomy:
    """Place the organs of a patient; sizes are those of adults, positions choices."""
    random = random_stream(patient.name, "anatomy")
    wall = patient.wall_thickness
    kidney = _draw_kidney(wall, random)
    return Anatomy(
        layers=_draw_layers(wall, random),
        septa=tuple(_draw_septa(wall, random)),
        kidney=kidney,
        sinus=_draw_sinus(kidney, random),
        pyramids=(int(random.integers(7, 11)), random.uniform(0, 2 * np.pi)),
        diaphragm=_draw_diaphragm(wall, random),
        vessels=tuple(_draw_vessels(wall, random)),
        bends=tuple(_draw_bends(random)),
    )


def _draw_layers(wall: float, random: np.random.Generator) -> tuple[tuple[str, float], ...]:
    skin = random.uniform(0.0018, 0.0026)
    muscle = random.uniform(0.008, 0.012)
    preperitoneal = random.uniform(0.0015, 0.004)
    return (
        ("skin", skin),
        ("subcutaneous fat", wall - skin - muscle - preperitoneal),
        ("muscle", muscle),
        ("preperitoneal fat", preperitoneal),
    )


def _draw_septa(wall: float, random: np.random.Generator) -> Iterator[tuple[float, float, float]]:
    """Short bright sheets in fat and muscle: (depth [m], centre, width), as shares of the lines."""
    for depth in random.uniform(0.004, wall - 0.003, random.integers(7, 13)):
        yield depth, random.uniform(0, 1), random.uniform(0.08, 0.3)


def _draw_kidney(wall: float, random: np.random.Generator) -> Ellipse:
    # Length 9.6-11.6 cm, width 4.4-5.6 cm: adult kidneys are 9-12 cm by 4-6 cm.
    return Ellipse(
        x=random.uniform(0.015, 0.042),
        z=min(wall + random.uniform(0.052, 0.075), 0.112),
        semi_long=random.uniform(0.048, 0.058),
        semi_short=random.uniform(0.022, 0.028),
        tilt=np.deg2rad(random.uniform(-28, 4)),
    )


def _draw_sinus(kidney: Ellipse, random: np.random.Generator) -> Ellipse:
    return Ellipse(
        x=kidney.x,
        z=kidney.z + random.uniform(-0.001, 0.003),
        semi_long=kidney.semi_long * random.uniform(0.5, 0.62),
        semi_short=kidney.semi_short * random.uniform(0.32, 0.45),
        tilt=kidney.tilt,
        ripple=(random.uniform(0.1, 0.22), int(random.integers(4, 8)), random.uniform(0, 6)),
    )


def _draw_diaphragm(wall: float, random: np.random.Generator) -> Ellipse:
    radius = random.uniform(0.085, 0.11)
    bottom = min(wall + random.uniform(0.088, 0.108), 0.148)
    return Ellipse(
        x=random.uniform(0.01, 0.035), z=bottom - radius, semi_long=radius * 1.05, semi_short=radius
    )


def _draw_vessels(wall: float, random: np.random.Generator) -> Iterator[Tube]:
    """A portal branch with its twigs, hepatic veins that meet, small vessels cut across."""
    yield from _draw_portal_branch(wall, random)
    confluence = random.uniform(-0.06, -0.03), wall + random.uniform(0.045, 0.075)
    fan = random.uniform(-1.3, -0.9)
    for _ in range(random.integers(1, 4)):
        length, radius = random.uniform(0.035, 0.065), random.uniform(0.0025, 0.0045)
        yield _tube(*confluence, length, fan, radius, 0.3, walled=False)
        fan += random.uniform(0.45, 0.7)
    for _ in range(random.integers(10, 18)):
        x, z = random.uniform(-0.07, 0.05), wall + random.uniform(0.012, 0.08)
        length, radius = random.uniform(0.001, 0.008), random.uniform(0.0008, 0.0018)
        tilt, walled = random.uniform(-1.5, 1.5), bool(random.random() < 0.6)
        yield _tube(x, z, length, tilt, radius, 0.6, walled)


def _draw_portal_branch(wall: float, random: np.random.Generator) -> Iterator[Tube]:
    x, z = random.uniform(0.0, 0.03), wall + random.uniform(0.024, 0.055)
    length, tilt = random.uniform(0.03, 0.05), np.pi + random.uniform(-0.3, 0.5)
    stem = _tube(x, z, length, tilt, random.uniform(0.0025, 0.0055), 0.6, walled=True)
    yield stem
    # Upstream the vein leaves the plane of the picture: it narrows away from the stem.
    yield _tube(x, z, random.uniform(0.012, 0.025), tilt + 2.8, stem.radius, 0.3, walled=True)
    for share, turn in ((random.uniform(0.3, 0.7), 1), (1.0, -1)):
        radius = random.uniform(0.0018, 0.003)
        x, z = (
            stem.x + share * (stem.x_end - stem.x),
            stem.z + share * (stem.z_end - stem.z),
        )
        branch_tilt = tilt + turn * random.uniform(0.4, 0.9)
        yield _tube(x, z, random.uniform(0.015, 0.035), branch_tilt, radius, 0.4, walled=True)


def _tube(
    x: float, z: float, length: float, tilt: float, radius: float, taper: float, walled: bool
) -> Tube:
    x_end, z_end = x + length * np.cos(tilt), z + length * np.sin(tilt)
    return Tube(x, z, x_end, z_end, radius, radius * taper, walled)


def _draw_bends(random: np.random.Generator) -> Iterator[tuple[float, float, float, float]]:
    for _ in range(4):
        direction, wavelength = random.uniform(0, 2 * np.pi), random.uniform(0.05, 0.1)
        wave = 2 * np.pi / wavelength
        yield (
            0.02 * wavelength,
            wave * np.cos(direction),
            wave * np.sin(direction),
            random.uniform(0, 2 * np.pi),
        )


def map_tissue(
    anatomy: Anatomy, patient: Patient, scanner: Scanner, depth: np.ndarray, lines: int
) -> Tissue:
    """Lay a patient's organs on the grid of a probe.

    Parameters
    ----------
    anatomy, patient
        The organs and their tissue.
    scanner
        Geometry of the probe.
    depth
        Apparent depths [m], evenly spaced, shape (depth,).
    lines
        Number of scan lines.
    """
    random = random_stream(patient.name, f"tissue {scanner.name}")
    boundaries = layer_boundaries(anatomy, lines, random)
    below_wall = depth[:, None] - boundaries[-1]
    stretch = patient.liver_sound_speed / scanner.sound_speed
    x, z = _positions(scanner, depth[:, None] + (stretch - 1) * np.maximum(below_wall, 0), lines)
    painting = Painting(patient, depth, *bend(x, z, anatomy))
    painting.paint_liver(anatomy)
    painting.paint_vessels(anatomy)
    painting.paint_kidney(anatomy)
    # Echoes from below the wall arrive early in a fast liver: a metre on the screen is more tissue.
    painting.attenuation *= stretch
    painting.paint_wall(anatomy, boundaries)
    painting.add_striation(boundaries, random)
    level = painting.level + nakagami_texture(
        patient.nakagami_m, painting.level.shape, depth[1] - depth[0], random
    )
    clutter = patient.clutter_level - CLUTTER_DECAY * depth[:, None]
    level = 10 * np.log10(10 ** (level / 10) + 10 ** (clutter / 10))
    return Tissue(depth, level, painting.attenuation, painting.reflections(random))


def layer_boundaries(anatomy: Anatomy, lines: int, random: np.random.Generator) -> list[np.ndarray]:
    """Lower boundary [m] of each wall layer along the lines, a little uneven."""
    thickness = np.zeros(lines)
    boundaries = []
    for name, layer in anatomy.layers:
        uneven = 0.03 if name == "skin" else 0.1
        thickness = thickness + layer * (1 + uneven * smooth_field((lines,), (lines / 6,), random))
        boundaries.append(thickness)
    return boundaries


def _positions(scanner: Scanner, depth: np.ndarray, lines: int) -> tuple[np.ndarray, np.ndarray]:
    """x and z [m] of points at a depth (depth, line) along each line."""
    ((kind, coordinate),) = scanner.lines(lines).items()
    if kind == "lateral":
        return np.broadcast_to(coordinate, depth.shape), depth
    radius = scanner.probe_radius
    return (
        (radius + depth) * np.sin(coordinate),
        (radius + depth) * np.cos(coordinate) - radius,
    )


def bend(x: np.ndarray, z: np.ndarray, anatomy: Anatomy) -> tuple[np.ndarray, np.ndarray]:
    """Shift points across the waves of `anatomy.bends`, so that no organ is a perfect shape."""
    across, down = x, z
    for amplitude, wave_x, wave_z, phase in anatomy.bends:
        shift = amplitude * np.sin(wave_x * x + wave_z * z + phase) / np.hypot(wave_x, wave_z)
        across, down = across + wave_z * shift, down - wave_x * shift
    return across, down


class Painting:
    """Maps of level [dB] and attenuation, shape (depth, line), and interfaces, painted in turn."""

    def __init__(self, patient: Patient, depth: np.ndarray, x: np.ndarray, z: np.ndarray) -> None:
        self.patient, self.depth, self.x, self.z = patient, depth, x, z
        self.level = np.full(x.shape, patient.liver_level)
        self.attenuation = np.full(x.shape, patient.liver_attenuation)
        self.liver = np.ones(x.shape, bool)
        self.interfaces: list[tuple[np.ndarray, np.ndarray | float, np.ndarray, Place]] = []

    def paint_liver(self, anatomy: Anatomy) -> None:
        """The diaphragm behind the liver, the lung's mirror image and the retroperitoneum."""
        diaphragm = anatomy.diaphragm.distance(self.x, self.z)
        outside = diaphragm > 0
        behind_kidney = _smooth_step(self.x - anatomy.kidney.x + 0.02, 0.008)
        mirror = self.patient.liver_level + MIRROR_CONTRAST
        beyond = mirror + behind_kidney * (LEVEL["retroperitoneum"] - mirror)
        self.level[outside] = beyond[outside]
        self.liver &= ~outside
        sheet = _between(diaphragm, 0, 0.002)
        thick = LEVEL["diaphragm"] - 20 * behind_kidney
        self.level[sheet] = np.maximum(self.level, thick)[sheet]
        strength = REFLECTION["diaphragm"] - 20 * behind_kidney
        self._add_interface(diaphragm, strength, self.z > anatomy.diaphragm.z)

    def paint_vessels(self, anatomy: Anatomy) -> None:
        """Blood, with the walls of portal branches."""
        # Half of the beam passes beside a vessel: in elevation it is wider than most vessels.
        attenuation = (ATTENUATION["blood"] + self.patient.liver_attenuation) / 2
        for vessel in anatomy.vessels:
            place = self._around(vessel)
            liver, level = self.liver[place], self.level[place]
            distance = vessel.distance(self.x[place], self.z[place])
            inside = (distance < 0) & liver
            contrast = VESSEL_CONTRAST * (1 - np.exp(-vessel.radius / VESSEL_RADIUS))
            self._fill(inside, self.patient.liver_level + contrast, attenuation, place)
            kind = "portal wall" if vessel.walled else "vein wall"
            if vessel.walled:
                rim = (distance >= 0) & (distance < PORTAL_WALL) & liver
                level[rim] = np.maximum(level[rim], LEVEL["portal wall"])
            # The mask is shared on purpose: what is painted over the liver later hides the wall.
            self._add_interface(distance, REFLECTION[kind], liver, place)

    def _around(self, vessel: Tube) -> Place:
        """The part of the grid around a vessel with its wall, and a row above and below it."""
        left, right, top, bottom = vessel.box(PORTAL_WALL)
        near = (self.x >= left) & (self.x <= right) & (self.z >= top) & (self.z <= bottom)
        rows, lines = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
        if not rows.size:
            return slice(0, 0), slice(0, 0)
        return slice(max(rows[0] - 1, 0), rows[-1] + 2), slice(lines[0], lines[-1] + 1)

    def paint_kidney(self, anatomy: Anatomy) -> None:
        """Perirenal fat behind the kidney, cortex, pyramids, sinus and capsule."""
        kidney = anatomy.kidney
        distance = kidney.distance(self.x, self.z)
        along, across = kidney.along(self.x, self.z)
        self._fill_around(kidney, -0.006, 0.020, 0.030, "retroperitoneum", "muscle")
        self._fill_around(kidney, 0.003, 0.005, 0.005, "perirenal fat", "fat")
        self._fill(_between(distance, 0, 0.0015), LEVEL["perirenal fat"], ATTENUATION["fat"])
        self._fill(distance <= 0, self.patient.kidney_level, ATTENUATION["kidney"])
        sinus = anatomy.sinus.distance(self.x, self.z)
        count, phase = anatomy.pyramids
        around = np.cos(
            count * np.arctan2(across / kidney.semi_short, along / kidney.semi_long) + phase
        )
        ring = _smooth_step(sinus, 0.001) * _smooth_step(-distance - 0.008, 0.0015)
        self.level += PYRAMID_CONTRAST * ring * _smooth_step(around - 0.1, 0.3)
        fill = _smooth_step(-sinus, 0.0012)
        self.level += fill * (LEVEL["renal sinus"] - self.level)
        self._add_interface(distance, REFLECTION["kidney capsule"], np.ones_like(self.liver))

    def _fill_around(
        self, kidney: Ellipse, longer: float, wider: float, lower: float, name: str, tissue: str
    ) -> None:
        """Fill the kidney's ellipse, grown and moved away from the probe by so many metres."""
        around = replace(
            kidney,
            x=kidney.x - lower * np.sin(kidney.tilt),
            z=kidney.z + lower * np.cos(kidney.tilt),
            semi_long=kidney.semi_long + longer,
            semi_short=kidney.semi_short + wider,
        )
        self._fill(around.distance(self.x, self.z) < 0, LEVEL[name], ATTENUATION[tissue])

    def paint_wall(self, anatomy: Anatomy, boundaries: list[np.ndarray]) -> None:
        """Skin, fat, muscle and the sheets between them, over whatever reached up there."""
        depth = self.depth[:, None]
        below = depth > boundaries[-1]
        self.interfaces = [
            (distance, strength, where & below[place], place)
            for distance, strength, where, place in self.interfaces
        ]
        upper = np.zeros_like(boundaries[0])
        sheets = ("skin", "fascia", "fascia", "liver capsule")
        for (name, _), lower, sheet in zip(anatomy.layers, boundaries, sheets, strict=True):
            tissue = name.split()[-1]
            self._fill(_between(depth, upper, lower), LEVEL[name], ATTENUATION[tissue])
            self._add_interface(depth - lower, REFLECTION[sheet], np.ones_like(self.liver))
            upper = lower
        self._add_septa(anatomy, boundaries)

    def _add_septa(self, anatomy: Anatomy, boundaries: list[np.ndarray]) -> None:
        share = np.linspace(0, 1, self.x.shape[1])
        wall = boundaries[-1] / np.mean(boundaries[-1])
        for depth, center, width in anatomy.septa:
            strength = REFLECTION["septum"] - 12 * ((share - center) / width) ** 2
            distance = self.depth[:, None] - depth * wall
            self._add_interface(distance, strength, np.ones_like(self.liver))

    def add_striation(self, boundaries: list[np.ndarray], random: np.random.Generator) -> None:
        """Fat lobules and muscle fibres lie in sheets along the skin."""
        spacing = self.depth[1] - self.depth[0]
        deviations = (0.0005 / spacing, self.x.shape[1] / 16)
        sheets = STRIATION * smooth_field(self.level.shape, deviations, random)
        self.level += np.where(self.depth[:, None] < boundaries[-1], sheets, 0)

    def reflections(self, random: np.random.Generator) -> Reflections:
        """Where each scan line crosses the interfaces, and how strongly they answer."""
        found = [
            _crossings(self.depth, *interface, self._roughness(random))
            for interface in self.interfaces
        ]
        return Reflections(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    def _roughness(self, random: np.random.Generator) -> np.ndarray:
        return REFLECTION_ROUGHNESS * smooth_field((self.x.shape[1],), (4.0,), random)

    def _fill(
        self, where: np.ndarray, level: float, attenuation: float, place: Place = WHOLE
    ) -> None:
        self.level[place][where] = level
        self.attenuation[place][where] = attenuation
        self.liver[place] &= ~where

    def _add_interface(
        self,
        distance: np.ndarray,
        strength: np.ndarray | float,
        where: np.ndarray,
        place: Place = WHOLE,
    ) -> None:
        self.interfaces.append((distance, strength, where, place))


def _crossings(
    depth: np.ndarray,
    distance: np.ndarray,
    strength: np.ndarray | float,
    where: np.ndarray,
    place: Place,
    roughness: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lines, depths [m] and levels [dB] where a signed distance (depth, line) changes its sign.

    It is known at `place`, with `strength` and `where`; `depth` and `roughness` are the grid's.
    """
    above, line = np.nonzero((distance[:-1] < 0) != (distance[1:] < 0))
    seen = where[above, line] | where[above + 1, line]
    above, line = above[seen], line[seen]
    change = distance[above + 1, line] - distance[above, line]
    spacing = depth[1] - depth[0]
    cosine = np.clip(np.abs(change) / spacing, 0.05, 1)
    level = np.broadcast_to(strength, distance.shape)[above, line]
    on_grid = line + place[1].start
    level = level + roughness[on_grid] + 20 * SPECULARITY * np.log10(cosine)
    at = depth[above + place[0].start] - distance[above, line] / change * spacing
    return on_grid, at, level


def _between(value: np.ndarray, lower: np.ndarray | float, upper: np.ndarray | float) -> np.ndarray:
    return (value >= lower) & (value < upper)


def _smooth_step(distance: np.ndarray, width: float) -> np.ndarray:
    """0 well below zero, 1 well above, over about 4 `width`."""
    return (1 + np.tanh(distance / width)) / 2
