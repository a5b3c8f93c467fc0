import pytest
import xarray as xr

from reconattack.errors import InputError
from reconattack.readers.layout import Layout
from reconattack.readers.rows import read_rows


def row(frame, path, index=0, **others):
    known = {"frame": frame, "path": path, "index": index, "frames": 2, "reader": None}
    return known | {"patient": f"p-{frame}", "label": 1, "scanner": "s"} | others


@pytest.fixture
def read():
    """Reader of files that hold 10 and 20; it counts, and fails for files called bad."""

    def read_file(path, frames, reader, layout):
        read_file.calls.append((path, frames, reader, layout))
        if path.startswith("bad"):
            raise InputError(f"{path}: truncated")
        return "some", [10, 20]

    read_file.calls = []
    return read_file


def build(content, row):
    if row["index"] >= len(content):
        raise InputError("no such frame")
    return xr.Dataset(attrs={"value": content[row["index"]]})


def test_file_is_read_once_for_the_rows_that_follow_each_other(read):
    rows = [row("a", "x"), row("b", "x", 1), row("c", "y"), row("d", "x", reader="r", axes="line")]
    frames = read_rows(rows, read, build, "frame {frame}")
    assert list(frames) == ["a", "b", "c", "d"]
    assert [frame.attrs["value"] for frame in frames.values()] == [10, 20, 10, 10]
    assert {frame.attrs["reader"] for frame in frames.values()} == {"some"}
    assert read.calls == [
        ("x", 2, None, Layout()),
        ("y", 2, None, Layout()),
        ("x", 2, "r", Layout(axes="line")),
    ]


def test_row_that_fails_keeps_its_place_and_loses_no_other(read, caplog):
    rows = [row("a", "bad"), row("b", "bad", 1), row("c", "{x}", 2, label=None), row("d", "{x}")]
    frames = read_rows(rows, read, build, "frame {frame} ({path})")
    assert [frame.attrs.get("error") for frame in frames.values()] == [
        "frame a (bad): bad: truncated",
        "frame b (bad): bad: truncated",
        "frame c ({x}): no such frame",
        None,
    ]
    assert frames["a"].attrs["patient"] == "p-a" and frames["a"].attrs["label"] == 1
    assert frames["c"].attrs["scanner"] == "s" and "label" not in frames["c"].attrs
    assert len(read.calls) == 2
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "frames a, b (bad): truncated",
        "frame c ({x}): no such frame",
    ]


def test_fault_of_the_program_is_not_a_fault_of_the_file(read):
    with pytest.raises(ZeroDivisionError):
        read_rows([row("a", "x")], read, lambda content, row: 1 / 0, "frame {frame}")
