"""Which items of a checklist a run answers, and by which files."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C takes a tenth of the time
FILE = Path(__file__).parent / "checklists.yaml"
CARD = "card/card.html"
ANSWERED, PARTLY, OPEN = "answered", "partly answered", "not answered"
MOST_FILES = 3  # of one pattern that a table lists; of more it has the pattern
COLUMNS = ("item", "section", "topic", "answer", "files", "remark", "unchecked")


@dataclass(frozen=True)
class Item:
    """An item of a checklist, and what a run says of it.

    Attributes
    ----------
    item, section, topic
        Its number, the part of the checklist, and what it is about.
    answer
        `ANSWERED`, `PARTLY` or `OPEN`.
    files
        For each pattern of the mapping, the run's files that answer it, as paths in the results.
    remark
        What remains for the author, or what to do; empty if nothing.
    unchecked
        What of the item was compared with no source; empty if nothing.
    """

    item: str
    section: str
    topic: str
    answer: str
    files: Mapping[str, Sequence[str]]
    remark: str
    unchecked: str = ""


@dataclass(frozen=True)
class Checklist:
    """A checklist: its name, title, source and note, what it was compared with, and its items."""

    name: str
    title: str
    source: str
    note: str
    compared: str
    items: Sequence[Item]


def checklists(made: Collection[str], stated: Collection[str]) -> Iterator[Checklist]:
    """Every checklist with the answers of a run.

    Parameters
    ----------
    made
        The files that the run makes, as paths in its results.
    stated
        The keys of `card` that the configuration states.
    """
    for name, declared in declarations().items():
        items = [item_of(item, made, stated) for item in declared["items"]]
        texts = (declared[key] for key in ("title", "source", "note", "compared"))
        yield Checklist(name, *texts, items)


@cache
def declarations() -> dict[str, Any]:
    """The declared mappings, by the name of the checklist."""
    return LOADER(FILE.read_text(encoding="utf-8")).get_single_data()


def item_of(declared: Mapping[str, Any], made: Collection[str], stated: Collection[str]) -> Item:
    """What a run answers of one item."""
    counts = "needs" not in declared or matches(declared["needs"], made)
    patterns = declared.get("files", []) if counts else []
    files = {pattern: matches(pattern, made) for pattern in patterns}
    if set(declared.get("stated", [])) & set(stated):
        files[CARD] = [CARD]
    files = {pattern: found for pattern, found in files.items() if found}
    answer, remark = OPEN, declared["otherwise"]
    if files:
        remark = declared.get("partly", "")
        answer = PARTLY if remark else ANSWERED
    named = (declared[key] for key in ("item", "section", "topic"))
    return Item(*named, answer, files, remark, declared.get("unchecked", ""))


def matches(pattern: str, made: Collection[str]) -> list[str]:
    """The files of a pattern, in their order; `*` stands for any letters except `/`."""
    parts = map(re.escape, pattern.split("*"))
    expression = re.compile("[^/]*".join(parts))
    return [file for file in made if expression.fullmatch(file)]


def table_of(checklist: Checklist) -> pd.DataFrame:
    """A checklist as a table: a row for each item, with the `COLUMNS`."""
    rows = [
        [getattr(one, name) if name != "files" else " ".join(_named(one)) for name in COLUMNS]
        for one in checklist.items
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _named(item: Item) -> Iterator[str]:
    """The files of an item, or their pattern if there are many."""
    for pattern, files in item.files.items():
        yield from files if len(files) <= MOST_FILES else [pattern]
