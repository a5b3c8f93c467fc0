"""config/defences.yaml in the real workflow, every model of it in small."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from tests.workflow.workflow_run import Workflow, merged, unexplained

IMMUNE = ("invariant", "rf")
DERIVED = ("ensemble", "conditioned_told_falsely", "conditioned_shown_falsely")


@pytest.fixture(scope="module")
def configuration(checkout):
    layers = [
        yaml.safe_load((checkout / "config" / f"{name}.yaml").read_text())
        for name in ("smoke", "defences", "defences-smoke")
    ]
    return merged(merged(layers[0], layers[1]), layers[2])


@pytest.fixture(scope="module")
def defences(checkout, configuration, tmp_path_factory):
    """The finished run; tests read it and must not change it."""
    folder = tmp_path_factory.mktemp("defences")
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(configuration))
    workflow = Workflow(checkout, folder)
    workflow.run("--until", "predict", config=config)
    workflow.run(config=config)
    return workflow


def table(workflow, name):
    return pd.read_csv(workflow.folder / "results" / "tables" / f"{name}.csv")


def test_every_model_has_a_row(defences, configuration):
    rows = table(defences, "defences").set_index("model")
    assert rows.index.tolist() == configuration["run"]["models"]
    assert (rows["n_frames"] == 8).all()
    assert rows["grid_points"].unique().tolist() == [27]
    with_images = rows.loc[rows.index.difference([*IMMUNE, "plain_rf_only"]), "n_train"]
    without = rows.loc[[*IMMUNE, "plain_rf_only"], "n_train"]
    assert with_images.nunique() == without.nunique() == 1
    assert with_images.iloc[0] - without.iloc[0] > 0
    assert rows.loc[list(IMMUNE), "immune_by_construction"].all()
    assert rows["immune_by_construction"].sum() == len(IMMUNE)


def test_every_column_of_every_table_is_explained(defences):
    assert unexplained(defences.folder / "results") == []


def test_immune_models_are_asked_once_and_lose_nothing(defences):
    attacks = table(defences, "attacks")
    immune = attacks[attacks["model"].isin(IMMUNE)]
    searched = immune[immune["attack"] != "coarse_grid"]
    assert set(searched["stop_reason"]) <= {"immune", "wrong_at_start"}
    assert set(immune["queries"]) == {1}
    rows = table(defences, "defences").set_index("model").loc[list(IMMUNE)]
    np.testing.assert_array_equal(rows["grid_certified"], rows["accuracy"])


def test_models_without_slopes_are_not_attacked_by_them(defences, configuration):
    attacks = table(defences, "attacks")
    sloped = set(attacks.loc[attacks["attack"] == "gradient", "model"])
    without = {"texture_svm", "texture_forest", *IMMUNE}
    assert sloped == set(configuration["run"]["models"]) - without


def test_networks_of_the_image_are_proved(defences):
    rows = table(defences, "defences").set_index("model")
    proved = rows.index[rows["proof"].notna()]
    images = {"compact", "plain_rf_only", "augmented", "augmented_wide", "adversarial"}
    images |= {"ensemble", "setting_conditioned"}
    assert set(proved) == images
    assert (rows.loc[proved, "certified"] <= rows.loc[proved, "accuracy_worst"]).all()
    proofs = table(defences, "proofs")
    assert set(proofs["model"]) == images
    # A lattice point that flips a frame, and a proof that none does, exclude each other.
    grid = table(defences, "grid").set_index(["model", "frame"])["grid_certified"]
    certified = proofs[proofs["certified"].eq(True)].set_index(["model", "frame"]).index
    assert grid.reindex(certified).all()


@pytest.mark.parametrize("model", DERIVED)
def test_derived_models_have_no_files_of_their_own(defences, model):
    assert not (defences.folder / "results" / "models" / model).exists()
    predictions = pd.read_csv(defences.folder / "results" / "predictions" / f"{model}.csv")
    assert predictions["logit"].notna().all()


def test_false_settings_change_nothing_at_the_initial_one(defences):
    folder = defences.folder / "results" / "predictions"
    honest, *false = (
        pd.read_csv(folder / f"{model}.csv")["logit"]
        for model in ("setting_conditioned", *DERIVED[1:])
    )
    for logits in false:
        np.testing.assert_array_equal(logits, honest)


def test_unchanged_pictures_are_no_visible_change(defences):
    rows = table(defences, "attacks").query("model == 'conditioned_shown_falsely'")
    moved = rows[rows["queries"] > 1]
    assert len(moved)
    assert (moved["mean_abs_diff"] == 0).all()
    assert (moved["ssim"] == 1).all()


def test_slopes_of_an_ensemble_say_how_they_are_formed(defences):
    path = defences.folder / "results" / "attacks" / "ensemble" / "seed-0" / "fold-all" / "gradient"
    with xr.open_dataset(next(path.glob("*.nc"))) as attacked:
        assert attacked.attrs["gradient_form"] == "straight-through rounding"


def test_findings_are_words_and_the_figure_is_drawn(defences):
    results = defences.folder / "results"
    findings = (results / "tables" / "findings.txt").read_text()
    assert "8 labelled frames" in findings
    assert "27 points" in findings
    for suffix in ("pdf", "png"):
        assert (results / "figures" / f"defences.{suffix}").stat().st_size > 1000


def test_a_finished_run_does_nothing(defences):
    assert not defences.planned(config=defences.folder / "config.yaml")
