"""Stacks of B-mode images in MATLAB files; the frame table names the variable and its axes.

In the column `axes`, `sample` is the image's row (depth) and `line` its column. An array of images
one after another has the axes `frame,sample,line`.
"""

from pathlib import Path

from reconattack.errors import InputError
from reconattack.readers.containers.matlab_files import list_variables, load_variable
from reconattack.readers.image_file import Box, ImageFile, grey_stack
from reconattack.readers.layout import Layout, arrange
from reconattack.readers.variables import chosen_variable

SUFFIXES = (".mat",)
COLUMNS = ("variable", "axes")


def read(path: Path, layout: Layout, box: Box | None, tint: str) -> ImageFile:
    """Read the images of one variable; the size of their pixels is unknown.

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
    shape = images.shape[1:]
    return ImageFile(grey_stack(iter(images), len(images), shape, box, tint), shape=shape)
