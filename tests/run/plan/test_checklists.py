"""What a plan tells the checklists."""

from pathlib import Path

from reconattack.pages.checklists.checklist import (
    ANSWERED,
    OPEN,
    PARTLY,
    checklists,
    declarations,
    matches,
)
from reconattack.run.plan.report import TABLES


def answers(plan):
    found = checklists(plan.checklists.made, plan.checklists.stated)
    return {f"{one.name} {item.item}": item.answer for one in found for item in one.items}


def test_each_checklist_is_a_table_and_a_page(plan_of):
    parts = plan_of().checklists
    assert parts.names == ["claim_2024", "tripod_ai", "iso_iec_24029_2"]
    assert parts.tables[0] == "results/checklists/claim_2024.csv"
    assert parts.pages[0] == "results/checklists/claim_2024.html"
    assert parts.documents["card/card.html"] == "model card"
    assert list(parts.documents.values()) == ["model card", *parts.titles]


def test_files_of_a_run_that_trains_in_folds(plan_of):
    made = plan_of().checklists.made
    assert len(set(made)) == len(made)
    assert not [path for path in made if Path(path).is_absolute() or path.startswith("results/")]
    for path in (
        *("folds.csv", "predictions/compact.csv", "models/compact/seed-0/fold-1.onnx"),
        *("models/compact/seed-0/fold-0.history.csv", "tables/summary.csv", "figures/roc.pdf"),
    ):
        assert path in made


def test_brought_model_answers_no_item_on_training(plan_of):
    own, brought = answers(plan_of()), answers(plan_of(models=["theirs"]))
    for item in ("claim_2024 19", "claim_2024 22", "claim_2024 25", "tripod_ai 12g"):
        assert (own[item], brought[item]) == (ANSWERED, OPEN)
    for item in ("tripod_ai 12c", "tripod_ai 22"):
        assert (own[item], brought[item]) == (PARTLY, OPEN)


def test_texture_classifier_has_a_file_and_no_training_of_weights(plan_of):
    found = answers(plan_of(models=["svm"]))
    assert found["claim_2024 22"] == ANSWERED
    assert found["claim_2024 24"] == OPEN


def test_every_named_file_is_one_that_a_plan_makes(plan_of):
    made = [*plan_of().checklists.made, *plan_of(models=["svm"]).checklists.made]
    made += [f"tables/{name}.csv" for name in TABLES]
    made += [f"figures/{name}.pdf" for name in plan_of().figures.table]
    named = {
        pattern
        for declared in declarations().values()
        for item in declared["items"]
        for pattern in item.get("files", ())
    }
    assert {pattern for pattern in named if not matches(pattern, made)} == set()


def test_statement_answers_an_item(plan_of):
    assert plan_of({"card": {"clinical_trial": "NCT0"}}).checklists.stated == ["clinical_trial"]


def test_proof_answers_an_item(plan_of):
    assert answers(plan_of())["iso_iec_24029_2 5.3"] == OPEN
    assert answers(plan_of(attacks=["proof"]))["iso_iec_24029_2 5.3"] == PARTLY
