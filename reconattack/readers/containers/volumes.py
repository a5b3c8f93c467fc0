"""Arrays with the distances of their elements, as MetaImage, NRRD and NIfTI files hold them.

The first axis of such a file, the fastest, is the last axis here, as in SimpleITK's arrays. By
default it runs along a scan line, or along an image's row.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from reconattack.errors import InputError
from reconattack.frames.recording import Recording
from reconattack.readers.image_file import Box, ImageFile, grey_stack
from reconattack.readers.layout import Layout, arrange, parsed_axes
from reconattack.readers.plus_fields import (
    axis_of_parts,
    check_picture,
    oriented_names,
    with_parts_apart,
)

PLACEHOLDER = 1.0  # mm, in both directions: the default of programs that know no distance


class Volume(NamedTuple):
    """An array, the distance of its elements along each axis [m] if it is known, and remarks.

    `kind` and `orientation` are the fields of PLUS (`reconattack.readers.plus_fields`).
    """

    values: np.ndarray
    spacing: tuple[float | None, ...]
    notes: tuple[str, ...] = ()
    kind: str | None = None
    orientation: str | None = None


def volume_recording(volume: Volume, layout: Layout) -> Recording:
    """RF frames: (frame, line, sample) or (line, sample), unless the layout states the axes."""
    paired = axis_of_parts(volume.kind)
    volume, names, is_stated = _named(volume, layout, "frame,line,sample")
    values, spacing = volume.values, _spacing_by_name(volume, names)
    if paired is not None:
        values, names = with_parts_apart(values, names, paired)
        spacing = {name: step * (1 + (name == paired)) for name, step in spacing.items()}
    order = ",".join(names)
    return Recording(
        arrange(values, Layout(axes=order if is_stated else None), order),
        sample_spacing=spacing.get("sample"),
        line_spacing=spacing.get("line"),
        notes=volume.notes,
    )


def volume_images(volume: Volume, layout: Layout, box: Box | None, tint: str) -> ImageFile:
    """Images: (frame, sample, line) or (sample, line), unless the layout states the axes.

    `sample` is the image's row and `line` its column.
    """
    check_picture(volume.kind)
    volume, names, _ = _named(volume, layout, "frame,sample,line")
    images = arrange(volume.values, replace(layout, axes=",".join(names)))
    spacing = _spacing_by_name(volume, names)
    size = spacing.get("sample"), spacing.get("line")
    return ImageFile(
        grey_stack(iter(images), len(images), images.shape[1:], box, tint),
        None if None in size else size,
        volume.notes,
        images.shape[1:],
    )


def _named(volume: Volume, layout: Layout, default: str) -> tuple[Volume, list[str], bool]:
    """A volume without further axes of length 1, the names of those that are left, and whether the
    file or the frame table states them."""
    oriented = oriented_names(volume.orientation)
    if oriented is not None:
        default = ",".join(["frame", *oriented])
    names = (layout.axes or default).split(",")
    values, spacing = volume.values, list(volume.spacing)
    for axis in range(values.ndim - 3, -1, -1):
        if values.ndim > len(names) and values.shape[axis] == 1:
            values = np.squeeze(values, axis)
            del spacing[axis]
    if layout.axes is None and values.ndim == len(names) - 1:
        names = names[1:]
    if values.ndim != len(names) and layout.axes is None:
        raise InputError(
            f"{values.ndim} axes of the lengths {' x '.join(map(str, values.shape))}; expected "
            f"{default}, or the order of the axes in the column axes"
        )
    names = parsed_axes(",".join(names), values.shape)
    if oriented is not None and [name for name in names if name != "frame"] != oriented:
        raise InputError(
            f"axes is {layout.axes!r}, but by UltrasoundImageOrientation {volume.orientation} the "
            f"last two are {','.join(oriented)}; correct the one that is wrong, or leave the cell "
            "empty"
        )
    volume = volume._replace(values=values, spacing=tuple(spacing))
    return volume, names, layout.axes is not None or oriented is not None


def _spacing_by_name(volume: Volume, names: list[str]) -> dict[str, float]:
    spacing = {
        name.split()[0]: step for name, step in zip(names, volume.spacing, strict=True) if step
    }
    plane = [spacing.get(name) for name in ("sample", "line")]
    return {} if plane == [PLACEHOLDER / 1000] * 2 else spacing
