"""Configuration files: what YAML 1.1 would take for something else without a word."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from reconattack.errors import InputError

MERGE = "tag:yaml.org,2002:merge"
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
OTHER_BASE = re.compile(r"[-+]?(0[0-7_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?)")


def check_files(paths: Iterable[Path | str]) -> None:
    """Raise InputError with a line for each trap in some configuration files.

    A key that stands twice would lose its first value. A number such as 010 would be octal, and one
    such as 1:30 would count sixties.

    Parameters
    ----------
    paths
        YAML or JSON files that Snakemake has read; one that is not there is passed over.
    """
    errors = []
    for path in filter(os.path.exists, paths):
        tree = yaml.compose(Path(path).read_text(encoding="utf-8"), yaml.SafeLoader)
        errors += [f"{path}, line {line}: {words}" for line, words in _traps(tree, "", set())]
    if errors:
        raise InputError("\n".join(["the configuration cannot be used:", *errors]))


def _traps(node: yaml.Node | None, key: str, seen: set[int]) -> Iterator[tuple[int, str]]:
    """Line and words of each trap in a node; what anchors repeat is looked at once."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        yield from _twice(node, key)
        for name, value in node.value:
            yield from _traps(name, key, seen)
            yield from _traps(value, f"{key}.{name.value}".lstrip("."), seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _traps(value, f"{key}.{number}".lstrip("."), seen)
    elif node.style is None and node.tag in NUMBERS and OTHER_BASE.fullmatch(node.value):
        number = yaml.safe_load(node.value)
        yield (
            node.start_mark.line + 1,
            f"{key or 'a key'}: YAML takes {node.value} for the number {number}; write {number}, "
            f"or '{node.value}' in quotes if it is a name",
        )


def _twice(node: yaml.MappingNode, key: str) -> Iterator[tuple[int, str]]:
    """Keys of a map that stand there twice."""
    first: dict[tuple[str, str], int] = {}
    for name, _ in node.value:
        if not isinstance(name, yaml.ScalarNode) or name.tag == MERGE:
            continue
        line = name.start_mark.line + 1
        known = first.setdefault((name.tag, name.value), line)
        if known != line:
            yield (
                line,
                f"{f'{key}.{name.value}'.lstrip('.')} stands in line {known} too, and only the "
                "last would count; expected one, with all that both hold",
            )
