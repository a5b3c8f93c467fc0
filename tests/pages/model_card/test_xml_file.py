"""The card as XML: valid in the schema of its form, and with nothing that nobody stated."""

import pandas as pd
import pytest
import yaml

from reconattack.pages.model_card.card import BIBLIOGRAPHY, GROUPS, RESOURCES, keys
from reconattack.pages.model_card.facts import FACTS
from reconattack.pages.model_card.results import QUALITIES
from reconattack.pages.model_card.xml_file import card_xml
from tests.model_cards import parsed, results_of, schema_errors, text_of
from tests.pages.model_card.card_runs import (
    MODEL,
    run_of,
    run_of_kind,
    run_of_pictures,
    tables_with,
)
from tests.places import ROOT

DECLARED = yaml.safe_load((ROOT / "schemas" / "config.schema.yaml").read_text())["properties"][
    "card"
]["properties"]
EVERYTHING = {
    name: ["one", "two"] if declared["$ref"].endswith("statements") else f"about {name}"
    for name, declared in DECLARED.items()
}
RUNS = {
    "plain": run_of,
    "with everything": lambda: run_of(
        tables_with("margins", "accidental_summary", "proofs_summary", "units_summary"),
        stated=EVERYTHING,
    ),
    "without margins, proofs and drawn settings": lambda: run_of(tables_with()),
    "two seeds": lambda: run_of(tables_with("margins", seeds=(0, 1))),
    "classes": lambda: run_of_kind("classes"),
    "number": lambda: run_of_kind("number"),
    "mask": lambda: run_of_kind("mask"),
    "pictures": run_of_pictures,
    "brought": lambda: run_of(
        models=[MODEL | {"is_trained": False, "made": "model file net.onnx", "protocol": "brought"}]
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_card_is_valid(name):
    assert schema_errors(card_xml(RUNS[name]())) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<ModelDeveloper>not stated</ModelDeveloper>", b""),
        (b"<Keyword>ultrasound</Keyword>", b"<Word>ultrasound</Word>"),
        (b"<Summary>", b"<Summary><b/>"),
        (b"<ValueJson>", b"<ValueJson>null</ValueJson><ValueJson>"),
        (b"<Warnings>", b"<Warnings>text"),
        (b"<BasicInfo>", b"<BasicInfo id='1'>"),
    ],
)
def test_check_finds_what_is_wrong(old, new):
    document = card_xml(run_of())
    assert old in document
    assert schema_errors(document.replace(old, new)) != []


def test_fields_are_the_keys_of_the_configuration():
    shown = [*keys(), BIBLIOGRAPHY.key, *(quality.key for quality in QUALITIES)]
    assert sorted(shown) == sorted(DECLARED)
    assert len(set(shown)) == len(shown)
    assert set(FACTS) <= set(shown)


def test_what_nobody_knows_is_not_stated():
    document = card_xml(run_of())
    for path in (
        *("BasicInfo/ModelDeveloper", "BasicInfo/DeveloperContact", "ReleaseInfo/ReleaseStage"),
        *(
            "ReleaseInfo/ReleaseDate",
            "ReleaseInfo/ReleaseVersion",
            "ReleaseInfo/EHRCompatibility/EHR",
        ),
        *("UsesAndDirections/IntendedUseAndWorkflow", "Warnings/ClinicalRiskLevel"),
        *("TrustIngredients/AISystemFacts/OngoingMaintenance",),
        *("TrustIngredients/TransparencyInformation/FundingSource",),
        *("Resources/PeerReviewedPublications", "Resources/PatientConsentOrDisclosure"),
    ):
        assert text_of(document, path) == "not stated", path


def test_statements_come_first_and_what_the_run_found_is_marked():
    document = card_xml(RUNS["with everything"]())
    assert text_of(document, "BasicInfo/ModelName") == "about name"
    assert text_of(document, "BasicInfo/ModelDeveloper") == "about developer"
    risks = text_of(document, "Warnings/KnownRisksAndLimitations")
    assert risks.startswith("about risks\n\nFrom this run: All classified frames are simulated.")
    assert risks.endswith("[../tables/flags.csv]")
    safety = text_of(document, "KeyMetrics/SafetyReliability/Interpretation")
    assert safety.startswith("about safety\n\nFrom this run: ")
    words = parsed(document).itertext()
    missing = [name for name in EVERYTHING if name not in ("health_records", "keywords")]
    said = " ".join(words)
    assert [name for name in missing if f"about {name}" not in said] == []


def test_fairness_is_not_assessed():
    document = card_xml(run_of())
    assert results_of(document, "FairnessEquity") == {"not assessed by this run": None}


def test_groups_that_were_compared_are_named_with_what_was_not():
    groups = pd.DataFrame({"column": ["sex", "sex", "site"], "group": ["f", "m", "north"]})
    for tables, said in (
        (tables_with(), "This run did not examine groups of patients"),
        (tables_with() | {"subgroups": groups[:0]}, "This run did not examine groups of patients"),
        (tables_with() | {"subgroups": groups}, "groups of patients by sex and site: how many"),
    ):
        document = card_xml(run_of(tables))
        for path in (
            "Warnings/KnownBiasesOrEthicalConsiderations",
            "KeyMetrics/FairnessEquity/Interpretation",
        ):
            assert said in text_of(document, path)


def test_masks_have_no_performance():
    document = card_xml(run_of_kind("mask"))
    assert results_of(document, "UsefulnessUsabilityEfficacy") == {"not assessed by this run": None}
    said = text_of(document, "KeyMetrics/UsefulnessUsabilityEfficacy/Interpretation")
    assert "No true mask is known" in said


def test_model_of_another_place_is_named_by_its_file_alone():
    document = card_xml(RUNS["brought"]())
    path = "TrustIngredients/AISystemFacts/DevelopmentDataCharacterization"
    assert text_of(document, path).endswith(
        "small network: trained elsewhere; this run does not know on which data."
    )


def test_pictures_are_no_simulation():
    document = card_xml(run_of_pictures())
    data = text_of(document, "KeyMetrics/SafetyReliability/TestingDataDescription")
    assert "finished B-mode images" in data and "simulated:" not in data
    sure = "small network, zeroth-order attack: finished images that flip whatever they leave open"
    assert results_of(document, "SafetyReliability")[sure]["cases"] == 1


def test_texts_are_escaped_and_characters_that_xml_cannot_hold_are_replaced():
    stated = {"developer": 'A & B "C" <b>]]>', "summary": "a\x00b\x1b\ufffe"}
    document = card_xml(run_of(stated=stated))
    assert schema_errors(document) == []
    assert text_of(document, "BasicInfo/ModelDeveloper") == 'A & B "C" <b>]]>'
    assert text_of(document, "ModelSummary/Summary").startswith("a\ufffdb\ufffd\ufffd")


def test_hostile_names_stay_names():
    name = "x</Label><Label>\x01"
    document = card_xml(
        run_of(tables_with("margins", model=name), models=[MODEL | {"model": name}])
    )
    assert schema_errors(document) == []
    first = next(iter(results_of(document, "UsefulnessUsabilityEfficacy").values()))
    assert first["source"]["row"]["model"] == name


def test_same_run_gives_the_same_bits():
    assert card_xml(run_of()) == card_xml(run_of())


def test_groups_have_the_order_of_the_form():
    names = [group.element for group in (*GROUPS, RESOURCES)]
    assert names == [
        *("BasicInfo", "ReleaseInfo", "ModelSummary", "UsesAndDirections", "Warnings"),
        *("TrustIngredients", "Resources"),
    ]
    root = parsed(card_xml(run_of()))
    assert [one.tag.partition("}")[2] for one in root] == [
        *(*names[:-1], "KeyMetrics", names[-1], "Bibliography"),
    ]
