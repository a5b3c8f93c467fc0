"""What the PLUS toolkit states about the samples of an array: their type and where its axes run.

Both fields stand in MetaImage and NRRD files that PLUS writes. An orientation has a letter for each
of the first two axes, the fastest first: F or N, away from the probe or towards it (far, near), and
M or U, towards its marked or its unmarked side. A third letter tells the order of slices, of which
a frame has one. Lines are brought into the direction of the marked side, as in PLUS's own pictures.
"""

import re

import numpy as np

from reconattack.errors import InputError

PARTS = {"RF_REAL": None, "RF_IQ_LINE": "sample", "RF_I_LINE_Q_LINE": "line"}  # axis of I and Q
PICTURES = ("BRIGHTNESS", "RGB_COLOR")
ORIENTATION = re.compile("([FN][MU]|[MU][FN])[AD]?")
DIRECTIONS = {"F": "sample", "N": "sample reversed", "M": "line", "U": "line reversed"}
UNKNOWN = ("", "XX", "XXX")


def axis_of_parts(kind: str | None) -> str | None:
    """The axis along which I and Q alternate; None for real samples or if no type is stated.

    Raises
    ------
    InputError
        If the type is that of finished pictures or not known.
    """
    if kind is not None and kind not in PARTS:
        what = ", a finished picture" if kind in PICTURES else ""
        raise InputError(
            f"UltrasoundImageType is {kind[:40]!r}{what}; expected {', '.join(PARTS)}: record the "
            "RF output"
        )
    return PARTS.get(kind)


def check_picture(kind: str | None) -> None:
    """Raise InputError if a type is stated that is not that of finished pictures."""
    if kind is not None and kind not in PICTURES:
        raise InputError(
            f"UltrasoundImageType is {kind[:40]!r}; expected {' or '.join(PICTURES)}: list RF in "
            "the frame table of a cohort of RF frames"
        )


def oriented_names(orientation: str | None) -> list[str] | None:
    """Names of an array's last two axes, as in the column axes; None if they are not stated."""
    if orientation is None or orientation in UNKNOWN:
        return None
    if not ORIENTATION.fullmatch(orientation):
        raise InputError(
            f"UltrasoundImageOrientation is {orientation[:40]!r}; expected the directions of the "
            "first axis and the second one: F or N (far, near) and M or U (marked, unmarked side), "
            "such as FM"
        )
    return [DIRECTIONS[letter] for letter in orientation[1::-1]]


def with_parts_apart(
    values: np.ndarray, names: list[str], axis: str
) -> tuple[np.ndarray, list[str]]:
    """The array, and the names of its axes, with an axis of its own for I and Q.

    Parameters
    ----------
    values
        Array in which I and Q alternate along `axis`.
    names
        Names of its axes.
    axis
        `sample` or `line`.
    """
    place = [name.split()[0] for name in names].index(axis)
    length, before, after = values.shape[place], values.shape[:place], values.shape[place + 1 :]
    if length % 2:
        raise InputError(
            f"I and Q alternate from {axis} to {axis} by UltrasoundImageType, but there are "
            f"{length} {axis}s; expected an even number"
        )
    pairs = values.reshape((*before, length // 2, 2, *after))
    return pairs, [*names[: place + 1], "iq", *names[place + 1 :]]
