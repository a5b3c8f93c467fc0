"""The figures of a run, and what the rules take for each."""

import ast
from pathlib import PurePath

import pytest

from reconattack.run.plan.report import TOPICS
from tests.places import ROOT

FULL = {"accidental": {"settings": 5}, "defences": {"baseline": "compact"}}
RUN = {"attacks": ["steps", "lattice", "nearest", "each"], "seeds": [0, 1]}


def test_figures_in_two_formats_and_one_animation(plan_of):
    paths = plan_of().figures.paths
    assert {PurePath(path).suffix for path in paths} == {".pdf", ".png", ".gif"}
    assert {PurePath(path).stem for path in paths} == {
        *("contact_sheet", "fig1_samples", "fig2_pipeline", "fig3_adversarial", "roc"),
        *("attack_paths", "dossier", "success_against_budget", "success_against_visibility"),
        *("envelope", "attack"),
    }
    assert "results/figures/attack.gif" not in plan_of(attacks=["corners"]).figures.paths


def test_figures_that_need_something(plan_of):
    further = set(plan_of(FULL, **RUN).figures.names) - set(plan_of().figures.names)
    assert further == {
        *("accidental_change", "universal", "robust_accuracy", "decision_maps"),
        *("transfer", "knobs", "margins", "defences"),
    }
    assert "defences" not in plan_of(FULL, attacks=["corners"]).figures.names


@pytest.mark.parametrize("keys, run", [({}, {}), (FULL, RUN)])
def test_each_figure_has_its_script_its_caption_and_a_topic(plan_of, keys, run):
    for name, figure in plan_of(keys, **run).figures.table.items():
        script = ROOT / "scripts" / "figures" / f"{name}.py"
        caption = ROOT / "report" / f"{name}.rst"
        assert caption.exists() == ("png" in figure.formats), name
        assert figure.topic in TOPICS
        (entry,) = (
            node for node in ast.parse(script.read_text()).body if isinstance(node, ast.FunctionDef)
        )
        wanted = {argument.arg for argument in entry.args.args} - {*("pdf", "png", "gif", "table")}
        assert wanted <= {*figure.inputs, *figure.params, "kind"}, name  # every rule has the kind
        assert not set(figure.inputs) & set(figure.params), name


DECISIONS = {
    "confusion": {"kind": "classes", "classes": ["S0", "S1"], "truth": "grade"},
    "bland_altman": {"kind": "number", "unit": "mm", "threshold": 7},
    "outlines": {"kind": "mask", "structures": ["liver"], "dice": 0.9},
}


@pytest.mark.parametrize("name", DECISIONS)
def test_figures_of_another_decision_are_its_own(plan_of, name):
    keys = {"models": {"theirs": {"decision": DECISIONS[name], "resize": {"kernel": "bilinear"}}}}
    plan = plan_of(keys, models=["theirs"], attacks=["corners", "lattice", "nearest"])
    assert set(plan.figures.names) == {
        *("contact_sheet", "fig1_samples", "fig2_pipeline", "fig3_adversarial", name),
        *("attack_paths", "success_against_budget", "success_against_visibility", "margins"),
        "envelope",
    }
    assert plan.models.declarations == {"theirs": DECISIONS[name]}
    assert plan.models.label_words == ["label 0", "label 1"]
    assert plan.models.thresholds == ({"theirs": 7} if name == "bland_altman" else {})
    tables = {PurePath(path).stem for path in plan.report.tables}
    assert ("confusion" in tables) == (name == "confusion")
    assert not {"paper", "universal", "comparisons", "transfer"} & tables


def test_outlines_ask_the_first_model_again(plan_of):
    brought = {"decision": DECISIONS["outlines"], "resize": {"kernel": "bilinear"}}
    plan = plan_of({"models": {"theirs": brought}}, models=["theirs"], attacks=["corners"])
    figure = plan.figures.table["outlines"]
    assert figure.inputs["model_files"] == ["models/theirs.onnx"]
    (network,) = figure.params["networks"]
    assert (network["fold"], network["file"]) == ("all", "models/theirs.onnx")
    assert figure.params["resize"] == {"kernel": "bilinear"}


def test_labels_name_the_classes_that_are_decided_by_them(plan_of):
    decision = {"kind": "classes", "classes": ["S0", "S1", "S2"]}
    plan = plan_of({"models": {"theirs": {"decision": decision}}}, models=["theirs"])
    assert plan.models.label_words == ["S0", "S1", "S2"]
    assert plan_of().models.label_words == ["normal", "fatty"]


def test_numbers_are_a_table_of_the_figure_or_of_the_run(plan_of):
    figures = plan_of().figures
    assert figures.outputs("roc") == {
        "pdf": "results/figures/roc.pdf",
        "png": "results/figures/roc.png",
        "table": "results/figures/roc.csv",
    }
    assert list(figures.outputs("margins")) == ["pdf", "png"]
    assert figures.outputs("animation") == {
        "gif": "results/figures/attack.gif",
        "table": "results/figures/attack.csv",
    }


def test_dossier_reads_frames_and_other_figures_records(plan_of):
    plan = plan_of()
    assert plan.figures.size("dossier") == 6
    assert plan.figures.size("attack_paths") == plan.results.records == 12


def test_boxes_are_those_of_the_drawn_attacks(plan_of):
    table = plan_of(attacks=["corners", "steps", "nearest"]).figures.table
    assert list(table["attack_paths"].params["boxes"]) == ["corners", "steps", "nearest"]
    assert list(table["dossier"].params["boxes"]) == ["steps"]
    assert list(table["margins"].params["boxes"]) == ["nearest"]


def test_style_and_titles_of_the_run_reach_every_figure(plan_of):
    assert plan_of().figures.look == {"style": "nature", "titles": {}}
    titles = {"models": {"compact": "small network"}}
    figures = plan_of({"titles": titles}, figure_style="slides").figures
    assert figures.look == {"style": "slides", "titles": titles}
    rules = (ROOT / "rules" / "figures.smk").read_text()
    assert rules.count("look=plan.figures.look") == 1
    for script in (ROOT / "scripts" / "figures").glob("*.py"):
        assert "    run_figure(" in script.read_text(), script
