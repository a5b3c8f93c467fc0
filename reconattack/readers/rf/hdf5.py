"""Plain HDF5 files: one array, named in the column `variable` as `group/dataset`.

Files of UFF and zea have readers of their own, which come first. Complex numbers are stored as two
fields of a compound type, such as h5py's `r` and `i`.
"""

from pathlib import Path

from reconattack.frames.recording import Recording
from reconattack.readers.containers.hdf5_arrays import load_array
from reconattack.readers.layout import Layout, arrange

SUFFIXES = (".h5", ".hdf5")
COLUMNS = ("variable", "axes")


def read(path: Path, layout: Layout) -> Recording:
    """Read the samples; two axes are (sample, line), and more axes need the column `axes`.

    Raises
    ------
    InputError
        If the file cannot be read, one array of numbers cannot be chosen, or it states that its
        numbers are scaled.
    """
    return Recording(arrange(load_array(path, layout.variable), layout))
