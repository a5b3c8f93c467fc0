"""How models fare at settings that a reconstruction may meet by accident.

The settings are those of `reconattack.attacks.drawn_settings`: the initial one, settings drawn at
random, and sweeps of one parameter.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from reconattack.attacks.distributions import DRAWN, INITIAL
from reconattack.classifiers.decisions.binary import decide
from reconattack.errors import InputError
from reconattack.evidence.labelled import constant_answer
from reconattack.evidence.statistics import (
    auc,
    delong_interval,
    proportion,
    recalibrated_decisions,
)
from reconattack.reconstruction.parameters import PARAMETERS

MERITS = ("auc", "accuracy", "sensitivity", "specificity", "accuracy_recalibrated")
MEASURES = ("positive_rate", "logit_shift", "changed", *MERITS)
QUANTILES = {"p5": 0.05, "median": 0.5, "p95": 0.95}


def accidental_tables(
    files: Sequence[Mapping[str, str]], cutoff: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tabulate the settings of each model and seed, and summarise each distribution of settings.

    Parameters
    ----------
    files
        The logits of each network and chunk: `model`, `seed`, `fold`, `path`.
    cutoff
        Probability from which a frame is called fatty.

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
        keys = {"model": model, "seed": seed}
        settings = setting_rows(judged_frames(of_network), cutoff)
        rows += [keys | row for row in settings.to_dict("records")]
        summaries += [keys | row for row in distribution_rows(settings)]
    return pd.DataFrame(rows), pd.DataFrame(summaries)


def networks_of(
    files: Sequence[Mapping[str, str]],
) -> dict[tuple[str, str], list[Mapping[str, str]]]:
    """The files of each model and seed."""
    networks: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for file in files:
        networks.setdefault((file["model"], file["seed"]), []).append(file)
    return networks


def judged_frames(files: Sequence[Mapping[str, str]]) -> xr.Dataset:
    """Read what the networks of one model and seed say of all frames that could be read.

    Parameters
    ----------
    files
        The records of each network and chunk: `fold`, `path`.

    Returns
    -------
    xarray.Dataset
        `logit` float (frame, setting), or `decided` and `margin` of a decision that is not binary,
        and what the records have besides. The coordinate `group` (frame) names what is held out
        together: the fold, or the patient where there are no folds.
    """
    parts = []
    for file in files:
        with xr.open_dataset(file["path"]) as opened:
            part = opened.load()
        group = part["patient"].values if file["fold"] == "all" else file["fold"]
        parts.append(part.assign_coords(group=("frame", np.full(part.sizes["frame"], group))))
    judged = xr.concat(parts, "frame")
    answers = judged["logit" if is_binary(judged) else "decided"]
    return judged.isel(frame=answers.notnull().all("setting").values)


def is_binary(judged: xr.Dataset) -> bool:
    """Whether the decisions of `judged_frames` are binary."""
    return "logit" in judged


def changed_decisions(judged: xr.Dataset, cutoff: float | None = None) -> np.ndarray:
    """Whether the decision on each frame differs from the initial one, bool (frame, setting).

    Binary decisions follow from a `cutoff`. Any other one differs where one of the two is a flip by
    the model's declaration and the other is not.
    """
    if is_binary(judged):
        decisions = decide(judged["logit"].transpose("frame", "setting").values, cutoff)
    else:
        decisions = judged["margin"].transpose("frame", "setting").values < 0
    (start,) = np.flatnonzero(judged["distribution"].values == INITIAL)
    return decisions != decisions[:, [start]]


def setting_rows(judged: xr.Dataset, cutoff: float) -> pd.DataFrame:
    """A row per setting of `judged_frames`."""
    initial = judged["logit"].sel(setting=f"{INITIAL}-0").values
    settings = (judged.isel(setting=number) for number in range(judged.sizes["setting"]))
    return pd.DataFrame([setting_row(setting, initial, cutoff) for setting in settings])


def setting_row(judged: xr.Dataset, initial: np.ndarray, cutoff: float) -> dict:
    """How the frames are judged at one setting, with 95 % intervals.

    Parameters
    ----------
    judged
        One setting of `judged_frames`.
    initial
        Logits at the initial setting, (frame,).
    cutoff
        Probability from which a frame is called fatty.
    """
    logits = judged["logit"].values
    decisions = decide(logits, cutoff)
    return {
        **{key: judged[key].item() for key in ("distribution", "setting")},
        **{name: judged[name].item() for name in PARAMETERS if name in judged.coords},
        "n": len(logits),
        **counted("positive_rate", "n_positive", decisions == 1),
        "logit_shift": np.mean(logits - initial),
        **counted("changed", "n_changed", decisions != decide(initial, cutoff)),
        **labelled_performance(judged.isel(frame=judged["label"].values >= 0), cutoff),
    }


def labelled_performance(labelled: xr.Dataset, cutoff: float) -> dict:
    """How well the labelled frames are judged at one setting.

    `constant_accuracy` is the accuracy of giving all of them the more frequent label. The
    recalibrated accuracy counts only frames for which the other groups choose a cut-off.
    """
    logits, labels = labelled["logit"].values, labelled["label"].values
    low, high = delong_interval(labels, logits)
    right = decide(logits, cutoff) == labels
    recalibrated = recalibrated_decisions(labels, expit(logits), labelled["group"].values)
    decided = ~np.isnan(recalibrated)
    right_recalibrated = recalibrated[decided] == labels[decided]
    return {
        "n_labelled": len(labels),
        **constant_answer(labels),
        "auc": auc(labels, logits),
        "auc_low": low,
        "auc_high": high,
        **counted("accuracy", "n_correct", right),
        "n_fatty": int(labels.sum()),
        **counted("sensitivity", "n_true_positive", right[labels == 1]),
        **counted("specificity", "n_true_negative", right[labels == 0]),
        "n_recalibrated": int(decided.sum()),
        **counted("accuracy_recalibrated", "n_correct_recalibrated", right_recalibrated),
    }


def distribution_rows(settings: pd.DataFrame) -> list[dict]:
    """A row per distribution of one network's settings (`setting_rows`)."""
    (initial,) = settings[settings["distribution"] == INITIAL].to_dict("records")
    others = settings[settings["distribution"] != INITIAL]
    return [
        distribution_row(of_distribution, initial)
        for _, of_distribution in others.groupby("distribution", sort=False)
    ]


def distribution_row(settings: pd.DataFrame, initial: Mapping[str, float]) -> dict:
    """The range of each measure over a distribution, its worst setting and how often it hurts."""
    row = {
        "distribution": settings["distribution"].iloc[0],
        "n_settings": len(settings),
        "n": initial["n"],
        "n_labelled": initial["n_labelled"],
        "constant_accuracy": initial["constant_accuracy"],
    }
    for measure in MEASURES:
        row.update(spread(measure, settings, initial))
    row.update(worst_setting(settings))
    for measure in MERITS:
        row.update(below(measure, settings, initial))
    return row


def spread(
    measure: str, settings: pd.DataFrame, initial: Mapping[str, float]
) -> Iterator[tuple[str, float]]:
    """A measure at the initial setting, and its quantiles over the others."""
    yield f"{measure}_initial", initial[measure]
    for name, quantile in QUANTILES.items():
        yield f"{measure}_{name}", settings[measure].quantile(quantile)


def worst_setting(settings: pd.DataFrame) -> dict:
    """The setting that changes the most decisions, the first if several change as many.

    It is not the setting of the lowest accuracy: a model that calls every frame fatty may be right
    more often.
    """
    worst = settings.loc[settings["changed"].idxmax()]
    kept = ["setting", *(name for name in PARAMETERS if name in settings), *MEASURES]
    return {f"worst_{key}": worst[key] for key in kept}


def below(measure: str, settings: pd.DataFrame, initial: Mapping[str, float]) -> dict:
    """The share of settings at which a measure lies below its interval at the initial setting.

    A sweep is no sample of settings, so its share has no interval.
    """
    limit, name = initial[f"{measure}_low"], f"{measure}_below"
    known = settings[measure].dropna() if np.isfinite(limit) else settings[measure][:0]
    row = counted(name, f"n_{name}", (known < limit).to_numpy())
    if settings["distribution"].iloc[0] not in DRAWN:
        row |= {f"{name}_low": np.nan, f"{name}_high": np.nan}
    return row


def counted(name: str, count: str, hits: np.ndarray) -> dict[str, float]:
    """The number of hits, bool (n,), in column `count`, and their share (`proportion`)."""
    return {count: int(hits.sum()), **proportion(name, int(hits.sum()), len(hits))}
