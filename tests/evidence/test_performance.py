import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.columns import explained
from reconattack.evidence.performance import (
    performance_rows,
    performance_table,
    simulated_performance,
    validation_cutoffs,
)
from reconattack.evidence.statistics import auc, delong_interval, wilson_interval
from tests.known_tables import nine_judged


@pytest.fixture
def judged():
    return nine_judged()


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
    # Among the 16 pairs of both classes, -0.6 lies below -0.4 and 0.6, and 0.4 below 0.6.
    assert rows.loc["pooled", "auc"] == 13 / 16
    assert rows.loc["1", "auc"] == 3 / 4
    assert tuple(rows.loc["pooled", ["accuracy_low", "accuracy_high"]]) == wilson_interval(6, 8)
    assert rows["constant_accuracy"].tolist() == [0.5, 0.5, 0.5]


def test_range_over_the_seeds_is_that_of_all_folds_together(judged):
    """Seed 1 is right on the frame at -0.6 as well, on seven of eight."""
    other = judged.assign(seed=1)
    other.loc[5, ["logit", "probability", "predicted"]] = [0.5, 0.6, 1]
    table = performance_table({"m": pd.concat([judged, other])}, [], 0.5)
    pooled = table[table["fold"] == "pooled"]
    assert pooled["accuracy"].tolist() == [0.75, 0.875]
    assert pooled["accuracy_seed_min"].tolist() == [0.75, 0.75]
    assert pooled["accuracy_seed_max"].tolist() == [0.875, 0.875]
    assert table.loc[table["fold"] != "pooled", "accuracy_seed_min"].isna().all()
    for name in table:
        assert explained("performance", name).meaning


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


def test_simulated_patients_by_network_and_by_model():
    labels = np.array([1, 1, 0, 0])
    logits = np.array([[2.0, -1.0, 3.0], [1.0, 2.0, -2.0], [-1.0, -0.5, -3.0], [1.5, -3.0, -1.5]])
    networks = [
        {"model": model, "seed": "0", "fold": fold}
        for model, fold in (("m", "0"), ("m", "1"), ("n", "all"))
    ]
    table = simulated_performance(networks, labels, logits, 0.5)
    assert table["fold"].tolist() == ["0", "1", "all", "mean", "mean"]
    assert table["accuracy"].tolist() == [0.75, 0.75, 0.75, 0.75, 0.75]
    assert table["sensitivity"].tolist() == [1, 0.5, 0.5, 0.75, 0.5]
    areas = [auc(labels, scores) for scores in logits.T]
    assert table["auc"].tolist() == [*areas, np.mean(areas[:2]), areas[2]]
    lowest = [delong_interval(labels, scores)[0] for scores in logits.T]
    assert table["auc_low"].tolist() == pytest.approx([*lowest, np.nan, np.nan], nan_ok=True)
    assert table["auc_low"].notna().sum() == 3
    assert table["model"].tolist() == ["m", "m", "n", "m", "n"]
    assert table["constant_accuracy"].tolist() == [0.5] * 5
    assert table["seed"].tolist() == ["0", "0", "0", "0", "0"]


def test_simulated_patients_by_seed_and_over_the_seeds():
    labels = np.array([1, 1, 0])
    logits = np.array([[2.0, 2.0], [1.0, -1.0], [-1.0, -1.0]])
    networks = [{"model": "m", "seed": seed, "fold": "0"} for seed in ("0", "1")]
    table = simulated_performance(networks, labels, logits, 0.5)
    assert table["fold"].tolist() == ["0", "0", "mean", "mean", "mean"]
    assert table["seed"].tolist()[:4] == ["0", "1", "0", "1"]
    assert pd.isna(table["seed"][4])
    assert table["accuracy"].tolist() == pytest.approx([1, 2 / 3, 1, 2 / 3, 5 / 6])
    assert table["constant_label"].tolist() == [1] * 5
    assert table["constant_accuracy"].tolist() == pytest.approx([2 / 3] * 5)
