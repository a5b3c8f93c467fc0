"""Where the scan lies in a picture: a fan or a rectangle, in pixels.

x counts columns and y counts rows. The middle of the first pixel lies at x = y = 0.5, that of the
next at 1.5; the picture ends at x = columns and y = rows. Pixels are square.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.frame import lateral_coordinate
from reconattack.frames.geometry import image_grid, probe_radius

REGION = "region"  # the fact that says which of the two a region is


@dataclass(frozen=True)
class Fan:
    """The scan of a convex probe or of a phased array, face above.

    The face and the outer arc may lie outside the picture, if it was cut.

    Attributes
    ----------
    apex_x, apex_y
        Where the scan lines meet [pixels], usually above the picture.
    face_radius, far_radius
        Distance of the probe's face and of the deepest echo from the apex [pixels].
    left_angle, right_angle
        Direction of the outermost lines [rad], from straight down, right positive.
    """

    apex_x: float
    apex_y: float
    face_radius: float
    far_radius: float
    left_angle: float
    right_angle: float

    def __post_init__(self) -> None:
        _check_finite(self)
        if not 0 <= self.face_radius < self.far_radius:
            raise InputError(
                f"the fan's face_radius is {self.face_radius:g} and its far_radius "
                f"{self.far_radius:g} pixels; expected 0 <= face_radius < far_radius"
            )
        if not -math.pi < self.left_angle < self.right_angle < math.pi:
            raise InputError(
                f"the fan's left_angle is {self.left_angle:g} and its right_angle "
                f"{self.right_angle:g} rad; expected left_angle < right_angle, from straight down "
                "(0), right positive"
            )

    @property
    def height(self) -> float:
        """Depth of the deepest echo [pixels]."""
        return self.far_radius - self.face_radius

    @property
    def face(self) -> tuple[float, float]:
        """Where the probe's face crosses its axis: x and y [pixels]."""
        return self.apex_x, self.apex_y + self.face_radius

    @property
    def words(self) -> str:
        """The fan in words, in pixels and degrees."""
        left, right = map(math.degrees, (self.left_angle, self.right_angle))
        return (
            f"a fan from {left:.1f} to {right:.1f} degrees with its apex at x "
            f"{round(self.apex_x)}, y {round(self.apex_y)} and radii of {round(self.face_radius)} "
            f"and {round(self.far_radius)} pixels"
        )

    @property
    def area(self) -> float:
        """Area of the whole fan, also of what lies outside a picture [pixels]."""
        angle = self.right_angle - self.left_angle
        return angle / 2 * (self.far_radius**2 - self.face_radius**2)

    def inside(self, shape: tuple[int, int]) -> np.ndarray:
        """Pixels of a picture of (rows, columns) whose middle is in the fan, bool."""
        down, across = self._from_apex(shape)
        radius, angle = np.hypot(across, down), np.arctan2(across, down)
        inside = (radius >= self.face_radius) & (radius <= self.far_radius)
        return inside & (angle >= self.left_angle) & (angle <= self.right_angle)

    def depth(self, shape: tuple[int, int]) -> np.ndarray:
        """Distance of each pixel of a picture of (rows, columns) from the face [pixels], float64.

        It is negative above the face, and is not cut off outside the fan.
        """
        down, across = self._from_apex(shape)
        return np.hypot(across, down) - self.face_radius

    def facts(self) -> dict[str, float | str]:
        """The fan as attributes of a dataset (`region_of` reads them)."""
        return _facts(self)

    def _from_apex(self, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        y, x = _middles(shape)
        return y - self.apex_y, x - self.apex_x


@dataclass(frozen=True)
class Rectangle:
    """The scan of a linear probe, face above.

    Its edges may lie outside the picture, if it was cut.

    Attributes
    ----------
    left, top, right, bottom
        Edges [pixels]; `top` is the probe's face. Those of a box of whole pixels have the last two
        outside.
    """

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        _check_finite(self)
        if not (self.left < self.right and self.top < self.bottom):
            raise InputError(
                f"the rectangle is {self.left:g}, {self.top:g}, {self.right:g}, {self.bottom:g} "
                "(left, top, right, bottom); expected left < right and top < bottom"
            )

    @property
    def height(self) -> float:
        """Depth of the deepest echo [pixels]."""
        return self.bottom - self.top

    @property
    def face(self) -> tuple[float, float]:
        """Middle of the probe's face: x and y [pixels]."""
        return (self.left + self.right) / 2, self.top

    @property
    def words(self) -> str:
        """The rectangle in words, in pixels."""
        return (
            f"a rectangle from x {round(self.left)} to {round(self.right)} and y "
            f"{round(self.top)} to {round(self.bottom)} pixels"
        )

    @property
    def area(self) -> float:
        """Area of the whole rectangle, also of what lies outside a picture [pixels]."""
        return (self.right - self.left) * self.height

    def inside(self, shape: tuple[int, int]) -> np.ndarray:
        """Pixels of a picture of (rows, columns) whose middle is in the rectangle, bool."""
        y, x = _middles(shape)
        return (y >= self.top) & (y <= self.bottom) & (x >= self.left) & (x <= self.right)

    def depth(self, shape: tuple[int, int]) -> np.ndarray:
        """Distance of each pixel of a picture of (rows, columns) from the face [pixels], float64.

        It is negative above the face, and is not cut off outside the rectangle.
        """
        y, _ = _middles(shape)
        return np.repeat(y - self.top, shape[1], axis=1)

    def facts(self) -> dict[str, float | str]:
        """The rectangle as attributes of a dataset (`region_of` reads them)."""
        return _facts(self)


Region = Fan | Rectangle
KINDS = {"fan": Fan, "rectangle": Rectangle}


def region_of(facts: Mapping[str, Any]) -> Region:
    """The region that `facts` of a region describe; other entries are ignored.

    Raises
    ------
    InputError
        If the kind or a number is missing or impossible.
    """
    if not isinstance(facts, Mapping):
        raise InputError(
            f"{REGION} is {facts!r}; expected its numbers by name, and {REGION}, one of "
            f"{', '.join(KINDS)}"
        )
    kind = facts.get(REGION)
    if kind not in KINDS:
        raise InputError(f"{REGION} is {kind!r}; expected one of {', '.join(KINDS)}")
    names = [field.name for field in fields(KINDS[kind])]
    missing = [name for name in names if facts.get(name) is None]
    if missing:
        raise InputError(
            f"a {kind} without {', '.join(missing)}; expected the numbers {', '.join(names)}"
        )
    return KINDS[kind](**{name: float(facts[name]) for name in names})


def region_of_frame(frame: xr.Dataset, rows: int) -> Region:
    """Where the declared geometry of an RF frame lies in its picture.

    Parameters
    ----------
    frame
        An RF frame.
    rows
        Height of the picture in pixels (`reconattack.frames.geometry.image_grid`).

    Returns
    -------
    Fan or Rectangle
        It begins at the probe's face, depth 0, also if the first sample lies deeper.
    """
    z, x = image_grid(frame, rows)
    size = z[1] - z[0]
    deepest = float(frame.variables["depth"].values[-1])
    first, last = frame.variables[lateral_coordinate(frame)].values[[0, -1]]
    face, axis = 0.5 - z[0] / size, 0.5 - x[0] / size
    radius = probe_radius(frame)
    if radius is None:
        edges = axis + first / size, face, axis + last / size, face + deepest / size
        return Rectangle(*map(float, edges))
    radii = radius / size, (radius + deepest) / size
    return Fan(*map(float, (axis, face - radius / size, *radii, first, last)))


def _middles(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """y (rows, 1) and x (1, columns) of the middles of pixels."""
    rows, columns = shape
    return np.arange(rows)[:, np.newaxis] + 0.5, np.arange(columns)[np.newaxis] + 0.5


def _facts(region: Region) -> dict[str, float | str]:
    kind = {value: name for name, value in KINDS.items()}[type(region)]
    return {REGION: kind, **asdict(region)}


def _check_finite(region: Region) -> None:
    unusable = [name for name, value in asdict(region).items() if not math.isfinite(value)]
    if unusable:
        raise InputError(f"{', '.join(unusable)} of the region: expected finite numbers of pixels")
