import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.statistics import wilson_interval
from scripts.tables.summarise import summarise
from tests.known_tables import nine_attacked, nine_judged

LIMIT = {"mean_abs_diff": 20, "ssim": 0.8, "white_added": 0.1, "black_added": 0.1}


@pytest.fixture
def judged():
    return nine_judged()


@pytest.fixture
def attacks():
    return nine_attacked()


def test_tables_of_a_run(tmp_path, judged, attacks):
    both = pd.concat([attacks, attacks.assign(attack="grid")])
    both.to_csv(tmp_path / "attacks.csv", index=False)
    judged.to_csv(tmp_path / "m.csv", index=False)
    validation = []
    for fold in "01":
        path = tmp_path / f"{fold}.validation.csv"
        pd.DataFrame({"label": [0, 1], "probability": [0.2, 0.6]}).to_csv(path)
        validation.append({"model": "m", "seed": "0", "fold": fold, "path": str(path)})
    summarise(
        attacks=str(tmp_path / "attacks.csv"),
        predictions=[str(tmp_path / "m.csv")],
        validation=validation,
        protocols={"m": "patient_folds"},
        cutoff=0.5,
        visible_limit=LIMIT,
        grids=["grid"],
        decision="binary",
        summary=str(tmp_path / "summary.csv"),
        performance=str(tmp_path / "performance.csv"),
    )
    summary, grid = pd.read_csv(tmp_path / "summary.csv").to_dict("records")
    assert (grid["attack"], grid["n_success"]) == ("grid", 2)
    assert np.isnan([grid["n_success_visible_limit"], grid["success_visible_rate"]]).all()
    assert (summary["model"], summary["seed"], summary["attack"]) == ("m", 0, "zoo")
    assert summary["protocol"] == "patient_folds"
    assert summary["auc"] == 13 / 16
    assert summary["auc_low"] < 13 / 16 < summary["auc_high"]
    assert (summary["n_labelled"], summary["n_correct"], summary["accuracy"]) == (8, 6, 0.75)
    assert (summary["accuracy_low"], summary["accuracy_high"]) == pytest.approx(
        wilson_interval(6, 8)
    )
    assert (summary["n_attacked"], summary["n_success"]) == (6, 2)
    assert (summary["n_success_visible_limit"], summary["success_visible_rate"]) == (
        1,
        pytest.approx(1 / 6),
    )
    assert summary["auc_conditional_on"] == "fold models"
    assert np.isnan([summary["grid_vulnerable"], summary["success_patient_low"]]).all()
    performance = pd.read_csv(tmp_path / "performance.csv")
    assert performance[["cutoff_choice", "fold"]].values.tolist() == [
        [choice, fold] for choice in ("fixed", "validation") for fold in ("pooled", "0", "1")
    ]
    assert performance["cutoff"].tolist() == pytest.approx([0.5] * 3 + [0.4] * 3)
