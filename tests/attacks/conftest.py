"""The paper's box, and a reconstruction parameter vector to start from."""

import copy

import pytest

from reconattack.attacks.space import search_space

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
def paper_space():
    return search_space(INITIAL, KNOBS, "zoo")
