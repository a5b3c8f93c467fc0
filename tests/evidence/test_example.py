import pandas as pd
import pytest

from reconattack.evidence.example import choose_attack


@pytest.fixture
def attacks():
    """Three successes of the first attack, one failure of it, and cheaper successes of a second
    attack, seed and model.
    """
    return pd.DataFrame(
        {
            "model": ["m", "m", "m", "m", "m", "m", "other"],
            "seed": [0, 0, 0, 0, 0, 1, 0],
            "attack": ["zoo", "zoo", "zoo", "zoo", "corners", "zoo", "zoo"],
            "frame": ["a", "b", "c", "d", "e", "f", "g"],
            "success": [True, True, True, False, True, True, True],
            "queries": [30, 8, 15, 70, 2, 3, 4],
            "probability_initial": [0.6, 0.7, 0.8, 0.9, 0.9, 0.9, 0.9],
            "probability_final": [0.4, 0.4, 0.4, 0.6, 0.1, 0.1, 0.1],
        }
    )


def test_success_of_median_queries_of_the_first_attack_is_shown(attacks):
    assert choose_attack(attacks)["frame"] == "c"


def test_without_success_the_largest_change_of_the_first_attack_is_shown(attacks):
    failed = attacks.assign(success=attacks["frame"].isin(["e", "f", "g"]))
    assert choose_attack(failed)["frame"] == "c"
