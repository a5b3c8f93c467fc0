"""Where the organs of a simulated patient lie in the picture of a frame: the truth of masks.

All properties of a simulated patient follow from the name, so an outline needs the frame's geometry
and no samples. For a frame of a real patient there is no such truth.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.frame import lateral_coordinate
from reconattack.frames.geometry import image_grid, probe_coordinates, probe_radius
from reconattack.frames.given_mask import with_mask
from reconattack.simulation.anatomy import Painting, bend, draw_anatomy, layer_boundaries
from reconattack.simulation.breathing import breathed
from reconattack.simulation.patients import random_stream, simulate_patient

ORGANS = ("liver", "kidney")


def with_simulated_mask(frame: xr.Dataset, rows: int, number: int = 0) -> xr.Dataset:
    """A simulated frame with the mask of its own `ORGANS`, as if it were given.

    Parameters
    ----------
    frame, rows, number
        As `simulated_outlines` takes them.
    """
    outlines = simulated_outlines(frame, ORGANS, rows, number)
    mask = np.zeros(outlines.shape[1:], np.uint8)
    for value, outline in enumerate(outlines, start=1):
        mask[outline] = value
    return with_mask(frame, mask, ORGANS)


def simulated_outlines(
    frame: xr.Dataset, organs: Sequence[str], rows: int, number: int = 0
) -> np.ndarray:
    """Masks of organs in the picture of a simulated frame.

    The organs lie as `reconattack.simulation.anatomy.map_tissue` lays them: bent, and stretched by
    the liver's speed of sound. Vessels count as liver. What lies behind the kidney, its fat and the
    mirror image behind the diaphragm do not.

    Parameters
    ----------
    frame
        A frame of `reconattack.simulation.cohort.simulate_rf`; its patient names the anatomy.
    organs
        Names out of `ORGANS`.
    rows
        Height of the picture in pixels.
    number
        Number of the frame in a clip of the patient: breathing shifts the organs from 1 on.

    Returns
    -------
    numpy.ndarray
        bool (organ, z, x), False outside of the sector.

    Raises
    ------
    InputError
        If an organ is unknown.
    """
    unknown = [organ for organ in organs if organ not in ORGANS]
    if unknown:
        raise InputError(
            f"the simulation has no outline of {', '.join(unknown)}; expected some of "
            f"{', '.join(ORGANS)}"
        )
    patient = simulate_patient(frame.attrs["patient"])
    anatomy = draw_anatomy(patient)
    if number:
        anatomy = breathed(anatomy, patient, number)
    depth, lateral = probe_coordinates(frame, *image_grid(frame, rows))
    lines = frame[lateral_coordinate(frame)].values
    random = random_stream(patient.name, f"tissue {frame.attrs['scanner']}")
    wall = np.interp(lateral, lines, layer_boundaries(anatomy, len(lines), random)[-1])
    stretch = patient.liver_sound_speed / frame.attrs["sound_speed"]
    true_depth = depth + (stretch - 1) * np.maximum(depth - wall, 0)
    x, z = bend(*_places(true_depth, lateral, probe_radius(frame)), anatomy)
    below = depth > wall
    masks = {"kidney": (anatomy.kidney.distance(x, z) <= 0) & below}
    if "liver" in organs:
        painting = Painting(patient, depth, x, z)
        painting.paint_liver(anatomy)
        painting.paint_kidney(anatomy)
        masks["liver"] = painting.liver & below
    seen = (lateral >= lines[0]) & (lateral <= lines[-1])
    seen &= (depth >= frame["depth"].values[0]) & (depth <= frame["depth"].values[-1])
    return np.stack([masks[organ] & seen for organ in organs])


def _places(
    depth: np.ndarray, lateral: np.ndarray, radius: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """x and z [m] of points at a depth [m] and an angle [rad] or a lateral position [m]."""
    if radius is None:
        return lateral, depth
    return (radius + depth) * np.sin(lateral), (radius + depth) * np.cos(lateral) - radius
