"""The mapping of the checklists: complete, checked, and answered by the files of a run alone."""

import pytest
import yaml
from jsonschema import Draft202012Validator

from reconattack.evidence.columns import explained
from reconattack.pages.checklists.checklist import (
    ANSWERED,
    CARD,
    COLUMNS,
    OPEN,
    PARTLY,
    Checklist,
    checklists,
    declarations,
    item_of,
    matches,
    table_of,
)
from tests.places import ROOT

TEXT = {"type": "string", "pattern": "^[^<>\n]*[^<>\n .]\\.?$", "minLength": 2}
TEXTS = {"type": "array", "minItems": 1, "uniqueItems": True, "items": TEXT}
MAPPING = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "additionalProperties": False,
        "required": ["short", "title", "source", "note", "items"],
        "properties": {
            **dict.fromkeys(("short", "title", "source", "note"), TEXT),
            "items": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["item", "section", "topic", "otherwise"],
                    "dependentRequired": {"needs": ["files"]},
                    "properties": {
                        "item": {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)*[a-g]?$"},
                        "section": TEXT,
                        "topic": {"type": "string", "maxLength": 60},
                        "files": TEXTS,
                        "needs": TEXT,
                        "stated": TEXTS,
                        "partly": TEXT,
                        "otherwise": TEXT,
                    },
                },
            },
        },
    },
}
OF_TRIPOD = {"3": "abc", "5": "ab", "6": "abc", "8": "abc", "9": "abc", "12": "abcdefg"} | {
    **{"18": "abcdef", "20": "abc", "23": "ab", "27": "abc"}
}
NUMBERS = {
    "claim_2024": [str(number) for number in range(1, 45)],
    "tripod_ai": [
        f"{number}{part}"
        for number in range(1, 28)
        for part in (OF_TRIPOD.get(str(number), "") or [""])
    ],
}
MADE = [
    *("summary.html", "card/card.html", "provenance.json", "folds.csv", "tables/frames.csv"),
    *("tables/performance.csv", "tables/summary.csv", "predictions/compact.csv"),
    *(f"models/compact/seed-0/fold-{fold}.{suffix}" for fold in range(5) for suffix in
      ("onnx", "history.csv")),
]  # fmt: skip


def answers(made=(), stated=()):
    return {
        f"{one.name} {item.item}": item for one in checklists(made, stated) for item in one.items
    }


def test_mapping_has_its_form():
    errors = Draft202012Validator(MAPPING).iter_errors(declarations())
    assert [f"{list(error.path)}: {error.message}" for error in errors] == []


@pytest.mark.parametrize("name", NUMBERS)
def test_every_item_stands_there_once_in_its_order(name):
    assert [item["item"] for item in declarations()[name]["items"]] == NUMBERS[name]


def test_tripod_ai_has_52_parts():
    assert len(NUMBERS["tripod_ai"]) == 52


def test_statements_are_keys_of_the_configuration():
    schema = yaml.safe_load((ROOT / "schemas" / "config.schema.yaml").read_text())
    known = schema["properties"]["card"]["properties"]
    named = {
        key
        for checklist in declarations().values()
        for item in checklist["items"]
        for key in item.get("stated", [])
    }
    assert named and named <= set(known)
    words = {
        word.strip(".,;").removeprefix("card.")
        for checklist in declarations().values()
        for item in checklist["items"]
        for word in item["otherwise"].split()
        if word.startswith("card.")
    }
    assert words and words <= set(known)


def test_file_answers_an_item_fully_or_in_part():
    found = answers(MADE)
    metrics = found["claim_2024 28"]
    assert (metrics.answer, metrics.remark) == (ANSWERED, "")
    assert list(metrics.files) == ["summary.html", "tables/performance.csv", "tables/summary.csv"]
    sources = found["claim_2024 7"]
    assert sources.answer == PARTLY
    assert "remain" in sources.remark


def test_item_without_a_file_is_not_answered():
    found = answers()
    assert {item.answer for item in found.values()} == {OPEN}
    assert all(item.remark and not item.files for item in found.values())


def test_statement_of_the_configuration_answers_an_item():
    assert answers()["claim_2024 34"].answer == OPEN
    stated = answers(stated=["clinical_trial"])["claim_2024 34"]
    assert (stated.answer, stated.files) == (ANSWERED, {CARD: [CARD]})


def test_file_counts_only_if_the_run_makes_what_it_needs():
    without = [file for file in MADE if "history" not in file]
    assert answers(MADE)["claim_2024 25"].answer == ANSWERED
    assert answers(without)["claim_2024 25"].answer == OPEN
    assert "provenance.json" in without


def test_run_without_a_proof_claims_none():
    assert answers(MADE)["iso_iec_24029_2 5.3"].answer == OPEN
    proved = answers([*MADE, "tables/proofs.csv", "tables/proofs_summary.csv"])
    assert proved["iso_iec_24029_2 5.3"].answer == ANSWERED
    assert proved["iso_iec_24029_2 5.4"].answer == OPEN


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("folds.csv", ["folds.csv"]),
        ("predictions/*.csv", ["predictions/compact.csv"]),
        ("*.csv", ["folds.csv"]),
        ("models/*/fold-0.onnx", []),
        ("folds?csv", []),
    ],
)
def test_star_stands_for_letters_within_a_folder(pattern, found):
    assert matches(pattern, MADE) == found


def test_table_lists_few_files_and_the_pattern_of_many():
    declared = {"item": "1", "section": "A", "topic": "b", "otherwise": "c"}
    declared |= {"files": ["folds.csv", "models/*/*/*.onnx", "tables/*.csv"]}
    item = item_of(declared, MADE, [])
    table = table_of(Checklist("x", "X", "s", "n", [item]))
    assert list(table) == list(COLUMNS)
    assert table["files"].item() == (
        "folds.csv models/*/*/*.onnx tables/frames.csv tables/performance.csv tables/summary.csv"
    )
    assert len(item.files["models/*/*/*.onnx"]) == 5


def test_every_column_is_explained():
    assert all(explained("checklists/*", name).meaning for name in COLUMNS)


def test_second_part_of_iso_24029_is_no_technical_report():
    declared = declarations()["iso_iec_24029_2"]
    assert "TR" not in declared["title"] and "TR 24029-1" in declared["note"]
