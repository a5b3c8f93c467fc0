"""Whether decisions change more in one group of patients than in another, `subgroups.csv`.

The groups are those of the columns of the frame table that `run.subgroups` names. A row is a group
in one source of the run: its frames whose decision changes somewhere in the box, and its range of
settings (`reconattack.evidence.ranges`). All rows of a column have the p value of no difference
between its groups. With two groups and one frame of each patient it is Fisher's exact test.
Otherwise the groups are permuted among the patients, and the statistic is the sum over the groups
of n (rate - rate of all)^2, which is Pearson's chi-squared up to a factor that the permutation
keeps. P values are corrected for all tests of the table (Holm).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from reconattack.evidence.bootstrap import proportion_interval
from reconattack.evidence.breaks import Breaks
from reconattack.evidence.labelled import resamples
from reconattack.evidence.ranges import patients_needed, range_bound, widest_range
from reconattack.evidence.statistics import holm, wilson_interval

PERMUTATIONS = 9_999
FEW = 10  # patients: a smaller group is marked
FISHER, PERMUTED = "Fisher's exact test", "permutation of patients"
TEST = ["model", "seed", "source", "moved", "column"]
Groups = Mapping[str, Mapping[str, str | None]]


def subgroup_table(
    sources: Sequence[tuple[Mapping[str, str], Breaks]],
    groups: Groups,
    patients: Mapping[str, Mapping[str, str]],
    limit: float,
) -> pd.DataFrame:
    """Compare the groups of each column in each source.

    Parameters
    ----------
    sources
        `model` and `seed`, and breaks of their frames.
    groups
        By column, the group of each frame; None where its cell is empty.
    patients
        The patient of each frame, by model and frame.
    limit
        Largest allowed fraction of changed decisions within a range.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed, source, moved parameters, column and group. Frames without a group
        are not counted.
    """
    rows = [
        {**network, "source": breaks.source, "statement": breaks.statement}
        | {"moved": ", ".join(breaks.moved), "column": column}
        | row
        for network, breaks in sources
        for column, of_frame in groups.items()
        for row in group_rows(breaks, of_frame, patients[network["model"]], limit)
    ]
    table = pd.DataFrame(rows)
    if table.empty:
        return pd.DataFrame(columns=[*TEST, "group", "n", "p", "p_holm"])
    tests = table.drop_duplicates(TEST)
    corrected = tests.assign(p_holm=holm(tests["p"].to_numpy(float)))[[*TEST, "p_holm"]]
    return table.merge(corrected, on=TEST, how="left")


def group_rows(
    breaks: Breaks,
    group_of_frame: Mapping[str, str | None],
    patient_of_frame: Mapping[str, str],
    limit: float,
) -> list[dict]:
    """The rows of one column in one source."""
    groups = np.array([group_of_frame.get(name) or "" for name in breaks.frames], object)
    patients = np.array([patient_of_frame[name] for name in breaks.frames], object).astype(str)
    known = groups != ""
    groups, patients = groups[known].astype(str), patients[known]
    shares = np.asarray(breaks.shares)[known]
    changed = np.isfinite(shares)
    p, test = difference_of_groups(changed, groups, patients)
    rows = []
    for group in np.unique(groups):
        own = groups == group
        number = len(np.unique(patients[own]))
        generator = resamples("patients", "subgroups")
        low, high = rate_interval(changed[own], patients[own])
        rows.append(
            {
                "group": group,
                "n": int(own.sum()),
                "n_patients": number,
                "n_changed": int(changed[own].sum()),
                "changed": float(changed[own].mean()),
                "changed_low": low,
                "changed_high": high,
                "changed_limit": limit,
                "range_share": widest_range(shares[own], limit, breaks.tried),
                "bound_share": range_bound(
                    shares[own], patients[own], limit, breaks.tried, generator
                ),
                "patients_needed": patients_needed(limit),
                "remark": f"fewer than {FEW} patients" if number < FEW else None,
                "test": test,
                "p": p,
            }
        )
    return rows


def rate_interval(changed: np.ndarray, patients: np.ndarray) -> tuple[float, float]:
    """Interval of the share of frames that change, bool (n,): Wilson's, or by patients."""
    if len(np.unique(patients)) == len(patients):
        return wilson_interval(int(changed.sum()), len(changed))
    return proportion_interval(changed[np.newaxis], patients, resamples("patients", "subgroups"))


def difference_of_groups(
    changed: np.ndarray, groups: np.ndarray, patients: np.ndarray
) -> tuple[float, str | None]:
    """Two-sided p of no difference between groups, and the test.

    Parameters
    ----------
    changed
        Whether each frame's decision changes, bool (n,).
    groups, patients
        Group and patient of each frame, (n,).

    Returns
    -------
    tuple
        nan and None where there is nothing to test: one group, or a patient in several groups.
    """
    names, of_frame = np.unique(groups, return_inverse=True)
    persons, of_person = np.unique(patients, return_inverse=True)
    pairs = len(np.unique(np.stack([of_frame, of_person]), axis=1).T)
    if len(names) < 2 or pairs > len(persons):
        return np.nan, None
    if len(names) == 2 and len(persons) == len(patients):
        counts = [
            [(changed & (of_frame == g)).sum(), (~changed & (of_frame == g)).sum()] for g in (0, 1)
        ]
        return float(fisher_exact(counts).pvalue), FISHER
    group_of_person = np.zeros(len(persons), int)
    group_of_person[of_person] = of_frame
    return permutation_p(changed, of_person, group_of_person), PERMUTED


def permutation_p(changed: np.ndarray, of_person: np.ndarray, group_of_person: np.ndarray) -> float:
    """P of a difference at least as large if the groups are permuted among the patients.

    Parameters
    ----------
    changed
        Whether each frame's decision changes, bool (n,).
    of_person
        Number of each frame's patient, (n,).
    group_of_person
        Number of each patient's group, (patient,).
    """
    frames = np.bincount(of_person).astype(float)
    hits = np.bincount(of_person, changed)
    generator = resamples("patients", "permutation")
    orders = np.stack(
        [group_of_person] + [generator.permutation(group_of_person) for _ in range(PERMUTATIONS)]
    )
    statistic = np.zeros(len(orders))
    for group in range(group_of_person.max() + 1):
        own = (orders == group).astype(float)
        sizes = own @ frames
        statistic += (own @ hits - sizes * changed.mean()) ** 2 / np.maximum(sizes, 1)
    return float((statistic >= statistic[0] - 1e-9).mean())
