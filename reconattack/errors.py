"""The one exception for what a person can mend in their data, configuration or installation."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from typing import Any


class InputError(ValueError):
    """Input that cannot be used; its message says where, what was found and what to do.

    What it quotes from a file cannot move a terminal's cursor or colour it: of what cannot be
    printed it shows the code.
    """

    def __str__(self) -> str:
        return "".join(
            sign if sign.isprintable() or sign in "\n\t" else sign.encode("unicode_escape").decode()
            for sign in super().__str__()
        )


def check_names(what: str, found: Iterable[str], known: Iterable[str]) -> None:
    """Raise InputError if a name is not known; it says which one may have been meant.

    Parameters
    ----------
    what
        The thing that has the known names, for the message.
    found, known
        The names.
    """
    known = list(known)
    for name in found:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"expected {', '.join(known)}"
            raise InputError(f"{what} has no {name!r}; {hint}")


def first_names(names: Sequence[str], most: int = 3) -> str:
    """The first names, as many as a person reads, and the number of the others."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


@contextmanager
def told_later(messages: list[str]) -> Iterator[None]:
    """Add the message of an InputError of the block to others, to tell all of them at once."""
    try:
        yield
    except InputError as error:
        messages.append(str(error))


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Turn a missing package into an InputError that says how to install it.

    Parameters
    ----------
    extra
        The extra of `pyproject.toml` that installs what the block imports.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(
            f"the package {error.name} is not installed; install it with: "
            f"pip install 'reconattack[{extra}]'"
        ) from error


class OptionalPackage:
    """A package that is imported at its first use, as `h5py = OptionalPackage("h5py", "formats")`.

    Modules that use it can be imported without it. Its first use then raises the InputError of
    `needs_extra`.
    """

    def __init__(self, name: str, extra: str) -> None:
        self._name = name
        self._extra = extra

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):  # asked by copy, inspect and the like
            raise AttributeError(attribute)
        with needs_extra(self._extra):
            return getattr(import_module(self._name), attribute)
