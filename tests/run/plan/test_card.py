"""What a plan tells the model card."""

import pytest

from tests.run.plan.conftest import CONFIG

SIZE = {"models": {"compact": {"input_size": [64, 48]}}}


def test_card_reads_the_tables_that_a_run_makes(plan_of):
    plain = plan_of(SIZE).card
    assert plain.paths == ["results/card/card.xml", "results/card/card.html"]
    names = ("frames", "boxes", "attacks", "summary", "performance", "flags", "envelope")
    assert plain.tables == [f"results/tables/{name}.csv" for name in names]
    full = plan_of(SIZE | {"accidental": {"settings": 5}}, attacks=["nearest", "proof"]).card
    further = {"margins", "proofs_summary", "accidental_summary"}
    assert {f"results/tables/{name}.csv" for name in further} <= set(full.tables)


def test_statements_are_those_of_the_configuration(plan_of):
    assert plan_of().card.stated == {}
    assert plan_of({"card": {"developer": "a group"}}).card.stated == {"developer": "a group"}


def test_trained_network(plan_of):
    (model,) = plan_of(SIZE, training_cohorts=["further"]).card.models
    assert model == {
        "model": "compact",
        "made": "network compact, input of 64 x 48",
        "is_trained": True,
        "takes": "image",
        "protocol": "patient_folds",
        "cohorts": ["judged", "further", "pictures"],
    }


def test_judged_frames_that_train_nothing_are_no_training_data(plan_of):
    (model,) = plan_of(SIZE, protocol="held_out", training_cohorts=["further"]).card.models
    assert model["cohorts"] == ["further", "pictures"]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("theirs", "model file theirs.onnx"),
        ("product", "a server behind HTTP"),
        ("svm", "classifier (texture, svm)"),
        ("ensemble", "network compact, input of 64 x 48 (ensemble)"),
    ],
)
def test_how_a_model_is_made(plan_of, name, made):
    (model,) = plan_of(SIZE, models=[name]).card.models
    assert model["made"] == made
    assert model["is_trained"] == (name in ("svm", "ensemble"))


def test_place_of_a_model_file_and_address_of_a_server_are_not_told(plan_of):
    for name in ("theirs", "product"):
        (model,) = plan_of(models=[name]).card.models
        text = str(model)
        assert "models/" not in text and "//" not in text
    assert CONFIG["models"]["product"]["http"].startswith("http://")


def test_frames_are_named_for_what_they_are(plan_of):
    assert plan_of().card.data == "simulated RF frames"
