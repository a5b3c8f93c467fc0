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
        "required": ["short", "title", "source", "note", "compared", "items"],
        "properties": {
            **dict.fromkeys(("short", "title", "source", "note", "compared"), TEXT),
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
                        "unchecked": TEXT,
                    },
                },
            },
        },
    },
}
OF_TRIPOD = {"3": "abc", "5": "ab", "6": "abc", "8": "abc", "9": "abc", "12": "abcdefg"} | {
    **{"18": "abcdef", "20": "abc", "23": "ab", "27": "abc"}
}
PARTS = {  # of each checklist, by the first of its items, in the words of its source
    "claim_2024": {
        **{"1": "Title and abstract", "3": "Introduction", "5": "Study design", "7": "Data"},
        **{"14": "Reference standard", "19": "Data partitions", "21": "Testing data"},
        **{"22": "Model", "25": "Training", "28": "Evaluation", "35": "Results, data"},
        **{"37": "Results, model performance", "40": "Discussion", "42": "Other information"},
    },
    "tripod_ai": {
        **{"1": "Title", "2": "Abstract", "3a": "Background", "4": "Objectives", "5a": "Data"},
        **{"6a": "Participants", "7": "Data preparation", "8a": "Outcome", "9a": "Predictors"},
        **{"10": "Sample size", "11": "Missing data", "12a": "Analytical methods"},
        **{"13": "Class imbalance", "14": "Fairness", "15": "Model output"},
        **{"16": "Training versus evaluation", "17": "Ethical approval", "18a": "Open science"},
        **{"19": "Patient and public involvement", "20a": "Results, participants"},
        **{"21": "Results, model development", "22": "Results, model specification"},
        **{"23a": "Results, model performance", "24": "Results, model updating"},
        **{"25": "Discussion", "27a": "Discussion, usability of the model"},
    },
    "iso_iec_24029_2": {
        **{"5.2": "Robustness assessment", "6.1.1": "Types of neural network concerned"},
        **{"6.2.1.2": "Types of formal methods applicable"},
        **{"7": "Robustness during the life cycle"},
    },
}
CLAUSES = [
    *("5.2", "5.3", "5.4", "5.5", "5.6", "6.1.1", "6.1.2.2", "6.2.1.2", "6.2.1.3", "6.2.1.4"),
    *("6.2.1.5", "6.2.2", "6.2.3", "6.2.4", "6.2.5", "6.2.6", "7"),
]
NUMBERS = {
    "iso_iec_24029_2": CLAUSES,
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


@pytest.mark.parametrize("name", PARTS)
def test_items_stand_in_the_parts_of_their_source(name):
    first = {}
    for item in declarations()[name]["items"]:
        first.setdefault(item["section"], item["item"])
    assert first == {section: item for item, section in PARTS[name].items()}


def test_what_was_compared_with_no_source_is_marked_at_each_item():
    unchecked = {
        name: {item.get("unchecked") for item in declared["items"]}
        for name, declared in declarations().items()
    }
    for declared in declarations().values():
        for item in declared["items"]:
            assert "partly" in item or not {"unchecked", "files"} <= set(item), item["item"]
    assert unchecked["claim_2024"] == unchecked["tripod_ai"] == {None}
    assert unchecked["iso_iec_24029_2"] == {"text of the clause"}
    (item, *_) = (one for one in checklists([], []) if one.name == "iso_iec_24029_2")
    assert (table_of(item)["unchecked"] == "text of the clause").all()


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
    assert proved["iso_iec_24029_2 5.3"].answer == PARTLY
    assert "sample proves nothing" in proved["iso_iec_24029_2 5.3"].remark
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
    table = table_of(Checklist("x", "X", "s", "n", "c", [item]))
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
