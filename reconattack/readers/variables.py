"""The choice of the array that holds the samples, among the named arrays of a file."""

from collections.abc import Mapping
from typing import NamedTuple

from reconattack.errors import InputError


class Variable(NamedTuple):
    """Shape and type of an array in a file, and whether the type is a number."""

    shape: tuple[int, ...]
    kind: str
    numeric: bool


def chosen_variable(stated: str | None, variables: Mapping[str, Variable]) -> str:
    """Return the stated variable; without one, the only array of numbers among `variables`.

    Scalars, vectors and text do not count: the array has two axes that are longer than 1.

    Raises
    ------
    InputError
        If no variable is stated, and there are several arrays or none.
    """
    if stated is not None:
        return stated
    arrays = [
        name
        for name, variable in variables.items()
        if variable.numeric and sum(length > 1 for length in variable.shape) > 1
    ]
    if len(arrays) != 1:
        raise InputError(
            f"{len(arrays)} arrays of numbers could be the samples; expected its name in the "
            f"column variable; the file holds {listed(variables)}"
        )
    return arrays[0]


def listed(variables: Mapping[str, Variable]) -> str:
    """Names, shapes and types of all variables, in words."""
    shown = [
        f"{name} ({' x '.join(map(str, variable.shape)) or 'scalar'} {variable.kind})"
        for name, variable in variables.items()
    ]
    return ", ".join(shown) or "no variables"
