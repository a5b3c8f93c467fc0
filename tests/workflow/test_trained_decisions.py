"""config/grades.yaml, fat-fraction.yaml and segmentation.yaml, small, in the real workflow."""

import pandas as pd
import pytest
import yaml

from tests.model_cards import check_card
from tests.workflow.workflow_run import Workflow, merged, unexplained

TINY = {"input_size": [32, 32], "max_epochs": 8, "patience": 8, "validation_share": 0.25}
SMALL = {
    # One network for all frames: a training takes longer than everything else.
    "run": {"protocol": "held_out", "frames_per_job": 24},
    "validation": {"cohort": "simulated_validation"},
    "cohorts": {
        "simulated_rf": {"patients": 6},
        "simulated_training": {"patients": 24},
        "simulated_validation": {"patients": 6},
    },
    "scanners": {
        "scanner_b": {"simulation": {"lines": 64}},
        "scanner_a": {"simulation": {"lines": 64}},
    },
    "reconstruction": {"rows": 128},
    "accidental": {
        "settings": 4,
        "parameters": {name: {"sweep": 3} for name in ("beta", "alpha_lower", "alpha_upper")},
    },
    "attacks": {
        "zoo": {"max_steps": 4},
        "corners": {"max_queries": 10},
        "minimal": {"max_queries": 20},
        "coarse_grid": {"lattice": {"beta": 0.4, "alpha_lower": 5, "alpha_upper": 5}},
    },
}
PROOF = {"attacks": {"certify": {"max_cells": 12}}}
MODELS = {
    "grades": {"grades": TINY | {"decision": {"cuts": [4, 7, 12]}}},
    "fat-fraction": {"fat": TINY},
    # It takes a few more epochs to find the kidney at all.
    "segmentation": {
        "kidney": TINY | {"max_epochs": 30, "patience": 30, "decision": {"dice": 0.3}}
    },
}
TABLES = ("summary", "performance", "attacks", "grid", "margins")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder that all runs share, so that the patients are simulated once."""
    return tmp_path_factory.mktemp("decisions")


@pytest.fixture
def run_of(checkout, folder):
    """Run a configuration of config/, small, and read its tables."""

    def run(name, *tables):
        whole = yaml.safe_load((checkout / "config" / f"{name}.yaml").read_text())
        small = merged(merged(whole, SMALL), {"models": MODELS[name]})
        if "certify" in whole["attacks"]:
            small = merged(small, PROOF)
        config = folder / f"{name}.yaml"
        config.write_text(yaml.safe_dump(small))
        workflow = Workflow(checkout, folder)
        paths = [f"results/tables/{table}.csv" for table in (*TABLES, *tables)]
        card = "results/card/card.xml"
        workflow.run(*paths, card, config=config)
        assert check_card(folder / card) >= 15
        ((model, settings),) = MODELS[name].items()
        history = folder / "results" / "models" / model / "seed-0" / "fold-all.history.csv"
        assert len(pd.read_csv(history)) == settings["max_epochs"]
        assert unexplained(folder / "results") == []
        return {path.stem: pd.read_csv(path) for path in map(folder.joinpath, paths)}

    return run


def test_grades(run_of):
    tables = run_of("grades", "confusion", "proofs")
    attacks = tables["attacks"]
    assert set(attacks["decision_initial"].dropna()) <= {0, 1, 2, 3}
    assert set(attacks["unit"].dropna()) == {"log-odds"}
    assert set(attacks["attack"]) == {"zoo", "corners", "minimal", "coarse_grid", "certify"}
    summary = tables["summary"].set_index("attack")
    assert (summary["n_labelled"] == 6).all()
    assert summary.loc["coarse_grid", "n_success"] <= summary.loc["certify", "n_success"]
    assert len(tables["proofs"]) == 6
    assert set(tables["confusion"]["reference"]) <= {"S0", "S1", "S2", "S3"}


def test_fat_fraction(run_of):
    tables = run_of("fat-fraction", "proofs")
    attacks = tables["attacks"]
    attacked = attacks[attacks["margin_initial"].notna()]
    assert set(attacks["unit"].dropna()) == {"%"}
    sides = (attacked["decision_initial"] - 5).abs()
    assert (sides - attacked["margin_initial"].abs()).abs().max() < 1e-4
    assert {"bias", "bias_lower_limit", "bias_upper_limit"} <= set(tables["performance"])
    assert (attacks["margin_final"][attacks["success"] == 1] < 0).all()


def clean_dices(attacks):
    """Dice of each frame at the initial setting."""
    return attacks.groupby("frame")["decision_initial"].first()


def test_segmentation(run_of):
    tables = run_of("segmentation", "accidental", "accidental_summary")
    attacks = tables["attacks"]
    assert set(attacks["unit"].dropna()) == {"Dice"}
    assert (attacks["label"] == 1).all()  # simulated frames have the true mask of their organs
    limit = MODELS["segmentation"]["kidney"]["decision"]["dice"]
    assert (attacks["margin_initial"] - attacks["decision_initial"] + limit).abs().max() < 1e-9
    assert (attacks["decision_initial"] < 1).all()
    assert (attacks["decision_final"][attacks["success"] == 1] < limit).all()
    searched = attacks["stop_reason"] != "wrong_at_start"
    assert (searched == (attacks["decision_initial"] >= limit)).all()
    assert searched.any()
    settings = tables["accidental"]
    assert set(settings["n"]) == {6}
    assert settings["mean_dice"].iloc[0] == pytest.approx(clean_dices(attacks).mean())
    assert list(tables["accidental_summary"]["n_settings"]) == [4, 4, 3, 3, 3]
    (pooled,) = tables["performance"].query("fold == 'pooled'").to_dict("records")
    clean = clean_dices(attacks)
    assert pooled["n_labelled"] == 6
    assert pooled["clean_dice"] == pytest.approx(clean.mean())
    assert pooled["lowest_clean_dice"] == pytest.approx(clean.min())
    assert "certify" not in set(attacks["attack"])


def test_clips(checkout, folder):
    """config/clips.yaml, small, with proofs that start from the flips of a search."""
    whole = yaml.safe_load((checkout / "config" / "clips.yaml").read_text())
    small = merged(
        whole, {key: SMALL[key] for key in SMALL if key not in ("accidental", "attacks")}
    )
    box = {"beta": {"box": [0.5, 1.3]}, "alpha_lower": {"box": [5, 15]}}
    proof = {"method": "certify", "max_cells": 4, "tolerance": 0.01, "start_from": ["corners"]}
    keys = {
        "run": {"attacks": ["corners", "certify"]},
        "cohorts": {"simulated_rf": {"frames": 2}},
        "models": {"compact": TINY},
        "attacks": {"corners": {"max_queries": 10}, "certify": proof | {"parameters": box}},
    }
    config = folder / "clips.yaml"
    config.write_text(yaml.safe_dump(merged(small, keys)))
    paths = [f"results/tables/{name}.csv" for name in ("units", "units_summary")]
    Workflow(checkout, folder).run(*paths, config=config)
    units, summary = (pd.read_csv(folder / path) for path in paths)
    assert unexplained(folder / "results") == []
    assert len(units) == 2 * 6
    attacked = units[units["stop_reason"] != "wrong_at_start"]
    assert len(attacked)
    assert (attacked["images"] == 2 * attacked["queries"]).all()
    proved = units["attack"] == "certify"
    assert units.loc[proved & units.index.isin(attacked.index), "undecided_share"].notna().all()
    assert summary.set_index("attack").loc["certify", "n_units_certified"] >= 0
    assert set(summary["rule"]) == {"mean"}
