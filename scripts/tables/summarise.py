"""Summarise how well each model classifies and how often each attack flips it."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.evidence.bootstrap import auc_interval, proportion_interval
from reconattack.evidence.statistics import (
    NO_INTERVAL,
    auc,
    calibration_slope,
    delong_interval,
    wilson_interval,
    youden_cutoff,
)
from reconattack.reconstruction.picture_change import is_within
from reconattack.run.jobs import job
from reconattack.seeds import seed_of
from reconattack.storage import located, read_table, write_table

BESIDE_GRID = (
    *("grid", "grid_vulnerable", "grid_found", "grid_share", "grid_share_low", "grid_share_high"),
    *("n_off_lattice", "grid_median_margin"),
)
VERDICTS = dict.fromkeys(("grid_certified", "on_lattice", "grid_confirms"), "boolean")


def summarise(
    attacks: str,
    predictions: Mapping[str, str],
    validation: Sequence[Mapping[str, str]],
    protocols: Mapping[str, str],
    cutoff: float,
    visible_limit: Mapping[str, float],
    grids: Collection[str],
    summary: str,
    performance: str,
) -> None:
    """Write `summary.csv`, a row per model, seed and attack, and `performance.csv`, a row per
    model, seed, cut-off and fold.

    `predictions` names a table per model, `validation` one per trained network (`model`, `seed`,
    `fold`, `path`), `protocols` how each model's frames were judged, `grids` the attacks of method
    grid.
    """
    attack_table = read_table(attacks, dtype={"fold": str, "grid": str} | VERDICTS)
    judged = {model: read_table(path, dtype={"fold": str}) for model, path in predictions.items()}
    rows = []
    for model, table in judged.items():
        cutoffs = validation_cutoffs([v for v in validation if v["model"] == model])
        for seed, of_seed in table.groupby("seed"):
            rows += performance_rows(of_seed, cutoffs.get(seed, {}), cutoff, model, seed)
    write_table(performance, pd.DataFrame(rows))
    write_table(summary, summary_table(attack_table, judged, protocols, visible_limit, grids))


def summary_table(
    attacks: pd.DataFrame,
    judged: Mapping[str, pd.DataFrame],
    protocols: Mapping[str, str],
    visible_limit: Mapping[str, float],
    grids: Collection[str],
) -> pd.DataFrame:
    """A row per model, seed and attack, with 95 % intervals."""
    rows = []
    for (model, seed, attack), of_attack in attacks.groupby(
        ["model", "seed", "attack"], sort=False
    ):
        table = judged[model]
        of_seed = table[table["seed"] == seed]
        labelled = labelled_frames(of_seed)
        attacked = of_attack[~of_attack["stop_reason"].isin(NOT_ATTACKED)]
        rows.append(
            {"model": model, "seed": seed, "attack": attack, "protocol": protocols[model]}
            | discrimination(labelled)
            | {"auc_conditional_on": conditional_on(protocols[model])}
            | correct(labelled)
            | attack_outcome(of_attack)
            | visible_outcome(attacked, None if attack in grids else visible_limit)
            | against_grid(attacked)
            | patient_intervals(labelled, attacked, of_seed.set_index("frame")["patient"])
        )
    return pd.DataFrame(rows).astype({"n_success_visible_limit": "Int64"})


def labelled_frames(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of predictions by which a model can be judged: frames with a label, and read."""
    return table[table["label"].notna() & table["logit"].notna()]


def conditional_on(protocol: str) -> str:
    """What is taken as given by an AUC's interval, which knows of other frames only: the networks
    would come out otherwise of other training data.
    """
    return "fold models" if protocol == "patient_folds" else "model"


def correct(labelled: pd.DataFrame) -> dict:
    """How many labelled frames are judged right."""
    right = labelled["predicted"] == labelled["label"]
    return {"n_labelled": len(right), "n_correct": int(right.sum())} | proportion("accuracy", right)


def attack_outcome(attacks: pd.DataFrame) -> dict:
    """How many frames were attacked, how many flipped, at what cost and to what harm."""
    attacked = attacks[~attacks["stop_reason"].isin(NOT_ATTACKED)]
    flipped = attacked[attacked["success"]]
    return {
        "n_unreadable": int((attacks["stop_reason"] == "unreadable").sum()),
        "n_attacked": len(attacked),
        "n_success": len(flipped),
        **proportion("success", attacked["success"], rate="success_rate"),
        "median_queries": flipped["queries_to_flip"].median(),
        "queries_p90": flipped["queries_to_flip"].quantile(0.9),
        "n_false_alarm": int((flipped["direction"] == "false alarm").sum()),
        "n_missed_disease": int((flipped["direction"] == "missed disease").sum()),
    }


def visible_outcome(attacked: pd.DataFrame, limit: Mapping[str, float] | None) -> dict:
    """How many flips change the picture no more than a limit; all empty without one.

    A grid has none: its result is the lowest margin and not the flip that is hardest to see.
    """
    if limit is None:
        return {"n_success_visible_limit": None} | proportion(
            "success_visible", attacked["success"][:0], rate="success_visible_rate"
        )
    counted = attacked["success"] & is_within(attacked, limit)
    return {
        "n_success_visible_limit": int(counted.sum()),
        **proportion("success_visible", counted, rate="success_visible_rate"),
    }


def against_grid(attacked: pd.DataFrame) -> dict:
    """How the successes stand to the exact worst case on a lattice of the same box, if there is
    one; all empty if not.

    `grid_share` is the share of vulnerable frames that the attack flips too. `n_off_lattice` counts
    frames which the attack flips between the points of a lattice that certifies them.
    `grid_median_margin` is empty where most frames have no flip in the box.
    """
    judged = attacked[attacked["grid"].notna()]
    if judged.empty:
        return dict.fromkeys(BESIDE_GRID)
    certified = judged["grid_certified"].astype(bool)
    found = judged.loc[~certified, "success"]
    return {
        "grid": judged["grid"].iloc[0],
        "grid_vulnerable": len(found),
        "grid_found": int(found.sum()),
        **proportion("grid_share", found),
        "n_off_lattice": int(judged.loc[certified, "success"].sum()),
        "grid_median_margin": finite_median(judged["grid_distance"]),
    }


def finite_median(distances: pd.Series) -> float:
    """Median of distances of which some, nan, lie beyond what was looked at; nan if it does too."""
    median = np.median(distances.fillna(np.inf))
    return float(median) if np.isfinite(median) else np.nan


def patient_intervals(
    labelled: pd.DataFrame, attacked: pd.DataFrame, patient: pd.Series
) -> dict[str, float]:
    """Intervals from a bootstrap of patients, where patients have several frames; else empty.

    `patient` gives each frame's.
    """
    of_attacked = attacked["frame"].map(patient)
    right = labelled["predicted"] == labelled["label"]
    intervals = dict.fromkeys(("auc", "accuracy", "success"), NO_INTERVAL)
    if labelled["patient"].duplicated().any():
        intervals["auc"] = auc_interval(
            labelled["label"], [labelled["logit"]], labelled["patient"], generator("auc")
        )
        intervals["accuracy"] = proportion_interval(
            [right], labelled["patient"], generator("accuracy")
        )
    if of_attacked.duplicated().any():
        intervals["success"] = proportion_interval(
            [attacked["success"]], of_attacked, generator("success")
        )
    return {
        f"{name}_patient_{side}": end
        for name, interval in intervals.items()
        for side, end in zip(("low", "high"), interval, strict=True)
    }


def generator(name: str) -> np.random.Generator:
    """The source of a figure's resamples: the same patients are drawn for every attack."""
    return np.random.default_rng(seed_of("patients", name))


def performance_rows(
    table: pd.DataFrame, cutoffs: Mapping[str, float], cutoff: float, model: str, seed: int
) -> list[dict]:
    """Performance with the fixed cut-off and with each fold's own from its validation patients."""
    labelled = labelled_frames(table)
    choices = {"fixed": pd.Series(cutoff, index=labelled.index, dtype=float)}
    if cutoffs:
        choices["validation"] = labelled["fold"].map(cutoffs).dropna()
    rows = []
    for choice, of_frame in choices.items():
        judged = labelled.loc[of_frame.index]  # without the folds whose validation chose no cut-off
        predicted = (judged["probability"] >= of_frame).astype(int)
        groups = {"pooled": judged.index, **judged.groupby("fold").groups}
        for fold, index in groups.items():
            frames = judged.loc[index]
            rows.append(
                {"model": model, "seed": seed, "cutoff_choice": choice, "fold": fold}
                | {"cutoff": of_frame[index].mean(), "n": len(index)}
                | {"n_positive": int(frames["label"].sum())}
                | discrimination(frames)
                | at_cutoff(frames["label"], predicted[index])
                | calibration(frames)
            )
    return rows


def discrimination(frames: pd.DataFrame) -> dict[str, float]:
    """AUC with DeLong's interval."""
    low, high = delong_interval(frames["label"].to_numpy(), frames["logit"].to_numpy())
    value = auc(frames["label"].to_numpy(), frames["logit"].to_numpy())
    return {"auc": value, "auc_low": low, "auc_high": high}


def at_cutoff(labels: pd.Series, predicted: pd.Series) -> dict[str, float]:
    """Accuracy, sensitivity and specificity with Wilson's intervals."""
    right = predicted == labels
    return (
        proportion("accuracy", right)
        | proportion("sensitivity", right[labels == 1])
        | proportion("specificity", right[labels == 0])
    )


def calibration(frames: pd.DataFrame) -> dict[str, float]:
    """Slope of the label on the logit with its interval; 1 is calibrated, below 1 overconfident."""
    slope, low, high = calibration_slope(frames["label"].to_numpy(), frames["logit"].to_numpy())
    return {
        "calibration_slope": slope,
        "calibration_slope_low": low,
        "calibration_slope_high": high,
    }


def proportion(name: str, hits: pd.Series, rate: str | None = None) -> dict[str, float]:
    """Share of True with Wilson's interval, as `name`, `name_low`, `name_high`."""
    low, high = wilson_interval(int(hits.sum()), len(hits))
    share = hits.mean() if len(hits) else np.nan
    return {rate or name: share, f"{name}_low": low, f"{name}_high": high}


def validation_cutoffs(files: Sequence[Mapping[str, str]]) -> dict[int, dict[str, float]]:
    """The cut-off of each seed and fold that its validation patients choose (Youden)."""
    cutoffs: dict[int, dict[str, float]] = {}
    for file in files:
        table = read_table(file["path"])
        chosen = youden_cutoff(table["label"].to_numpy(), table["probability"].to_numpy())
        cutoffs.setdefault(int(file["seed"]), {})[file["fold"]] = chosen
    return cutoffs


if __name__ == "__main__":
    with job(snakemake.log[0]):
        summarise(
            attacks=snakemake.input.attacks,
            predictions=dict(
                zip(snakemake.params.protocols, snakemake.input.predictions, strict=True)
            ),
            validation=located(snakemake.params.validation, snakemake.input),
            protocols=snakemake.params.protocols,
            cutoff=snakemake.params.cutoff,
            visible_limit=snakemake.params.visible_limit,
            grids=snakemake.params.grids,
            summary=snakemake.output.summary,
            performance=snakemake.output.performance,
        )
