import math

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from reconattack.evidence.ranges import (
    BOOTSTRAP,
    EXACT,
    before,
    bound_method,
    bound_rank,
    carried_limit,
    first_too_many,
    patients_needed,
    range_bound,
    widest_range,
)

REPETITIONS = 2000
TRUE = 0.5  # the share within which just the allowed fraction of all patients changes


def generator(seed=0):
    return np.random.default_rng(seed)


def slow_range(breaks, limit, shares):
    """The largest share tried at which, and below which, few enough decisions change."""
    kept = 0.0
    for share in sorted(shares):
        if sum(one <= share for one in breaks) / len(breaks) > limit:
            break
        kept = share
    return kept


@pytest.mark.parametrize("limit", [0.01, 0.05, 0.1, 0.5])
def test_range_agrees_with_a_count_at_every_share(limit):
    random = generator(1)
    for _ in range(200):
        tried = np.append(0, random.random(20).round(2))
        chosen = random.choice(tried[1:], 30)
        breaks = np.where(random.random(30) < 0.3, np.inf, chosen)
        expected = slow_range(breaks, limit, tried)
        assert widest_range(breaks, limit, tried) == expected


def test_range_of_a_known_table():
    """Of twenty decisions the first changes at 0.2, the second at 0.3: one in twenty is 5 %."""
    breaks = np.array([0.3, 0.2, 0.7, *[np.inf] * 17])
    tried = np.arange(11) / 10
    assert widest_range(breaks, 0.05, tried) == 0.2
    assert widest_range(breaks, 0.04, tried) == 0.1
    assert widest_range(breaks, 0.1, tried) == 0.6
    assert widest_range(breaks, 0.15, tried) == 1
    assert first_too_many(breaks, 0.05) == 0.3
    assert widest_range(np.array([0.1]), 0.05, tried) == 0
    assert math.isnan(widest_range(np.array([]), 0.05, tried))


def test_any_share_is_rounded_down_and_stays_before_the_break():
    assert before(0.3) == 0.299
    assert before(0.30001) == 0.3
    assert before(0.0) == 0
    assert before(1.0) == 0.999
    assert before(np.inf) == 1


@pytest.mark.parametrize("limit", [0.01, 0.05, 0.1, 0.2])
def test_patients_needed_are_the_fewest_with_a_rank(limit):
    needed = patients_needed(limit)
    assert bound_rank(needed, limit) == 1
    assert bound_rank(needed - 1, limit) == 0
    assert (1 - limit) ** needed <= 0.05 < (1 - limit) ** (needed - 1)


def test_known_numbers_of_patients():
    assert [patients_needed(limit) for limit in (0.01, 0.05, 0.1)] == [299, 59, 29]
    assert bound_rank(93, 0.05) == 2


@pytest.mark.parametrize("patients", [1, 22, 33, 59, 200])
def test_carried_fraction_is_the_one_sided_bound_of_no_change(patients):
    upper = binomtest(0, patients, alternative="less").proportion_ci(0.95, "exact").high
    assert carried_limit(patients) == pytest.approx(upper)


def test_too_few_patients_have_no_bound():
    breaks = np.full(22, np.inf)
    assert math.isnan(range_bound(breaks, np.arange(22), 0.05, None, generator()))
    assert range_bound(breaks, np.arange(22), 0.13, None, generator()) == 1
    assert math.isnan(
        range_bound(np.full(200, np.inf), np.arange(200) % 58, 0.05, None, generator())
    )


def test_bound_agrees_with_exact_binomial_bounds_at_every_share():
    """The widest share tried at which the one-sided upper bound of the changes is allowed."""
    random = generator(2)
    tried = np.arange(101) / 100
    for patients in (59, 60, 93, 150, 400):
        breaks = random.beta(2, 1, patients).round(2) * 1.5
        kept = 0.0
        for share in tried:
            changed = int((breaks <= share).sum())
            upper = binomtest(changed, patients, alternative="less").proportion_ci(0.95, "exact")
            if upper.high > 0.05:
                break
            kept = share
        assert range_bound(breaks, np.arange(patients), 0.05, tried, random) == kept


@pytest.mark.parametrize("patients", [59, 93])
def test_exact_bound_covers_the_true_range_in_95_of_100_runs(patients):
    """The ranks 1 of 59 and 2 of 93 have confidences of 95.15 and 95.00 %: close to nominal."""
    random = generator(3)
    covered = sum(
        range_bound(random.random(patients) * TRUE / 0.05, np.arange(patients), 0.05, None, random)
        <= TRUE
        for _ in range(REPETITIONS)
    )
    assert 0.94 <= covered / REPETITIONS <= 0.96


def clustered_breaks(random, patients, frames, correlation):
    """Breaks of some frames of each patient; 5 % of all frames break before `TRUE`."""
    of_patient = np.sqrt(correlation) * random.standard_normal((patients, 1))
    of_frame = np.sqrt(1 - correlation) * random.standard_normal((patients, frames))
    return norm.cdf(of_patient + of_frame).ravel() * TRUE / 0.05


def test_bootstrap_of_patients_covers_less_than_it_says():
    """docs/envelope.md has the coverage of 2,000 repetitions, which 100 here do not contradict."""
    random = generator(4)
    owner = np.repeat(np.arange(60), 4)
    covered = sum(
        range_bound(clustered_breaks(random, 60, 4, 0.5), owner, 0.05, None, random) <= TRUE
        for _ in range(100)
    )
    assert 78 <= covered <= 96


def test_method_is_named():
    assert bound_method(np.array(["a", "b"])) == EXACT
    assert bound_method(np.array(["a", "b", "a"])) == BOOTSTRAP
