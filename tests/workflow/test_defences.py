"""config/defences.yaml in the real workflow, every model of it in small."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from reconattack.classifiers.guard import Guard
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


def test_guards_judge_pictures_and_one_attack_knows_them(defences):
    summary, pictures = table(defences, "guard_summary"), table(defences, "guard")
    guarded = {"compact", "texture_svm"}
    assert set(summary["model"]) == set(pictures["model"]) == guarded
    assert set(summary.loc[summary["guarded"], "attack"]) == {"past_guard"}
    assert (summary.loc[summary["guarded"], "n_caught"] == 0).all()
    assert (summary["n_passed_by_any"] >= summary["n_passed"]).all()
    assert (summary["declared_rate"] == 0.25).all()
    counts = pictures[pictures["attack"].isna()].groupby(["model", "frame"])["picture"].count()
    assert counts.tolist() == [4] * 16  # the initial setting and three that were drawn
    attacks = table(defences, "attacks")
    assert set(attacks.loc[attacks["attack"] == "past_guard", "model"]) == guarded
    for model in guarded:
        of_fold = defences.folder / "results" / "models" / model / "seed-0" / "fold-all.guard.json"
        guard = Guard.read(of_fold)
        assert (len(guard.calibration), guard.n_fitted) == (6, 6)


def test_record_of_a_guarded_attack_says_so(defences):
    records = defences.folder / "results" / "attacks" / "compact" / "seed-0" / "fold-all"
    with xr.open_dataset(next((records / "past_guard").glob("*.nc"))) as found:
        assert "guard lets the picture pass" in found.attrs["guarded"]
        passes = (found["guard_score"] <= found.attrs["guard_threshold"]).isel(step=slice(1, None))
        left = (found["decision_margin"] < 0).isel(step=slice(1, None))
        flips = (found["margin"] < 0).isel(step=slice(1, None))
        assert found["guard_score"].notnull().sum() > found.sizes["frame"]
        assert (flips == (passes & left)).all()
        start = found.isel(step=0)
        np.testing.assert_array_equal(start["margin"], start["decision_margin"])
    with xr.open_dataset(next((records / "minimal").glob("*.nc"))) as found:
        assert "guarded" not in found.attrs


def test_changed_guard_repeats_no_training_and_no_other_attack(defences, edited):
    changed = edited(defences, "reconattack/classifiers/guard_features.py")
    planned = changed.planned(config=defences.folder / "config.yaml")
    jobs = {name: planned[name] for name in ("fit_guard", "attack_guarded", "judge_guard")}
    assert jobs == {"fit_guard": 2, "attack_guarded": 2, "judge_guard": 2}
    assert not {"train", "train_texture", "attack", "predict"} & set(planned)


def test_findings_are_words_and_the_figure_is_drawn(defences):
    results = defences.folder / "results"
    findings = (results / "tables" / "findings.txt").read_text()
    assert "8 labelled frames" in findings
    assert "27 points" in findings
    for suffix in ("pdf", "png"):
        assert (results / "figures" / f"defences.{suffix}").stat().st_size > 1000


def test_a_finished_run_does_nothing(defences):
    assert not defences.planned(config=defences.folder / "config.yaml")
