"""The paper's box, and a reconstruction parameter vector to start from."""

import copy

import numpy as np
import pytest

from reconattack.attacks.path import Target
from reconattack.attacks.search import attack
from reconattack.attacks.space import search_space
from reconattack.classifiers.decisions.binary import Binary
from tests.attacks.analytic_oracle import AnalyticOracle

INITIAL = {"beta": 0.9, "alpha_lower": 10, "alpha_upper": 55}
KNOBS = {
    "beta": {"box": [0.5, 1.3], "probe": 0.05, "rate": 0.05},
    "alpha_lower": {"box": [5, 15], "probe": 0.1, "rate": 0.5},
    "alpha_upper": {"box": [50, 60], "probe": 0.1, "rate": 0.5},
}


@pytest.fixture
def initial():
    return dict(INITIAL)


@pytest.fixture
def knobs():
    return copy.deepcopy(KNOBS)


@pytest.fixture
def ranges():
    """The paper's box for a method without steps."""
    return {name: {"box": list(knob["box"])} for name, knob in KNOBS.items()}


@pytest.fixture
def paper_space():
    return search_space(INITIAL, KNOBS, "zoo")


@pytest.fixture
def space(ranges):
    """The paper's box for a method without steps."""
    return search_space(INITIAL, ranges, "search")


@pytest.fixture
def search_frames():
    """Attack one frame for each classifier, all judged fatty at the start, seeds 0, 1, 2, ..."""

    def attacked(search, space, *classifiers, max_queries=100, **settings):
        oracle = AnalyticOracle(*classifiers)
        count = len(classifiers)
        references = np.ones(count, int)
        target = Target(oracle, references, Binary(0.5), range(count))
        return attack(target, space, search, max_queries, **settings), oracle

    return attacked
