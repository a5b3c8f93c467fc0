import dataclasses

import numpy as np
import pytest

from reconattack.attacks.guarded_pictures import ATTACKED, COLUMNS, DRAWN, INITIAL, guard_rows
from reconattack.attacks.path import Path
from reconattack.attacks.record import record
from reconattack.classifiers.guard import allowed_settings
from reconattack.storage import write_dataset
from tests.attacks.test_decisions import INITIAL as START
from tests.attacks.test_decisions import grey_at, picture
from tests.attacks.test_guarded import guard_of

ENVELOPE = {"alpha_lower": [9.0, 11.0]}


@pytest.fixture
def guard():
    """Alarms where the mean grey level is more than 4 from 100."""
    return dataclasses.replace(guard_of("grey_mean", 100, 4.0), envelope=ENVELOPE, settings=3)


@pytest.fixture
def records(tmp_path):
    """Attacks on frames a and b: a flips at alpha_lower 5, b was wrong at the start."""
    start = np.array([0.9, 10.0, 55.0])
    flipped = Path(1, [start, np.array([0.9, 5, 55])], [1.0, -1], [0.0, 1], stop_reason="flipped")
    wrong = Path(1, [start], [-1.0], [1.0], stop_reason="wrong_at_start")
    path = tmp_path / "minimal.nc"
    found = record([flipped, wrong], ["a", "b"], tuple(START), np.array([2, 1]))
    write_dataset(path, found.assign(label=("frame", [1, 1])), {})
    return {"minimal": str(path)}


def test_rows_of_each_frame(guard, records):
    frames = {name: picture(100).assign_attrs(patient=f"p-{name}") for name in "ab"}
    frames["c"] = picture(100).assign_attrs(error="no such file")
    rows = guard_rows(frames.items(), guard, records, START, 40)
    assert rows.columns.tolist() == [*COLUMNS, *START]
    assert rows["frame"].tolist() == ["a"] * 5 + ["b"] * 4
    assert rows["picture"].tolist() == [INITIAL, *[DRAWN] * 3, ATTACKED, INITIAL, *[DRAWN] * 3]
    assert set(rows["patient"]) == {"p-a", "p-b"}
    _, drawn = allowed_settings(ENVELOPE, START, 3, "b")
    assert rows["alpha_lower"].tolist()[5:] == drawn[:, 0].tolist()
    for row in rows.itertuples():
        grey = float(grey_at(100, row.alpha_lower, 55))
        assert row.guard_score == pytest.approx(abs(grey - 100), abs=0.5 + 1e-9)  # whole levels
        assert row.alarm == (row.guard_score > 4)
    assert (rows["allowed"] == (rows["picture"] != ATTACKED)).all()
    attacked = rows[rows["picture"] == ATTACKED].iloc[0]
    assert (attacked["attack"], attacked["flipped"], attacked["alarm"]) == ("minimal", True, True)
    assert rows["flipped"].notna().sum() == 1


def test_chunk_without_readable_frames_has_its_columns(guard):
    unreadable = {"c": picture(100).assign_attrs(error="no such file")}
    rows = guard_rows(unreadable.items(), guard, {}, START, 40)
    assert rows.columns.tolist() == list(COLUMNS)
    assert rows.empty
