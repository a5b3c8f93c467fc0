"""NumPy arrays: `.npy`, and `.npz` with the array's name in the column `variable`."""

from pathlib import Path

from reconattack.frames.recording import Recording
from reconattack.readers.containers.numpy_files import read_arrays
from reconattack.readers.layout import Layout, arrange

SUFFIXES = (".npy", ".npz")
COLUMNS = ("variable", "axes")


def read(path: Path, layout: Layout) -> Recording:
    """Read the samples; two axes are (sample, line), and more axes need the column `axes`.

    Raises
    ------
    InputError
        If the file cannot be read, holds objects, or one array cannot be chosen.
    """
    samples, _ = read_arrays(path, layout.variable)
    return Recording(arrange(samples, layout))
