"""Arrays of HDF5 files that follow no convention, by their path `group/dataset`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reconattack.errors import InputError, OptionalPackage
from reconattack.readers.containers.hdf5 import complex_fields, groups, opened, samples
from reconattack.readers.variables import Variable, chosen_variable, listed

h5py = OptionalPackage("h5py", "formats")

NEUTRAL = {"scale_factor": 1, "add_offset": 0}  # attributes of packed numbers (CF conventions)


def load_array(path: Path, variable: str | None) -> np.ndarray:
    """Read one array of numbers.

    Parameters
    ----------
    path
        An HDF5 file.
    variable
        Path of the array, such as `scan/rf`; None if there is only one that can be meant.

    Returns
    -------
    numpy.ndarray
        In the file's order of axes; two fields of a compound type, real and imaginary part, as
        complex numbers.

    Raises
    ------
    InputError
        If the file cannot be read, has no such array, or states that its numbers are scaled.
    """
    with opened(path) as file:
        arrays = {
            f"{place}/{name}".lstrip("/"): group[name]
            for place, group in groups(file)
            for name in group
            if group.get(name, getclass=True) is h5py.Dataset
        }
        variables = {name: _variable(array) for name, array in arrays.items()}
        name = chosen_variable(variable and variable.strip("/"), variables)
        if name not in arrays:
            raise InputError(
                f"no array {name}; expected one that the file holds: {listed(variables)}"
            )
        _check_scale(name, arrays[name])
        return samples(arrays[name])


def _variable(array: h5py.Dataset) -> Variable:
    kind = "complex" if complex_fields(array) else str(array.dtype)
    numeric = array.dtype.kind in "iufc" or kind == "complex"
    return Variable(array.shape or (), kind, numeric and array.shape is not None)


def _check_scale(name: str, array: h5py.Dataset) -> None:
    for attribute, neutral in NEUTRAL.items():
        stated = array.attrs.get(attribute, neutral)
        if np.any(np.asarray(stated) != neutral):
            raise InputError(
                f"{name} states {attribute} {np.ravel(stated)[0]}; expected numbers that are not "
                "scaled: save the array with its scale applied"
            )
