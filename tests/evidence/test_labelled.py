import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.labelled import (
    attacked,
    conditional_on,
    constant_answer,
    labelled_frames,
    read_predictions,
    resamples,
    seed_range,
)


def test_frames_count_that_have_a_label_and_were_read():
    table = pd.DataFrame({"frame": list("abc"), "label": [1, np.nan, 0], "logit": [2.0, 1.0, None]})
    assert labelled_frames(table)["frame"].tolist() == ["a"]


def test_frames_that_were_read_and_right_at_the_start_are_attacked():
    reasons = ["flipped", "wrong_at_start", "budget", "unreadable", "immune"]
    kept = attacked(pd.DataFrame({"stop_reason": reasons}))["stop_reason"].tolist()
    assert kept == ["flipped", "budget", "immune"]


@pytest.mark.parametrize(
    ("labels", "label", "accuracy"),
    [([1, 1, 0], 1, 2 / 3), ([0, 0, 0, 1], 0, 3 / 4), ([0, 1], 1, 1 / 2), ([0], 0, 1)],
)
def test_constant_answer_is_the_more_frequent_label(labels, label, accuracy):
    found = constant_answer(labels)
    assert found == {"constant_label": label, "constant_accuracy": pytest.approx(accuracy)}


def test_constant_answer_needs_labels():
    found = constant_answer([])
    assert found["constant_label"] is None
    assert np.isnan(found["constant_accuracy"])


def test_range_over_seeds_is_that_of_each_group():
    table = pd.DataFrame(
        {"model": ["m", "m", "n", "o"], "seed": [0, 1, 0, 5], "auc": [0.7, 0.9, 0.6, np.nan]}
    )
    columns = seed_range(table, ["model"], ["auc"])
    assert list(columns) == ["auc_seed_min", "auc_seed_max"]
    assert columns["auc_seed_min"].tolist()[:2] == [0.7, 0.7]
    assert columns["auc_seed_max"].tolist()[:2] == [0.9, 0.9]
    assert columns["auc_seed_min"][2:].isna().all()
    assert columns["auc_seed_max"][2:].isna().all()


def test_one_fold_model_makes_a_pair_depend_on_the_folds():
    assert conditional_on("patient_folds") == "fold models"
    assert conditional_on("held_out") == "model"
    assert conditional_on("brought", "patient_folds") == "fold models"
    assert conditional_on("brought", "held_out") == "models"


def test_resamples_depend_on_units_and_measure_alone():
    draws = [
        resamples(units, measure).random()
        for units, measure in (("patients", "auc"), ("patients", "auc"), ("patients", "accuracy"))
    ]
    assert draws[0] == draws[1] != draws[2]
    assert resamples("patients and seeds", "auc").random() != draws[0]


def test_predictions_are_read_by_model(tmp_path):
    paths = [str(tmp_path / name) for name in ("one.csv", "two.csv")]
    for number, path in enumerate(paths):
        pd.DataFrame({"fold": ["01"], "logit": [number]}).to_csv(path, index=False)
    tables = read_predictions(["m", "n"], paths)
    assert {model: table["logit"].tolist() for model, table in tables.items()} == {
        "m": [0],
        "n": [1],
    }
    assert tables["m"]["fold"].tolist() == ["01"]
