"""The data from which the page draws a frame: the levels at the initial beta, as a 16-bit PNG.

Attenuation compensation adds 2 beta f z to the level [dB] of a pixel at depth z, and the window is
affine. So the page can compute the image at every other setting from the levels at the initial
beta. It uses the gain at the pixel's own depth, where the reconstruction uses the gains at the two
samples beside it; the difference is below the step of the stored levels.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from PIL import Image

from reconattack.errors import InputError
from reconattack.frames.picture import window_shares
from reconattack.pages.explorer.drawable import undrawable
from reconattack.reconstruction.drawing import reconstruction_of
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.reconstruction.picture_change import picture_change
from reconattack.reconstruction.pictures import PictureReconstruction

LEVEL_STEP = 0.1  # dB; a grey level of the paper's window is 0.18 dB
LOWEST_LEVEL = -200.0  # dB, far below every lower threshold


def check_drawable(initial: Mapping[str, float]) -> None:
    """Raise InputError if the initial setting has a stage that the page cannot draw."""
    if acting := undrawable(initial):
        raise InputError(
            f"reconstruction.initial sets {', '.join(acting)}, which results/explorer.html cannot "
            "draw: it computes attenuation compensation and window alone; leave them out"
        )


def picture_of(frame: xr.Dataset, rows: int, initial: Mapping[str, float]) -> dict:
    """The data with which the page draws a frame.

    Parameters
    ----------
    frame
        An RF frame or a picture frame.
    rows
        Height of the image of an RF frame in pixels.
    initial
        Values of the paper's parameters and of those that act before attenuation compensation.

    Returns
    -------
    dict
        `levels`, a PNG (`level_png`) of the levels at the initial beta; `rows`, `columns`; centre
        of the first pixel `z`, `x` and `pixel` size [m]; `probe_radius` [m], None for a linear
        probe; `frequency` [MHz], 0 if unknown; of a picture frame also what `of_picture` gives.

    Raises
    ------
    InputError
        If the page cannot draw the initial setting.
    """
    check_drawable(initial)
    reconstruction = reconstruction_of(frame, rows, others=initial)
    levels = np.full(reconstruction.sector.shape, np.nan, np.float32)
    levels[reconstruction.sector] = reconstruction.levels(initial["beta"])
    z, x = reconstruction.z, reconstruction.x
    radius = frame.attrs.get("probe_radius")
    told = {}
    if isinstance(reconstruction, PictureReconstruction):
        radius, told = reconstruction.probe_radius, of_picture(reconstruction)
    return told | {
        "levels": level_png(levels),
        "rows": len(z),
        "columns": len(x),
        "z": float(z[0]),
        "x": float(x[0]),
        "pixel": float(z[1] - z[0]),
        "probe_radius": None if radius is None else float(radius),
        "frequency": float(reconstruction.frequency) / 1e6,
    }


def of_picture(picture: PictureReconstruction) -> dict[str, Any]:
    """What the page draws of a picture frame beyond its levels.

    Returns
    -------
    dict
        `upper_offset` of its window [dB]; `censored`, the levels [dB] from which on downwards and
        upwards they are unknown; `unscaled`, if the size of a pixel is unknown; `shares` of the
        window at each grey level, for a grey map that is not linear.
    """
    known = {
        "upper_offset": picture.upper_offset,
        "censored": [picture.censored.lowest, picture.censored.highest],
    }
    if "pixel" not in picture.frame.attrs:
        known["unscaled"] = True
    if "share" in picture.frame:
        known["shares"] = [round(share, 6) for share in window_shares(picture.frame).tolist()]
    return known


def changes_of(
    frame: xr.Dataset,
    rows: int,
    initial: Mapping[str, float],
    settings: Sequence[Sequence[float]],
    measures: Iterable[str],
) -> list[dict[str, float]]:
    """How much each of some settings of the paper's parameters changes the image of a frame.

    Parameters
    ----------
    frame, rows, initial
        As in `picture_of`.
    settings
        Values of the paper's parameters, each of shape (3,).
    measures
        Names of measures (`reconattack.reconstruction.picture_change.MEASURES`).

    Returns
    -------
    list of dict
        These measures of each setting against the initial one, to six decimals.
    """
    if not settings:
        return []
    reconstruction = reconstruction_of(frame, rows, others=initial)
    start = [initial[name] for name in PAPER_PARAMETERS]
    original, *images = reconstruction.bmode([start, *settings])
    changes = [picture_change(original, image, reconstruction.sector) for image in images]
    return [{name: round(change[name], 6) for name in measures} for change in changes]


def level_png(levels: np.ndarray) -> bytes:
    """Levels [dB], float (rows, columns) and NaN outside the sector, as a 16-bit grey PNG.

    The value 0 is outside the sector; n is the level `LOWEST_LEVEL` + (n - 1) `LEVEL_STEP`.
    """
    steps = np.rint((np.maximum(levels, LOWEST_LEVEL) - LOWEST_LEVEL) / LEVEL_STEP) + 1
    stored = np.where(np.isnan(levels), 0, steps).astype(np.uint16)
    png = io.BytesIO()
    Image.fromarray(stored).save(png, "PNG", compress_level=9)
    return png.getvalue()
