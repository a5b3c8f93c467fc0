import dataclasses
import json

import jsonschema
import pytest

from reconattack.errors import InputError
from reconattack.frames.channel_recording import ARRAY_COLUMNS
from reconattack.frames.stated import UNITS
from reconattack.frames.table import read_frame_table
from reconattack.readers.layout import Layout
from tests.places import ROOT

SCHEMA = ROOT / "schemas" / "frames.schema.json"
HEADER = "frame patient label path frames scanner fat_fraction"


@pytest.fixture
def write_table(tmp_path):
    """Write a table of space-separated rows ('-' is an empty cell) beside the files a and b."""
    (tmp_path / "rf").mkdir()
    for name in ("a", "b"):
        (tmp_path / "rf" / f"{name}.mha").touch()

    def write(*rows):
        lines = ["\t".join("" if c == "-" else c for c in row.split(" ")) for row in rows]
        path = tmp_path / "frames.tsv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def errors_of(path, **arguments):
    with pytest.raises(InputError) as raised:
        read_frame_table(path, SCHEMA, **arguments)
    lines = str(raised.value).split("\n")
    assert all(line.startswith((f"{path}: row ", f"{path}: rows ")) for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_rows_become_frames_in_order(write_table, tmp_path):
    path = write_table(HEADER, "z p1 1 rf/a.mha - siemens 12.5", "m p2 0 rf/b.mha 3 mouse -")
    table = read_frame_table(path, SCHEMA)
    assert list(table["frame"]) == ["z", "m_0", "m_1", "m_2"]
    assert list(table["index"]) == [0, 0, 1, 2]
    assert list(table["frames"]) == [1, 3, 3, 3]
    assert list(table["label"]) == [1, 0, 0, 0]
    assert list(table["patient"]) == ["p1", "p2", "p2", "p2"]
    assert list(table["path"]) == [str(tmp_path / "rf/a.mha")] + 3 * [str(tmp_path / "rf/b.mha")]
    assert table["fat_fraction"][0] == 12.5
    assert table["fat_fraction"].isna().sum() == 3


def test_facts_about_images_are_told_with_every_other_error(write_table):
    path = write_table(
        "frame patient path scanner sound_speed probe", "a p rf/a.mha s 1540 -", "b p no s - linear"
    )
    assert errors_of(path, unused=["sound_speed", "probe"]) == [
        "row 2, column sound_speed: found 1540; expected an empty cell: nothing uses this fact "
        "about a file of such a cohort",
        "row 3, column probe: found 'linear'; expected an empty cell: nothing uses this fact about "
        "a file of such a cohort",
        f"row 3, column path: found 'no'; expected a file, and there is none at {path.parent}/no",
    ]


@pytest.mark.parametrize(
    ("axes", "known"),
    [("line,sample reversed", True), ("line  reversed , sample", True), ("line,reversed", False)],
)
def test_axes_may_be_reversed(write_table, axes, known):
    path = write_table("frame patient path scanner axes", "a p rf/a.mha s AXES")
    path.write_text(path.read_text().replace("AXES", axes))
    if known:
        assert read_frame_table(path, SCHEMA)["axes"][0] == axes
    else:
        (error,) = errors_of(path)
        assert error.startswith(f"row 2, column axes: found '{axes}'; expected order of the array")


def test_optional_columns_may_be_absent(write_table):
    table = read_frame_table(
        write_table("patient scanner path frame", "007 s rf/a.mha x"), SCHEMA, scanners=["s"]
    )
    assert table["label"].isna().all() and table["fat_fraction"].isna().all()
    assert list(table["patient"]) == ["007"]
    assert list(table["frames"]) == [1]


def test_label_written_as_a_float_is_a_label(write_table):
    table = read_frame_table(write_table(HEADER, "x p 1.0 rf/a.mha 1.0 s -"), SCHEMA)
    assert table["label"][0] == 1 and table["label"].dtype == "Int64"


def test_path_stays_relative_when_the_table_is(write_table, monkeypatch, tmp_path):
    write_table(HEADER, "x p 1 ./rf/a.mha - s -")
    monkeypatch.chdir(tmp_path)
    assert list(read_frame_table("frames.tsv", SCHEMA)["path"]) == ["rf/a.mha"]


def test_blank_lines_and_byte_order_mark_are_passed_over(write_table):
    path = write_table(HEADER, "x p 1 rf/a.mha - s -", "-", "y q 0 rf/b.mha - s -", "-")
    path.write_text("\ufeff" + path.read_text().replace("\n", "\r\n"), encoding="utf-8")
    assert list(read_frame_table(path, SCHEMA)["frame"]) == ["x", "y"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("x p 2 rf/a.mha - s -", "column label: found 2; expected 1 (fatty), 0 (normal) or empty"),
        ("x p 0.5 rf/a.mha - s -", "column label: found 0.5; expected 1 (fatty)"),
        ("x p yes rf/a.mha - s -", "column label: found 'yes'; expected 1 (fatty)"),
        ("x p nan rf/a.mha - s -", "column label: found 'nan'; expected 1 (fatty)"),
        ("x p 1 rf/a.mha 0 s -", "column frames: found 0; expected number of frames"),
        ("x p 1 rf/a.mha 1.5 s -", "column frames: found 1.5; expected number of frames"),
        ("x p 1 rf/a.mha inf s -", "column frames: found 'inf'; expected number of frames"),
        ("x p 1 rf/a.mha - s 101", "column fat_fraction: found 101; expected liver fat in %"),
        ("x/y p 1 rf/a.mha - s -", "column frame: found 'x/y'; expected a unique name"),
        (".x p 1 rf/a.mha - s -", "column frame: found '.x'; expected a unique name"),
        ("- p 1 rf/a.mha - s -", "column frame: found an empty cell; expected a unique name"),
        ("x - 1 rf/a.mha - s -", "column patient: found an empty cell; expected the name"),
        ("x p 1 - - s -", "column path: found an empty cell; expected the path"),
        ("x p 1 rf/a.mha - - -", "column scanner: found an empty cell; expected the name"),
    ],
)
def test_bad_cell_is_named_with_what_is_expected(write_table, row, message):
    path = write_table(HEADER, "ok p0 0 rf/b.mha - s -", row)
    (error,) = errors_of(path)
    assert error.startswith(f"row 3, {message}")


def test_missing_file_is_named_in_full(write_table, tmp_path):
    (error,) = errors_of(write_table(HEADER, "x p 1 rf/c.mha 4 s -"))
    assert error == (
        "row 2, column path: found 'rf/c.mha'; expected a file, and there is none at "
        f"{tmp_path / 'rf/c.mha'}"
    )


def test_unknown_reader_is_named_with_the_known_ones(write_table):
    path = write_table("frame patient path scanner reader", "a p1 rf/a.mha s osirix")
    (error,) = errors_of(path, readers=("metaimage", "uff"))
    assert error == (
        "row 2, column reader: found 'osirix'; expected one of the readers: metaimage, uff"
    )


def test_unknown_scanner_is_named_with_the_known_ones(write_table):
    path = write_table(HEADER, "x p 1 rf/a.mha - simens -")
    (error,) = errors_of(path, scanners={"siemens": 1, "ge": 2})
    assert error == (
        "row 2, column scanner: found 'simens'; expected one of the described scanners: siemens, ge"
    )


def test_misspelt_column_suggests_the_closest(write_table):
    header = HEADER.replace("patient", "pateint").replace("fat_fraction", "hospital")
    misspelt, unknown, missing = errors_of(write_table(header, "x p 1 rf/a.mha - s -"))[:3]
    assert misspelt.startswith("row 1, column pateint: found an unknown column; expected frame, ")
    assert misspelt.endswith("; did you mean patient?")
    assert "did you mean" not in unknown
    assert missing == "row 1, column patient: found no such column; expected it"


def test_missing_column_is_told_once(write_table):
    rows = [f"f{number} 1 rf/a.mha - s -" for number in range(5)]
    errors = errors_of(write_table(HEADER.replace("patient ", ""), *rows))
    assert errors == ["row 1, column patient: found no such column; expected it"]


def test_column_named_twice(write_table):
    errors = errors_of(write_table(HEADER + " label", "x p 1 rf/a.mha - s - 0"))
    assert errors == ["row 1, column label: found 2 times; expected once"]


def test_two_rows_of_one_name(write_table):
    rows = ["x p 1 rf/a.mha - s -", "y q 1 rf/a.mha - s -", "x r 0 rf/b.mha - s -"]
    (error,) = errors_of(write_table(HEADER, *rows))
    assert error.startswith("row 4, column frame: found 'x', which row 2 gives too")


def test_names_are_compared_after_expansion(write_table):
    rows = ["x p 1 rf/a.mha 3 s -", "x_2 q 1 rf/b.mha - s -"]
    (error,) = errors_of(write_table(HEADER, *rows))
    assert error.startswith("row 3, column frame: found 'x_2', which row 2 gives too")


def test_patient_with_two_labels(write_table):
    rows = ["x p 1 rf/a.mha - s -", "y p - rf/a.mha - s -", "z p 0 rf/b.mha - s -"]
    path = write_table(HEADER, *rows)
    (error,) = errors_of(path)
    assert error == (
        "row 4, column label: found 0 for patient 'p'; expected 1 as in row 2: one label for a "
        "patient. If each frame has a label of its own, as one of several lesions, set label_of: "
        "frame of the cohort"
    )
    assert list(read_frame_table(path, SCHEMA, label_of="frame")["label"].fillna(-1)) == [1, -1, 0]


def test_all_errors_are_told_at_once(write_table):
    rows = ["x p 2 rf/c.mha - s -", "x p 1 rf/a.mha - t -"]
    errors = errors_of(write_table(HEADER + " note", *(row + " n" for row in rows)), scanners=["s"])
    places = [error.split(":")[0] for error in errors]
    assert places == [
        "row 1, column note",
        "row 2, column label",
        "row 3, column scanner",
        "row 2, column path",
        "row 3, column frame",
        "row 3, column label",
    ]


@pytest.mark.parametrize("rows", [[HEADER], [HEADER, "-", "-"]])
def test_table_without_rows(write_table, rows):
    assert errors_of(write_table(*rows)) == ["row 2: found no rows; expected one for each RF file"]


def test_row_with_too_many_cells(write_table):
    (error,) = errors_of(write_table(HEADER, "x p 1 rf/a.mha - s 4 4"))
    assert error.startswith("row 2: found 8 cells; expected 7")


ROWS = ["frame\tpatient\tpath\tscanner", "x\tp\trf/a.mha\ts", "y\tq\trf/b.mha\ts"]


@pytest.mark.parametrize(
    "rows",
    [
        [row + "\t\t" for row in ROWS],
        [ROWS[0], *(row + "\t\t" for row in ROWS[1:])],
        [ROWS[0] + "\t\t", *ROWS[1:]],
        ["\t" + row for row in ROWS],
        [row.replace("\trf", "\t\trf").replace("\tpath", "\t\tpath") for row in ROWS],
        [f"{number}\t{row}" for number, row in zip(["", 0, 1], ROWS, strict=True)],
        [f"{number}\t{row}" for number, row in zip(["", 17, 4], ROWS, strict=True)],
        [f"{number}\t{row}\t" for number, row in zip(["Unnamed: 0", 1, 2], ROWS, strict=True)],
    ],
)
def test_empty_columns_and_row_numbers_of_a_spreadsheet_are_passed_over(write_table, rows):
    path = write_table("-")
    path.write_text("\n".join([*rows, "\t\t\t"]))
    table = read_frame_table(path, SCHEMA)
    assert list(table["frame"]) == ["x", "y"]
    assert list(table["patient"]) == ["p", "q"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_text_of_a_spreadsheet_program_is_read(write_table, encoding):
    path = write_table("-")
    path.write_bytes("\r\n".join(ROWS).encode(encoding))
    assert list(read_frame_table(path, SCHEMA)["frame"]) == ["x", "y"]


@pytest.mark.parametrize(("sign", "name"), [(",", "commas"), (";", "semicolons")])
def test_table_without_tabs_is_told(write_table, sign, name):
    path = write_table("-")
    path.write_text("\n".join(ROWS).replace("\t", sign))
    (error,) = errors_of(path)
    assert error == (
        f"row 1: found {name} between the names of columns; expected tabs: save the table as "
        "tab-separated text"
    )


def test_column_without_a_name_that_holds_something(write_table):
    path = write_table("-")
    path.write_text("\n".join([ROWS[0], ROWS[1] + "\tgood", ROWS[2]]).replace("er\n", "er\t\t\n"))
    (error,) = errors_of(path)
    assert error == "row 2: found 5 cells; expected 4, one for each column of the header"
    path.write_text("\n".join([f"\t{ROWS[0]}", f"\t{ROWS[1]}", f"good\t{ROWS[2]}"]))
    (error,) = errors_of(path)
    assert error == (
        "row 1, column 1: found no name above 'good'; expected a name, or no such column"
    )


def test_row_names_of_r_are_told_once(write_table):
    path = write_table("-")
    path.write_text("\n".join([ROWS[0], f"1\t{ROWS[1]}", f"2\t{ROWS[2]}"]))
    (error,) = errors_of(path)
    assert error.startswith("row 1: found 4 names of columns; expected 5, as there are cells in")


def test_same_error_of_many_rows_is_told_once(write_table):
    rows = [f"f{number} p 1 rf/a.mha - simens -" for number in range(120)]
    (error,) = errors_of(write_table(HEADER, *rows), scanners=["siemens"])
    assert error.startswith("rows 2, 3, 4 and 117 more, column scanner: found 'simens'; expected")


def test_fact_in_another_unit_is_told_once_for_all_its_rows(write_table):
    columns = "frame patient path scanner sampling_frequency probe_radius"
    rows = [f"f{number} p rf/a.mha s 12.5 {radius}" for number, radius in ((0, 0.05), (1, 50))]
    frequency, radius = errors_of(write_table(columns, *rows))
    assert frequency.startswith("rows 2, 3, column sampling_frequency: found 12.5 Hz; expected")
    assert frequency.endswith("is it in another unit? 12.5 MHz are 1.25e+07 Hz")
    assert radius.startswith("row 3, column probe_radius: found 50 m; expected from 0.001 to 0.5 m")


def test_decimal_comma_is_told(write_table):
    (error,) = errors_of(write_table(HEADER, "x p 1 rf/a.mha - s 12,5"))
    assert error.endswith("; write it with a point, 12.5")


@pytest.mark.parametrize("number", ["40e6", "4e+7", "40000000", "40_000_000", ".4e8"])
def test_numbers_in_any_notation(write_table, number):
    path = write_table("frame patient path scanner sampling_frequency", f"a p1 rf/a.mha s {number}")
    assert read_frame_table(path, SCHEMA)["sampling_frequency"][0] == 40e6


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"frame\tpatient\xe4"])
def test_table_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "frames.tsv"
    if content:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"frames\.tsv: cannot be read as a tab-separated table"):
        read_frame_table(path, SCHEMA)


def test_table_that_is_not_there_is_named_with_its_whole_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, found in (("absent.tsv", "No such file or directory"), (".", "Is a directory")):
        with pytest.raises(InputError) as error:
            read_frame_table(name, SCHEMA)
        assert f"{found} at {(tmp_path / name).resolve()}; a path in the" in str(error.value)


def test_empty_file_misses_its_columns(tmp_path):
    path = tmp_path / "frames.tsv"
    path.touch()
    with pytest.raises(InputError, match="column frame: found no such column"):
        read_frame_table(path, SCHEMA)


def test_schema_is_closed_and_describes_every_column():
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert all(column["description"] for column in schema["properties"].values())
    assert list(schema["properties"])[: len(HEADER.split(" "))] == HEADER.split(" ")


def test_schema_knows_the_columns_of_the_readers_and_the_facts():
    columns = json.loads(SCHEMA.read_text())["properties"]
    layout = {field.name for field in dataclasses.fields(Layout)}
    assert set(columns) == {
        *HEADER.split(" "),
        "mask",
        "liver_mask",
        "overlay_mask",
        "outline_confirmed",
        "reader",
        *layout,
        *UNITS,
        *ARRAY_COLUMNS,
    }


def test_file_outside_the_tables_folder_is_allowed_but_noted(write_table, tmp_path):
    outside = tmp_path.parent / f"{tmp_path.name}.mha"
    outside.touch()
    table = read_frame_table(
        write_table(
            HEADER,
            "a p1 1 rf/a.mha - s -",
            f"b p2 1 ../{outside.name} - s -",
            f"c p3 1 {outside} - s -",
            "d p4 1 rf/../rf/b.mha - s -",
        ),
        SCHEMA,
    )
    noted = table["notes"].fillna("").tolist()
    assert noted[1] == noted[2] == "its file lies outside the frame table's folder"
    assert noted[0] == noted[3] == ""


def test_liver_mask_is_relative_to_the_table_and_holds_for_every_frame_of_a_file(
    write_table, tmp_path
):
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "b.png").touch()
    columns = "frame patient path scanner frames liver_mask"
    rows = ["a p1 rf/a.mha s - -", "b p2 rf/b.mha s 2 masks/b.png"]
    table = read_frame_table(write_table(columns, *rows), SCHEMA)
    mask = str(tmp_path / "masks" / "b.png")
    assert table["liver_mask"].fillna("").tolist() == ["", mask, mask]
    assert table["notes"].isna().all()


def test_missing_liver_mask_is_named_in_full(write_table, tmp_path):
    path = write_table("frame patient path scanner liver_mask", "a p1 rf/a.mha s masks/a.png")
    (error,) = errors_of(path)
    assert error == (
        "row 2, column liver_mask: found 'masks/a.png'; expected a file, and there is none at "
        f"{tmp_path / 'masks/a.png'}"
    )


def test_liver_mask_outside_the_tables_folder_is_allowed_but_noted(write_table, tmp_path):
    outside = tmp_path.parent / f"{tmp_path.name}.png"
    outside.touch()
    columns = "frame patient path scanner liver_mask"
    rows = [f"a p1 rf/a.mha s {outside}", f"b p2 {outside} s ../{outside.name}"]
    first, second = read_frame_table(write_table(columns, *rows), SCHEMA)["notes"]
    said = "lies outside the frame table's folder"
    assert first == f"its liver mask {said}"
    assert second == f"its file {said}; its liver mask {said}"


def test_symbolic_link_in_a_circle_is_named(write_table, tmp_path):
    (tmp_path / "rf" / "loop.mha").symlink_to("loop.mha")
    path = write_table(HEADER, "a p1 1 rf/loop.mha - s -")
    (error,) = errors_of(path)
    assert "there is a symbolic link that leads to no file at" in error


def test_facts_and_layout_of_a_row_are_typed(write_table):
    columns = "frame patient path scanner axes header_bytes center_frequency gain_state"
    row = "a p1 rf/a.mha s line,sample 32 2.5e6 removed"
    (found,) = read_frame_table(write_table(columns, row), SCHEMA).to_dict("records")
    assert (found["axes"], found["header_bytes"]) == ("line,sample", 32)
    assert (found["center_frequency"], found["gain_state"]) == (2.5e6, "removed")


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("axes", "row,column"),
        ("shape", "2x3"),
        ("header_bytes", "-1"),
        ("byte_order", "middle"),
        ("probe", "round"),
        ("sound_speed", "0"),
        ("gain_state", "on"),
    ],
)
def test_cells_that_cannot_be_are_named(write_table, column, cell):
    path = write_table(f"frame patient path scanner {column}", f"a p1 rf/a.mha s {cell}")
    (error,) = errors_of(path)
    assert f"row 2, column {column}: found" in error


def test_labels_of_several_classes_are_their_numbers(tmp_path):
    (tmp_path / "a.mha").touch()
    table = tmp_path / "frames.tsv"
    table.write_text("frame\tpatient\tlabel\tpath\tscanner\na\tp\t3\ta.mha\ts\n")
    schema = ROOT / "schemas" / "frames.schema.json"
    assert read_frame_table(table, schema, classes=4)["label"].tolist() == [3]
    with pytest.raises(InputError, match="expected the number of a class, 0 to 2, or empty"):
        read_frame_table(table, schema, classes=3)
    with pytest.raises(InputError, match=r"expected 1 \(fatty\), 0 \(normal\) or empty"):
        read_frame_table(table, schema)
