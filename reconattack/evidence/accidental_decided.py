"""How often decisions that are not binary change at settings that nobody chose against them.

A decision counts as changed where it is a flip by the model's own declaration, with its own answer
at the initial setting as the reference, or with the given mask. How well numbers repeat is told by
`reconattack.evidence.repeatability`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.distributions import INITIAL
from reconattack.errors import InputError
from reconattack.evidence.accidental import (
    changed_decisions,
    counted,
    judged_frames,
    networks_of,
)
from reconattack.evidence.bootstrap import proportion_interval
from reconattack.evidence.decided import mean_by_patient
from reconattack.evidence.labelled import resamples
from reconattack.evidence.statistics import proportion
from reconattack.reconstruction.parameters import PARAMETERS

QUANTILES = {"p5": 0.05, "median": 0.5, "p95": 0.95}


def decided_tables(files: Sequence[Mapping[str, str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tabulate the settings of each model and seed, and summarise each distribution of settings.

    Parameters
    ----------
    files
        What is decided by each network in each chunk: `model`, `seed`, `fold`, `path`.

    Returns
    -------
    tuple of pandas.DataFrame
        A row per model, seed and setting, and a row per model, seed and distribution.

    Raises
    ------
    InputError
        If there are no files.
    """
    if not files:
        raise InputError("the configuration has no accidental: there is nothing to tabulate")
    rows, summaries = [], []
    for (model, seed), of_network in networks_of(files).items():
        judged = judged_frames(of_network)
        keys = {"model": model, "seed": seed, "decision": judged.attrs["decision"]}
        if keys["decision"] == "number":
            keys["unit"] = judged.attrs["unit"]
        settings = [setting_row(judged, number) for number in range(judged.sizes["setting"])]
        rows += [keys | row for row in settings]
        summaries += [keys | row for row in distribution_rows(judged, pd.DataFrame(settings))]
    return pd.DataFrame(rows), pd.DataFrame(summaries)


def setting_row(judged: xr.Dataset, number: int) -> dict:
    """How many decisions change at one setting, with Wilson's interval, and how good they are."""
    setting = judged.isel(setting=number)
    return {
        **{key: setting[key].item() for key in ("distribution", "setting")},
        **{name: setting[name].item() for name in PARAMETERS if name in setting.coords},
        "n": judged.sizes["frame"],
        **counted("changed", "n_changed", changed_decisions(judged)[:, number]),
        **MERITS[judged.attrs["decision"]](judged, setting),
    }


def of_classes(judged: xr.Dataset, setting: xr.Dataset) -> dict[str, float]:
    """How many frames get their true class, of those whose class is known."""
    known = setting["truth"].notnull().values
    right = setting["decided"].values[known] == setting["truth"].values[known]
    return {"n_labelled": int(known.sum()), **counted("accuracy", "n_correct", right)}


def of_numbers(judged: xr.Dataset, setting: xr.Dataset) -> dict[str, float]:
    """Mean of the number less that at the initial setting; its interval is by patients."""
    initial = judged["decided"].sel(setting=f"{INITIAL}-0").values
    return mean_by_patient("shift", setting["decided"].values - initial, judged["patient"].values)


def of_masks(judged: xr.Dataset, setting: xr.Dataset) -> dict[str, float]:
    """Mean of the lowest Dice with the reference; its interval is by patients."""
    return mean_by_patient("mean_dice", setting["decided"].values, judged["patient"].values)


MERITS = {"classes": of_classes, "number": of_numbers, "mask": of_masks}


def distribution_rows(judged: xr.Dataset, settings: pd.DataFrame) -> list[dict]:
    """A row per distribution of one network's settings (`setting_row`)."""
    (initial,) = settings[settings["distribution"] == INITIAL].to_dict("records")
    others = settings[settings["distribution"] != INITIAL]
    return [
        distribution_row(judged, of_distribution, initial)
        for _, of_distribution in others.groupby("distribution", sort=False)
    ]


def distribution_row(
    judged: xr.Dataset, settings: pd.DataFrame, initial: Mapping[str, float]
) -> dict:
    """How often decisions change over a distribution of settings, and its worst setting.

    `changed_share` is the share of all frames and settings together; its interval is by patients.
    """
    places = settings.index.to_numpy()
    changed = changed_decisions(judged)[:, places]
    patients = judged["patient"].values
    random = resamples("patients", "changed_share")
    low, high = proportion_interval([changed.mean(axis=1)], patients, random)
    ever = changed.any(axis=1)
    worst = settings.loc[settings["changed"].idxmax()]
    row = {
        "distribution": settings["distribution"].iloc[0],
        "n_settings": len(settings),
        "n": initial["n"],
        "changed_share": float(changed.mean()) if changed.size else np.nan,
        "changed_share_low": low,
        "changed_share_high": high,
        "n_ever_changed": int(ever.sum()),
        **proportion("ever_changed", int(ever.sum()), len(ever)),
        **spread("changed", settings),
        "worst_setting": worst["setting"],
        **{f"worst_{name}": worst[name] for name in PARAMETERS if name in settings},
        "worst_changed": worst["changed"],
    }
    kind = judged.attrs["decision"]
    if kind == "number":
        return row
    merit = {"classes": "accuracy", "mask": "mean_dice"}[kind]
    return row | {f"{merit}_initial": initial[merit]} | spread(merit, settings)


def spread(measure: str, settings: pd.DataFrame) -> dict[str, float]:
    """Quantiles of a measure over the settings."""
    return {
        f"{measure}_{name}": settings[measure].quantile(share) for name, share in QUANTILES.items()
    }
