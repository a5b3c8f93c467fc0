import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.decided import (
    confusion_table,
    merits,
    performance_table,
    what_attacks_change,
)

TRUTHS = [0, 0, 1, 1, 2, 2]


def graded(found, patients=None):
    """Six frames of three grades, two of each; the grade that is found has the probability 0.8."""
    shares = np.where(np.arange(3) == np.array(found)[:, np.newaxis], 0.8, 0.1)
    return pd.DataFrame(
        {
            **{"seed": 0, "fold": list("001100"), "label": TRUTHS, "predicted": found},
            "frame": [f"f{number}" for number in range(6)],
            "patient": patients or [f"p{number}" for number in range(6)],
            **{f"probability_S{number}": shares[:, number] for number in range(3)},
        }
    )


def measured(numbers, truths):
    names = [f"f{number}" for number in range(len(numbers))]
    return pd.DataFrame({"predicted": numbers, "label": truths, "frame": names, "patient": names})


def test_classes_one_wrong():
    found = merits("classes", graded([0, 0, 1, 2, 2, 2]))
    assert (found["n_labelled"], found["n_correct"], found["accuracy"]) == (6, 5, 5 / 6)
    assert found["constant_accuracy"] == pytest.approx(1 / 3)
    rates = [found[f"sensitivity_of_S{number}"] for number in range(3)]
    assert rates == [1, 0.5, 1]
    # S0 and its others are told apart; of S1 one of two ties with 4 others; of S2 one other ties
    # with both.
    assert found["macro_auc"] == pytest.approx((1 + (4 + 2) / 8 + (3 * 2 + 1) / 8) / 3)
    assert found["macro_auc_low"] < found["macro_auc"] < found["macro_auc_high"] <= 1


def test_macro_auc_of_more_patients_is_surer():
    once = merits("classes", graded([0, 0, 1, 2, 2, 2]))
    tables = [graded([0, 0, 1, 2, 2, 2], [f"p{k}{n}" for n in range(6)]) for k in range(20)]
    often = merits("classes", pd.concat(tables))
    assert often["macro_auc"] == pytest.approx(once["macro_auc"])
    widths = [one["macro_auc_high"] - one["macro_auc_low"] for one in (once, often)]
    assert widths[1] < 0.5 * widths[0]


def test_interval_by_patients_where_they_have_several_frames():
    alone = merits("classes", graded([0, 0, 1, 2, 2, 2]))
    assert np.isnan(alone["accuracy_patient_low"])
    paired = merits("classes", graded([0, 0, 1, 2, 2, 2], list("aabbcc")))
    assert paired["accuracy_patient_low"] == pytest.approx(0.5)


def test_perfect_and_empty_classes_have_no_interval():
    perfect = merits("classes", graded(TRUTHS))
    assert perfect["macro_auc"] == 1
    assert np.isnan(perfect["macro_auc_low"])
    empty = merits("classes", graded(TRUTHS).iloc[:0])
    assert empty["n_labelled"] == 0
    assert np.isnan(empty["accuracy"]) and np.isnan(empty["macro_auc"])


def test_numbers_with_bias_and_limits():
    found = merits("number", measured([11.0, 13, 15, 17], [10, 11, 12, 13]))
    assert found["bias"] == pytest.approx(2.5)
    deviation = np.std([1, 2, 3, 4], ddof=1)
    assert found["bias_lower_limit"] == pytest.approx(2.5 - 1.96 * deviation)
    assert found["bias_upper_limit"] == pytest.approx(2.5 + 1.96 * deviation)
    assert found["bias_low"] < 2.5 < found["bias_high"]
    assert found["mean_abs_difference"] == 2.5


def test_bias_and_shift_are_kept_apart():
    searched = pd.DataFrame(
        {
            **{"frame": ["f0", "f1"], "margin_final": [-1.0, 2.0]},
            **{"decision_initial": [50.0, 70.0], "decision_final": [61.0, 71.0]},
        }
    )
    patients = pd.Series({"f0": "a", "f1": "b"})
    found = what_attacks_change("number", searched, patients)
    assert found["shift"] == 6
    assert found["median_margin_final"] == 0.5
    assert not set(found) & set(merits("number", measured([1.0, 2], [1, 1])))


def test_masks_have_their_lowest_dice():
    searched = pd.DataFrame(
        {"frame": ["f0", "f1", "f2"], "margin_final": [-0.2, 0.0, 0.05]}
        | {"decision_initial": 1.0, "decision_final": [0.7, 0.9, 0.95]}
    )
    patients = pd.Series({"f0": "a", "f1": "b", "f2": "b"})
    found = what_attacks_change("mask", searched, patients)
    assert (found["lowest_dice"], found["median_dice"]) == (0.7, 0.9)
    assert found["mean_dice"] == pytest.approx(0.85)
    # Two patients: a resample has one of them alone, or both.
    assert found["mean_dice_low"] == pytest.approx(0.7)
    assert found["mean_dice_high"] == pytest.approx(0.925)
    assert merits("mask", measured([1.0], [None]).dropna()) == {"n_labelled": 0}
    assert "median_dice_initial" not in found
    found = what_attacks_change("mask", searched.assign(label=1), patients)
    assert found["median_dice_initial"] == 1


def test_given_masks_have_a_mean_dice_with_an_interval_by_patients():
    dices = [0.9, 0.8, 0.7, 0.6]
    found = merits("mask", measured(dices, [1.0] * 4))
    assert (found["n_labelled"], found["lowest_clean_dice"]) == (4, 0.6)
    assert found["clean_dice"] == pytest.approx(0.75)
    assert 0.6 <= found["clean_dice_low"] < 0.75 < found["clean_dice_high"] <= 0.9
    paired = merits("mask", measured(dices, [1.0] * 4).assign(patient=list("aabb")))
    assert paired["clean_dice_low"] == pytest.approx(0.65)
    assert paired["clean_dice_high"] == pytest.approx(0.85)
    table = performance_table("mask", {"m": measured(dices, 1.0).assign(seed=0, fold="all")}, {})
    assert list(table["fold"]) == ["pooled", "all"]
    assert list(table["clean_dice"]) == pytest.approx([0.75, 0.75])


def test_performance_has_a_row_for_each_fold_and_all_together():
    table = performance_table("classes", {"m": graded([0, 0, 1, 2, 2, 2])}, {})
    assert list(table["fold"]) == ["pooled", "0", "1"]
    assert list(table["n_correct"]) == [5, 4, 1]


def test_confusion_counts_pairs_before_and_after():
    attacks = pd.DataFrame(
        {
            **{"model": "m", "seed": 0, "attack": "zoo"},
            **{"label": [0, 0, 1, np.nan, 0], "decision_initial": [0.0, 0, 1, 1, np.nan]},
            "decision_final": [0.0, 2, 0, 1, np.nan],
        }
    )
    table = confusion_table(attacks, ["S0", "S1", "S2"])
    found = {tuple(row) for row in table[["when", "reference", "decision", "n"]].to_numpy()}
    assert found == {
        ("initial", "S0", "S0", 2),
        ("initial", "S1", "S1", 2),
        ("final", "S0", "S0", 1),
        ("final", "S0", "S2", 1),
        ("final", "S1", "S0", 1),
        ("final", "S1", "S1", 1),
    }
