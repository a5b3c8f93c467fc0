"""Raw binary files: samples one after another after a header of stated length.

Such a file does not describe itself. The frame table names this reader in the column `reader`, and
describes the samples in the columns dtype, shape, axes and byte_order.
"""

import math
from pathlib import Path

import numpy as np

from reconattack.errors import InputError
from reconattack.frames.recording import Recording
from reconattack.readers.layout import Layout, arrange, parsed_axes

SUFFIXES = ()
COLUMNS = ("axes", "dtype", "shape", "header_bytes", "byte_order")
ORDERS = {"little": "<", "big": ">"}
TYPES = (
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    *(f"float{bits}" for bits in (16, 32, 64)),
    *(f"complex{bits}" for bits in (64, 128)),
)
LEAP_RATIO = 2


def read(path: Path, layout: Layout) -> Recording:
    """Read the samples as the frame table describes them; the last axis varies fastest.

    Raises
    ------
    InputError
        If a column is missing, the file has another size than stated, or the samples seem to have
        the other byte order.
    """
    dtype, shape = _stated_type(layout), _stated_shape(layout)
    header = layout.header_bytes or 0
    declared, found = header + math.prod(shape) * dtype.itemsize, path.stat().st_size
    if found != declared:
        raise InputError(
            f"{found} bytes; expected {declared}: header_bytes {header}, shape {layout.shape}, "
            f"{dtype.itemsize} bytes for each {layout.dtype}"
        )
    values = np.fromfile(path, dtype, offset=header).reshape(shape)
    samples = arrange(values, layout)
    names = [name.split()[0] for name in parsed_axes(layout.axes, shape)]
    _check_byte_order(np.moveaxis(values, names.index("sample"), 0), layout.byte_order)
    return Recording(samples)


def _stated_type(layout: Layout) -> np.dtype:
    if layout.dtype not in TYPES:
        raise InputError(f"dtype is {layout.dtype or 'empty'}; expected one of {', '.join(TYPES)}")
    dtype = np.dtype(layout.dtype)
    if dtype.itemsize == 1:
        return dtype
    if layout.byte_order not in ORDERS:
        raise InputError(
            f"byte_order is {layout.byte_order or 'empty'}; expected little or big for "
            f"{layout.dtype}"
        )
    return dtype.newbyteorder(ORDERS[layout.byte_order])


def _stated_shape(layout: Layout) -> tuple[int, ...]:
    missing = [name for name in ("shape", "axes") if getattr(layout, name) is None]
    if missing:
        raise InputError(
            f"nobody states {' and '.join(missing)}; expected the lengths and the order of the "
            "axes, such as shape 508,2076 and axes line,sample"
        )
    try:
        return tuple(int(length) for length in layout.shape.split(","))
    except ValueError as error:
        raise InputError(
            f"shape is {layout.shape}; expected whole numbers such as 508,2076"
        ) from error


def _check_byte_order(samples: np.ndarray, order: str | None) -> None:
    """Raise InputError if integers differ far less from sample to sample when byte-swapped.

    In the wrong order the lowest byte, which is noise, comes first. Neighbouring samples then
    differ by a third of the range of their type on average, far more than echoes do. (Differences
    relative to the spread tell less: noise has 1.1, and so has RF with four samples per period.) A
    lowest byte that never changes gives no hint.

    Parameters
    ----------
    samples
        Samples as read, with the samples of a line along the first axis.
    order
        Stated byte order.
    """
    if samples.dtype.kind not in "iu" or samples.dtype.itemsize == 1:
        return
    as_read, swapped = _mean_leap(samples), _mean_leap(samples.byteswap())
    if as_read > LEAP_RATIO * swapped and np.any(samples & 0xFF != samples.flat[0] & 0xFF):
        other = "big" if order == "little" else "little"
        raise InputError(
            f"as {order}-endian numbers samples leap by {as_read:.3g} on average from one to the "
            f"next, as {other}-endian ones by {swapped:.3g}, which looks like echoes; say {other} "
            "in the column byte_order"
        )


def _mean_leap(samples: np.ndarray) -> float:
    return float(np.mean(np.abs(np.diff(samples.astype(np.float64), axis=0))))
