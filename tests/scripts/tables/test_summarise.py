import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.bootstrap import proportion_interval
from reconattack.evidence.statistics import wilson_interval
from reconattack.seeds import seed_of
from scripts.tables.summarise import (
    against_grid,
    attack_outcome,
    patient_intervals,
    performance_rows,
    summarise,
    validation_cutoffs,
    visible_outcome,
)


@pytest.fixture
def judged():
    """Two folds of four labelled frames each and one frame without a label."""
    logits = np.array([2.0, 0.4, -0.4, -2.0, 1.0, -0.6, 0.6, -3.0, 5.0])
    return pd.DataFrame(
        {
            "seed": 0,
            "frame": [f"f{number}" for number in range(9)],
            "patient": [f"p{number}" for number in range(9)],
            "fold": list("000011110"),
            "label": [1, 1, 0, 0, 1, 1, 0, 0, np.nan],
            "logit": logits,
            "probability": 1 / (1 + np.exp(-logits)),
            "predicted": (logits >= 0).astype(int),
        }
    )


@pytest.fixture
def attacks():
    """Of nine frames six are judged right and two of these flip, after 8 and 22 queries; one could
    not be read."""
    reasons = ["flipped", "bounds", "cycle", "flipped", "flat", "step_limit"]
    reasons += ["wrong_at_start", "wrong_at_start", "unreadable"]
    return pd.DataFrame(
        {
            **{"model": "m", "seed": 0, "fold": "0", "attack": "zoo"},
            "frame": [f"f{number}" for number in range(9)],
            "stop_reason": reasons,
            "success": [reason == "flipped" for reason in reasons],
            "direction": ["missed disease", None, None, "false alarm", *[None] * 5],
            "queries": [8, 77, 14, 300, 7, 71, 1, 1, 1],
            "queries_to_flip": [8, *[np.nan] * 2, 22, *[np.nan] * 5],
            **dict.fromkeys(["grid", "grid_certified", "grid_distance"]),
            "mean_abs_diff": [19.0, 5, 5, 21, *[5] * 5],
            **{"ssim": 0.9, "white_added": 0.0, "black_added": -0.01},
        }
    )


LIMIT = {"mean_abs_diff": 20, "ssim": 0.8, "white_added": 0.1, "black_added": 0.1}


@pytest.fixture
def beside_grid(attacks):
    """The six attacked frames under a grid that certifies the first and the last two."""
    attacked = attacks[:6].copy()
    attacked["grid"] = "grid"
    attacked["grid_certified"] = [True, False, False, False, True, True]
    attacked["grid_distance"] = [np.nan, 0.75, 0.25, 0.5, np.nan, np.nan]
    return attacked


def test_attacks_are_counted_on_attacked_frames_only(attacks):
    outcome = attack_outcome(attacks)
    assert (outcome["n_attacked"], outcome["n_success"]) == (6, 2)
    assert outcome["n_unreadable"] == 1
    assert outcome["success_rate"] == pytest.approx(1 / 3)
    assert (outcome["success_low"], outcome["success_high"]) == wilson_interval(2, 6)
    assert outcome["median_queries"] == 15
    assert outcome["queries_p90"] == pytest.approx(8 + 0.9 * 14)
    assert (outcome["n_false_alarm"], outcome["n_missed_disease"]) == (1, 1)


@pytest.mark.parametrize(
    ("measure", "value", "counted"),
    [
        ("mean_abs_diff", 22, 2),
        ("mean_abs_diff", 18, 0),
        ("ssim", 0.95, 0),
        ("white_added", -0.01, 0),
        ("black_added", -0.01, 1),
    ],
)
def test_flips_count_again_under_the_limit_of_what_is_visible(attacks, measure, value, counted):
    attacked = attacks[:6]
    outcome = visible_outcome(attacked, LIMIT | {measure: value})
    assert outcome["n_success_visible_limit"] == counted
    assert outcome["success_visible_rate"] == pytest.approx(counted / 6)
    interval = outcome["success_visible_low"], outcome["success_visible_high"]
    assert interval == wilson_interval(counted, 6)
    assert visible_outcome(attacked[:0], LIMIT)["n_success_visible_limit"] == 0


def test_no_success_and_no_attack(attacks):
    failed = attack_outcome(attacks[~attacks["success"]])
    assert (failed["n_attacked"], failed["success_rate"]) == (4, 0)
    assert np.isnan([failed["median_queries"], failed["queries_p90"]]).all()
    assert (failed["n_false_alarm"], failed["n_missed_disease"]) == (0, 0)
    unattacked = ["wrong_at_start", "unreadable"]
    none = attack_outcome(attacks[attacks["stop_reason"].isin(unattacked)])
    assert none["n_attacked"] == 0
    assert np.isnan([none["success_rate"], none["success_low"]]).all()


def test_attack_beside_the_grid(beside_grid):
    outcome = against_grid(beside_grid)
    assert outcome["grid"] == "grid"
    assert (outcome["grid_vulnerable"], outcome["grid_found"]) == (3, 1)
    assert outcome["grid_share"] == pytest.approx(1 / 3)
    assert (outcome["grid_share_low"], outcome["grid_share_high"]) == wilson_interval(1, 3)
    assert outcome["n_off_lattice"] == 1
    assert np.isnan(outcome["grid_median_margin"])  # half of the frames have none in the box


def test_median_margin_of_the_grid(beside_grid):
    assert against_grid(beside_grid[:5])["grid_median_margin"] == 0.75
    assert against_grid(beside_grid[1:5])["grid_median_margin"] == 0.625


def test_attack_without_a_grid_has_the_same_columns(attacks, beside_grid):
    alone = against_grid(attacks[:6])
    assert list(alone) == list(against_grid(beside_grid))
    assert pd.isna(list(alone.values())).all()


def test_grid_that_certifies_all_has_no_share(beside_grid):
    outcome = against_grid(beside_grid[[True, False, False, False, True, True]])
    assert (outcome["grid_vulnerable"], outcome["grid_found"], outcome["n_off_lattice"]) == (
        0,
        0,
        1,
    )
    assert np.isnan([outcome["grid_share"], outcome["grid_share_low"]]).all()


def test_patients_with_one_frame_need_no_further_interval(judged, attacks):
    intervals = patient_intervals(judged[:8], attacks[:6], judged.set_index("frame")["patient"])
    assert len(intervals) == 6
    assert np.isnan(list(intervals.values())).all()


def test_patients_with_several_frames_are_drawn_whole(judged, attacks):
    judged["patient"] = list("abcdaacce")
    judged.loc[:7, "label"] = [1, 1, 0, 0, 1, 1, 0, 0]
    intervals = patient_intervals(judged[:8], attacks[:6], judged.set_index("frame")["patient"])
    random = np.random.default_rng(seed_of("patients", "success"))
    hits = [True, False, False, True, False, False]
    assert (intervals["success_patient_low"], intervals["success_patient_high"]) == (
        proportion_interval([hits], list("abcdaa"), random)
    )
    assert 0 <= intervals["accuracy_patient_low"] < 6 / 8 < intervals["accuracy_patient_high"] <= 1
    assert 0 <= intervals["auc_patient_low"] < 13 / 16 < intervals["auc_patient_high"] <= 1


def test_frame_that_could_not_be_read_is_not_judged(judged):
    judged["predicted"] = judged["predicted"].astype("Int64")
    judged.loc[0, ["logit", "probability", "predicted"]] = [np.nan, np.nan, pd.NA]
    rows = pd.DataFrame(performance_rows(judged, {}, 0.5, "m", 0)).set_index("fold")
    assert rows["n"].tolist() == [7, 3, 4]


def test_performance_by_hand(judged):
    rows = pd.DataFrame(performance_rows(judged, {}, 0.5, "m", 0)).set_index("fold")
    assert list(rows.index) == ["pooled", "0", "1"]
    assert rows["n"].tolist() == [8, 4, 4]
    assert rows["n_positive"].tolist() == [4, 2, 2]
    assert rows["accuracy"].tolist() == [0.75, 1, 0.5]
    assert rows["sensitivity"].tolist() == [0.75, 1, 0.5]
    assert rows["specificity"].tolist() == [0.75, 1, 0.5]
    # Of the 16 pairs of both classes, -0.6 lies below -0.4 and 0.6, and 0.4 below 0.6.
    assert rows.loc["pooled", "auc"] == 13 / 16
    assert rows.loc["1", "auc"] == 3 / 4
    assert tuple(rows.loc["pooled", ["accuracy_low", "accuracy_high"]]) == wilson_interval(6, 8)


def test_second_cutoff_is_each_folds_own(judged):
    rows = pd.DataFrame(performance_rows(judged, {"0": 0.7, "1": 0.3}, 0.5, "m", 0))
    rows = rows.set_index(["cutoff_choice", "fold"])
    assert rows.loc[("fixed", "pooled"), "cutoff"] == 0.5
    own = rows.loc["validation"]
    assert own["cutoff"].tolist() == pytest.approx([0.5, 0.7, 0.3])
    # Fold 0 loses the frame at 0.4 (probability 0.60); fold 1 wins that at -0.6 (0.35).
    assert own["sensitivity"].tolist() == [0.75, 0.5, 1]
    assert own["specificity"].tolist() == [0.75, 1, 0.5]
    assert (own["auc"] == rows.loc["fixed"]["auc"]).all()


def test_validation_cutoffs_are_the_folds_youden_points(tmp_path):
    files = []
    for seed, fold, probabilities in ((0, "0", (0.1, 0.3, 0.5, 0.9)), (1, "0", (0.6, 0.7, 0.9, 1))):
        path = tmp_path / f"{seed}.csv"
        pd.DataFrame({"label": [0, 0, 1, 1], "probability": probabilities}).to_csv(path)
        files.append({"seed": str(seed), "fold": fold, "path": path})
    assert validation_cutoffs(files) == {0: {"0": pytest.approx(0.4)}, 1: {"0": pytest.approx(0.8)}}


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
        predictions={"m": str(tmp_path / "m.csv")},
        validation=validation,
        protocols={"m": "patient_folds"},
        cutoff=0.5,
        visible_limit=LIMIT,
        grids=["grid"],
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
