"""The masks of a model on a lattice of settings, a bit for each pixel of each structure.

Eight pixels of a row stand in a byte, the first in the highest bit (`numpy.packbits`). Where frames
have masks of different sizes, the smaller ones stand in the upper left corner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from reconattack.attacks.results import LATTICE
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.resize.places import pixel_centres
from reconattack.frames.given_mask import image_shape
from reconattack.reconstruction.parameter import described

MASKS = f"{LATTICE}mask"
BITS = ("structure", "mask_row", "mask_byte")
STORED = {"zlib": True, "complevel": 4, "shuffle": False}


@dataclass(frozen=True, eq=False)
class LatticeMasks:
    """The masks of one frame.

    Attributes
    ----------
    bits
        uint8 (point, structure, height, byte), each point a mask.
    reference
        The reference mask, uint8 (structure, height, byte).
    is_given
        Whether the reference is a given mask; otherwise it is the model's own.
    size
        Height and width of a mask in pixels.
    place
        Where the masks lie in the image: upper and lower end in its rows, left and right end in its
        columns, from its upper left corner.
    """

    bits: np.ndarray
    reference: np.ndarray
    is_given: bool
    size: tuple[int, int]
    place: tuple[float, float, float, float]


def packed(masks: np.ndarray, count: int) -> np.ndarray:
    """Masks with the numbers of `count` structures, (n, height, width), as bits."""
    numbers = np.arange(1, count + 1)[:, np.newaxis, np.newaxis]
    return np.packbits(masks[:, np.newaxis] == numbers, axis=-1)


def lattice_masks(
    frame: xr.Dataset,
    judge: Judge,
    image_rows: int,
    bits: np.ndarray,
    reference: np.ndarray,
) -> LatticeMasks:
    """The masks of one frame with the reference, (height, width), and their place in the image."""
    decision: Mask = judge.decision
    centres = pixel_centres(judge.network_input, image_shape(frame, image_rows), reference.shape)
    ends = []
    for along in centres:
        half = (along[-1] - along[0]) / (2 * max(len(along) - 1, 1))
        ends += [float(along[0] - half), float(along[-1] + half)]
    return LatticeMasks(
        bits,
        packed(reference[np.newaxis], len(decision.structures))[0],
        decision.truth_in(frame, image_rows, judge.network_input) is not None,
        reference.shape,
        tuple(ends),
    )


def label_masks(
    found: Mapping[str, LatticeMasks | None], axes: Mapping[str, int], structures: Sequence[str]
) -> xr.Dataset:
    """The masks of frames as variables of a lattice's record.

    Parameters
    ----------
    found
        The masks of each frame; None of one that could not be read. At least one is known.
    axes
        Number of values on each axis of the lattice, by the dimension's name.
    structures
        Names of the structures.

    Returns
    -------
    xarray.Dataset
        `grid_mask` and `mask_reference`, bits; `mask_given`, `mask_size` and `mask_place` of each
        frame, as `LatticeMasks` has them.
    """
    known = [one for one in found.values() if one is not None]
    shape = (len(structures), *np.max([one.reference.shape[1:] for one in known], axis=0))
    points = np.prod([*axes.values()], dtype=int)
    bits = np.zeros((len(found), points, *shape), np.uint8)
    references = np.zeros((len(found), *shape), np.uint8)
    for number, one in enumerate(found.values()):
        if one is not None:
            _, height, width = one.reference.shape
            bits[number, ..., :height, :width] = one.bits
            references[number, :, :height, :width] = one.reference
    sizes = [(0, 0) if one is None else one.size for one in found.values()]
    places = [(np.nan,) * 4 if one is None else one.place for one in found.values()]
    given = [one is not None and one.is_given for one in found.values()]
    masks = xr.Dataset(
        {
            MASKS: (
                ("frame", *axes, *BITS),
                bits.reshape(len(found), *axes.values(), *shape),
                described("1", "mask at each setting, eight pixels of a row in a byte"),
            ),
            "mask_reference": (
                ("frame", *BITS),
                references,
                described("1", "reference mask, eight pixels of a row in a byte"),
            ),
            "mask_given": (
                "frame",
                np.array(given),
                described("1", "whether the reference is a given mask, not the model's own"),
            ),
            "mask_size": (
                ("frame", "side"),
                np.array(sizes, int),
                described("1", "height and width of a mask in pixels"),
            ),
            "mask_place": (
                ("frame", "end"),
                np.array(places, float),
                described("1", "upper, lower, left and right end of the masks in the image"),
            ),
        },
        coords={"structure": ("structure", np.array(structures, object))},
    )
    for name in (MASKS, "mask_reference"):
        masks[name].encoding = dict(STORED)
    return masks
