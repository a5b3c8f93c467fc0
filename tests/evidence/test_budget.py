import pytest

from reconattack.evidence.budget import budget_curves
from reconattack.evidence.statistics import wilson_interval
from tests.known_tables import search_and_grid


@pytest.fixture
def attacks():
    return search_and_grid()


def test_curve_counts_the_flips_within_each_budget(attacks):
    curve = budget_curves(attacks, ["grid"]).query("attack == 'search'")
    assert curve["queries"].tolist() == [1, 2, 4, 10]
    assert curve["n_success"].tolist() == [0, 1, 2, 2]
    assert set(curve["n_attacked"]) == {3}
    assert curve["success_rate"].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3])
    last = curve.iloc[-1]
    assert (last["success_low"], last["success_high"]) == wilson_interval(2, 3)


def test_grid_is_a_level_at_the_cost_of_all_its_queries(attacks):
    (level,) = budget_curves(attacks, ["grid"]).query("attack == 'grid'").to_dict("records")
    assert (level["queries"], level["n_success"], level["n_attacked"]) == (50, 3, 3)
