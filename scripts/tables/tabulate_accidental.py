"""Tabulate how each model fares at settings set by accident, a row per setting; and sum them up."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from reconattack.attacks.drawn_settings import DRAWN, INITIAL, judged_frames
from reconattack.classifiers.decision import decide
from reconattack.errors import InputError
from reconattack.evidence.statistics import (
    auc,
    delong_interval,
    recalibrated_decisions,
    wilson_interval,
)
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.run.jobs import job
from reconattack.storage import located, write_table

MERITS = ("auc", "accuracy", "sensitivity", "specificity", "accuracy_recalibrated")
MEASURES = ("positive_rate", "logit_shift", "changed", *MERITS)
QUANTILES = {"p5": 0.05, "median": 0.5, "p95": 0.95}


def tabulate_accidental(
    files: Sequence[Mapping[str, str]], cutoff: float, table: str, summary: str
) -> None:
    """Write a row per model, seed and setting, and a row per model, seed and distribution.

    `files` names the logits of each network and chunk: `model`, `seed`, `fold`, `path`.
    """
    if not files:
        raise InputError("the configuration has no accidental: there is nothing to tabulate")
    networks: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for file in files:
        networks.setdefault((file["model"], file["seed"]), []).append(file)
    rows, sums = [], []
    for (model, seed), of_network in networks.items():
        of_settings = settings_table(judged_frames(of_network), cutoff)
        keys = {"model": model, "seed": seed}
        rows += [keys | row for row in of_settings.to_dict("records")]
        sums += [keys | row for row in summary_rows(of_settings)]
    write_table(table, pd.DataFrame(rows))
    write_table(summary, pd.DataFrame(sums))


def settings_table(judged: xr.Dataset, cutoff: float) -> pd.DataFrame:
    """A row per setting."""
    initial = judged["logit"].sel(setting=f"{INITIAL}-0").values
    of_settings = (judged.isel(setting=number) for number in range(judged.sizes["setting"]))
    return pd.DataFrame([setting_row(setting, initial, cutoff) for setting in of_settings])


def setting_row(judged: xr.Dataset, initial: np.ndarray, cutoff: float) -> dict:
    """How the frames are judged at one setting; `initial` holds their logits at the initial one.

    Intervals cover 95 %.
    """
    logits = judged["logit"].values
    decisions = decide(logits, cutoff)
    return {
        **{key: judged[key].item() for key in ("distribution", "setting")},
        **{name: judged[name].item() for name in PARAMETERS if name in judged.coords},
        "n": len(logits),
        **share("positive_rate", "n_positive", decisions == 1),
        "logit_shift": np.mean(logits - initial),
        **share("changed", "n_changed", decisions != decide(initial, cutoff)),
        **performance(judged.isel(frame=judged["label"].values >= 0), cutoff),
    }


def performance(labelled: xr.Dataset, cutoff: float) -> dict:
    """How well frames with a label are judged at one setting.

    `constant_accuracy` is that of giving all of them the more frequent label. After recalibration
    only the frames count for which the others choose a cut-off.
    """
    logits, labels = labelled["logit"].values, labelled["label"].values
    low, high = delong_interval(labels, logits)
    right = decide(logits, cutoff) == labels
    recalibrated = recalibrated_decisions(labels, expit(logits), labelled["group"].values)
    decided = ~np.isnan(recalibrated)
    right_recalibrated = recalibrated[decided] == labels[decided]
    return {
        "n_labelled": len(labels),
        "constant_accuracy": np.bincount(labels).max() / len(labels) if len(labels) else np.nan,
        **{"auc": auc(labels, logits), "auc_low": low, "auc_high": high},
        **share("accuracy", "n_correct", right),
        "n_fatty": int(labels.sum()),
        **share("sensitivity", "n_true_positive", right[labels == 1]),
        **share("specificity", "n_true_negative", right[labels == 0]),
        "n_recalibrated": int(decided.sum()),
        **share("accuracy_recalibrated", "n_correct_recalibrated", right_recalibrated),
    }


def summary_rows(table: pd.DataFrame) -> list[dict]:
    """A row per distribution of one network's settings."""
    (initial,) = table[table["distribution"] == INITIAL].to_dict("records")
    chosen = table[table["distribution"] != INITIAL]
    return [
        distribution_row(of_distribution, initial)
        for _, of_distribution in chosen.groupby("distribution", sort=False)
    ]


def distribution_row(settings: pd.DataFrame, initial: Mapping[str, float]) -> dict:
    """What a distribution of settings does: its range, its worst setting and how often it hurts."""
    return {
        "distribution": settings["distribution"].iloc[0],
        "n_settings": len(settings),
        **{count: initial[count] for count in ("n", "n_labelled")},
        **{key: value for measure in MEASURES for key, value in spread(measure, settings, initial)},
        **worst_setting(settings),
        **{key: n for measure in MERITS for key, n in below(measure, settings, initial).items()},
    }


def spread(
    measure: str, settings: pd.DataFrame, initial: Mapping[str, float]
) -> Iterator[tuple[str, float]]:
    """A measure at the initial setting and its quantiles over the others."""
    yield f"{measure}_initial", initial[measure]
    for name, quantile in QUANTILES.items():
        yield f"{measure}_{name}", settings[measure].quantile(quantile)


def worst_setting(settings: pd.DataFrame) -> dict:
    """That which changes the most decisions, of equally bad ones the first.

    Not that of the lowest accuracy: a model that calls everything fatty may be right more often.
    """
    worst = settings.loc[settings["changed"].idxmax()]
    kept = ["setting", *(name for name in PARAMETERS if name in settings), *MEASURES]
    return {f"worst_{key}": worst[key] for key in kept}


def below(measure: str, settings: pd.DataFrame, initial: Mapping[str, float]) -> dict:
    """At which share of the settings a measure lies below its interval at the initial setting.

    A sweep is no sample of settings: its share has no interval.
    """
    limit, name = initial[f"{measure}_low"], f"{measure}_below"
    known = settings[measure].dropna() if np.isfinite(limit) else settings[measure][:0]
    row = share(name, f"n_{name}", (known < limit).to_numpy())
    if settings["distribution"].iloc[0] not in DRAWN:
        row |= {f"{name}_low": np.nan, f"{name}_high": np.nan}
    return row


def share(name: str, count: str, hits: np.ndarray) -> dict[str, float]:
    """How many of `hits`, bool (n,), are True, and their share with Wilson's interval."""
    low, high = wilson_interval(int(hits.sum()), len(hits))
    value = hits.mean() if len(hits) else np.nan
    return {count: int(hits.sum()), name: value, f"{name}_low": low, f"{name}_high": high}


if __name__ == "__main__":
    with job(snakemake.log[0]):
        tabulate_accidental(
            files=located(snakemake.params.files, snakemake.input),
            cutoff=snakemake.params.cutoff,
            table=snakemake.output.table,
            summary=snakemake.output.summary,
        )
