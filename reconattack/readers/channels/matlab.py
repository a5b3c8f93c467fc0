"""Channel data in an array of a MATLAB file (.mat) of any version.

The frame table states the order of the axes in the column `axes`, the scanner of the configuration
states the probe and the waves. Variables of the file with the names that the reader of `.npz` files
lists are used too.
"""

from pathlib import Path

from reconattack.errors import InputError
from reconattack.frames.channel_recording import ChannelRecording
from reconattack.readers.channel_arrays import NAMES, recording_of_arrays
from reconattack.readers.containers.matlab_files import list_variables, load_variable
from reconattack.readers.layout import Layout
from reconattack.readers.variables import chosen_variable

SUFFIXES = (".mat",)
COLUMNS = ("variable", "axes")


def read(path: Path, layout: Layout) -> ChannelRecording:
    """Read the samples, and what else the file states.

    Raises
    ------
    InputError
        If the file cannot be read, one variable of numbers cannot be chosen, or its axes are not
        stated.
    """
    variables = list_variables(path)
    others = {name: variable for name, variable in variables.items() if name not in NAMES}
    variable = chosen_variable(layout.variable, others)
    values = load_variable(path, variable)
    if isinstance(values, str) or values.ndim == 0:
        raise InputError(f"{variable} is {values!s:.40}; expected an array of samples")
    stated = {name: load_variable(path, name) for name in NAMES if name in variables}
    return recording_of_arrays(values, layout, stated)
