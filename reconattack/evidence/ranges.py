"""The widest range in which few decisions change, and its one-sided bound by patients.

A range is a share t of the box: 0 is the initial setting alone, 1 the whole box. The *break* of a
frame is the share at which its decision first changes, infinite where nothing in the box changes
it. The widest range is what lies before the first break too many.

The bound asks the same of further patients: with 95 % confidence, a range up to the bound changes
at most the allowed fraction of their decisions. If each patient has one frame, the bound is what
lies before an order statistic of the breaks, the highest whose rank the binomial distribution
allows (Hahn & Meeker, *Statistical Intervals*, 1991, section 5.2). This is exact: its confidence is
never below 95 %, and above it where no rank fits. If patients have several frames, patients are
drawn with replacement, and the bound lies before the 5th percentile of the breaks in the resamples
(Davison & Hinkley, *Bootstrap Methods and their Application*, 1997, section 3.8). That one is
approximate.
"""

import math

import numpy as np
from scipy.stats import binom

from reconattack.evidence.bootstrap import patient_draws
from reconattack.evidence.statistics import CONFIDENCE

STEP = 1e-3  # of ranges in which any share can be chosen: they are rounded down
EXACT, BOOTSTRAP = "order statistic of patients", "bootstrap of patients"


def widest_range(breaks: np.ndarray, limit: float, tried: np.ndarray | None = None) -> float:
    """The largest share of the box within which at most a fraction of the frames breaks.

    Parameters
    ----------
    breaks
        Share of the box at which each frame's decision first changes, (n,); infinite if none does.
    limit
        Largest allowed fraction of the frames.
    tried
        The shares of the box that can be chosen, (m,): those of the settings that were tried. None
        if every share can be.

    Returns
    -------
    float
        0 if no range can be chosen, which is the initial setting alone; nan without frames.
    """
    if not len(breaks):
        return np.nan
    return before(first_too_many(breaks, limit), tried)


def first_too_many(breaks: np.ndarray, limit: float) -> float:
    """The break, of some (n,), with which more than a fraction of the frames has changed."""
    allowed = math.floor(limit * len(breaks) + 1e-9)
    return float(np.sort(breaks)[allowed])


def before(share: float, tried: np.ndarray | None = None) -> float:
    """The largest share of the box before another; `tried` as in `widest_range`."""
    if tried is not None:
        nearer = np.asarray(tried)[np.asarray(tried) < share]
        return float(nearer.max(initial=0))
    if share > 1:
        return 1.0
    return max(0.0, round((math.ceil(share / STEP - 1e-6) - 1) * STEP, 9))


def range_bound(
    breaks: np.ndarray,
    patients: np.ndarray,
    limit: float,
    tried: np.ndarray | None,
    generator: np.random.Generator,
) -> float:
    """Lower 95 % confidence bound of the widest range, for further patients.

    Parameters
    ----------
    breaks, limit, tried
        As in `widest_range`.
    patients
        Patient of each frame, (n,).
    generator
        Seeded source of the resamples, which patients with several frames need.

    Returns
    -------
    float
        nan if there are too few patients for any bound (`patients_needed`).
    """
    patients = np.asarray(patients)
    number = len(np.unique(patients))
    if number < patients_needed(limit):
        return np.nan
    if bound_method(patients) == EXACT:
        return before(float(np.sort(breaks)[bound_rank(number, limit) - 1]), tried)
    limits = first_too_many_resampled(np.asarray(breaks, float), patients, limit, generator)
    return before(float(np.quantile(limits, 1 - CONFIDENCE, method="lower")), tried)


def bound_method(patients: np.ndarray) -> str:
    """`EXACT` if each patient has one frame, else `BOOTSTRAP`; `patients` has shape (n,)."""
    return EXACT if len(np.unique(patients)) == len(patients) else BOOTSTRAP


def bound_rank(patients: int, limit: float) -> int:
    """Rank, from 1, of the break before which the bound lies; 0 if there are too few patients.

    It is the largest r for which fewer than r of n patients break within the true range with a
    probability of at most 5 %.
    """
    return int(binom.ppf(1 - CONFIDENCE, patients, limit))


def patients_needed(limit: float) -> int:
    """The smallest number of patients for which there is a bound: (1 - limit)^n is at most 5 %."""
    return math.ceil(math.log(1 - CONFIDENCE) / math.log1p(-limit) - 1e-9)


def carried_limit(patients: int) -> float:
    """The smallest allowed fraction for which so many patients give a bound; nan without any.

    Within a range in which none of them breaks, at most this fraction of further patients does,
    with 95 % confidence (Clopper & Pearson, Biometrika 1934;26:404, one-sided).
    """
    return 1 - (1 - CONFIDENCE) ** (1 / patients) if patients else np.nan


def first_too_many_resampled(
    breaks: np.ndarray, patients: np.ndarray, limit: float, generator: np.random.Generator
) -> np.ndarray:
    """`first_too_many` in each resample of patients, (resample,)."""
    order = np.argsort(breaks, kind="stable")
    drawn = patient_draws(patients, generator)[:, order]
    changed = np.cumsum(drawn, axis=1)
    too_many = changed > limit * changed[:, -1:] + 1e-9
    return breaks[order][too_many.argmax(axis=1)]
