import pandas as pd
import pytest

from scripts.fig3_adversarial import choose_attack


@pytest.fixture
def attacks():
    """Three successes of the first attack, one failure of it, and a cheaper success of a second."""
    return pd.DataFrame(
        {
            "attack": ["zoo", "zoo", "zoo", "zoo", "corners"],
            "frame": ["a", "b", "c", "d", "e"],
            "success": [True, True, True, False, True],
            "queries": [30, 8, 15, 70, 2],
            "probability_initial": [0.6, 0.7, 0.8, 0.9, 0.9],
            "probability_final": [0.4, 0.4, 0.4, 0.6, 0.1],
        }
    )


def test_success_of_median_queries_of_the_first_attack_is_shown(attacks):
    assert choose_attack(attacks)["frame"] == "c"


def test_without_success_the_largest_change_of_the_first_attack_is_shown(attacks):
    failed = attacks.assign(success=attacks["attack"] != "zoo")
    assert choose_attack(failed)["frame"] == "c"
