"""What the page draws a frame's pictures from: its level at one beta, as a 16-bit PNG.

Attenuation compensation adds 2 beta f z to the level [dB] of a pixel at depth z, and the window is
affine: from the level at the initial beta the page computes the picture at every other setting. Of
the gain between two samples it takes that at the pixel's own depth, which differs by less than the
step of the stored levels.
"""

import io
from collections.abc import Mapping

import numpy as np
import xarray as xr
from PIL import Image

from reconattack.errors import InputError
from reconattack.pages.explorer.drawable import undrawable
from reconattack.reconstruction.reconstruction import Reconstruction

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
    """What the page has to know of a frame to draw it.

    Parameters
    ----------
    frame
        An RF frame.
    rows
        Height of the picture in pixels.
    initial
        Values of the paper's parameters and of those that act before attenuation compensation.

    Returns
    -------
    dict
        `levels`, a PNG (`level_png`) of the levels at the initial beta; `rows`, `columns`; centre
        of the first pixel `z`, `x` and `pixel` size [m]; `probe_radius` [m], None of a linear
        probe; `frequency` [MHz].
    """
    check_drawable(initial)
    reconstruction = Reconstruction(frame, rows, others=initial)
    levels = np.full(reconstruction.sector.shape, np.nan, np.float32)
    levels[reconstruction.sector] = reconstruction.levels(initial["beta"])
    z, x = reconstruction.z, reconstruction.x
    radius = frame.attrs.get("probe_radius")
    return {
        "levels": level_png(levels),
        "rows": len(z),
        "columns": len(x),
        "z": float(z[0]),
        "x": float(x[0]),
        "pixel": float(z[1] - z[0]),
        "probe_radius": None if radius is None else float(radius),
        "frequency": float(reconstruction.frequency) / 1e6,
    }


def level_png(levels: np.ndarray) -> bytes:
    """Levels [dB], float (rows, columns) and NaN where nothing is shown, as a 16-bit grey PNG.

    0 is nothing, n stands for `LOWEST_LEVEL` + (n - 1) `LEVEL_STEP`.
    """
    steps = np.rint((np.maximum(levels, LOWEST_LEVEL) - LOWEST_LEVEL) / LEVEL_STEP) + 1
    stored = np.where(np.isnan(levels), 0, steps).astype(np.uint16)
    png = io.BytesIO()
    Image.fromarray(stored).save(png, "PNG", compress_level=9)
    return png.getvalue()
