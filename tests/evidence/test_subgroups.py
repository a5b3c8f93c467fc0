import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, fisher_exact

from reconattack.evidence.breaks import Breaks
from reconattack.evidence.columns import explained
from reconattack.evidence.range_names import SAMPLED
from reconattack.evidence.statistics import wilson_interval
from reconattack.evidence.subgroups import (
    FISHER,
    PERMUTED,
    difference_of_groups,
    subgroup_table,
)

NETWORK = {"model": "m", "seed": 0}


def breaks_of(shares, source="search"):
    frames = [f"f{number}" for number in range(len(shares))]
    tried = np.arange(11) / 10
    box = {"beta": (0.5, 1.3)}
    return Breaks(("beta",), SAMPLED, source, ["a.nc"], box, frames, np.array(shares), tried)


def table_of(shares, groups, patients=None, sources=1):
    names = [f"f{number}" for number in range(len(shares))]
    patients = patients or [f"p{number}" for number in range(len(shares))]
    found = [(NETWORK, breaks_of(shares, f"search-{number}")) for number in range(sources)]
    columns = {"sex": dict(zip(names, groups, strict=True))}
    return subgroup_table(found, columns, {"m": dict(zip(names, patients, strict=True))}, 0.25)


def test_known_groups():
    """Three of four women and none of five men change; one frame has no group."""
    shares = [0.2, 0.4, 0.5, *[np.inf] * 6, 0.1]
    table = table_of(shares, [*"wwww", *"mmmmm", None])
    men, women = (table[table["group"] == group].iloc[0] for group in "mw")
    assert (men["n"], men["n_patients"], men["n_changed"], men["range_share"]) == (5, 5, 0, 1)
    assert (women["n"], women["n_changed"], women["changed"]) == (4, 3, 0.75)
    assert women["range_share"] == 0.3  # one of four may change
    assert (women["changed_low"], women["changed_high"]) == wilson_interval(3, 4)
    assert women["remark"] == "fewer than 10 patients"
    assert math.isnan(women["bound_share"])
    assert set(table["test"]) == {FISHER}
    assert table["p"].tolist() == pytest.approx([fisher_exact([[3, 1], [0, 5]]).pvalue] * 2)


def test_p_values_are_corrected_for_all_tests_of_the_table():
    shares = [*[0.5] * 8, *[np.inf] * 8]
    table = table_of(shares, [*"w" * 8, *"m" * 8], sources=3)
    assert len(table) == 6
    assert table["p_holm"].tolist() == pytest.approx([min(1, 3 * table["p"].iloc[0])] * 6)


def test_permutation_agrees_with_chi_squared_of_many_patients():
    random = np.random.default_rng(0)
    groups = random.choice(["a", "b", "c"], 300)
    changed = random.random(300) < np.where(groups == "a", 0.4, 0.28)
    p, test = difference_of_groups(changed, groups, np.arange(300))
    counts = [[(changed & (groups == g)).sum(), (~changed & (groups == g)).sum()] for g in "abc"]
    assert test == PERMUTED
    assert p == pytest.approx(chi2_contingency(counts, correction=False).pvalue, abs=0.02)


def test_frames_of_a_patient_are_permuted_together():
    """Four frames of each of six patients are no twenty-four patients."""
    patients = np.repeat(np.arange(6), 4)
    groups = np.where(patients < 3, "a", "b")
    p, test = difference_of_groups(patients < 3, groups, patients)
    assert test == PERMUTED
    assert p == pytest.approx(0.1, abs=0.01)  # two of the 20 ways to choose three of six


@pytest.mark.parametrize("seed", [0, 1])
def test_p_is_uniform_without_a_difference(seed):
    random = np.random.default_rng(seed)
    patients = np.repeat(np.arange(30), 2)
    groups = np.array(["a", "b", "c"])[np.arange(30) % 3][patients]
    found = []
    for _ in range(60):
        changed = (random.random(30) < 0.4)[patients]
        found.append(difference_of_groups(changed, groups, patients)[0])
    assert np.mean(np.array(found) < 0.2) < 0.4


def test_nothing_is_tested_where_it_cannot_be():
    changed, one = np.array([True, False]), np.array(["a", "a"])
    assert difference_of_groups(changed, one, np.array(["p", "q"]))[1] is None
    p, test = difference_of_groups(changed, np.array(["a", "b"]), np.array(["p", "p"]))
    assert math.isnan(p) and test is None


def test_every_column_is_explained():
    table = table_of([0.2, np.inf], ["a", "b"])
    for name in table:
        assert explained("subgroups", name).meaning
    empty = subgroup_table([], {"sex": {}}, {}, 0.05)
    assert empty.empty and "p_holm" in empty
    assert isinstance(table, pd.DataFrame)
