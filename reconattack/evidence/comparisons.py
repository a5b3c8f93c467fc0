"""Attacks and models compared pair by pair on the same frames, `comparisons.csv`."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from reconattack.errors import InputError
from reconattack.evidence.labelled import (
    attacked,
    conditional_on,
    constant_answer,
    labelled_frames,
)
from reconattack.evidence.statistics import auc, delong_difference, holm, mcnemar_p

SIDES = ("first", "second")
COUNTS = ("both", "only_first", "only_second", "neither")
COLUMNS = (
    "family",
    "first_model",
    "first_seed",
    "first_attack",
    "second_model",
    "second_seed",
    "second_attack",
    "n",
    "n_patients",
    *COUNTS,
    "first",
    "second",
    "difference",
    "low",
    "high",
    "p",
    "p_holm",
    "conditional_on",
    "constant_accuracy",
)


def comparison_table(
    attacks: pd.DataFrame, predictions: Mapping[str, pd.DataFrame], protocols: Mapping[str, str]
) -> pd.DataFrame:
    """Compare every two attacks on a model, and every two models or seeds.

    Parameters
    ----------
    attacks
        Table `attacks.csv`.
    predictions
        The predictions of each model.
    protocols
        How the frames of each model were judged.

    Returns
    -------
    pandas.DataFrame
        The `COLUMNS`, a row per pair and question. `family` names the question; Holm corrects over
        its rows.

    Raises
    ------
    InputError
        If there is nothing to compare.
    """
    if len(attacks.drop_duplicates(["model", "seed", "attack"])) < 2:
        raise InputError(
            "the run has one model, one seed and one attack: there is nothing to compare; select "
            "more under run.attacks, run.seeds or run.models"
        )
    judged = pd.concat([table.assign(model=model) for model, table in predictions.items()])
    rows = [
        *attack_pairs(attacks),
        *accuracy_pairs(judged),
        *success_pairs(attacks),
        *auc_pairs(judged),
    ]
    in_context = [row | context(row, judged, protocols) for row in rows]
    table = pd.DataFrame(in_context).reindex(columns=list(COLUMNS))
    table["p_holm"] = table.groupby("family")["p"].transform(lambda p: holm(p.to_numpy()))
    return table.astype(dict.fromkeys(COUNTS, "Int64"))


def attack_pairs(attacks: pd.DataFrame) -> Iterator[dict]:
    """Success of every two attacks on the frames of one model and seed."""
    for (model, seed), of_model in attacked(attacks).groupby(["model", "seed"], sort=False):
        by_attack = columns(of_model, ["attack"], "success")
        for first, second in combinations(by_attack, 2):
            yield {
                "family": "attacks",
                **sides((model, seed, *first), (model, seed, *second)),
                **paired(by_attack[first], by_attack[second]),
            }


def accuracy_pairs(judged: pd.DataFrame) -> Iterator[dict]:
    """Right or wrong at the initial setting, for every two models or seeds.

    `constant_accuracy` is that of one answer for all frames that both judge.
    """
    labelled = labelled_frames(judged)
    right = labelled.assign(right=labelled["predicted"] == labelled["label"])
    label = labelled.drop_duplicates("frame").set_index("frame")["label"]
    by_model = columns(right, ["model", "seed"], "right")
    for first, second in combinations(by_model, 2):
        pair = paired(by_model[first], by_model[second])
        yield {
            "family": "accuracy",
            **sides((*first, None), (*second, None)),
            **pair,
            "constant_accuracy": constant_answer(label[pair["frames"]])["constant_accuracy"],
        }


def success_pairs(attacks: pd.DataFrame) -> Iterator[dict]:
    """Success of the same attack on every two models or seeds, on frames that both judge right."""
    for attack, of_attack in attacked(attacks).groupby("attack", sort=False):
        by_model = columns(of_attack, ["model", "seed"], "success")
        for first, second in combinations(by_model, 2):
            yield {
                "family": "success",
                **sides((*first, attack), (*second, attack)),
                **paired(by_model[first], by_model[second]),
            }


def auc_pairs(judged: pd.DataFrame) -> Iterator[dict]:
    """AUC of every two models or seeds."""
    labelled = labelled_frames(judged)
    label = labelled.drop_duplicates("frame").set_index("frame")["label"]
    by_model = columns(labelled, ["model", "seed"], "logit")
    for first, second in combinations(by_model, 2):
        logits = on_both(by_model[first], by_model[second])
        labels = label[logits.index].to_numpy()
        first_logits, second_logits = logits["first"].to_numpy(), logits["second"].to_numpy()
        difference, low, high, p = delong_difference(labels, first_logits, second_logits)
        yield {
            "family": "auc",
            **sides((*first, None), (*second, None)),
            "frames": logits.index,
            "n": len(logits),
            "first": auc(labels, first_logits),
            "second": auc(labels, second_logits),
            "difference": difference,
            "low": low,
            "high": high,
            "p": p,
        }


def paired(first: pd.Series, second: pd.Series) -> dict:
    """Counts, shares and McNemar's p of two columns of hits on the frames that both have."""
    hits = on_both(first, second).astype(bool)
    one, other = hits["first"], hits["second"]
    only_first, only_second = int((one & ~other).sum()), int((other & ~one).sum())
    shares = hits.mean() if len(hits) else pd.Series(np.nan, SIDES)
    return {
        "frames": hits.index,
        "n": len(hits),
        "both": int((one & other).sum()),
        "only_first": only_first,
        "only_second": only_second,
        "neither": int((~one & ~other).sum()),
        "first": shares["first"],
        "second": shares["second"],
        "difference": shares["first"] - shares["second"],
        "p": mcnemar_p(only_first, only_second) if len(hits) else np.nan,
    }


def context(row: Mapping, judged: pd.DataFrame, protocols: Mapping[str, str]) -> dict:
    """The number of patients behind a row, and what its p value takes as given.

    The p value takes frames for independent. They are not where there are fewer patients than
    frames.
    """
    of_frames = judged["frame"].isin(row["frames"])
    return {
        "n_patients": judged.loc[of_frames, "patient"].nunique(),
        "conditional_on": conditional_on(*(protocols[row[f"{side}_model"]] for side in SIDES)),
    }


def sides(first: tuple, second: tuple) -> dict:
    """Columns of what is compared; each side is a model, a seed and an attack."""
    return {
        f"{side}_{key}": value
        for side, values in zip(SIDES, (first, second), strict=True)
        for key, value in zip(("model", "seed", "attack"), values, strict=True)
    }


def columns(table: pd.DataFrame, keys: list[str], value: str) -> dict[tuple, pd.Series]:
    """A column of each group of a table by frame, in the order of the table."""
    return {
        group: rows.set_index("frame")[value] for group, rows in table.groupby(keys, sort=False)
    }


def on_both(first: pd.Series, second: pd.Series) -> pd.DataFrame:
    """Two columns side by side on the frames that both have."""
    return pd.concat({"first": first, "second": second}, axis=1, join="inner")
