"""Given masks: the structures of a frame as a person, or the simulation, has outlined them.

A given mask lies in the coordinates of the frame's B-mode image at neutral geometry, at a size of
its own. Its pixels are whole numbers; 0 is background.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reconattack.errors import InputError
from reconattack.frames.geometry import image_grid

MASK = "mask"  # the variable of a frame, the column of a frame table, and the key `truth`
DIMS = ("mask_row", "mask_column")
NAMES = "structures"  # attribute of masks that name their structures: those of the values 1, 2, ...
LABELS = (1, 65535)  # of structures in a mask
MEANING = {"units": "1", "long_name": "given mask over the whole B-mode image; 0 is background"}


def with_mask(frame: xr.Dataset, mask: np.ndarray, names: Sequence[str] = ()) -> xr.Dataset:
    """A frame with its given mask.

    Parameters
    ----------
    frame
        An RF frame or a picture frame.
    mask
        Whole numbers, (row, column), over the whole B-mode image.
    names
        Names of the structures 1, 2, ...; none where a model's declaration says what values mean.
    """
    attributes = MEANING | ({NAMES: ", ".join(names)} if names else {})
    kind = np.uint8 if mask.max(initial=0) <= np.iinfo(np.uint8).max else np.uint16
    return frame.assign({MASK: (DIMS, mask.astype(kind), attributes)})


def numbered_mask(
    mask: xr.DataArray, structures: Sequence[str], labels: Mapping[str, int] | None
) -> np.ndarray:
    """A given mask with the numbers of some structures.

    Parameters
    ----------
    mask
        The variable `mask` of a frame.
    structures
        Names of the structures that are wanted.
    labels
        The value of each structure in the mask; those that are not wanted become background. None
        takes the names that the mask has itself, else the values 1, 2, ... in the order of
        `structures`. A mask without names has any one value if one structure is wanted.

    Returns
    -------
    numpy.ndarray
        uint8 (row, column): 0 background, 1, 2, ... the structures.

    Raises
    ------
    InputError
        If the mask has a value that no structure has, or none of the structures.
    """
    values = mask.values
    found = np.unique(values[values > 0]).tolist()
    known = _values_of(mask.attrs, structures, labels, found)
    unknown = [value for value in found if value not in known.values()]
    if unknown:
        named = ", ".join(f"{value} {name}" for name, value in known.items())
        raise InputError(
            f"found the value {', '.join(map(str, unknown[:5]))}, which no structure has; expected "
            f"0 for background, {named} (decision.labels of the model says which value means what)"
        )
    missing = [name for name in structures if name not in known]
    if missing:
        raise InputError(
            f"it has no structure {', '.join(missing)}; expected some of {', '.join(known)}"
        )
    numbers = np.zeros(values.shape, np.uint8)
    for number, name in enumerate(structures, start=1):
        numbers[values == known[name]] = number
    if not numbers.any():
        raise InputError(
            f"nothing is marked as {' or '.join(structures)}; expected a part of the image, or no "
            "mask where nobody has outlined it"
        )
    return numbers


def image_shape(frame: xr.Dataset, rows: int) -> tuple[int, int]:
    """Rows and columns of the B-mode image of a frame; a picture frame keeps its own."""
    if "grey" in frame:
        return frame["grey"].shape
    z, x = image_grid(frame, rows)
    return len(z), len(x)


def _values_of(
    attributes: Mapping[str, Any],
    structures: Sequence[str],
    labels: Mapping[str, int] | None,
    found: Sequence[int],
) -> dict[str, int]:
    """The value of each structure that is known of a mask with the values `found`."""
    names = attributes.get(NAMES)
    if names is not None:
        return {name: value for value, name in enumerate(names.split(", "), start=1)}
    if labels:
        return dict(labels)
    if len(structures) == 1 and len(found) == 1:
        return {structures[0]: found[0]}
    return {name: value for value, name in enumerate(structures, start=1)}
