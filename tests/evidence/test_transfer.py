import numpy as np
import pandas as pd
import pytest

from reconattack.attacks.transfer import TRANSFER_COLUMNS
from reconattack.evidence.statistics import wilson_interval
from reconattack.evidence.transfer import Counts, Network, counts_by_attack, transfer_table
from reconattack.storage import write_table
from tests.known_tables import two_seeds_transferred

SOURCE = ("s", 4, "zoo")
FIRST, SECOND = Network("m", 0), Network("m", 1)


@pytest.fixture
def tables():
    return two_seeds_transferred()


def test_a_models_own_attacks_stand_beside_the_others(tables):
    matrices = counts_by_attack(*tables)
    assert list(matrices) == ["zoo", "grid"]
    assert matrices["zoo"] == {
        (FIRST, FIRST): Counts(10, 20),
        (SECOND, SECOND): Counts(0, 18),
        (FIRST, SECOND): Counts(7, 9),
        (SECOND, FIRST): Counts(0, 0),
    }


@pytest.fixture
def tabulated(tmp_path):
    """Tabulate rows of a target's folds: frame, reference, source's success, right at the start,
    whether it flips; `own` are the frames that the attack on the target itself flips.
    """

    def run(*folds, own=(), source=SOURCE, unlabelled=()):
        files = []
        for fold, rows in enumerate(folds):
            model, seed, attack = source
            table = pd.DataFrame(
                [
                    (model, seed, attack, frame, reference, success, right, None, flipped)
                    for frame, reference, success, right, flipped in rows
                ],
                columns=TRANSFER_COLUMNS,
            )
            path = tmp_path / f"{fold}.csv"
            table.to_csv(path, index=False)
            files.append({"model": "t", "seed": "0", "fold": str(fold), "path": str(path)})
        attacks = pd.DataFrame(
            [
                {"model": "t", "seed": 0, "attack": attack, "frame": row[0]}
                | {"success": row[0] in own and attack == "zoo"}
                | {"label": None if row[0] in unlabelled else row[1]}
                for rows in folds
                for row in rows
                for attack in ("zoo", "other")
            ],
            columns=["model", "seed", "attack", "frame", "success", "label"],
        )
        write_table(tmp_path / "transfer.csv", transfer_table(files, attacks))
        return pd.read_csv(tmp_path / "transfer.csv")

    return run


def test_settings_that_flipped_the_source_are_counted(tabulated):
    table = tabulated(
        [("a", 1, True, True, True), ("b", 0, True, True, False), ("c", 0, True, False, None)],
        [("d", 0, False, True, None), ("e", 0, True, True, True), ("f", 0, True, True, True)],
        own={"b", "e", "d"},
    )
    (row,) = table.to_dict("records")
    assert [row[f"source_{key}"] for key in ("model", "seed")] == ["s", 4]
    assert (row["attack"], row["target_model"], row["target_seed"]) == ("zoo", "t", 0)
    assert (row["n_both_right"], row["n_tried"], row["n_flipped"]) == (5, 4, 3)
    assert row["rate"] == 0.75
    assert (row["rate_low"], row["rate_high"]) == wilson_interval(3, 4)
    assert (row["n_false_alarm"], row["n_missed_disease"]) == (2, 1)
    assert row["n_own"] == 2  # of the four that were tried
    assert row["own_rate"] == 0.5
    assert (row["own_rate_low"], row["own_rate_high"]) == wilson_interval(2, 4)


def test_flips_of_frames_without_a_label_are_no_mistakes(tabulated):
    rows = [("a", 1, True, True, True), ("b", 0, True, True, True), ("c", 0, True, True, True)]
    (row,) = tabulated(rows, unlabelled="bc").to_dict("records")
    assert (row["n_flipped"], row["n_false_alarm"], row["n_missed_disease"]) == (3, 0, 1)
    (row,) = tabulated(rows, unlabelled="abc").to_dict("records")
    assert (row["n_flipped"], row["n_false_alarm"], row["n_missed_disease"]) == (3, 0, 0)


def test_nothing_tried_gives_no_rate(tabulated):
    (row,) = tabulated([("a", 1, False, True, None)], own={"a"}).to_dict("records")
    assert (row["n_both_right"], row["n_tried"], row["n_flipped"], row["n_own"]) == (1, 0, 0, 0)
    assert np.isnan([row["rate"], row["rate_low"], row["own_rate"]]).all()


def test_target_that_was_never_right_beside_a_fold_without_frames(tabulated):
    (row,) = tabulated([], [("a", 1, True, False, None)]).to_dict("records")
    assert (row["n_both_right"], row["n_tried"], row["n_flipped"]) == (0, 0, 0)


def test_folds_without_frames_add_nothing(tabulated):
    full = [("a", 1, True, True, True), ("b", 0, True, True, False)]
    assert tabulated([], full, []).equals(tabulated(full))
    assert list(tabulated([], [])) == list(tabulated(full))


def test_no_frame_that_both_judge_right_beside_a_chunk_without_frames(tabulated):
    (row,) = tabulated([("a", 1, True, False, None)], []).to_dict("records")
    assert (row["n_both_right"], row["n_tried"], row["n_flipped"]) == (0, 0, 0)
