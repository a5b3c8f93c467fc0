"""MATLAB files (.mat) of any version: one variable holds the samples, without further facts.

The variable may be inside structs and cells. OASBUD (breast RF, Zenodo record 545928) is read as
`data[i].rf1` and `data[i].rf2`; this layout is unverified, because no real file was available.
"""

from pathlib import Path

from reconattack.errors import InputError
from reconattack.frames.recording import Recording
from reconattack.readers.containers.matlab_files import list_variables, load_variable
from reconattack.readers.layout import Layout, arrange
from reconattack.readers.variables import chosen_variable

SUFFIXES = (".mat",)
COLUMNS = ("variable", "axes")


def read(path: Path, layout: Layout) -> Recording:
    """Read the samples; two axes are (sample, line), and more axes need the column `axes`.

    Raises
    ------
    InputError
        If the file cannot be read, or one variable of numbers cannot be chosen.
    """
    variable = chosen_variable(layout.variable, list_variables(path))
    values = load_variable(path, variable)
    if isinstance(values, str) or values.ndim == 0:
        raise InputError(f"{variable} is {values!s:.40}; expected an array of samples")
    return Recording(arrange(values, layout))
