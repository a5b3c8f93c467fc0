"""How well each model classifies and how often each attack flips it, `summary.csv`."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from reconattack.attacks.directions import FALSE_ALARM, MISSED_DISEASE
from reconattack.evidence.attacks import FLIP_AT
from reconattack.evidence.bootstrap import auc_interval, proportion_interval
from reconattack.evidence.decided import judged_frames, merits, what_attacks_change
from reconattack.evidence.labelled import (
    attacked,
    conditional_on,
    constant_answer,
    labelled_frames,
    resamples,
    seed_range,
)
from reconattack.evidence.performance import discrimination
from reconattack.evidence.statistics import NO_INTERVAL, proportion
from reconattack.reconstruction.picture_change import is_within

KEYS = ["model", "seed", "attack"]
ACROSS_SEEDS = ("success_rate", "success_visible_rate", "accuracy", "auc")
OF_TWO_CLASSES = ("n_false_alarm", "n_missed_disease")
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
    kind: str = "binary",
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
    kind
        Kind of the models' decisions.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed and attack.
    """
    rows = []
    for (model, seed, attack), of_attack in attacks.groupby(KEYS, sort=False):
        table = predictions[model]
        of_seed = table[table["seed"] == seed]
        searched, patients = attacked(of_attack), of_seed.set_index("frame")["patient"]
        found = {
            **success(searched),
            **sure_success(searched),
            **visible_outcome(searched, None if attack in grids else visible_limit),
        }
        if kind == "binary":
            labelled = labelled_frames(of_seed)
            found |= {
                **correct(labelled),
                **discrimination(labelled),
                "auc_conditional_on": conditional_on(protocols[model]),
                "protocol": protocols[model],
                "same_for_all": same_for_all(of_seed),
                **attack_outcome(of_attack),
                **against_grid(searched),
                **patient_intervals(labelled, searched, patients),
            }
        else:
            found |= {
                "decision": kind,
                "unit": of_attack["unit"].iloc[0],
                **merits(kind, judged_frames(of_seed)),
                **what_attacks_change(kind, searched, patients),
                "protocol": protocols[model],
                **attack_outcome(of_attack),
                **against_grid(searched),
                **success_interval(searched, patients),
            }
        rows.append({"model": model, "seed": seed, "attack": attack} | found)
    table = pd.DataFrame(rows).astype({"n_success_visible_limit": "Int64"})
    if kind != "binary":
        table = table.drop(columns=list(OF_TWO_CLASSES))
    across = [measure for measure in ACROSS_SEEDS if measure in table]
    return table.assign(**seed_range(table, ["model", "attack"], across))


def success_interval(searched: pd.DataFrame, patient: pd.Series) -> dict[str, float]:
    """Interval of the success rate from a bootstrap of patients; NaN without repeated patients."""
    patients, ends = searched["frame"].map(patient), NO_INTERVAL
    if patients.duplicated().any():
        ends = proportion_interval(
            [searched["success"]], patients, resamples("patients", "success")
        )
    return dict(zip(("success_patient_low", "success_patient_high"), ends, strict=True))


def correct(labelled: pd.DataFrame) -> dict:
    """How many labelled frames are judged right, by the model and by a constant answer."""
    n_correct = int((labelled["predicted"] == labelled["label"]).sum())
    return {
        "n_labelled": len(labelled),
        "n_correct": n_correct,
        **proportion("accuracy", n_correct, len(labelled)),
        **constant_answer(labelled["label"]),
    }


def same_for_all(predictions: pd.DataFrame) -> str | None:
    """What a model and seed gives alike to all frames: `probability`, `decision` or nothing."""
    judged = predictions[predictions["logit"].notna()]
    if len(judged) > 1:
        for answer, column in (("probability", "logit"), ("decision", "predicted")):
            if judged[column].nunique() == 1:
                return answer
    return None


def success(searched: pd.DataFrame) -> dict:
    """How many of the attacked frames flipped."""
    n_success = int(searched["success"].sum())
    return {
        "n_attacked": len(searched),
        "n_success": n_success,
        **proportion("success", n_success, len(searched), value="success_rate"),
    }


def sure_success(searched: pd.DataFrame) -> dict:
    """How many attacked pictures flip whatever they leave open, and hold so; empty for RF."""
    if "sure_flip" not in searched:
        return {}
    counts = {
        "sure_success": int((searched["success"] & searched["sure_flip"].fillna(False)).sum()),
        "sure_hold": int((~searched["success"] & searched["sure_hold"].fillna(False)).sum()),
    }
    columns = {}
    for name, count in counts.items():
        columns[f"n_{name}"] = count
        columns |= proportion(name, count, len(searched), value=f"{name}_rate")
    for name in searched.columns[searched.columns.str.startswith(FLIP_AT)]:
        known = searched[name].dropna().astype(bool)
        columns |= proportion(f"success_{name.removeprefix('flip_')}", int(known.sum()), len(known))
    return columns


def attack_outcome(attacks: pd.DataFrame) -> dict:
    """At what cost and to what harm frames flipped, and how many could not be read."""
    searched = attacked(attacks)
    flipped = searched[searched["success"]]
    return {
        "n_unreadable": int((attacks["stop_reason"] == "unreadable").sum()),
        "median_queries": flipped["queries_to_flip"].median(),
        "queries_p90": flipped["queries_to_flip"].quantile(0.9),
        "n_false_alarm": int((flipped["direction"] == FALSE_ALARM).sum()),
        "n_missed_disease": int((flipped["direction"] == MISSED_DISEASE).sum()),
    }


def visible_outcome(searched: pd.DataFrame, limit: Mapping[str, float] | None) -> dict:
    """How many flips are small changes, which keep a limit, and how much the median flip changes.

    `success_visible_rate` is the rate of small changes among the attacked frames,
    `small_change_share` that among the flips, `median_change` the median of `mean_abs_diff` over
    the flips [grey levels]. All are missing for a grid (no limit): its result is the lowest margin,
    not the flip that is hardest to see.
    """
    flipped = searched[searched["success"]]
    if limit is None:
        count, n_small, n, n_flipped, median = None, 0, 0, 0, np.nan
    else:
        count = n_small = int(is_within(flipped, limit).sum())
        n, n_flipped, median = len(searched), len(flipped), flipped["mean_abs_diff"].median()
    return {
        "n_success_visible_limit": count,
        **proportion("success_visible", n_small, n, value="success_visible_rate"),
        **proportion("small_change_share", n_small, n_flipped),
        "median_change": median,
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
    right = labelled["predicted"] == labelled["label"]
    intervals = dict.fromkeys(("auc", "accuracy"), NO_INTERVAL)
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
    columns = {}
    for name, (low, high) in intervals.items():
        columns[f"{name}_patient_low"] = low
        columns[f"{name}_patient_high"] = high
    return columns | success_interval(searched, patient)
