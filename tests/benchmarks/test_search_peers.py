"""What the benchmark of searches counts, on a frame that flips above a beta of 1."""

import numpy as np
import pytest

from benchmarks.search_peers import METHODS, UNLIMITED, BudgetUsed, Watched, attacked

MARGIN = 0.25  # from 0.9 to 1.0, in half-widths of 0.4
FINDS_NOTHING = "ART ZOO"  # its own steps are too small for three parameters


def oracle(frames, points):
    return 10 * (1 - points[:, 0])


@pytest.mark.parametrize("name", METHODS)
def test_queries_until_success(name):
    budget = UNLIMITED if name == "zoo" else 300
    result = attacked(METHODS[name], oracle, 1, 0.5, budget)
    assert 1 < result["images"] <= 300
    if name == FINDS_NOTHING:
        assert set(result) == {"images", "seconds"}
    else:
        assert 1 < result["queries to success"] <= result["images"]
        assert 0 < result["seconds to success"] <= result["seconds"]
        assert MARGIN <= result["margin"] <= 1
    if name == "minimal":
        assert result["margin"] == pytest.approx(MARGIN, abs=2e-3)


def test_the_budget_is_used_to_its_last_query():
    watched = Watched(oracle, 5)
    points = np.full((4, 3), 0.9)
    watched(np.zeros(4, int), points)
    with pytest.raises(BudgetUsed):
        watched(np.zeros(4, int), points)
    assert len(watched.logits) == len(watched.points) == len(watched.seconds) == 5
