import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.bootstrap import proportion_interval
from reconattack.evidence.statistics import wilson_interval
from reconattack.evidence.summary import (
    against_grid,
    attack_outcome,
    patient_intervals,
    visible_outcome,
)
from reconattack.seeds import seed_of


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
