import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.bootstrap import proportion_interval
from reconattack.evidence.columns import explained
from reconattack.evidence.labelled import attacked
from reconattack.evidence.statistics import wilson_interval
from reconattack.evidence.summary import (
    against_grid,
    attack_outcome,
    correct,
    patient_intervals,
    same_for_all,
    success,
    summary_table,
    visible_outcome,
)
from reconattack.seeds import seed_of
from tests.known_tables import nine_attacked, nine_judged


@pytest.fixture
def judged():
    return nine_judged()


@pytest.fixture
def attacks():
    return nine_attacked()


@pytest.mark.parametrize(
    ("logits", "predicted", "answer"),
    [
        ([0.5, 0.5, np.nan], [1, 1, np.nan], "probability"),
        ([0.5, 0.7, np.nan], [1, 1, np.nan], "decision"),
        ([0.5, -0.7, np.nan], [1, 0, np.nan], None),
        ([0.5, np.nan, np.nan], [1, np.nan, np.nan], None),
    ],
)
def test_model_with_one_answer_to_all_frames_is_told(logits, predicted, answer):
    """Frames that could not be read have no answer; of a single frame nothing is said."""
    assert same_for_all(pd.DataFrame({"logit": logits, "predicted": predicted})) == answer


LIMIT = {"mean_abs_diff": 20, "ssim": 0.8, "white_added": 0.1, "black_added": 0.1}


@pytest.fixture
def beside_grid(attacks):
    """The six attacked frames under a grid that certifies the first and the last two."""
    rows = attacks[:6].copy()
    rows["grid"] = "grid"
    rows["grid_certified"] = [True, False, False, False, True, True]
    rows["grid_distance"] = [np.nan, 0.75, 0.25, 0.5, np.nan, np.nan]
    return rows


def test_attacks_are_counted_on_attacked_frames_only(attacks):
    found = success(attacked(attacks))
    assert (found["n_attacked"], found["n_success"]) == (6, 2)
    assert found["success_rate"] == pytest.approx(1 / 3)
    assert (found["success_low"], found["success_high"]) == wilson_interval(2, 6)
    outcome = attack_outcome(attacks)
    assert outcome["n_unreadable"] == 1
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
    searched = attacks[:6]
    outcome = visible_outcome(searched, LIMIT | {measure: value})
    assert outcome["n_success_visible_limit"] == counted
    assert outcome["success_visible_rate"] == pytest.approx(counted / 6)
    interval = outcome["success_visible_low"], outcome["success_visible_high"]
    assert interval == wilson_interval(counted, 6)
    assert visible_outcome(searched[:0], LIMIT)["n_success_visible_limit"] == 0


def test_small_changes_are_counted_among_the_flips_as_well(attacks):
    """The two flips change the image by 19 and by 21 grey levels; the frames kept by 5."""
    outcome = visible_outcome(attacks[:6], LIMIT)
    assert outcome["n_success_visible_limit"] == 1
    assert outcome["small_change_share"] == 0.5
    interval = outcome["small_change_share_low"], outcome["small_change_share_high"]
    assert interval == wilson_interval(1, 2)
    assert outcome["median_change"] == 20
    none = visible_outcome(attacks[1:3], LIMIT)
    assert (none["n_success_visible_limit"], none["success_visible_rate"]) == (0, 0)
    assert np.isnan([none["small_change_share"], none["median_change"]]).all()


def test_small_changes_of_a_grid_are_not_known(attacks):
    outcome = visible_outcome(attacks[:6], None)
    assert outcome["n_success_visible_limit"] is None
    assert np.isnan([value for key, value in outcome.items() if not key.startswith("n_")]).all()


def test_accuracy_stands_beside_that_of_a_constant_answer(judged):
    """Eight labelled frames, four of each label; without the first, four of seven are normal."""
    assert correct(judged[:8])["constant_accuracy"] == 0.5
    found = correct(judged[1:8])
    assert (found["n_correct"], found["n_labelled"]) == (5, 7)
    assert (found["constant_label"], found["constant_accuracy"]) == (0, pytest.approx(4 / 7))


def test_range_over_the_seeds_stands_in_the_rows_of_each(judged, attacks):
    """Seed 0 flips two of six frames, one of them a small change; seed 1 keeps all six."""
    kept = attacks.assign(seed=1, success=False)
    both = pd.concat([judged, judged.assign(seed=1)])
    table = summary_table(pd.concat([attacks, kept]), {"m": both}, {"m": "held_out"}, LIMIT, [])
    assert table["success_rate"].tolist() == [pytest.approx(1 / 3), 0]
    assert table["success_rate_seed_min"].tolist() == [0, 0]
    assert table["success_rate_seed_max"].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert table["success_visible_rate_seed_max"].tolist() == pytest.approx([1 / 6, 1 / 6])
    assert table["accuracy_seed_min"].tolist() == table["accuracy_seed_max"].tolist() == [0.75] * 2
    one = summary_table(attacks, {"m": judged}, {"m": "held_out"}, LIMIT, [])
    assert one.filter(like="_seed_").isna().all(axis=None)


def test_outcome_and_small_changes_are_the_first_columns(judged, attacks):
    table = summary_table(attacks, {"m": judged}, {"m": "held_out"}, LIMIT, [])
    assert list(table.columns[:9]) == [
        *("model", "seed", "attack", "n_attacked", "n_success"),
        *("success_rate", "success_low", "success_high", "n_success_visible_limit"),
    ]
    for name in table:
        assert explained("summary", name).meaning


def test_no_success_and_no_attack(attacks):
    kept = attacks[~attacks["success"]]
    found, failed = success(attacked(kept)), attack_outcome(kept)
    assert (found["n_attacked"], found["success_rate"]) == (4, 0)
    assert np.isnan([failed["median_queries"], failed["queries_p90"]]).all()
    assert (failed["n_false_alarm"], failed["n_missed_disease"]) == (0, 0)
    unattacked = ["wrong_at_start", "unreadable"]
    none = success(attacked(attacks[attacks["stop_reason"].isin(unattacked)]))
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
