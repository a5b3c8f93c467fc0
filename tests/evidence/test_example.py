import numpy as np
import pandas as pd
import pytest

from reconattack.evidence.example import choose_attack, from_the_median


@pytest.fixture
def attacks():
    """Three successes of the first attack, one failure of it, and smaller successes of a second
    attack, seed and model.
    """
    return pd.DataFrame(
        {
            "model": ["m", "m", "m", "m", "m", "m", "other"],
            "seed": [0, 0, 0, 0, 0, 1, 0],
            "attack": ["zoo", "zoo", "zoo", "zoo", "corners", "zoo", "zoo"],
            "frame": ["a", "b", "c", "d", "e", "f", "g"],
            "success": [True, True, True, False, True, True, True],
            "mean_abs_diff": [60.0, 9, 31, 30, 2, 3, 4],
            "probability_initial": [0.6, 0.7, 0.8, 0.9, 0.9, 0.9, 0.9],
            "probability_final": [0.4, 0.4, 0.4, 0.6, 0.1, 0.1, 0.1],
        }
    )


def test_success_of_the_median_change_of_the_first_attack_is_shown(attacks):
    assert choose_attack(attacks)["frame"] == "c"


def test_of_two_successes_that_of_the_smaller_change_is_shown(attacks):
    assert choose_attack(attacks.drop(index=2))["frame"] == "b"


def test_without_success_the_largest_change_of_the_first_attack_is_shown(attacks):
    failed = attacks.assign(success=attacks["frame"].isin(["e", "f", "g"]))
    assert choose_attack(failed)["frame"] == "c"


@pytest.mark.parametrize(
    ("values", "order"),
    [
        ([5, 1, 4, 2, 3], [4, 3, 2, 1, 0]),  # 3, then 2 and 4, then 1 and 5
        ([10, 40, 20, 30], [2, 0, 3, 1]),  # 20 of the two in the middle, 10 before 30
        ([np.nan, 2, 1, np.nan], [2, 1, 0, 3]),
        ([7, 7, 7], [1, 0, 2]),
        ([], []),
        ([np.nan], [0]),
    ],
)
def test_order_begins_at_the_median(values, order):
    assert from_the_median(values) == order
