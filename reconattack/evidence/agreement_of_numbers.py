"""How numbers agree: with the true ones at the initial setting, and with these after an attack."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from reconattack.evidence.bootstrap import limits_intervals, limits_of_agreement, mean_interval
from reconattack.evidence.labelled import attacked, resamples

INITIAL = "initial setting"
LINES = ("bias", "lower_limit", "upper_limit")
KEYS = ["model", "seed"]


def agreement_points(attacks: pd.DataFrame, patients: pd.Series) -> pd.DataFrame:
    """Tabulate the points and lines of Bland-Altman plots.

    Parameters
    ----------
    attacks
        Table `attacks.csv` of models that measure a number.
    patients
        The patient of each frame, by the frame's name.

    Returns
    -------
    pandas.DataFrame
        A row per frame and comparison. `comparison` is `INITIAL`, the number at the initial setting
        less the true one (of frames whose true number is known), or the name of an attack, the
        number at its result less that at the initial setting (of attacked frames). `mean` and
        `difference` of the two numbers, `flipped` of an attack, and `LINES` of all points of the
        comparison, with `{line}_low` and `{line}_high` by a bootstrap of patients. All are in
        `unit`.
    """
    parts = [
        with_lines(part.assign(patient=part["frame"].map(patients)))
        for part in comparisons(attacks)
        if len(part)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def comparisons(attacks: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The points of each comparison, by model and seed."""
    for (model, seed), own in attacks.groupby(KEYS, sort=False):
        known = {"model": model, "seed": seed}
        names = own["attack"].unique()
        first = own[own["attack"].eq(names[0]) & own["label"].notna()]
        first = first[first["decision_initial"].notna()]
        yield points(first, "label", "decision_initial").assign(
            **known, comparison=INITIAL, flipped=None
        )
        for name in names:
            rows = attacked(own[own["attack"].eq(name)])
            yield points(rows, "decision_initial", "decision_final").assign(
                **known, comparison=name, flipped=rows["success"].astype(bool)
            )


def points(rows: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """Mean and difference of two columns."""
    first, last = rows[before].astype(float), rows[after].astype(float)
    return rows[["frame", "unit"]].assign(mean=(first + last) / 2, difference=last - first)


def with_lines(part: pd.DataFrame) -> pd.DataFrame:
    """The points of a comparison with its bias and limits of agreement, and their intervals."""
    differences, patients = part["difference"].to_numpy(), part["patient"].to_numpy()
    values = (float(differences.mean()), *limits_of_agreement(differences))
    ends = (
        mean_interval(np.array([differences]), patients, resamples("patients", "bias")),
        *limits_intervals(differences, patients, resamples("patients", "limits")),
    )
    lines = {}
    for name, value, (low, high) in zip(LINES, values, ends, strict=True):
        lines |= {name: value, f"{name}_low": low, f"{name}_high": high}
    first = ["model", "seed", "comparison", "frame", "patient"]
    others = [name for name in part if name not in first]
    return part[[*first, *others]].assign(**lines)
