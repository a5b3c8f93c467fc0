import pytest

from scripts.report.model_card import model_card
from tests.model_cards import compare_with_tables, results_of, schema_errors
from tests.pages.model_card.card_runs import MODEL, tables_with
from tests.pages.report_tables import ATTACK, write

ALL = ("margins", "accidental_summary", "proofs_summary", "units_summary")


@pytest.fixture
def card_of(tmp_path):
    """The folder of the card that the script makes of some tables."""

    def make(tables):
        (tmp_path / "tables").mkdir()
        model_card(
            tables=write(tmp_path / "tables", **tables),
            stated={"developer": "a group"},
            models=[MODEL],
            attack=ATTACK,
            searches=["zoo"],
            grid=None,
            boxes={"zoo": ATTACK["box"]},
            titles={"models": {"plain": "small network"}},
            cohort="simulated_rf",
            data="simulated RF frames",
            cutoff=0.5,
            classes=["normal", "fatty"],
            simulated=True,
            declarations={},
            card=str(tmp_path / "card" / "card.xml"),
            page=str(tmp_path / "card" / "card.html"),
        )
        return tmp_path / "card"

    return make


def test_numbers_of_the_files_are_those_of_the_tables(card_of):
    folder = card_of(tables_with(*ALL))
    document = (folder / "card.xml").read_bytes()
    numbers = results_of(document, "UsefulnessUsabilityEfficacy")
    numbers |= results_of(document, "SafetyReliability")
    assert len(numbers) > 15
    for number in numbers.values():
        compare_with_tables(number, folder)
    assert {number["source"]["file"] for number in numbers.values()} == {
        f"../tables/{name}.csv" for name in ("performance", "summary", *ALL)
    }


def test_number_that_is_not_that_of_its_table_is_found(card_of):
    folder = card_of(tables_with())
    document = (folder / "card.xml").read_bytes()
    auc = results_of(document, "UsefulnessUsabilityEfficacy")["small network: AUC"]
    compare_with_tables(auc, folder)
    for wrong in (
        {"value": 0.76},
        {"low": 0.4},
        {"ends": "95 % interval, by a bootstrap of patients"},
    ):
        with pytest.raises(AssertionError):
            compare_with_tables(auc | wrong, folder)


def test_files_are_valid_and_say_the_same_name(card_of):
    folder = card_of(tables_with())
    assert "Model card: small network" in (folder / "card.html").read_text(encoding="utf-8")
    assert schema_errors((folder / "card.xml").read_bytes()) == []
