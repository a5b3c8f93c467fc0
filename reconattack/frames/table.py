"""The frame table: the files of RF frames or images, their patients, labels and scanners."""

import codecs
import csv
import difflib
import io
import json
import math
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd

from reconattack.errors import InputError, first_names
from reconattack.frames.places import place_of
from reconattack.frames.scanner import PLAUSIBLE, implausible
from reconattack.frames.written_numbers import comma_hint

Rows = dict[int, dict[str, Any]]
Cells = dict[int, list[str]]

MOST_ERRORS = 100
MOST_SHOWN = 200  # characters of a cell
MOST_FRAMES = 10_000  # in one file, as in the schema
ROW = re.compile(r"row (\d+)(.*)", re.DOTALL)
NAMELESS = re.compile(r"(Unnamed: \d+(\.\d+)?)?")  # as pandas calls such a column
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # "Unicode text" of a spreadsheet
SEPARATORS = {",": "commas", ";": "semicolons"}
FILES = {
    **{"path": "file", "mask": "mask"},
    **{"liver_mask": "liver mask", "overlay_mask": "overlay mask"},
}


def read_frame_table(
    path: Path | str,
    schema: Path | str,
    scanners: Collection[str] | None = None,
    readers: Collection[str] | None = None,
    label_of: str = "patient",
    unused: Collection[str] = (),
    classes: int = 2,
    groups: Collection[str] = (),
) -> pd.DataFrame:
    """Read and check a frame table.

    Parameters
    ----------
    path
        Tab-separated table, UTF-8 or UTF-16, a row per RF file; its paths are relative to its
        folder. Columns without a name are passed over if they are empty or number the rows.
    schema
        JSON schema of a row (`schemas/frames.schema.json`).
    scanners
        Names of the described scanners; None leaves the column unchecked.
    readers
        Names of the readers of such files; None leaves the column unchecked.
    label_of
        What has a label: `patient`, so that two labels of a patient are an error, or `frame`.
    unused
        Names of the columns that mean nothing for such files.
    classes
        Number of classes that a label may name.
    groups
        Names of further columns, with groups of patients as texts.

    Returns
    -------
    pandas.DataFrame
        A row per frame, in the order of the table. Its columns are those of the schema (Int64,
        Float64 or str; NA where a cell is empty), `clip`, the row's own name of its file, `index`,
        the number of the frame in it, and `notes`, remarks on its files. The paths of `FILES` are
        relative to the working folder. The frames of a file with several are called `name_0`,
        `name_1`, ...

    Raises
    ------
    InputError
        If the table is wrong: a line for each error, with the header as row 1, as editors count.
    """
    schema = json.loads(Path(schema).read_text(encoding="utf-8"))
    if classes > 2:
        schema["properties"]["label"] |= {
            "enum": [*range(classes), None],
            "description": f"the number of a class, 0 to {classes - 1}, or empty (unknown)",
        }
    schema["properties"] |= {
        name: {"type": ["string", "null"], "description": "a group of patients, or empty"}
        for name in groups
        if name not in schema["properties"]
    }
    columns, rows = _read_rows(path, schema["properties"])
    folder = Path(path).parent
    errors = [
        *_column_errors(columns, schema),
        *_cell_errors(rows, columns, schema),
        *_unknown_names(rows, "scanner", "the described scanners", scanners),
        *_unknown_names(rows, "reader", "the readers", readers),
        *_unused_cells(rows, unused),
        *_unit_errors(rows, unused),
        *_file_errors(rows, folder),
        *_name_errors(rows),
        *(_label_errors(rows) if label_of == "patient" else ()),
    ]
    if not rows:
        errors.append("row 2: found no rows; expected one for each RF file")
    if errors:
        raise InputError("\n".join(f"{path}: {error}" for error in _told(errors)))
    return _expanded_table(rows, folder, schema["properties"])


def _told(errors: list[str]) -> list[str]:
    """The first errors, as many as a person reads, and the number of the others.

    What is the same in several rows is told once.
    """
    rows: dict[str, list[str]] = {}
    for error in errors:
        row, rest = ROW.fullmatch(error).groups()
        rows.setdefault(rest, []).append(row)
    told = [
        f"row{'s' if len(numbers) > 1 else ''} {first_names(numbers)}{rest}"
        for rest, numbers in rows.items()
    ]
    left_out = len(told) - MOST_ERRORS
    return told if left_out <= 0 else [*told[:MOST_ERRORS], f"and {left_out} errors more"]


def _read_rows(path: Path | str, properties: dict) -> tuple[list[str], Rows]:
    """Names in the header, and the typed cells of each row by its number."""
    columns, *lines = _read_cells(path)
    filled = {number: cells for number, cells in enumerate(lines, start=2) if any(cells)}
    named = _named_columns(columns, filled)
    errors = [*_length_errors(columns, filled), *_unnamed_errors(columns, named, filled)]
    if errors:
        raise InputError("\n".join(f"{path}: {error}" for error in _told(errors)))
    typed = {}
    for number, cells in filled.items():
        row = {columns[place]: _cell(cells, place) for place in named}
        typed[number] = {name: _typed(row.get(name, ""), properties[name]) for name in properties}
    return [columns[place] for place in named], typed


def _read_cells(path: Path | str) -> list[list[str]]:
    """The cells of each row, the header first; empty cells at the end of a row are left out."""
    try:
        content = Path(path).read_bytes()
        encoding = "utf-16" if content.startswith(UTF_16) else "utf-8-sig"
        text = io.StringIO(content.decode(encoding), newline="")
        rows = [_without_empty_end(cells) for cells in csv.reader(text, delimiter="\t")] or [[]]
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read as a tab-separated table: {error.strerror} at "
            f"{os.path.abspath(path)}; a path in the configuration is relative to the folder of "
            "the run (--directory)"
        ) from error
    except csv.Error as error:
        raise InputError(f"{path}: cannot be read as a tab-separated table: {error}") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: cannot be read as a tab-separated table in UTF-8: byte {error.start} is no "
            "text in it; save the table as tab-separated text, in UTF-8 or as Unicode text"
        ) from error
    header = "".join(rows[0])
    if len(rows[0]) == 1 and any(sign in header for sign in SEPARATORS):
        sign = max(SEPARATORS, key=header.count)
        raise InputError(
            f"{path}: row 1: found {SEPARATORS[sign]} between the names of columns; expected tabs: "
            "save the table as tab-separated text"
        )
    return rows


def _without_empty_end(cells: list[str]) -> list[str]:
    filled = [place for place, cell in enumerate(cells) if cell]
    return cells[: filled[-1] + 1] if filled else []


def _cell(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _named_columns(columns: list[str], rows: Cells) -> list[int]:
    """Places of the columns that count: all but empty ones and row numbers without a name."""
    return [
        place
        for place, name in enumerate(columns)
        if not NAMELESS.fullmatch(name)
        or not _is_left_out([_cell(cells, place) for cells in rows.values()])
    ]


def _is_left_out(cells: list[str]) -> bool:
    return not any(cells) or _number_rows(cells)


def _number_rows(cells: list[str]) -> bool:
    """Whether the cells of a column only count its rows."""
    return all(map(str.isdecimal, cells)) and len({*cells}) == len(cells)


def _unnamed_errors(columns: list[str], named: list[int], rows: Cells) -> list[str]:
    return [
        f"row 1, column {place + 1}: found no name above "
        f"{_shown(next(filter(None, (_cell(cells, place) for cells in rows.values()))))}; "
        "expected a name, or no such column"
        for place in named
        if columns[place] == ""
    ]


def _length_errors(columns: list[str], rows: Cells) -> list[str]:
    """Rows with cells to the right of the header."""
    long = {number: len(cells) for number, cells in rows.items() if len(cells) > len(columns)}
    all_longer_by_one = rows.keys() == long.keys() and {*long.values()} == {len(columns) + 1}
    if columns and all_longer_by_one and _number_rows([cells[0] for cells in rows.values()]):
        return [
            f"row 1: found {len(columns)} names of columns; expected {len(columns) + 1}, as there "
            "are cells in the other rows: these begin with row names, as R writes them "
            "(row.names = FALSE leaves them out)"
        ]
    return [
        f"row {number}: found {found} cells; expected {len(columns)}, one for each column of the "
        "header"
        for number, found in long.items()
    ]


def _typed(cell: str, property_schema: dict) -> Any:
    """A cell in its column's type; the schema refuses text that is no finite number."""
    if cell == "":
        return property_schema.get("default")
    if "string" in property_schema["type"]:
        return cell
    try:
        number = float(cell)
    except ValueError:
        return cell
    return number if math.isfinite(number) else cell


def _column_errors(columns: list[str], schema: dict) -> list[str]:
    known = list(schema["properties"])
    errors = []
    for name in columns:
        if name not in known:
            close = difflib.get_close_matches(name, set(known) - set(columns), n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            errors.append(
                f"row 1, column {_printable(name)}: found an unknown column; expected "
                f"{', '.join(known)}{hint}"
            )
        elif columns.count(name) > 1:
            errors.append(f"row 1, column {name}: found {columns.count(name)} times; expected once")
    missing = [name for name in schema["required"] if name not in columns]
    errors += [f"row 1, column {name}: found no such column; expected it" for name in missing]
    return list(dict.fromkeys(errors))


def _cell_errors(rows: Rows, columns: list[str], schema: dict) -> list[str]:
    bad = {}
    for name in filter(columns.__contains__, schema["properties"]):  # each distinct cell once
        validator = jsonschema.Draft202012Validator(schema["properties"][name])
        cells = {row[name] for row in rows.values()}
        bad[name] = {cell for cell in cells if not validator.is_valid(cell)}
    return [
        f"row {number}, column {name}: found {_shown(row[name])}; expected "
        f"{schema['properties'][name]['description']}{_hint(row[name], schema['properties'][name])}"
        for number, row in rows.items()
        for name in bad
        if row[name] in bad[name]
    ]


def _hint(cell: Any, property_schema: dict) -> str:
    return "" if "string" in property_schema["type"] else comma_hint(cell)


def _unknown_names(rows: Rows, column: str, what: str, names: Collection[str] | None) -> list[str]:
    if names is None:
        return []
    return [
        f"row {number}, column {column}: found {_shown(row[column])}; expected one of {what}: "
        f"{', '.join(names)}"
        for number, row in rows.items()
        if row[column] is not None and row[column] not in names
    ]


def _unused_cells(rows: Rows, unused: Collection[str]) -> list[str]:
    return [
        f"row {number}, column {column}: found {_shown(row[column])}; expected an empty cell: "
        "nothing uses this fact about a file of such a cohort"
        for number, row in rows.items()
        for column in unused
        if row[column] is not None
    ]


def _unit_errors(rows: Rows, unused: Collection[str]) -> list[str]:
    """Numbers of a scanner in another unit."""
    return [
        f"row {number}, column {column}: found {error}"
        for number, row in rows.items()
        for column in PLAUSIBLE
        if column not in unused
        and isinstance(row[column], int | float)
        and row[column] > 0
        and (error := implausible(column, row[column]))
    ]


def _file_errors(rows: Rows, folder: Path) -> list[str]:
    errors = []
    for number, row in rows.items():
        for column in FILES:
            path = folder / (row[column] or "")
            if row[column] is not None and not _is_file(path):
                errors.append(
                    f"row {number}, column {column}: found {_shown(row[column])}; expected a "
                    f"file, and there is {place_of(path)}"
                )
    return errors


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, or with a NUL, which no file has
        return False


def _name_errors(rows: Rows) -> list[str]:
    errors, first = [], {}
    for number, row in rows.items():
        for name in _frame_names(row):
            if name in first:
                errors.append(
                    f"row {number}, column frame: found {name!r}, which row {first[name]} gives "
                    "too; expected a name of its own for every frame"
                )
            first.setdefault(name, number)
    return errors


def _label_errors(rows: Rows) -> list[str]:
    errors, first = [], {}
    for number, row in rows.items():
        patient, label = row["patient"], row["label"]
        if label is None or patient is None:
            continue
        known, where = first.setdefault(patient, (label, number))
        if label != known:
            errors.append(
                f"row {number}, column label: found {_shown(label)} for patient {patient!r}; "
                f"expected {_shown(known)} as in row {where}: one label for a patient. If each "
                "frame has a label of its own, as one of several lesions, set label_of: frame of "
                "the cohort"
            )
    return errors


def _expanded_table(rows: Rows, folder: Path, properties: dict) -> pd.DataFrame:
    types = {name: _column_type(schema) for name, schema in properties.items()}
    types |= {"clip": "str", "index": "Int64", "notes": "str"}
    frames = [
        row
        | {"frame": name, "clip": row["frame"], "index": index, "notes": _outside(row)}
        | {column: os.path.normpath(folder / row[column]) for column in FILES if row[column]}
        for row in rows.values()
        for index, name in enumerate(_frame_names(row))
    ]
    return pd.DataFrame(frames, columns=list(types)).astype(types)


def _outside(row: dict[str, Any]) -> str | None:
    """A note if paths lead out of the table's folder, which is allowed; otherwise None."""
    notes = [
        f"its {what} lies outside the frame table's folder"
        for column, what in FILES.items()
        if row[column] and _leads_out(row[column])
    ]
    return "; ".join(notes) or None


def _leads_out(path: str) -> bool:
    return os.path.isabs(path) or os.path.normpath(path).split(os.sep)[0] == os.pardir


def _column_type(schema: dict) -> str:
    pandas_types = {"string": "str", "integer": "Int64", "number": "Float64"}
    (kind,) = (pandas_types[name] for name in pandas_types if name in schema["type"])
    return kind


def _frame_names(row: dict[str, Any]) -> list[str]:
    name, count = row["frame"], row["frames"]
    if name is None or count == 1:
        return [name] if name else []
    whole = isinstance(count, (int, float)) and 1 <= count <= MOST_FRAMES and count == int(count)
    return [f"{name}_{index}" for index in range(int(count))] if whole else [name]


def _printable(name: str) -> str:
    return name if name.isprintable() and len(name) <= MOST_SHOWN else repr(name)[:MOST_SHOWN]


def _shown(cell: Any) -> str:
    if cell is None:
        return "an empty cell"
    return f"{cell:g}" if isinstance(cell, float) else repr(cell)[:MOST_SHOWN]
