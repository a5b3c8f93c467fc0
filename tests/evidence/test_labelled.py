import numpy as np
import pandas as pd

from reconattack.evidence.labelled import (
    attacked,
    conditional_on,
    labelled_frames,
    read_predictions,
    resamples,
)


def test_frames_count_that_have_a_label_and_were_read():
    table = pd.DataFrame({"frame": list("abc"), "label": [1, np.nan, 0], "logit": [2.0, 1.0, None]})
    assert labelled_frames(table)["frame"].tolist() == ["a"]


def test_frames_that_were_read_and_right_at_the_start_are_attacked():
    reasons = ["flipped", "wrong_at_start", "budget", "unreadable", "immune"]
    kept = attacked(pd.DataFrame({"stop_reason": reasons}))["stop_reason"].tolist()
    assert kept == ["flipped", "budget", "immune"]


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
