"""What a change of the reconstruction parameters does to a picture."""

from collections.abc import Mapping

import numpy as np
from skimage.metrics import structural_similarity

WHITE = 255
BLACK = 0
MEASURES = {
    "white_fraction": {"units": "1", "long_name": "share of the sector at grey level 255"},
    "black_fraction": {"units": "1", "long_name": "share of the sector at grey level 0"},
    "mean_abs_diff": {"units": "grey level", "long_name": "mean absolute difference"},
    "ssim": {"units": "1", "long_name": "structural similarity"},
    **{
        f"level_change_{depth}cm": {
            "units": "dB",
            "long_name": f"change of the compensated level at {depth} cm",
        }
        for depth in (5, 10, 15)
    },
}


def picture_change(
    original: np.ndarray, changed: np.ndarray, sector: np.ndarray
) -> dict[str, float]:
    """Compare two reconstructions of a frame inside its sector.

    Parameters
    ----------
    original, changed
        B-mode images, shape (z, x), uint8.
    sector
        Insonified region, shape (z, x), bool.

    Returns
    -------
    dict
        white_fraction, black_fraction: share of the changed picture at 255 and at 0;
        mean_abs_diff: mean absolute difference [grey levels]; ssim: structural similarity (Wang et
        al., IEEE Trans. Image Process. 2004;13:600), 1 for identical pictures.
    """
    inside = changed[sector]
    similarity = structural_similarity(original, changed, data_range=WHITE, full=True)[1]
    return {
        "white_fraction": float(np.mean(inside == WHITE)),
        "black_fraction": float(np.mean(inside == BLACK)),
        "mean_abs_diff": float(np.mean(np.abs(inside.astype(int) - original[sector]))),
        "ssim": float(similarity[sector].mean()),
    }


def level_change(
    parameters: Mapping[str, float],
    initial: Mapping[str, float],
    center_frequency: float,
    depths_cm: tuple[int, ...] = (5, 10, 15),
) -> dict[str, float]:
    """Change of the compensated level at some depths, 2 (beta - beta0) f z.

    Parameters
    ----------
    parameters, initial
        Parameter vectors by name; `beta` [dB/(cm MHz)] counts.
    center_frequency
        Nominal frequency of the compensation [Hz].
    depths_cm
        Depths [cm].

    Returns
    -------
    dict
        level_change_5cm, level_change_10cm, ... [dB].
    """
    decibels_per_cm = 2 * (parameters["beta"] - initial["beta"]) * center_frequency / 1e6
    return {f"level_change_{depth}cm": float(decibels_per_cm * depth) for depth in depths_cm}
