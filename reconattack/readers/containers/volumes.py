"""Arrays with the distances of their elements, as NRRD and NIfTI files hold them.

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

PLACEHOLDER = 1.0  # mm, in both directions: the default of programs that know no distance


class Volume(NamedTuple):
    """An array, the distance of its elements along each axis [m] if it is known, and remarks."""

    values: np.ndarray
    spacing: tuple[float | None, ...]
    notes: tuple[str, ...] = ()


def volume_recording(volume: Volume, layout: Layout) -> Recording:
    """RF frames: (frame, line, sample) or (line, sample), unless the layout states the axes."""
    volume, names = _named(volume, layout, "frame,line,sample")
    spacing = _spacing_by_name(volume, names)
    return Recording(
        arrange(volume.values, layout, ",".join(names)),
        sample_spacing=spacing.get("sample"),
        line_spacing=spacing.get("line"),
        notes=volume.notes,
    )


def volume_images(volume: Volume, layout: Layout, box: Box | None) -> ImageFile:
    """Images: (frame, sample, line) or (sample, line), unless the layout states the axes.

    `sample` is the image's row and `line` its column.
    """
    volume, names = _named(volume, layout, "frame,sample,line")
    images = arrange(volume.values, replace(layout, axes=",".join(names)))
    spacing = _spacing_by_name(volume, names)
    size = spacing.get("sample"), spacing.get("line")
    return ImageFile(
        grey_stack(iter(images), len(images), images.shape[1:], box),
        None if None in size else size,
        volume.notes,
        images.shape[1:],
    )


def _named(volume: Volume, layout: Layout, default: str) -> tuple[Volume, list[str]]:
    """A volume without further axes of length 1, and the names of those that are left."""
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
    return Volume(values, tuple(spacing), volume.notes), names


def _spacing_by_name(volume: Volume, names: list[str]) -> dict[str, float]:
    spacing = {
        name.split()[0]: step for name, step in zip(names, volume.spacing, strict=True) if step
    }
    plane = [spacing.get(name) for name in ("sample", "line")]
    return {} if plane == [PLACEHOLDER / 1000] * 2 else spacing
