import numpy as np
import pytest

from reconattack.evidence.statistics import delong_difference, mcnemar_p
from tests.evidence.known_networks import HARD, LABELS, PLAIN, POINTS, logits_of, pair


def test_pair_of_single_seeds_is_mcnemars(tabulate_models):
    _, pairs = tabulate_models({"plain": PLAIN, "hard": {0: HARD[0]}})
    row = pair(pairs, "grid_certified")
    counts = [row[name] for name in ("n", "both", "only_first", "only_second", "neither")]
    assert counts == [10, 1, 5, 0, 4]
    assert (row["first"], row["second"]) == (0.6, 0.1)
    assert row["constant_accuracy"] == pair(pairs, "accuracy_zoo")["constant_accuracy"] == 0.6
    assert np.isnan(
        [pair(pairs, name)["constant_accuracy"] for name in ("sensitivity", "auc")]
    ).all()
    assert row["difference"] == pytest.approx(0.5)
    assert row["low"] < 0.5 < row["high"]
    assert row["p"] == row["p_mcnemar"] == row["p_holm"] == mcnemar_p(5, 0) == 0.0625
    assert row["test"] == "McNemar, exact"
    assert (row["first_model"], row["second_model"]) == ("hard", "plain")
    zoo = pair(pairs, "accuracy_zoo")
    assert [zoo[name] for name in ("both", "only_first", "only_second", "neither")] == [4, 3, 1, 2]
    assert pair(pairs, "sensitivity")["n"] == 6
    assert pair(pairs, "specificity")["n"] == 4
    area = pair(pairs, "auc")
    expected = delong_difference(LABELS, logits_of(HARD[0]), logits_of(PLAIN[0]))
    assert area["p"] == pytest.approx(expected[3])
    assert area["difference"] == pytest.approx(expected[0])
    assert (area["test"], area["conditional_on"]) == ("DeLong", "fold models")


def test_seeds_are_no_further_pairs(tabulate_models):
    row = pair(tabulate_models({"plain": PLAIN, "hard": HARD})[1], "grid_certified")
    # Patients differ by 1, 2, 2, 2, 1, 2, 0, 2, 0, 0 halves, all in one direction: 2 of 2**7 signs.
    assert row["p"] == pytest.approx(2 / 2**7)
    assert row["p_mcnemar"] == 0.0625  # of the first seed
    assert (row["counted_first_seed"], row["only_first"]) == (0, 5)
    assert (row["first_seeds"], row["second_seeds"]) == (2, 1)
    assert row["difference"] == pytest.approx(0.6)
    assert row["test"] == "sign flips of patients, exact"


def test_frames_of_a_patient_are_no_further_pairs(tabulate_models):
    both = {"plain": PLAIN, "hard": {0: HARD[0]}}
    table, pairs = tabulate_models(both, patients=list("aaaaaabbcc"))
    row = pair(pairs, "grid_certified")
    assert (row["n"], row["n_patients"]) == (10, 3)
    assert row["p"] == pytest.approx(0.5)  # patients a and b differ, alike
    assert row["p_mcnemar"] == 0.0625
    assert table.loc["plain", "n_patients"] == 3


def test_holm_covers_the_models(tabulate_models):
    _, pairs = tabulate_models({"plain": PLAIN, "hard": HARD, "same": PLAIN, "again": {0: HARD[0]}})
    rows = pairs[pairs["family"] == "grid_certified"].set_index("first_model")
    assert rows["p"].tolist() == pytest.approx([2 / 2**7, 1, 0.0625])
    assert rows["p_holm"].tolist() == pytest.approx([3 * 2 / 2**7, 1, 0.125])
    assert rows.loc["same", "difference"] == 0
    assert np.isnan(rows.loc["same", "low"])


def test_other_lattices_are_not_compared(tabulate_models):
    def finer(grid, **others):
        grid.loc[grid["model"] == "hard", "n_points"] = 7497
        return others | {"grid": grid}

    table, pairs = tabulate_models({"plain": PLAIN, "hard": HARD}, change=finer)
    assert table["grid_points"].tolist() == [POINTS, 7497]
    assert "grid_certified" not in set(pairs["family"])
    assert "accuracy_zoo" in set(pairs["family"])
