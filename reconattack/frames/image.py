"""B-mode images: one labelled xarray object per image, reconstructed, simulated or read."""

import numpy as np
import xarray as xr

from reconattack.frames.frame import LIVER_ATTRIBUTES


def label_image(
    bmode: np.ndarray,
    sector: np.ndarray,
    z: np.ndarray | None = None,
    x: np.ndarray | None = None,
    liver: np.ndarray | None = None,
) -> xr.Dataset:
    """Name the axes and the units of an image.

    Parameters
    ----------
    bmode
        Grey levels, uint8 (z, x).
    sector
        Insonified region, bool (z, x).
    z, x
        Pixel centres [m], shapes (z,) and (x,); None where the size of a pixel is unknown.
    liver
        The liver, bool (z, x); None where it is unknown.

    Returns
    -------
    xarray.Dataset
        `bmode`, `sector` and, if it is known, `liver`, all (z, x), without attributes.
    """
    image = xr.Dataset(
        {
            "bmode": (("z", "x"), bmode, {"units": "1", "long_name": "B-mode grey level"}),
            "sector": (("z", "x"), sector, {"units": "1", "long_name": "insonified region"}),
        }
    )
    if liver is not None:
        image["liver"] = ("z", "x"), liver, LIVER_ATTRIBUTES
    if z is None:
        return image
    return image.assign_coords(
        z=("z", z, {"units": "m", "long_name": "depth along the probe's axis"}),
        x=("x", x, {"units": "m", "long_name": "lateral position"}),
    )


def image_attributes(frame: xr.Dataset) -> dict[str, str | float]:
    """Attributes of a frame that its image keeps."""
    names = ("kind", "scanner", "patient", "label", "fat_fraction", "gain_state", "simulated")
    return {name: frame.attrs[name] for name in names if name in frame.attrs}
