"""Set the models of a run side by side: how well each classifies and how much survives attacks."""

from collections.abc import Iterator, Mapping, Sequence
from math import gcd
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from reconattack.attacks.drawn_settings import judged_frames
from reconattack.classifiers.decision import decide
from reconattack.errors import InputError
from reconattack.evidence.bootstrap import (
    auc_difference,
    auc_interval,
    mean_difference,
    mean_interval,
    proportion_interval,
)
from reconattack.evidence.statistics import (
    calibration_slope,
    delong_difference,
    holm,
    mcnemar_p,
    mean_auc,
    recalibrated_decisions,
    sign_flip_p,
)
from reconattack.run.jobs import job
from reconattack.seeds import seed_of
from reconattack.storage import located, read_table, write_table

DIMENSIONS = ("seed", "frame")
DISTRIBUTION = "uniform"  # of the accidental settings that count
FAMILIES = ("accuracy", "sensitivity", "specificity", "accuracy_zoo", "grid_certified", "auc")
CLASSES = {"sensitivity": 1, "specificity": 0}
VARIABLES = dict.fromkeys(("accuracy", *CLASSES), "right")
NO_RATE = dict.fromkeys(("value", "low", "high"), np.nan)
PAIR_COLUMNS = (
    *("family", "first_model", "second_model", "first_seeds", "second_seeds", "n", "n_patients"),
    *("counted_first_seed", "counted_second_seed", "both", "only_first", "only_second", "neither"),
    *("p_mcnemar", "first", "second", "difference", "low", "high", "test", "p", "p_holm"),
    "conditional_on",
)
COUNTS = PAIR_COLUMNS[7:13]


def tabulate_defences(
    models: Mapping[str, Mapping[str, Any]],
    baseline: str | None,
    predictions: Mapping[str, str],
    histories: Mapping[str, Sequence[str]],
    accidental: Sequence[Mapping[str, str]],
    attacks: str,
    grid: str | None,
    margins: str | None,
    zoo: str | None,
    cutoff: float,
    table: str,
    pairs: str,
) -> None:
    """Write `defences.csv`, a row per model, and `defences_pairs.csv`, a row per question and
    model beside the baseline.

    `models` says of each model its `kind`, what it `takes`, its `protocol` and whether it is
    `immune` by construction; `predictions` names its table and `histories` those of its trainings.
    `accidental` names the logits at accidental settings (`model`, `seed`, `fold`, `path`). `zoo` is
    the paper's attack; `grid` and `margins` are tables, None where the run has none.
    """
    if baseline not in models:
        raise InputError(
            f"defences.baseline: found {baseline}; expected a model of run.models, one of "
            f"{', '.join(models)}"
        )
    attack_table = read_table(attacks)
    grid_table = read_table(grid, dtype={"grid_certified": "boolean"}) if grid else None
    margin_table = read_table(margins) if margins else None
    judged = {
        model: outcomes(
            labelled_frames(read_table(predictions[model]), model),
            of_model(attack_table, model),
            of_model(grid_table, model),
            of_model(margin_table, model),
            zoo,
        )
        for model in models
    }
    rows = [
        {"model": model, "baseline": model == baseline}
        | {key: known[key] for key in ("kind", "takes")}
        | {"n_train": mean_train_size(histories.get(model, ()))}
        | model_row(judged[model])
        | accidental_row([file for file in accidental if file["model"] == model], cutoff)
        | {"immune_by_construction": bool(known["immune"])}
        for model, known in models.items()
    ]
    write_table(table, pd.DataFrame(rows).astype({"grid_points": "Int64"}))
    write_table(pairs, pair_table(judged, models, baseline))


def of_model(table: pd.DataFrame | None, model: str) -> pd.DataFrame | None:
    return None if table is None else table[table["model"] == model]


def labelled_frames(predictions: pd.DataFrame, model: str) -> xr.Dataset:
    """What the networks of all seeds say of the frames that have a label and could be read.

    Variables `logit` and `right` (seed, frame); `patient` and `label` (frame) are coordinates.
    """
    labelled = predictions[predictions["label"].notna() & predictions["logit"].notna()]
    if labelled.empty:
        raise InputError(
            f"{model}: no frame that could be read has a label; expected labels, without which no "
            "model is right: leave defences out"
        )
    logit = labelled.pivot(index="seed", columns="frame", values="logit").dropna(axis="columns")
    frames = labelled.drop_duplicates("frame").set_index("frame").loc[logit.columns]
    predicted = by_frame(labelled, "predicted", logit.index, logit.columns, model)
    return xr.Dataset(
        {
            "logit": (DIMENSIONS, logit.to_numpy(float)),
            "right": (DIMENSIONS, predicted == frames["label"].to_numpy()),
        },
        coords={
            "seed": logit.index.to_numpy(int),
            "frame": logit.columns.to_numpy(object),
            "patient": ("frame", frames["patient"].to_numpy(object)),
            "label": ("frame", frames["label"].to_numpy(int)),
        },
        attrs={"model": model},
    )


def outcomes(
    judged: xr.Dataset,
    attacks: pd.DataFrame,
    grid: pd.DataFrame | None,
    margins: pd.DataFrame | None,
    zoo: str | None,
) -> xr.Dataset:
    """Add what attacks leave of one model's right frames, bool (seed, frame).

    `accuracy_zoo`: right and not flipped by the paper's attack; `accuracy_worst`: by none of the
    run's; `grid_certified`: by no point of the first grid's lattice. `margin` is the L-infinity
    margin, 0 where a frame is wrong at the start and infinite where no flip was found. What the run
    has no attack for is left out; attributes name the attacks and the lattice.
    """
    right = judged["right"].to_numpy()
    names = list(dict.fromkeys(attacks["attack"]))
    kept = {
        name: right & ~of_frames(attacks, name, "success", judged).astype(bool) for name in names
    }
    found = {"accuracy_worst": np.logical_and.reduce(list(kept.values()))}
    attributes = {"attacks": " ".join(names)}
    if zoo in kept:
        found["accuracy_zoo"], attributes["zoo"] = kept[zoo], zoo
    if grid is not None and len(grid):
        name = grid["attack"].iloc[0]
        certified = grid.assign(grid_certified=grid["grid_certified"].fillna(False).astype(float))
        verdicts = of_frames(certified, name, "grid_certified", judged) == 1
        found["grid_certified"] = right & verdicts
        points = grid.loc[grid["attack"] == name, "n_points"]
        attributes |= {"grid": name, "grid_points": int(points.iloc[0])}
    if margins is not None and len(margins):
        name = margins["attack"].iloc[0]
        distances = margins.assign(margin_linf=margins["margin_linf"].fillna(np.inf))
        nearest = of_frames(distances, name, "margin_linf", judged)
        found["margin"], attributes["margin_attack"] = np.where(right, nearest, 0), name
    return judged.assign({key: (DIMENSIONS, values) for key, values in found.items()}).assign_attrs(
        attributes
    )


def of_frames(table: pd.DataFrame, attack: str, column: str, judged: xr.Dataset) -> np.ndarray:
    """A column of one attack's rows, (seed, frame), of the frames that are judged."""
    rows = table[table["attack"] == attack]
    what = f"{judged.attrs['model']}, {attack}"
    return by_frame(rows, column, judged["seed"].to_numpy(), judged["frame"].to_numpy(), what)


def by_frame(
    rows: pd.DataFrame, column: str, seeds: Sequence, frames: Sequence, what: str
) -> np.ndarray:
    """A column as (seed, frame)."""
    values = rows.pivot(index="seed", columns="frame", values=column).reindex(
        index=seeds, columns=frames
    )
    if values.isna().to_numpy().any():
        seed, frame = values.stack(future_stack=True)[lambda cells: cells.isna()].index[0]
        raise InputError(
            f"{what}: no {column} of frame {frame} by seed {seed}; expected one of every frame "
            "that the model judges"
        )
    return values.to_numpy()


def mean_train_size(histories: Sequence[str]) -> float:
    """Mean number of frames that a model's networks were trained on; nan where nobody knows."""
    tables = [read_table(path, nrows=1) for path in histories]
    return float(np.mean([table["n_train"].iloc[0] for table in tables])) if tables else np.nan


def model_row(judged: xr.Dataset) -> dict:
    """How one model fares, its seeds together; rates count all labelled frames."""
    labels, patients = judged["label"].to_numpy(), judged["patient"].to_numpy()
    seeds, frames = judged["right"].shape
    fatty, normal = judged.isel(frame=labels == 1), judged.isel(frame=labels == 0)
    return {
        "n_seeds": seeds,
        "n_frames": frames,
        "n_patients": len(np.unique(patients)),
        "n_fatty": int(labels.sum()),
        "constant_accuracy": np.bincount(labels).max() / frames if frames else np.nan,
        **area("auc", labels, judged["logit"].to_numpy(), patients),
        **rate("accuracy", judged, "right"),
        **rate("sensitivity", fatty, "right"),
        **rate("specificity", normal, "right"),
        "calibration_slope": mean_slope(judged),
        "zoo": judged.attrs.get("zoo"),
        **rate("accuracy_zoo", judged),
        "attacks": judged.attrs["attacks"],
        **rate("accuracy_worst", judged),
        "grid": judged.attrs.get("grid"),
        "grid_points": judged.attrs.get("grid_points"),
        **rate("grid_certified", judged),
        **rate("grid_certified_fatty", fatty, "grid_certified"),
        **rate("grid_certified_normal", normal, "grid_certified"),
        "margin_attack": judged.attrs.get("margin_attack"),
        "median_margin": median_margin(judged),
        "interval": interval_method(seeds),
    }


def rate(name: str, judged: xr.Dataset, variable: str | None = None) -> dict[str, float]:
    """Share of True in a variable, over frames and seeds, with its interval; nan without it."""
    variable = variable or name
    if variable not in judged:
        return named(name, **NO_RATE)
    return share(name, judged[variable].to_numpy(), judged["patient"].to_numpy())


def share(name: str, hits: np.ndarray, patients: np.ndarray) -> dict[str, float]:
    """Mean of hits (seed, frame), nan where a frame does not count, with its interval."""
    low, high = proportion_interval(hits, patients, generator(name))
    counted = ~np.isnan(np.asarray(hits, float))
    return named(name, float(np.mean(hits[counted])) if counted.any() else np.nan, low, high)


def area(
    name: str, labels: np.ndarray, logits: np.ndarray, patients: np.ndarray
) -> dict[str, float]:
    """Mean AUC of logits (seed, frame) or (seed, setting, frame), with its interval."""
    if len(np.unique(labels)) < 2:
        return named(name, **NO_RATE)
    interval = auc_interval(labels, logits, patients, generator(name))
    return named(name, mean_auc(labels, logits), *interval)


def named(name: str, value: float, low: float, high: float) -> dict[str, float]:
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def generator(name: str) -> np.random.Generator:
    """The source of a figure's resamples: the same patients are drawn for every model."""
    return np.random.default_rng(seed_of("patients and seeds", name))


def mean_slope(judged: xr.Dataset) -> float:
    """Mean calibration slope of the seeds; nan where one of them has none."""
    labels = judged["label"].to_numpy()
    slopes = [calibration_slope(labels, logits)[0] for logits in judged["logit"].to_numpy()]
    return float(np.mean(slopes))


def median_margin(judged: xr.Dataset) -> float:
    """Median over all frames and seeds; nan where most have no flip in the box, or none was sought.

    `margin_attack` tells these two apart.
    """
    if "margin" not in judged or judged["margin"].size == 0:
        return np.nan
    median = float(np.median(judged["margin"]))
    return median if np.isfinite(median) else np.nan


def interval_method(seeds: int) -> str:
    """How the intervals were made."""
    if seeds == 1:
        return "bootstrap of patients; one seed, so other trainings are not covered"
    return f"crossed bootstrap of patients and {seeds} seeds"


def accidental_row(files: Sequence[Mapping[str, str]], cutoff: float) -> dict:
    """Means over settings drawn uniformly: AUC, and accuracy at the cut-off and at a new one.

    The new cut-off is chosen at each setting on the other folds. `accidental_recalibration_gain` is
    the difference of the two accuracies, of the frames that have both.
    """
    names = ("accuracy", "accuracy_recalibrated", "recalibration_gain", "auc")
    if not files:
        rows = (named(f"accidental_{name}", **NO_RATE) for name in names)
        return {"accidental_settings": 0} | {key: nan for row in rows for key, nan in row.items()}
    judged = accidental_frames(files)
    labels, patients = judged["label"].to_numpy(), judged["patient"].to_numpy()
    logits = judged["logit"].transpose("seed", "setting", "frame").to_numpy()
    right = decide(logits, cutoff) == labels
    recalibrated = np.stack([recalibrated_right(of_seed, judged) for of_seed in logits])
    decided = ~np.isnan(recalibrated)
    gain = over_settings(np.where(decided, recalibrated - right, np.nan))
    low, high = mean_interval(gain, patients, generator("accidental_recalibration_gain"))
    mean_gain = float(np.nanmean(gain)) if decided.any() else np.nan
    return {
        "accidental_settings": judged.sizes["setting"],
        **share("accidental_accuracy", right.mean(axis=1), patients),
        **share("accidental_accuracy_recalibrated", over_settings(recalibrated), patients),
        **named("accidental_recalibration_gain", mean_gain, low, high),
        **area("accidental_auc", labels, logits, patients),
    }


def accidental_frames(files: Sequence[Mapping[str, str]]) -> xr.Dataset:
    """Logits of one model's labelled frames at the settings drawn uniformly."""
    seeds = dict.fromkeys(file["seed"] for file in files)
    parts = [judged_frames([file for file in files if file["seed"] == seed]) for seed in seeds]
    of_seeds = [
        part.isel(frame=part["label"].values >= 0, setting=part["distribution"] == DISTRIBUTION)
        for part in parts
    ]
    return xr.concat(of_seeds, "seed", join="inner", coords="minimal", compat="override")


def recalibrated_right(logits: np.ndarray, judged: xr.Dataset) -> np.ndarray:
    """Whether frames are right at a new cut-off, float (setting, frame); nan without one."""
    labels, groups = judged["label"].to_numpy(), judged["group"].to_numpy()
    decisions = np.stack(
        [recalibrated_decisions(labels, expit(of_setting), groups) for of_setting in logits]
    )
    return np.where(np.isnan(decisions), np.nan, decisions == labels)


def over_settings(values: np.ndarray) -> np.ndarray:
    """Mean of values (seed, setting, frame) over the settings that have one; nan where none has."""
    counts = (~np.isnan(values)).sum(axis=1)
    sums = np.nansum(values, axis=1)
    return np.divide(sums, counts, out=np.full(counts.shape, np.nan), where=counts > 0)


def pair_table(
    judged: Mapping[str, xr.Dataset], models: Mapping[str, Mapping[str, Any]], baseline: str
) -> pd.DataFrame:
    """Each model (first) against the baseline (second); Holm corrects over the rows of a family."""
    rows = [
        {"family": family, "first_model": model, "second_model": baseline}
        | row
        | {"conditional_on": conditional_on(models[model], models[baseline])}
        for family in FAMILIES
        for model in judged
        if model != baseline
        for row in family_rows(family, judged[model], judged[baseline])
    ]
    table = pd.DataFrame(rows).reindex(columns=list(PAIR_COLUMNS))
    table["p_holm"] = table.groupby("family")["p"].transform(lambda p: holm(p.to_numpy()))
    return table.astype(dict.fromkeys(COUNTS, "Int64"))


def conditional_on(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    """What a p takes as given: it knows of other frames, not of other trainings."""
    protocols = {first["protocol"], second["protocol"]}
    return "fold models" if "patient_folds" in protocols else "models"


def family_rows(family: str, first: xr.Dataset, second: xr.Dataset) -> Iterator[dict]:
    """The row of one question to two models, on the frames that both judge; none where it cannot be
    asked of both, or of different lattices.
    """
    frames = np.intersect1d(first["frame"].to_numpy(), second["frame"].to_numpy())
    if family in CLASSES:
        frames = frames[first["label"].sel(frame=frames).to_numpy() == CLASSES[family]]
    first, second = first.sel(frame=frames), second.sel(frame=frames)
    if family == "auc":
        yield sizes(first, second) | auc_pair(first, second)
    elif may_be_compared(variable := VARIABLES.get(family, family), first, second):
        yield sizes(first, second) | hit_pair(family, first[variable], second[variable])


def may_be_compared(variable: str, first: xr.Dataset, second: xr.Dataset) -> bool:
    """Whether both models have a variable, and found it on the same lattice."""
    if variable not in first or variable not in second:
        return False
    return variable != "grid_certified" or all(
        first.attrs[key] == second.attrs[key] for key in ("grid", "grid_points")
    )


def sizes(first: xr.Dataset, second: xr.Dataset) -> dict[str, int]:
    return {
        "first_seeds": first.sizes["seed"],
        "second_seeds": second.sizes["seed"],
        "n": first.sizes["frame"],
        "n_patients": len(np.unique(first["patient"].to_numpy())),
    }


def hit_pair(family: str, first: xr.DataArray, second: xr.DataArray) -> dict:
    """Two models' hits (seed, frame) on the same frames: shares over all seeds, and the exact test.

    Frames of a patient and seeds of a model are no independent pairs: the test flips the sign of
    whole patients, each the sum over its frames of the difference of the seeds' mean. With a seed
    each and a frame per patient this is McNemar's exact test. The counts are those of each model's
    first seed, `p_mcnemar` is theirs.
    """
    one, other = first.to_numpy(), second.to_numpy()
    patients = first["patient"].to_numpy()
    both = one[0] & other[0]
    only_first, only_second = int((one[0] & ~other[0]).sum()), int((other[0] & ~one[0]).sum())
    divisor = gcd(len(one), len(other))
    # Whole numbers: the difference of the seeds' means times a constant.
    weighted = len(other) // divisor * one.sum(axis=0) - len(one) // divisor * other.sum(axis=0)
    single = len(one) == len(other) == 1 and len(np.unique(patients)) == len(patients)
    difference, low, high = mean_difference(one, other, patients, generator(family))
    known = len(patients) > 0
    return {
        "counted_first_seed": int(first["seed"][0]),
        "counted_second_seed": int(second["seed"][0]),
        **{"both": int(both.sum()), "only_first": only_first, "only_second": only_second},
        "neither": int((~one[0] & ~other[0]).sum()),
        "p_mcnemar": mcnemar_p(only_first, only_second) if known else np.nan,
        "first": one.mean() if known else np.nan,
        "second": other.mean() if known else np.nan,
        **{"difference": difference, "low": low, "high": high},
        "test": "McNemar, exact" if single else "sign flips of patients, exact",
        "p": sign_flip_p(weighted, patients) if known else np.nan,
    }


def auc_pair(first: xr.Dataset, second: xr.Dataset) -> dict:
    """Two models' mean AUCs on the same frames: DeLong's test, an interval from the bootstrap."""
    labels, patients = first["label"].to_numpy(), first["patient"].to_numpy()
    if len(np.unique(labels)) < 2:
        return {}
    one, other = first["logit"].to_numpy(), second["logit"].to_numpy()
    difference, low, high = auc_difference(labels, one, other, patients, generator("auc"))
    several = max(len(one), len(other)) > 1
    return {
        **{"first": mean_auc(labels, one), "second": mean_auc(labels, other)},
        **{"difference": difference, "low": low, "high": high},
        "test": "DeLong, mean of the seeds" if several else "DeLong",
        "p": delong_difference(labels, one, other)[3],
    }


if __name__ == "__main__":
    with job(snakemake.log[0]):
        tabulate_defences(
            models=snakemake.params.models,
            baseline=snakemake.params.baseline,
            predictions=dict(
                zip(snakemake.params.models, snakemake.input.predictions, strict=True)
            ),
            histories=located(snakemake.params.histories, snakemake.input),
            accidental=located(snakemake.params.accidental, snakemake.input),
            attacks=snakemake.input.attacks,
            grid=snakemake.input.grid or None,
            margins=snakemake.input.margins or None,
            zoo=snakemake.params.zoo,
            cutoff=snakemake.params.cutoff,
            table=snakemake.output.table,
            pairs=snakemake.output.pairs,
        )
