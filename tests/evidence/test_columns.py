import numpy as np
import pandas as pd
import pytest

from reconattack.evidence import (
    attacks,
    comparisons,
    decided,
    defence_pairs,
    frame_check,
    summary,
    transfer,
)
from reconattack.evidence.columns import COMMON, TABLES, explained, first_columns
from reconattack.pages.column_list import column_list
from reconattack.reconstruction.parameters import PARAMETERS
from tests.places import ROOT

DECLARED = {
    "attacks": attacks.columns(list(PARAMETERS)),
    "frames": frame_check.COLUMNS,
    "transfer": transfer.COLUMNS,
    "summary": summary.GRID_COLUMNS,
    "comparisons": comparisons.COLUMNS,
    "defences_pairs": defence_pairs.COLUMNS,
}


@pytest.mark.parametrize("table", DECLARED)
def test_every_declared_column_is_explained(table):
    for name in DECLARED[table]:
        column = explained(table, name)
        assert column.unit and column.meaning
        assert "{" not in column.meaning + column.unit


@pytest.mark.parametrize("table", TABLES)
def test_columns_that_a_page_shows_first_are_explained(table):
    for name in TABLES[table].first:
        example = name.replace("{parameter}", "beta")
        assert explained(table, example).meaning


@pytest.mark.parametrize("kind", ["classes", "number", "mask"])
def test_columns_of_each_kind_of_decision_are_explained(kind):
    judged = pd.DataFrame(
        {"label": [0.0, 1, 0], "predicted": [0.0, 1, 1], "patient": list("abb")}
        | {"probability_S0": [0.9, 0.1, 0.4], "probability_S1": [0.1, 0.9, 0.6]}
    )
    searched = pd.DataFrame(
        {"frame": ["f"], "margin_final": [1.0], "decision_initial": [1.0], "decision_final": [0.5]}
        | {"label": [1]}
    )
    found = decided.merits(kind, judged)
    for name in found:
        assert explained("performance", name).meaning
    for name in found | decided.what_attacks_change(kind, searched, pd.Series({"f": "a"})):
        assert "{" not in explained("summary", name).meaning
    if kind == "classes":
        low = explained("performance", "sensitivity_of_S1_low").meaning
        assert low == "lower end of the 95 % interval of sensitivity_of_S1"
        assert explained("performance", "sensitivity_of_S1").meaning.endswith("S1")


def test_unknown_column_is_named():
    with pytest.raises(KeyError, match=r"attacks\.csv: nothing explains column sucess"):
        explained("attacks", "sucess")


def test_unknown_table_is_named():
    for table in ("other", None):
        with pytest.raises(KeyError, match=r"no table (other|None) is in the list"):
            explained(table, "model")


def test_interval_is_only_that_of_a_column():
    assert explained("summary", "success_low").meaning == (
        "lower end of the 95 % interval of success"
    )
    assert explained("summary", "auc_patient_high").meaning.endswith("by a bootstrap of patients")
    with pytest.raises(KeyError):
        explained("summary", "sucess_low")


def test_column_of_a_parameter_has_its_unit_and_words():
    column = explained("margins", "safe_lower_beta")
    assert column.unit == "dB/(cm MHz)"
    assert PARAMETERS["beta"].long_name in column.meaning


def test_own_column_of_a_table_comes_before_the_common_one():
    assert "pooled" in explained("performance", "fold").meaning
    assert "pooled" not in explained("attacks", "fold").meaning


def test_outcome_comes_first():
    names = list(pd.DataFrame({name: [np.nan] for name in attacks.columns(["beta"])}))
    assert list(first_columns("attacks", names))[:3] == ["frame", "attack", "success"]
    assert list(first_columns("margins", ["safe_lower_beta", "frame"])) == [
        "frame",
        "safe_lower_beta",
    ]
    assert list(first_columns("other", ["a"])) == []


def test_docs_have_the_same_list():
    """`python tools/write_columns.py` writes it."""
    text = (ROOT / "docs" / "columns.md").read_text(encoding="utf-8")
    assert text == column_list()
    for column in COMMON.values():
        assert f"| `{column.name}` |" in text
