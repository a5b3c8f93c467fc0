import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.columns import explained
from reconattack.evidence.guard import catches, false_alarms, guard_summary, guard_table
from reconattack.evidence.statistics import wilson_interval
from reconattack.storage import write_table

ATTACKS = {"m": {"minimal": False, "past": True}}


def picture(frame, picture, alarm, attack=None, flipped=None, **more):
    return {
        "frame": frame,
        "patient": f"p{frame[1:]}",
        "picture": picture,
        "attack": attack,
        "flipped": flipped,
        "allowed": picture != "attack" or frame == "f3",
        "guard_score": 3.0 if alarm else 1.0,
        "guard_threshold": 2.0,
        "alarm": alarm,
        "beta": 0.9,
    } | more


@pytest.fixture
def rows():
    """Four patients; of f3 a drawn picture alarms. The guard catches two of three free flips."""
    allowed = [
        picture(f"f{number}", kind, alarm=number == 3 and kind == "drawn")
        for number in range(4)
        for kind in ("initial", "drawn", "drawn")
    ]
    free = [(True, True), (True, True), (False, True), (True, False)]
    past = [(False, True), (False, True), (False, False), (True, False)]
    return allowed + [
        picture(f"f{number}", "attack", alarm, name, flipped)
        for name, found in (("minimal", free), ("past", past))
        for number, (alarm, flipped) in enumerate(found)
    ]


@pytest.fixture
def files(rows, tmp_path):
    """The rows in two chunks, and a chunk of which nothing could be read."""
    paths = [tmp_path / f"{number}.csv" for number in range(3)]
    for path, of_chunk in zip(paths, (rows[:13], rows[13:], []), strict=True):
        write_table(path, pd.DataFrame(of_chunk, columns=list(rows[0])))
    return [{"model": "m", "seed": "0", "fold": "all", "path": str(path)} for path in paths]


def test_table_has_every_row_and_names_the_guard(files, rows):
    table = guard_table(files)
    assert len(table) == len(rows)
    assert table.columns[:3].tolist() == ["model", "seed", "fold"]
    assert table["flipped"].notna().sum() == 8
    for column in table:
        assert explained("guard", column).meaning


def test_summary_counts_flips_that_are_caught_and_that_pass(files):
    summary = guard_summary(guard_table(files), ATTACKS, {"m": 0.05})
    free, past = (row for _, row in summary.iterrows())
    assert (free["attack"], free["guarded"]) == ("minimal", False)
    counts = ["n_attacked", "n_flipped", "n_flipped_allowed", "n_caught", "n_passed"]
    assert free[counts].tolist() == [4, 3, 0, 2, 1]
    assert free["caught"] == pytest.approx(2 / 3)
    assert (free["caught_low"], free["caught_high"]) == wilson_interval(2, 3)
    assert free["passed"] == 0.25
    assert past[counts].tolist() == [4, 2, 0, 0, 2]
    assert past["passed"] == 0.5
    # f0 and f1 flip past the guard by one attack, f2 by the other
    assert summary["n_passed_by_any"].tolist() == [3, 3]
    assert summary["passed_by_any"].tolist() == [0.75, 0.75]
    for column in summary:
        assert explained("guard_summary", column).meaning


def test_false_alarms_are_counted_by_patients_and_by_pictures(rows):
    found = false_alarms(pd.DataFrame(rows[:12]))
    assert (found["n_patients"], found["n_alarmed_patients"], found["n_pictures"]) == (4, 1, 12)
    assert found["false_alarms"] == 0.25
    assert (found["false_alarms_low"], found["false_alarms_high"]) == wilson_interval(1, 4)
    assert found["false_alarms_of_pictures"] == pytest.approx(2 / 12)
    assert 0 <= found["false_alarms_of_pictures_low"] < 2 / 12
    assert 2 / 12 < found["false_alarms_of_pictures_high"] <= 0.5 + 1e-9


def test_several_frames_of_a_patient_widen_the_interval():
    def table(patients):
        return pd.DataFrame(
            [
                picture(f"f{number}", "attack", number < 10, "a", True, patient=patients[number])
                for number in range(20)
            ]
        )

    alone = catches(table([f"p{number}" for number in range(20)]))
    pairs = catches(table([f"p{number // 5}" for number in range(20)]))
    assert alone["caught"] == pairs["caught"] == 0.5
    assert pairs["caught_high"] - pairs["caught_low"] > alone["caught_high"] - alone["caught_low"]


def test_without_a_flip_nothing_is_caught():
    found = catches(pd.DataFrame([picture("f1", "attack", False, "a", False)]))
    assert found["n_flipped"] == 0
    assert np.isnan(found["caught"])
    assert found["passed"] == 0


def test_run_that_attacks_no_frame_has_its_rows(files):
    table = guard_table(files[:1])
    allowed = table[table["picture"] != "attack"]
    summary = guard_summary(allowed, ATTACKS, {"m": 0.05})
    assert summary["attack"].tolist() == ["minimal", "past"]
    assert summary["n_attacked"].tolist() == summary["n_passed_by_any"].tolist() == [0, 0]
    assert summary["passed"].isna().all()
    assert summary["n_patients"].tolist() == [4, 4]
