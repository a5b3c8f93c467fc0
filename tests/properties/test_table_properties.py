"""What holds of any frame table: it is read as it was written, or every error names row and
column."""

import csv
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconattack.errors import InputError
from reconattack.frames.table import read_frame_table
from tests.places import ROOT

REPEATABLE = settings(derandomize=True, database=None, deadline=None, max_examples=150)
SCHEMA = ROOT / "schemas" / "frames.schema.json"
COLUMNS = ("frame", "patient", "label", "path", "frames", "scanner", "fat_fraction", "liver_mask")
VALID = {"frame": "a", "patient": "p", "label": "1", "path": "rf.mha", "scanner": "s"}
ERROR = re.compile(
    r"[^\n]*: (row \d+(, column .*)?: .*; expected .*|row \d+: .*|cannot be read .*)"
)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,12}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ROWS = st.fixed_dictionaries(
    {
        "frame": NAMES,
        "patient": NAMES,
        "frames": st.integers(1, 3),
        "fat_fraction": st.none() | st.floats(0, 100),
    }
)


def write(folder, columns, rows):
    (folder / "rf.mha").touch()
    with open(folder / "frames.tsv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(columns)
        writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return folder / "frames.tsv"


def read_or_refused(path):
    """The table; None if it was refused as it should be."""
    try:
        return read_frame_table(path, SCHEMA, ["s"])
    except InputError as error:
        assert str(error).startswith(f"{path}: ")
        assert ERROR.match(str(error))
        return None


@REPEATABLE
@given(rows=st.lists(ROWS, min_size=1, max_size=6, unique_by=lambda row: row["frame"]))
def test_table_comes_back_as_it_was_written(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("table")
    written = [{**VALID, "label": "", **row} for row in rows]
    table = read_or_refused(write(folder, COLUMNS, written))
    names = [
        name
        for row in rows
        for name in (
            [row["frame"]]
            if row["frames"] == 1
            else [f"{row['frame']}_{index}" for index in range(row["frames"])]
        )
    ]
    if len(set(names)) < len(names):
        assert table is None
        return
    assert list(table["frame"]) == names
    assert list(table["patient"]) == [row["patient"] for row in rows for _ in range(row["frames"])]
    found = [None if value != value else value for value in table["fat_fraction"].astype(float)]
    assert found == [row["fat_fraction"] for row in rows for _ in range(row["frames"])]


@REPEATABLE
@given(column=st.sampled_from(COLUMNS), text=TEXTS)
@example(column="frame", text="a\n")  # "$" takes the place before it for the end
@example(column="path", text="a" * 5000)
@example(column="path", text="\0")
@example(column="liver_mask", text="a/" * 3000)
@example(column="patient", text="a" * 200_000)
def test_any_text_in_any_cell(tmp_path_factory, column, text):
    folder = tmp_path_factory.mktemp("table")
    table = read_or_refused(write(folder, COLUMNS, [VALID | {column: text}]))
    if table is not None and column in ("frame", "patient"):
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", text)  # or a path could leave the results
        assert table[column][0].startswith(text)


@REPEATABLE
@given(number=st.floats() | st.integers(), column=st.sampled_from(["frames", "label"]))
def test_any_number_in_a_cell(tmp_path_factory, number, column):
    folder = tmp_path_factory.mktemp("table")
    table = read_or_refused(write(folder, COLUMNS, [VALID | {column: number}]))
    allowed = range(1, 10_001) if column == "frames" else (0, 1)
    assert (table is not None) == (number in allowed)


@REPEATABLE
@given(columns=st.lists(st.sampled_from(COLUMNS) | TEXTS, max_size=8))
def test_any_header(tmp_path_factory, columns):
    folder = tmp_path_factory.mktemp("table")
    table = read_or_refused(write(folder, columns, [VALID]))
    assert table is None or {"frame", "patient", "path", "scanner"} <= set(columns)


@REPEATABLE
@given(content=st.binary(max_size=200))
def test_any_bytes(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("table") / "frames.tsv"
    path.write_bytes(content)
    assert read_or_refused(path) is None
