import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.agreement_of_numbers import INITIAL, agreement_points

FRAMES = [f"f{number}" for number in range(5)]


def attacks():
    """Two attacks on five frames; the last one is wrong at the start, the first has no truth."""
    initial = np.array([10.0, 12, 14, 16, 30])
    table = pd.DataFrame(
        {
            **{"model": "m", "seed": 0, "frame": FRAMES, "unit": "mm"},
            **{"label": [np.nan, 11, 12, 13, 14], "decision_initial": initial},
            **{"success": [True, True, False, False, False]},
            "stop_reason": ["flipped", "flipped", "budget", "budget", "wrong_at_start"],
        }
    )
    moves = {"zoo": [4.0, 4, 1, 1, 0], "corners": [8.0, 6, 2, 0, 0]}
    return pd.concat(
        table.assign(attack=name, decision_final=initial + move) for name, move in moves.items()
    )


@pytest.fixture
def points():
    return agreement_points(attacks(), pd.Series(list("aabbc"), FRAMES))


def test_initial_numbers_are_compared_with_true_ones_once(points):
    first = points[points["comparison"] == INITIAL]
    assert list(first["frame"]) == FRAMES[1:]
    assert list(first["difference"]) == [1, 2, 3, 16]
    assert list(first["mean"]) == [11.5, 13, 14.5, 22]
    assert first["flipped"].isna().all()
    assert (first["bias"] == 5.5).all()


def test_attacked_frames_alone_are_compared_with_their_first_number(points):
    zoo = points[points["comparison"] == "zoo"]
    assert list(zoo["frame"]) == FRAMES[:4]
    assert list(zoo["difference"]) == [4, 4, 1, 1]
    assert list(zoo["flipped"]) == [True, True, False, False]
    row = zoo.iloc[0]
    deviation = np.std([4, 4, 1, 1], ddof=1)
    assert row["upper_limit"] == pytest.approx(2.5 + 1.96 * deviation)
    # All frames of a patient move alike, so a resample of patients has a mean of 1, 2.5 or 4.
    assert (row["bias_low"], row["bias_high"]) == (1, 4)
    assert row["lower_limit_low"] <= row["lower_limit"] < row["lower_limit_high"]


def test_without_numbers_there_are_no_points():
    nothing = attacks().assign(label=np.nan, stop_reason="unreadable")
    assert agreement_points(nothing, pd.Series(list("aabbc"), FRAMES)).empty
