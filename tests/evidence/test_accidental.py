import numpy as np
import pandas as pd
import pytest

from reconattack.attacks.judged_settings import label_settings
from reconattack.errors import InputError
from reconattack.evidence.accidental import accidental_tables
from reconattack.evidence.statistics import delong_interval, wilson_interval
from reconattack.storage import write_dataset, write_table

CHOSEN = pd.DataFrame(
    {
        "setting": ["initial-0", "uniform-0", "uniform-1", "sweep_beta-0"],
        "distribution": ["initial", "uniform", "uniform", "sweep_beta"],
        "beta": [0.9, 0.8, 1.2, 0.5],
        "alpha_lower": [10.0, 10, 5, 10],
        "alpha_upper": [55.0, 55, 60, 55],
    }
)
# Four frames in each of two folds, the last ones unreadable. uniform-0 adds 3 to each logit,
# uniform-1 makes chance of them, the sweep changes nothing.
LABELS = {"0": [1, 1, 0, 1], "1": [1, 0, 0, 0]}
LOGITS = {
    "0": [[2, 5, 1, 2], [1, 4, -1, 1], [-2, 1, 1, -2], [np.nan] * 4],
    "1": [[2, 5, -1, 2], [-2, 1, 1, -2], [1.5, 4.5, -1, 1.5], [np.nan] * 4],
}
INITIAL = [1, 1, 0, 1, 0, 0], [2, 1, -2, 2, -2, 1.5]  # labels and logits that could be read


@pytest.fixture
def tabulate(tmp_path):
    """Tabulate the frames above, with other labels or folds if any are given."""

    def run(labels=LABELS, folds=("0", "1"), cutoff=0.5, seeds=("0",), shift=0):
        files = []
        for seed in seeds:
            for fold, named in zip("01", folds, strict=True):
                frames = {
                    f"{fold}-{n}": {"patient": f"p{fold}{n}", "label": label}
                    for n, label in enumerate(labels[fold])
                }
                logits = np.array(LOGITS[fold], float) + shift * int(seed)
                path = str(tmp_path / f"{seed}-{fold}.nc")
                write_dataset(path, label_settings({"logit": logits}, frames, CHOSEN), {})
                files.append({"model": "m", "seed": seed, "fold": named, "path": path})
        settings, distributions = accidental_tables(files, cutoff)
        write_table(tmp_path / "accidental.csv", settings)
        write_table(tmp_path / "summary.csv", distributions)
        table = pd.read_csv(tmp_path / "accidental.csv").set_index(["seed", "setting"])
        return table, pd.read_csv(tmp_path / "summary.csv").set_index(["seed", "distribution"])

    return run


def interval(row, name):
    return tuple(row[[f"{name}_low", f"{name}_high"]])


def test_every_setting_has_a_row_with_its_parameters(tabulate):
    table, _ = tabulate()
    assert list(table.index) == [(0, name) for name in CHOSEN["setting"]]
    names = ["beta", "alpha_lower", "alpha_upper"]
    assert table[names].values.tolist() == CHOSEN[names].values.tolist()


def test_initial_setting_by_hand(tabulate):
    row = tabulate()[0].loc[(0, "initial-0")]
    assert (row["n"], row["n_labelled"], row["n_fatty"]) == (6, 6, 3)
    assert (row["n_positive"], row["n_correct"]) == (4, 5)  # all but the normal frame at 1.5
    assert (row["sensitivity"], row["specificity"]) == (1, pytest.approx(2 / 3))
    assert row["auc"] == pytest.approx(8 / 9)
    assert (row["logit_shift"], row["n_changed"]) == (0, 0)
    assert (row["constant_label"], row["constant_accuracy"]) == (1, 0.5)
    assert interval(row, "accuracy") == pytest.approx(wilson_interval(5, 6))
    assert interval(row, "positive_rate") == pytest.approx(wilson_interval(4, 6))
    assert interval(row, "auc") == pytest.approx(delong_interval(*INITIAL))


def test_shifted_threshold_is_mended_by_recalibration(tabulate):
    """The other fold's cut-off lies at a logit of 1.73 for fold 0 and of -0.30 for fold 1; of the
    logits that are 3 higher at 4.72 and 1.79. Wrong at both settings: 1 or 4, and 1.5 or 4.5."""
    table, _ = tabulate()
    initial, shifted = table.loc[(0, "initial-0")], table.loc[(0, "uniform-0")]
    assert (shifted["positive_rate"], shifted["accuracy"]) == (1, 0.5)
    assert shifted["logit_shift"] == 3
    assert shifted["n_changed"] == 2
    assert interval(shifted, "changed") == pytest.approx(wilson_interval(2, 6))
    assert shifted["auc"] == initial["auc"]
    for row in (initial, shifted):
        assert (row["n_correct_recalibrated"], row["n_recalibrated"]) == (4, 6)
    assert interval(shifted, "accuracy_recalibrated") == pytest.approx(wilson_interval(4, 6))


def test_lost_information_is_not(tabulate):
    row = tabulate()[0].loc[(0, "uniform-1")]
    assert (row["n_positive"], row["n_correct"], row["n_changed"]) == (3, 2, 5)
    assert row["auc"] == pytest.approx(3 / 9)
    assert row["n_correct_recalibrated"] == 2
    assert row["logit_shift"] == pytest.approx(-2.5 / 6)


def test_model_without_folds_is_recalibrated_without_the_patient(tabulate):
    """Without 1 the others choose a cut-off above it, without 1.5 one below."""
    row = tabulate(folds=("all", "all"))[0].loc[(0, "initial-0")]
    assert (row["n_correct_recalibrated"], row["n_recalibrated"]) == (4, 6)
    few = {"0": [1, -1, 0, -1], "1": [-1] * 4}  # without either of two patients a class is missing
    row = tabulate(few, folds=("all", "all"))[0].loc[(0, "initial-0")]
    assert (row["n_labelled"], row["n_correct"], row["n_recalibrated"]) == (2, 2, 0)
    assert np.isnan(row["accuracy_recalibrated"])


def test_frames_without_labels_need_none(tabulate):
    table, summary = tabulate({"0": [-1] * 4, "1": [-1] * 4})
    row = table.loc[(0, "uniform-1")]
    assert (row["n"], row["n_positive"], row["n_changed"], row["n_labelled"]) == (6, 3, 5, 0)
    unknown = ["auc", "accuracy", "sensitivity", "specificity", "accuracy_recalibrated"]
    assert row[[*unknown, "constant_accuracy", "accuracy_low", "auc_low"]].isna().all()
    uniform = summary.loc[(0, "uniform")]
    assert (uniform["worst_setting"], uniform["worst_changed"]) == ("uniform-1", 5 / 6)
    assert uniform["changed_median"] == pytest.approx(3.5 / 6)
    assert np.isnan(uniform["constant_accuracy"])
    assert uniform[["accuracy_median", "accuracy_below", "auc_below"]].isna().all()


def test_cutoff_decides(tabulate):
    row = tabulate(cutoff=0.95)[0].loc[(0, "uniform-0")]  # a logit of 2.94
    assert (row["n_positive"], row["n_correct"], row["n_changed"]) == (4, 5, 4)


def test_summary_by_hand(tabulate):
    _, summary = tabulate()
    assert list(summary.index) == [(0, "uniform"), (0, "sweep_beta")]
    row = summary.loc[(0, "uniform")]
    assert (row["n_settings"], row["n"], row["n_labelled"]) == (2, 6, 6)
    assert row["accuracy_initial"] == pytest.approx(5 / 6)
    spread = row[["accuracy_p5", "accuracy_median", "accuracy_p95"]].tolist()
    assert spread == pytest.approx([(2 + share) / 6 for share in (0.05, 0.5, 0.95)])
    assert row["positive_rate_median"] == pytest.approx(4.5 / 6)
    assert (row["worst_setting"], row["worst_changed"]) == ("uniform-1", 5 / 6)
    assert (row["worst_beta"], row["worst_accuracy"]) == (1.2, pytest.approx(2 / 6))
    # The lower limit of 5 in 6 is 0.44: 3 in 6 lie above it, 2 in 6 below.
    assert (row["n_accuracy_below"], row["accuracy_below"]) == (1, 0.5)
    assert interval(row, "accuracy_below") == pytest.approx(wilson_interval(1, 2))
    assert row["n_auc_below"] == (delong_interval(*INITIAL)[0] > 3 / 9)
    assert row["n_accuracy_recalibrated_below"] == 0  # of 4 in 6 it is 0.30
    # For 2 in 3 it is 0.21, for 3 in 3 0.44: none of the normal is right at uniform-0, one of the
    # fatty at uniform-1.
    assert (row["n_specificity_below"], row["n_sensitivity_below"]) == (1, 1)


def test_sweep_is_no_sample(tabulate):
    row = tabulate()[1].loc[(0, "sweep_beta")]
    assert (row["n_settings"], row["accuracy_below"]) == (1, 0)
    assert np.isnan(interval(row, "accuracy_below")).all()


def test_seeds_are_judged_apart(tabulate):
    table, summary = tabulate(seeds=("0", "1"), shift=3)
    assert table.loc[(1, "initial-0"), "n_correct"] == table.loc[(0, "uniform-0"), "n_correct"]
    assert table.loc[1, "logit_shift"].tolist() == table.loc[0, "logit_shift"].tolist()
    assert len(summary) == 4


def test_nothing_to_tabulate_is_told(tmp_path):
    with pytest.raises(InputError, match="no accidental"):
        accidental_tables([], 0.5)
