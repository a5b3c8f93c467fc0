import json
import re

import numpy as np
import pandas as pd

from reconattack.pages.table_page.page import MOST_BYTES, table_data, table_page

HOSTILE = "</script><script>alert(1)</script>"


def data_of(page):
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    return json.loads(text)


def test_cells_are_numbers_words_or_nothing():
    table = pd.DataFrame(
        {
            "frame": ["f0", None],
            "rate": [1 / 3, np.nan],
            "n": pd.array([7497, None], "Int64"),
            "success": [True, False],
            "far": [np.inf, 1e-7],
        }
    )
    data = table_data(table)
    assert data["rows"] == [["f0", 0.3333, 7497, "yes", "inf"], [None, None, None, "no", 1e-7]]
    numeric = [column["name"] for column in data["columns"] if column["numeric"]]
    assert numeric == ["rate", "n", "far"]


def test_columns_of_a_table_are_explained_and_the_outcome_comes_first():
    table = pd.DataFrame({"model": ["m"], "fold": ["0"], "frame": ["f"], "success": [True], "x": 1})
    data = data_of(table_page(table, "T", "t.csv", False, "attacks"))
    columns = {column["name"]: column for column in data["columns"]}
    assert list(columns) == ["frame", "success", "model", "fold", "x"]
    assert [name for name, column in columns.items() if column["first"]] == ["frame", "success"]
    assert columns["success"]["meaning"] == "the final setting flips the frame"
    assert columns["success"]["unit"] == "yes or no"
    assert "meaning" not in columns["x"]
    assert data["rows"] == [["f", "yes", "m", "0", 1]]


def test_other_table_shows_every_column_at_once():
    data = data_of(table_page(pd.DataFrame({"key": ["a"], "model": [1]}), "T", "t.csv", False))
    assert all(column["first"] and "meaning" not in column for column in data["columns"])


def test_columns_without_any_value_are_left_out():
    page = table_page(pd.DataFrame({"a": [1], "empty": [None]}), "T", "t.csv", False)
    assert [column["name"] for column in data_of(page)["columns"]] == ["a"]


def test_long_tables_are_cut_and_say_so():
    table = pd.DataFrame({"text": ["<" * 1000] * 400})
    data = table_data(table)
    assert data["total"] == 400
    assert 200 < len(data["rows"]) < 240  # six bytes each
    assert len(table_page(table, "T", "t.csv", False)) < MOST_BYTES + 20_000


def test_what_a_table_holds_is_no_markup():
    page = table_page(pd.DataFrame({HOSTILE: [HOSTILE]}), HOSTILE, HOSTILE, True)
    assert "<script>alert" not in page
    assert data_of(page)["rows"] == [[HOSTILE]]


def test_simulated_data_is_marked():
    table = pd.DataFrame({"n": [1]})
    assert "<strong >Simulated data" in table_page(table, "T", "t.csv", True)
    assert "<strong hidden>Simulated data" in table_page(table, "T", "t.csv", False)
