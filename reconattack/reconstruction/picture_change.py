"""How much a change of the reconstruction parameters changes the picture."""

from collections.abc import Mapping, Sequence

import numpy as np
from skimage.metrics import structural_similarity

from reconattack.reconstruction.passes import passes
from reconattack.reconstruction.scan_conversion import shown_runs

WHITE = 255
BLACK = 0
DEPTHS_CM = (5, 10, 15)
MEASURES = {
    "white_fraction": {"units": "1", "long_name": "share of the sector at grey level 255"},
    "black_fraction": {"units": "1", "long_name": "share of the sector at grey level 0"},
    "white_added": {"units": "1", "long_name": "change of the share at grey level 255"},
    "black_added": {"units": "1", "long_name": "change of the share at grey level 0"},
    "mean_abs_diff": {"units": "grey level", "long_name": "mean absolute difference"},
    "ssim": {"units": "1", "long_name": "structural similarity"},
    **{
        f"level_change_{depth}cm": {
            "units": "dB",
            "long_name": f"change of the compensated level at {depth} cm",
        }
        for depth in DEPTHS_CM
    },
    "level_change_end": {
        "units": "dB",
        "long_name": "change of the compensated level at the last sample",
    },
}
GREY_MEASURES = ("mean_abs_diff", "white_fraction", "black_fraction")  # fast enough for a lattice


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
        white_fraction, black_fraction: share of the changed picture at 255 and at 0. white_added,
        black_added: these shares less those of the original picture. mean_abs_diff: mean absolute
        difference [grey levels]. ssim: structural similarity (Wang et al., IEEE Trans. Image
        Process. 2004;13:600), 1 for identical pictures.
    """
    before, after = (
        dict(zip(GREY_MEASURES, map(float, row), strict=True))
        for row in grey_changes(original, [original, changed], sector)
    )
    similarity = structural_similarity(original, changed, data_range=WHITE, full=True)[1]
    return after | {
        "white_added": after["white_fraction"] - before["white_fraction"],
        "black_added": after["black_fraction"] - before["black_fraction"],
        "ssim": float(similarity[sector].mean()),
    }


def grey_changes(
    original: np.ndarray,
    images: Sequence[np.ndarray],
    sector: np.ndarray,
    runs: np.ndarray | None = None,
) -> np.ndarray:
    """Compare many reconstructions of a frame with one inside its sector, by the fast measures.

    Parameters
    ----------
    original
        B-mode image, shape (z, x), uint8.
    images
        B-mode images, shape (n, z, x), uint8.
    sector
        Insonified region, shape (z, x), bool.
    runs
        Its `shown_runs`, if they are known.

    Returns
    -------
    numpy.ndarray
        float64 (n, 3): the `GREY_MEASURES`, mean_abs_diff against `original`.
    """
    if (library := passes()) is not None:
        original, images = (np.ascontiguousarray(some, np.uint8) for some in (original, images))
        runs = shown_runs(sector) if runs is None else runs
        sums = np.empty((len(images), len(GREY_MEASURES)), np.int64)
        library.compare(original, images, len(images), original.size, runs, len(runs), sums)
        return sums / np.diff(runs).sum()
    n_inside = np.count_nonzero(sector)
    inside = sector.view(np.uint8)
    original = original * inside  # black outside: indexing would take ten times as long
    sums = []
    for image in images:
        image = image * inside
        difference = np.maximum(original, image) - np.minimum(original, image)  # no overflow
        white, black = np.count_nonzero(image == WHITE), n_inside - np.count_nonzero(image)
        sums.append((difference.ravel().sum(dtype=np.uint32), white, black))
    return np.reshape(sums, (-1, len(GREY_MEASURES))) / n_inside


def is_within(changes: Mapping[str, np.ndarray], limits: Mapping[str, float]) -> np.ndarray:
    """Whether each change stays within all limits, bool (n,).

    Parameters
    ----------
    changes
        Some of the `MEASURES`, shapes (n,).
    limits
        The largest allowed value of each measure; for ssim the smallest.
    """
    inside = [
        changes[name] >= limit if name == "ssim" else changes[name] <= limit
        for name, limit in limits.items()
    ]
    return np.logical_and.reduce(inside)


def level_change(
    parameters: Mapping[str, float],
    initial: Mapping[str, float],
    center_frequency: float,
    depth: np.ndarray,
) -> dict[str, float]:
    """Change of the compensated level at some depths of a frame, 2 (beta - beta0) f z.

    Parameters
    ----------
    parameters, initial
        Values of the parameters by name; only `beta` [dB/(cm MHz)] is used.
    center_frequency
        Nominal frequency of the compensation [Hz].
    depth
        Depth of each sample of the frame [m], rising, shape (depth,).

    Returns
    -------
    dict
        level_change_5cm, level_change_10cm, level_change_15cm [dB], NaN at a depth that the frame
        does not have, and level_change_end [dB], at its last sample.
    """
    decibels_per_cm = 2 * (parameters["beta"] - initial["beta"]) * center_frequency / 1e6
    first, last = 100 * float(depth[0]), 100 * float(depth[-1])
    at_depths = {
        f"level_change_{cm}cm": float(decibels_per_cm * cm) if first <= cm <= last else np.nan
        for cm in DEPTHS_CM
    }
    return at_depths | {"level_change_end": float(decibels_per_cm * last)}
