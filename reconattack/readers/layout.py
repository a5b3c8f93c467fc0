"""The layout of a file that does not describe itself, as the frame table states it."""

import dataclasses
import itertools
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from reconattack.errors import InputError

AXES = ("frame", "sample", "line", "iq")
REVERSED = "reversed"  # after a name, as in `line,sample reversed`


@dataclasses.dataclass(frozen=True)
class Layout:
    """Columns of the frame table that only some readers need; None where the cell is empty.

    Attributes
    ----------
    variable
        Array in the file: `rf`, `data[3].rf1` (structs, counted from 0), `group/dataset`.
    axes
        Order of the array's axes, comma-separated names from `AXES`; `iq` is an axis of length 2
        that holds in-phase and quadrature parts. `sample reversed` runs towards the probe: its
        first sample is the deepest. `line reversed` begins with the last line, at the right.
    dtype, shape, header_bytes, byte_order
        For raw binary files: NumPy name, comma-separated lengths, bytes before the samples,
        `little` or `big`.
    """

    variable: str | None = None
    axes: str | None = None
    dtype: str | None = None
    shape: str | None = None
    header_bytes: int | None = None
    byte_order: str | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Layout":
        """The layout columns of a frame table's row."""
        return cls(**{field.name: row.get(field.name) for field in dataclasses.fields(cls)})


def arrange(array: np.ndarray, layout: Layout, default: str | None = None) -> np.ndarray:
    """Bring an array into the order (frame, sample, line); an `iq` axis makes it complex.

    Parameters
    ----------
    array
        The array in the file.
    layout
        If it states `axes`, these count.
    default
        Order of the axes that the format prescribes. None if it prescribes none: an array of two
        axes is then (sample, line), and an array of more needs `axes`. Axes of length 1 need no
        name.

    Raises
    ------
    InputError
        If the array holds no numbers, its axes are unknown, empty or do not fit, or it has more
        lines than samples and `axes` are not stated.
    """
    if array.dtype.kind not in "iufc":
        raise InputError(f"the samples are of type {array.dtype}; expected numbers")
    array = squeezed(array, layout.axes or default or "sample,line")
    names = _axis_names(array, layout, default)
    if 0 in array.shape:
        raise InputError(f"the samples have the shape {array.shape}; expected no axis of length 0")
    turned = [axis for axis, name in enumerate(names) if name.endswith(REVERSED)]
    array, names = np.flip(array, turned), [name.split()[0] for name in names]
    if "iq" in names:
        array, names = joined_parts(array, names)
    missing = [name for name in ("frame", "sample", "line") if name not in names]
    array = array.reshape((1,) * len(missing) + array.shape)
    names = [*missing, *names]
    arranged = array.transpose([names.index(name) for name in ("frame", "sample", "line")])
    _, samples, lines = arranged.shape
    if layout.axes is None and lines > samples:
        raise InputError(
            f"{samples} samples and {lines} lines: more lines than samples, as if transposed; say "
            "in the column axes which axis is which, sample,line or line,sample"
        )
    return arranged


def squeezed(array: np.ndarray, names: str) -> np.ndarray:
    """An array without the axes of length 1 that have no name, if it is clear which they are."""
    surplus = array.ndim - len(names.split(","))
    ones = [axis for axis, length in enumerate(array.shape) if length == 1]
    shapes = {
        tuple(length for axis, length in enumerate(array.shape) if axis not in left_out)
        for left_out in itertools.combinations(ones, max(surplus, 0))
    }
    return array.reshape(shapes.pop()) if len(shapes) == 1 else array


def _axis_names(array: np.ndarray, layout: Layout, default: str | None) -> list[str]:
    stated = layout.axes or default or ("sample,line" if array.ndim == 2 else None)
    if stated is None:
        raise InputError(
            f"the samples have the shape {array.shape}; expected the order of these axes in the "
            f"column axes, such as frame,line,sample (names: {', '.join(AXES)})"
        )
    return parsed_axes(stated, array.shape)


def parsed_axes(
    axes: str,
    shape: tuple[int, ...],
    known: Collection[str] = AXES,
    needed: tuple[str, str] = ("sample", "line"),
) -> list[str]:
    """Split the order of an array's axes, such as `line,sample reversed`, into one name an axis.

    The names are among `known`, with the two of `needed` among them.

    Raises
    ------
    InputError
        If the names do not fit an array of this shape.
    """
    names = [" ".join(name.split()) for name in axes.split(",")]
    plain = [name.removesuffix(f" {REVERSED}") for name in names]
    fits = set(plain) <= set(known) and set(needed) <= set(plain)
    if not fits or len(set(plain)) != len(plain) or len(plain) != len(shape):
        raise InputError(
            f"axes is {axes!r} and the samples have the shape {shape}; expected one name for each "
            f"axis, from {', '.join(known)}, {' and '.join(needed)} among them, each alone or as "
            f"in {needed[0]} {REVERSED}"
        )
    return names


def joined_parts(array: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str]]:
    """The array without its axis `iq`, complex, and the names of its other axes.

    Raises
    ------
    InputError
        If the axis does not hold the two parts of complex numbers.
    """
    axis = names.index("iq")
    if array.shape[axis] != 2 or np.iscomplexobj(array):
        raise InputError(
            f"axis iq has the length {array.shape[axis]} in {array.dtype} samples; expected real "
            "numbers and the length 2: in-phase, quadrature"
        )
    in_phase, quadrature = np.moveaxis(array, axis, 0)
    return in_phase + 1j * quadrature, [name for name in names if name != "iq"]
