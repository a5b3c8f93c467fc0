"""The metrics of a card: which cells become one, and what stands beside a value."""

import json

import numpy as np

from reconattack.evidence.columns import explained
from reconattack.pages.model_card.metrics import BY_PATIENTS, QUANTILES, safety, usefulness
from tests.pages.model_card.card_runs import run_of_kind, tables_with


def by_column(metrics):
    return {metric.column: metric for metric in metrics}


def test_performance_is_that_of_all_folds_at_the_fixed_cutoff():
    found = usefulness(tables_with(), {})
    assert [metric.column for metric in found] == [
        *("auc", "accuracy", "constant_accuracy", "sensitivity"),
    ]
    auc = found[0]
    assert auc.label == "plain: AUC"
    assert (auc.value, auc.ends) == (0.75, (0.5, 0.9))
    assert auc.row == {"model": "plain", "seed": 0, "fold": "pooled", "cutoff_choice": "fixed"}
    assert auc.file == "../tables/performance.csv"
    assert found[2].ends is None  # of a constant answer


def test_value_that_is_missing_is_no_metric():
    assert "specificity" not in by_column(usefulness(tables_with(), {}))


def test_patients_with_several_frames_have_intervals_by_patients():
    tables = tables_with()
    tables["summary"] = tables["summary"].assign(
        **{f"{name}_patient_{end}": value for name in ("auc", "accuracy") for end, value in
           (("low", 0.2), ("high", 0.95))},
        success_patient_low=0.05,
        success_patient_high=0.9,
    )  # fmt: skip
    found = usefulness(tables, {})
    assert [(m.table, m.column) for m in found][:2] == [("summary", "auc"), ("summary", "accuracy")]
    assert sum(metric.column == "auc" for metric in found) == 1
    flips = by_column(safety(tables, {}))["success_rate"]
    for metric in (*found[:2], flips):
        assert metric.ends_are == BY_PATIENTS
    assert found[0].ends == (0.2, 0.95)
    assert flips.ends == (0.05, 0.9)


def test_each_seed_is_named_only_if_there_are_several():
    assert {m.label for m in usefulness(tables_with(seeds=(0, 1)), {}) if m.column == "auc"} == {
        "plain, seed 0: AUC",
        "plain, seed 1: AUC",
    }


def test_attacks_margins_proofs_drawn_settings_and_units():
    tables = tables_with("margins", "accidental_summary", "proofs_summary", "units_summary")
    titles = {"attacks": {"zoo": "zeroth-order attack"}, "controls": {"beta": "attenuation"}}
    found = safety(tables, titles)
    labels = {metric.label: metric for metric in found}
    flips = labels["plain, zeroth-order attack: frames flipped"]
    assert flips.count == (2, 5)
    assert flips.ends == (0.1, 0.8)
    nearest = labels["plain, minimal: margin of the nearest flip of any frame"]
    assert (nearest.value, nearest.row["frame"]) == (0.1, "f0")
    median = labels["plain, minimal: median margin of the flipped frames"]
    assert (median.value, median.count) == (0.2, (3, 5))
    proved = labels["plain, corners: frames that no setting of the box flips, proved"]
    assert (proved.value, proved.count) == (0.4, (2, 5))
    drawn = labels["plain, settings drawn without an adversary (uniform): median accuracy"]
    assert (drawn.ends, drawn.ends_are) == ((0.5, 0.8), QUANTILES)
    assert "plain, sweep of attenuation: median accuracy" in labels
    assert labels["plain, zeroth-order attack: clips or patients that one setting flips"].count == (
        2,
        4,
    )
    bound = "upper bound of the fraction of drawn settings that flip any one frame"
    assert labels[f"plain, sample: {bound}"].value == 0.003
    # What a proof says of flips stands once.
    assert "plain, corners: frames flipped" not in labels


def test_run_without_margins_proofs_and_drawn_settings_has_its_attacks():
    assert {metric.table for metric in safety(tables_with(), {})} == {"summary"}


def test_other_decisions():
    of_classes = run_of_kind("classes").tables
    of_classes["performance"] = of_classes["performance"].assign(
        sensitivity_of_S1=0.5, sensitivity_of_S1_low=0.1, sensitivity_of_S1_high=0.9
    )
    found = by_column(usefulness(of_classes, {}))
    assert found["macro_auc"].ends == (0.7, 0.9)
    assert found["sensitivity_of_S1"].label == "plain: sensitivity of class S1"
    of_numbers = run_of_kind("number").tables
    found = usefulness(of_numbers, {})
    assert {metric.unit for metric in found} == {"mm"}
    assert [m.ends for m in found if m.column == "bias"] == [(2.5, 2.5), (-1.0, 6.0)]
    assert by_column(safety(of_numbers, {}))["shift"].unit == "mm"
    of_masks = run_of_kind("mask").tables
    assert usefulness(of_masks, {}) == []
    assert by_column(safety(of_masks, {}))["lowest_dice"].value == 0.25


def test_json_has_the_digits_of_the_table_and_the_place():
    auc = by_column(usefulness(tables_with(), {}))["accuracy"]
    content = json.loads(auc.as_json())
    assert content["value"] == 5 / 6
    assert content["source"]["column"] == "accuracy"
    assert (content["low"], content["high"], content["ends"]) == (0.4, 0.97, "95 % interval")


def test_infinite_number_is_valid_json():
    tables = tables_with()
    tables["performance"] = tables["performance"].assign(calibration_slope=np.inf)
    slope = by_column(usefulness(tables, {}))["calibration_slope"]
    assert json.loads(slope.as_json())["value"] == "inf"


def test_every_column_of_a_metric_is_explained():
    tables = tables_with("margins", "accidental_summary", "proofs_summary", "units_summary")
    for metric in (*usefulness(tables, {}), *safety(tables, {})):
        assert explained(metric.table, metric.column).meaning


def test_no_frame_attacked():
    tables = tables_with("margins")
    tables["summary"] = tables["summary"].assign(
        n_attacked=0, n_success=0, success_rate=np.nan, success_low=np.nan, success_high=np.nan
    )
    tables["margins"] = tables["margins"].assign(margin_linf=np.nan)
    assert safety(tables, {}) == []
