"""The methods of attack: a module each in `reconattack.attacks.methods`, found by its name.

A method's module has one of two functions,

    attack(target, space, **settings) -> list of Path, one for each frame, or
    search(evaluate, space, random, **settings), as `reconattack.attacks.search` describes it,

and may have

    findings(paths, target, space, **settings) -> Dataset, what the method finds beyond its paths.

`settings` are the keys of the attack's configuration except `method` and `parameters`. Constants of
the module declare what the workflow needs to know before anything runs (`Declared`). They are read
from the source, so nothing is imported for them.
"""

import ast
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from reconattack.errors import InputError

FOLDER = Path(__file__).parent / "methods"
SEARCH = Path(__file__).parent / "search.py"


@dataclass(frozen=True)
class Declared:
    """What a method's module declares in constants of these names, in capitals.

    Attributes
    ----------
    settings
        JSON schema of each further key of the attack's configuration, all required. Default: those
        of a search (`reconattack.attacks.search`).
    steps
        True for a method that moves by steps: its parameters have `probe` and `rate`.
    white_box
        True for a method that needs the slopes of the network.
    side_by_side
        False for a search that cannot run twice at a time.
    exhaustive
        True for a method that judges every setting, so that even an immune model is searched.
    many_queries
        True for a method that needs thousands of queries at a frame.
    starts_from
        True for a method that may be given the flips of other attacks: the attack's configuration
        may name them as `start_from`.
    finds
        What the method finds beyond its paths: `lattice`, `margins`, `knobs`, `proof`, `share` (of
        drawn settings that flip) or nothing.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    steps: bool = False
    white_box: bool = False
    side_by_side: bool = True
    exhaustive: bool = False
    many_queries: bool = False
    starts_from: bool = False
    finds: str | None = None


def method_names() -> list[str]:
    """Names of all methods."""
    return sorted(path.stem for path in FOLDER.glob("[!_]*.py"))


def method_module(name: str) -> str:
    """Dotted name of a method's module; raises InputError if there is none."""
    if name not in method_names():
        raise InputError(
            f"there is no method of attack called {name!r}; expected one of "
            f"{', '.join(method_names())}"
        )
    return f"reconattack.attacks.methods.{name}"


def load_method(name: str) -> ModuleType:
    """A method's module, imported; raises InputError if there is none."""
    return importlib.import_module(method_module(name))


@cache
def declared(name: str) -> Declared:
    """What a method declares; raises InputError if there is none of this name."""
    method_module(name)
    own = _constants(FOLDER / f"{name}.py")
    known = {key: own[key.upper()] for key in Declared.__annotations__ if key.upper() in own}
    if "settings" not in known:
        known["settings"] = _constants(SEARCH)["SETTINGS"]
    return Declared(**known)


@cache
def _constants(file: Path) -> dict[str, Any]:
    """Constants in capitals at the top level of a module whose values are literals."""
    constants = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name.isupper() and name.lower() in Declared.__annotations__:
                constants[name] = ast.literal_eval(node.value)
    return constants
