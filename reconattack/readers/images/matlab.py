"""Stacks of B-mode images in MATLAB files: the variable and its axes stand in the frame table.

In the column `axes`, `sample` is the image's row (depth) and `line` its column, such as
`frame,sample,line` for an array of images one after another.
"""

from pathlib import Path

from reconattack.errors import InputError
from reconattack.readers.containers.matlab_files import list_variables, load_variable
from reconattack.readers.images.image_file import Box, ImageFile, grey_stack
from reconattack.readers.layout import Layout, arrange
from reconattack.readers.variables import chosen_variable

SUFFIXES = (".mat",)


def read(path: Path, layout: Layout, box: Box | None) -> ImageFile:
    """Read the images of one variable; the file states no size of their pixels.

    Raises
    ------
    InputError
        If the file or the variable cannot be read, or its pixels are not uint8.
    """
    variable = layout.variable or chosen_variable(None, list_variables(path))
    values = load_variable(path, variable)
    if isinstance(values, str) or values.ndim < 2:
        raise InputError(f"{variable} is {values!s:.40}; expected an array of images")
    images = arrange(values, layout)
    return ImageFile(
        grey_stack(iter(images), len(images), images.shape[1:], box), shape=images.shape[1:]
    )
