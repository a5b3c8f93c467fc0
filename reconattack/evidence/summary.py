"""How well each model classifies and how often each attack flips it, `summary.csv`."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from reconattack.attacks.directions import FALSE_ALARM, MISSED_DISEASE
from reconattack.evidence.bootstrap import auc_interval, proportion_interval
from reconattack.evidence.labelled import attacked, conditional_on, labelled_frames, resamples
from reconattack.evidence.performance import discrimination
from reconattack.evidence.statistics import NO_INTERVAL, proportion
from reconattack.reconstruction.picture_change import is_within

KEYS = ["model", "seed", "attack"]
GRID_COLUMNS = (
    "grid",
    "grid_vulnerable",
    "grid_found",
    "grid_share",
    "grid_share_low",
    "grid_share_high",
    "n_off_lattice",
    "grid_median_margin",
)


def summary_table(
    attacks: pd.DataFrame,
    predictions: Mapping[str, pd.DataFrame],
    protocols: Mapping[str, str],
    visible_limit: Mapping[str, float],
    grids: Collection[str],
) -> pd.DataFrame:
    """Summarise each attack on each model and seed, with 95 % intervals.

    Parameters
    ----------
    attacks
        Table `attacks.csv`.
    predictions
        The predictions of each model.
    protocols
        How the frames of each model were judged.
    visible_limit
        The largest change of each measure that counts as hard to see.
    grids
        Names of the attacks of method grid.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed and attack.
    """
    rows = []
    for (model, seed, attack), of_attack in attacks.groupby(KEYS, sort=False):
        table = predictions[model]
        of_seed = table[table["seed"] == seed]
        labelled, searched = labelled_frames(of_seed), attacked(of_attack)
        rows.append(
            {
                "model": model,
                "seed": seed,
                "attack": attack,
                "protocol": protocols[model],
                **discrimination(labelled),
                "auc_conditional_on": conditional_on(protocols[model]),
                **correct(labelled),
                "same_for_all": same_for_all(of_seed),
                **attack_outcome(of_attack),
                **visible_outcome(searched, None if attack in grids else visible_limit),
                **against_grid(searched),
                **patient_intervals(labelled, searched, of_seed.set_index("frame")["patient"]),
            }
        )
    return pd.DataFrame(rows).astype({"n_success_visible_limit": "Int64"})


def correct(labelled: pd.DataFrame) -> dict:
    """How many labelled frames are judged right."""
    n_correct = int((labelled["predicted"] == labelled["label"]).sum())
    return {
        "n_labelled": len(labelled),
        "n_correct": n_correct,
        **proportion("accuracy", n_correct, len(labelled)),
    }


def same_for_all(predictions: pd.DataFrame) -> str | None:
    """What a model and seed gives alike to all frames: `probability`, `decision` or nothing."""
    judged = predictions[predictions["logit"].notna()]
    if len(judged) > 1:
        for answer, column in (("probability", "logit"), ("decision", "predicted")):
            if judged[column].nunique() == 1:
                return answer
    return None


def attack_outcome(attacks: pd.DataFrame) -> dict:
    """How many frames were attacked, how many flipped, at what cost and to what harm."""
    searched = attacked(attacks)
    flipped = searched[searched["success"]]
    return {
        "n_unreadable": int((attacks["stop_reason"] == "unreadable").sum()),
        "n_attacked": len(searched),
        "n_success": len(flipped),
        **proportion("success", len(flipped), len(searched), value="success_rate"),
        "median_queries": flipped["queries_to_flip"].median(),
        "queries_p90": flipped["queries_to_flip"].quantile(0.9),
        "n_false_alarm": int((flipped["direction"] == FALSE_ALARM).sum()),
        "n_missed_disease": int((flipped["direction"] == MISSED_DISEASE).sum()),
    }


def visible_outcome(searched: pd.DataFrame, limit: Mapping[str, float] | None) -> dict:
    """How many flips change the picture no more than a limit; missing without a limit.

    A grid has no limit: its result is the lowest margin, not the flip that is hardest to see.
    """
    if limit is None:
        count, n, n_visible = None, 0, 0
    else:
        n_visible = int((searched["success"] & is_within(searched, limit)).sum())
        count, n = n_visible, len(searched)
    return {
        "n_success_visible_limit": count,
        **proportion("success_visible", n_visible, n, value="success_visible_rate"),
    }


def against_grid(searched: pd.DataFrame) -> dict:
    """Compare the successes with the exact worst case on a lattice; missing without a grid.

    `grid_share` is the share of vulnerable frames that the attack flips too. `n_off_lattice` counts
    frames that the attack flips between the points of a lattice that certifies them.
    `grid_median_margin` is missing if most frames have no flip in the box.
    """
    judged = searched[searched["grid"].notna()]
    if judged.empty:
        return dict.fromkeys(GRID_COLUMNS)
    certified = judged["grid_certified"].astype(bool)
    found = judged.loc[~certified, "success"]
    n_found = int(found.sum())
    return {
        "grid": judged["grid"].iloc[0],
        "grid_vulnerable": len(found),
        "grid_found": n_found,
        **proportion("grid_share", n_found, len(found)),
        "n_off_lattice": int(judged.loc[certified, "success"].sum()),
        "grid_median_margin": finite_median(judged["grid_distance"]),
    }


def finite_median(distances: pd.Series) -> float:
    """Median of distances, where NaN is farther than the box; NaN if the median is."""
    median = np.median(distances.fillna(np.inf))
    return float(median) if np.isfinite(median) else np.nan


def patient_intervals(
    labelled: pd.DataFrame, searched: pd.DataFrame, patient: pd.Series
) -> dict[str, float]:
    """Intervals from a bootstrap of patients; NaN where no patient has several frames.

    Parameters
    ----------
    labelled
        Predictions of one model and seed for the labelled frames.
    searched
        Rows of `attacks.csv` of one attack on attacked frames.
    patient
        The patient of each frame, by the frame's name.
    """
    patients = searched["frame"].map(patient)
    right = labelled["predicted"] == labelled["label"]
    intervals = dict.fromkeys(("auc", "accuracy", "success"), NO_INTERVAL)
    if labelled["patient"].duplicated().any():
        intervals["auc"] = auc_interval(
            labelled["label"],
            [labelled["logit"]],
            labelled["patient"],
            resamples("patients", "auc"),
        )
        intervals["accuracy"] = proportion_interval(
            [right], labelled["patient"], resamples("patients", "accuracy")
        )
    if patients.duplicated().any():
        intervals["success"] = proportion_interval(
            [searched["success"]], patients, resamples("patients", "success")
        )
    columns = {}
    for name, (low, high) in intervals.items():
        columns[f"{name}_patient_low"] = low
        columns[f"{name}_patient_high"] = high
    return columns
