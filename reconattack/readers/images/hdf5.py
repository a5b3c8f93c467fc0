"""Stacks of B-mode images in plain HDF5 files, named in the column `variable` as `group/dataset`.

In the column `axes`, `sample` is the image's row (depth) and `line` its column. An array of images
one after another has the axes `frame,sample,line`.
"""

from pathlib import Path

from reconattack.readers.containers.hdf5_arrays import load_array
from reconattack.readers.image_file import Box, ImageFile, grey_stack
from reconattack.readers.layout import Layout, arrange

SUFFIXES = (".h5", ".hdf5")
COLUMNS = ("variable", "axes")


def read(path: Path, layout: Layout, box: Box | None, tint: str) -> ImageFile:
    """Read the images of one array; the size of their pixels is unknown.

    Raises
    ------
    InputError
        If the file cannot be read, one array cannot be chosen, or its pixels are not uint8.
    """
    images = arrange(load_array(path, layout.variable), layout)
    shape = images.shape[1:]
    return ImageFile(grey_stack(iter(images), len(images), shape, box, tint), shape=shape)
