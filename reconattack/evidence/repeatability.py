"""How well a score repeats if a technologist sets the scanner again, `repeatability.csv`.

The score is the log-odds of label 1 of a binary decision, or the number of a decision of numbers.

The settings are those that `accidental` draws by a normal distribution about the initial setting:
the declared distribution of what a technologist leaves. Every frame is judged at the same settings.

For each model and seed:

- `within_deviation` s_w: root of the frames' mean variance over the settings (Bland & Altman, BMJ
  1996;313:744);
- `repeatability_coefficient`: 1.96 sqrt(2) s_w. Two scores of one frame differ by less for 95 % of
  the pairs of settings, if they are normally distributed (Bland & Altman, Stat. Methods Med. Res.
  1999;8:135);
- `icc`: ICC(A,1), absolute agreement of single scores by the two-way random model, with frames as
  subjects (McGraw & Wong, Psychol. Methods 1996;1:30);
- `variation_coefficient`: s_w divided by the absolute mean score. A log-odds has no natural zero,
  so it depends on where the mean score lies.

For each model, with all its seeds: the variance of each random effect and its share
(`reconattack.evidence.variance_components`). Intervals are percentiles of a bootstrap of patients;
settings and seeds are taken as given.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.errors import InputError
from reconattack.evidence.accidental import is_binary, judged_frames
from reconattack.evidence.bootstrap import QUANTILES, SPREAD, patient_draws
from reconattack.evidence.labelled import resamples
from reconattack.evidence.paths import pattern_of
from reconattack.evidence.statistics import NO_INTERVAL
from reconattack.evidence.variance_components import (
    COMPONENTS,
    shares_of,
    unidentified,
    variance_components,
)

DISTRIBUTION = "normal"
UNIT = "log-odds"
PAIR = math.sqrt(2)  # the deviation of a difference is so many times that of a score
NO_ZERO = "a log-odds has no natural zero: compare it between models with care"
TOO_FEW = "fewer than two patients or settings"


def repeatability_table(files: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Tabulate the repeatability of each model and seed, and the parts of each model's variance.

    Parameters
    ----------
    files
        Logits at settings that no adversary chose: `model`, `seed`, `fold`, `path`.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed and measure; `seed` is missing where all seeds count together.

    Raises
    ------
    InputError
        If there are no files.
    """
    if not files:
        raise InputError("the configuration has no accidental: there is nothing to tabulate")
    rows: list[dict] = []
    for model in dict.fromkeys(file["model"] for file in files):
        of_model = [file for file in files if file["model"] == model]
        seeds = list(dict.fromkeys(file["seed"] for file in of_model))
        judged = {
            seed: drawn_scores([file for file in of_model if file["seed"] == seed])
            for seed in seeds
        }
        for seed, scores in judged.items():
            paths = [file["path"] for file in of_model if file["seed"] == seed]
            common = {"model": model, "seed": seed, **described([scores], paths)}
            rows += [common | row for row in measure_rows(scores)]
        paths = [file["path"] for file in of_model]
        together = alike(list(judged.values()))
        common = {"model": model, "seed": None, **described(together, paths)}
        rows += [common | row for row in component_rows(together)]
    return pd.DataFrame(rows)


def drawn_scores(files: Sequence[Mapping[str, str]]) -> xr.Dataset:
    """The scores of one model and seed at the drawn settings: `score` (frame, setting)."""
    judged = judged_frames(files)
    scores = judged["logit" if is_binary(judged) else "decided"]
    unit = UNIT if is_binary(judged) else judged.attrs["unit"]
    drawn = judged.assign(score=scores.assign_attrs(units=unit))
    return drawn.isel(setting=judged["distribution"].values == DISTRIBUTION)


def alike(judged: Sequence[xr.Dataset]) -> list[xr.Dataset]:
    """The scores of several seeds, of the frames that all of them judge, in one order."""
    frames = sorted(set.intersection(*({*one["frame"].values.tolist()} for one in judged)))
    return [one.sel(frame=frames) for one in judged]


def described(judged: Sequence[xr.Dataset], paths: Sequence[str]) -> dict:
    """How many scores there are, and where they come from."""
    first = judged[0]
    return {
        "distribution": DISTRIBUTION,
        "n": first.sizes["frame"],
        "n_patients": len(np.unique(first["patient"].values.astype(str))),
        "n_settings": first.sizes["setting"],
        "n_seeds": len(judged),
        "source_files": pattern_of(paths),
    }


def measure_rows(judged: xr.Dataset) -> Iterator[dict]:
    """The measures of one model and seed."""
    scores = judged["score"].transpose("frame", "setting").values
    unit = judged["score"].attrs["units"]
    patients = judged["patient"].values.astype(str)
    if min(len(np.unique(patients)), scores.shape[1]) < 2:
        for measure in MEASURES:
            yield row(measure, unit, np.nan, NO_INTERVAL, TOO_FEW)
        return
    drawn = patient_draws(patients, resamples("patients", "repeatability"))
    observed, resampled = (measures(scores, times) for times in (np.ones((1, len(scores))), drawn))
    for measure, remark in MEASURES.items():
        said = "" if remark == NO_ZERO and unit != UNIT else remark
        yield row(measure, unit, observed[measure][0], ends(resampled[measure]), said)


def measures(scores: np.ndarray, drawn: np.ndarray) -> dict[str, np.ndarray]:
    """The measures of scores (frame, setting) in resamples (resample, frame), each (resample,)."""
    frames = drawn.sum(axis=1)
    within = np.sqrt(drawn @ scores.var(axis=1, ddof=1) / frames)
    mean = drawn @ scores.mean(axis=1) / frames
    subjects = np.arange(len(scores))  # frames, whoever their patient
    found = variance_components(scores[:, :, np.newaxis], subjects, drawn)
    between, settings, rest = (
        found[name] for name in ("patients", "settings", "patients_settings")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "within_deviation": within,
            "repeatability_coefficient": SPREAD * PAIR * within,
            "icc": between / (between + settings + rest),
            "variation_coefficient": within / np.abs(mean),
        }


MEASURES = {  # with what a reader of the number should know
    "within_deviation": "",
    "repeatability_coefficient": "",
    "icc": "ICC(A,1), frames as subjects",
    "variation_coefficient": NO_ZERO,
}


def component_rows(judged: Sequence[xr.Dataset]) -> Iterator[dict]:
    """The variance of each random effect of one model, and its share."""
    scores = np.stack([one["score"].values for one in judged], axis=2)
    unit = judged[0]["score"].attrs["units"]
    patients = judged[0]["patient"].values.astype(str)
    names = [f"{kind}_{name}" for kind in ("variance", "share") for name in COMPONENTS]
    if min(len(np.unique(patients)), scores.shape[1]) < 2:
        for name in names:
            yield row(name, unit, np.nan, NO_INTERVAL, TOO_FEW)
        return
    reasons = unidentified(patients, len(judged))
    drawn = patient_draws(patients, resamples("patients", "repeatability"))
    drawn = drawn[drawn[:, first_frames(patients)].astype(bool).sum(axis=1) > 1]
    observed, resampled = (variance_components(scores, patients, times) for times in (None, drawn))
    for kind, change in (("variance", dict), ("share", shares_of)):
        values, others = change(observed), change(resampled)
        for name in COMPONENTS:
            known = name not in reasons
            interval = ends(others[name]) if known else NO_INTERVAL
            value = values[name][0] if known else np.nan
            yield row(f"{kind}_{name}", unit, value, interval, reasons.get(name, ""))


def first_frames(patients: np.ndarray) -> np.ndarray:
    """The first frame of each patient, (patient,)."""
    return np.unique(patients, return_index=True)[1]


def ends(values: np.ndarray) -> tuple[float, float]:
    """The ends between which 95 % of the resamples lie; nan if none is known."""
    known = values[np.isfinite(values)]
    if not len(known):
        return NO_INTERVAL
    low, high = np.quantile(known, QUANTILES)
    return float(low), float(high)


def row(measure: str, unit: str, value: float, interval: tuple[float, float], remark: str) -> dict:
    """One measure of scores in a unit, with its own unit."""
    if measure.startswith("variance"):
        unit = f"({unit})^2"
    elif measure not in ("within_deviation", "repeatability_coefficient"):
        unit = "1"
    columns = {"measure": measure, "unit": unit, "value": float(value)}
    columns |= dict(zip(("value_low", "value_high"), interval, strict=True))
    return columns | {"remark": remark or None}
