import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy.special import expit

from reconattack.errors import InputError
from reconattack.evidence.bootstrap import mean_interval
from reconattack.evidence.defence_pairs import COLUMNS
from reconattack.evidence.defences import UNITS, model_outcomes
from reconattack.evidence.labelled import resamples
from reconattack.evidence.statistics import (
    auc,
    calibration_slope,
    recalibrated_decisions,
    wilson_interval,
)
from reconattack.storage import write_dataset
from tests.evidence.known_networks import (
    FRAMES,
    HARD,
    KNOWN,
    LABELS,
    PLAIN,
    POINTS,
    bits,
    interval,
    logits_of,
    pair,
)


def test_one_seed_by_hand(tabulate_models):
    table, pairs = tabulate_models({"plain": PLAIN})
    row = table.loc["plain"]
    counts = ["n_seeds", "n_frames", "n_patients", "n_fatty", "constant_accuracy"]
    assert row[counts].tolist() == [1, 10, 10, 6, 0.6]
    assert (row["accuracy"], row["sensitivity"], row["specificity"]) == (0.8, 5 / 6, 0.75)
    assert row["accuracy_zoo"] == 0.5  # of 8 right frames, 3 are flipped
    assert row["accuracy_worst"] == 0.1
    assert (row["grid"], row["grid_points"], row["grid_certified"]) == ("grid", POINTS, 0.1)
    assert (row["grid_certified_fatty"], row["grid_certified_normal"]) == (0, 0.25)
    logits = logits_of(PLAIN[0])
    assert row["auc"] == auc(LABELS, logits)
    assert row["calibration_slope"] == pytest.approx(calibration_slope(LABELS, logits)[0])
    hits = [bits(PLAIN[0]["right"])]
    expected = mean_interval(hits, FRAMES, resamples(UNITS, "accuracy"))
    assert interval(row, "accuracy") == pytest.approx(expected)
    assert interval(row, "grid_certified_fatty") == pytest.approx(wilson_interval(0, 6))
    assert row["interval"].startswith("bootstrap of patients; one seed")
    assert (row["attacks"], row["zoo"], row["baseline"]) == ("zoo grid", "zoo", True)
    assert pairs.empty
    assert list(pairs) == list(COLUMNS)


def test_median_margin_counts_wrong_frames_as_none(tabulate_models):
    # Flips at 0, 0.1, 0.2, 0.3, 0.4, 0.7, 0.8, none at f6, and two frames wrong at the start.
    table, _ = tabulate_models({"plain": PLAIN, "hard": HARD})
    assert table.loc["plain", "median_margin"] == pytest.approx(0.25)
    assert table.loc["plain", "margin_attack"] == "minimal"
    # There are 13 of 20 without a flip: the median lies beyond the box.
    assert np.isnan(table.loc["hard", "median_margin"])


def test_two_seeds_count_as_their_mean(tabulate_models):
    row = tabulate_models({"plain": PLAIN, "hard": HARD})[0].loc["hard"]
    assert (row["n_seeds"], row["n_frames"]) == (2, 10)
    assert row["accuracy"] == pytest.approx(0.8)
    assert row["accuracy_zoo"] == pytest.approx(0.75)
    assert row["grid_certified"] == pytest.approx(0.7)
    areas = [auc(LABELS, logits_of(network)) for network in HARD.values()]
    assert row["auc"] == pytest.approx(np.mean(areas))
    assert row["interval"] == "crossed bootstrap of patients and 2 seeds"
    low, high = interval(row, "grid_certified")
    assert low < 0.6 < 0.8 < high


def test_frames_of_one_class_have_no_auc(tabulate_models):
    table, pairs = tabulate_models({"plain": PLAIN, "hard": HARD}, labels=np.ones(10, int))
    assert table[["auc", "auc_low", "specificity", "calibration_slope"]].isna().all(axis=None)
    assert table["sensitivity"].tolist() == table["accuracy"].tolist()
    assert np.isnan([pair(pairs, name)["p"] for name in ("auc", "specificity")]).all()
    assert pair(pairs, "specificity")["n"] == 0


def test_no_grid_and_no_margins_leave_their_columns_empty(tabulate_models):
    def without(attacks, **_):
        return {"attacks": attacks[attacks["attack"] == "zoo"]}

    table, pairs = tabulate_models({"plain": PLAIN, "hard": HARD}, change=without)
    empty = ["grid", "grid_points", "grid_certified", "grid_certified_low", "median_margin"]
    assert table[empty].isna().all(axis=None)
    assert table["accuracy_worst"].tolist() == table["accuracy_zoo"].tolist()
    assert "grid_certified" not in set(pairs["family"])


def test_unknown_baseline_is_refused():
    with pytest.raises(InputError, match=r"found other; expected .*, one of m$"):
        model_outcomes({"m": KNOWN}, "other", {}, pd.DataFrame(), None, None, None, None)


def test_what_a_model_is_stands_beside_it(tabulate_models, tmp_path):
    histories = []
    for fold, n_train in enumerate((20, 22)):
        histories.append(str(tmp_path / f"fold-{fold}.history.csv"))
        pd.DataFrame({"epoch": [0, 1], "n_train": n_train}).to_csv(histories[-1], index=False)
    known = {"hard": {"kind": "rf", "takes": "rf", "immune": True}}
    both = {"plain": PLAIN, "hard": HARD}
    table, _ = tabulate_models(both, known, histories={"hard": histories})
    assert table["kind"].tolist() == ["plain", "rf"]
    assert table["immune_by_construction"].tolist() == [False, True]
    assert table.loc["hard", "n_train"] == 21
    assert np.isnan(table.loc["plain", "n_train"])


@pytest.fixture
def accidental_file(tmp_path):
    """Logits of one network at the initial setting and two drawn ones; one of these adds 3."""
    logits = logits_of(PLAIN[0])
    judged = xr.Dataset(
        {"logit": (("frame", "setting"), np.stack([logits, logits, logits + 3], axis=1))},
        coords={
            "frame": FRAMES,
            "patient": ("frame", FRAMES),
            "label": ("frame", LABELS),
            "setting": ["initial-0", "uniform-0", "uniform-1"],
            "distribution": ("setting", ["initial", "uniform", "uniform"]),
        },
    )
    path = str(tmp_path / "settings.nc")
    write_dataset(path, judged, {})
    return {"model": "plain", "seed": "0", "fold": "all", "path": path}


def test_accidental_settings_are_averaged(tabulate_models, accidental_file):
    row = tabulate_models({"plain": PLAIN}, accidental=[accidental_file])[0].loc["plain"]
    assert row["accidental_settings"] == 2
    assert row["accidental_accuracy"] == pytest.approx((0.8 + 0.6) / 2)
    assert row["accidental_auc"] == pytest.approx(row["auc"])
    assert interval(row, "accidental_auc")[0] < row["auc"] < interval(row, "accidental_auc")[1]
    # A new cut-off takes the shift back: both settings are judged as the initial one is.
    recalibrated = recalibrated_decisions(LABELS, expit(logits_of(PLAIN[0])), np.array(FRAMES))
    accuracy = np.mean(recalibrated == LABELS)
    assert row["accidental_accuracy_recalibrated"] == pytest.approx(accuracy)
    assert row["accidental_recalibration_gain"] == pytest.approx(accuracy - 0.7)


def test_no_accidental_settings_leave_empty_columns(tabulate_models):
    row = tabulate_models({"plain": PLAIN})[0].loc["plain"]
    assert row["accidental_settings"] == 0
    assert np.isnan(row[["accidental_accuracy", "accidental_auc_low"]].astype(float)).all()


def test_tables_repeat(tabulate_models):
    first = tabulate_models({"plain": PLAIN, "hard": HARD})
    second = tabulate_models({"plain": PLAIN, "hard": HARD})
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
