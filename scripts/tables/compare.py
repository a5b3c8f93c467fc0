"""Compare attacks, and trained or brought models, pair by pair on the same frames."""

from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.errors import InputError
from reconattack.evidence.statistics import auc, delong_difference, holm, mcnemar_p
from reconattack.run.jobs import job
from reconattack.storage import read_table, write_table

SIDES = ("first", "second")
COLUMNS = (
    *("family", "first_model", "first_seed", "first_attack"),
    *("second_model", "second_seed", "second_attack"),
    *("n", "n_patients", "both", "only_first", "only_second", "neither"),
    *("first", "second", "difference", "low", "high", "p", "p_holm", "conditional_on"),
)


def compare(
    attacks: str, predictions: Mapping[str, str], protocols: Mapping[str, str], output: str
) -> None:
    """Write a row per pair and question; `family` names the question, over which Holm corrects.

    `predictions` names a table per model, `protocols` how each model's frames were judged.
    """
    attack_table = read_table(attacks)
    if len(attack_table.drop_duplicates(["model", "seed", "attack"])) < 2:
        raise InputError(
            "the run has one model, one seed and one attack: there is nothing to compare; select "
            "more under run.attacks, run.seeds or run.models"
        )
    judged = pd.concat(
        [read_table(path).assign(model=model) for model, path in predictions.items()]
    )
    rows = [
        *attack_pairs(attack_table),
        *accuracy_pairs(judged),
        *success_pairs(attack_table),
        *auc_pairs(judged),
    ]
    in_context = [row | context(row, judged, protocols) for row in rows]
    table = pd.DataFrame(in_context).reindex(columns=list(COLUMNS))
    table["p_holm"] = table.groupby("family")["p"].transform(lambda p: holm(p.to_numpy()))
    counts = dict.fromkeys(("both", "only_first", "only_second", "neither"), "Int64")
    write_table(output, table.astype(counts))


def attack_pairs(attacks: pd.DataFrame) -> Iterator[dict]:
    """Success of every two attacks on one model's frames."""
    for (model, seed), of_model in attacked_frames(attacks).groupby(["model", "seed"], sort=False):
        by_attack = columns(of_model, ["attack"], "success")
        for first, second in combinations(by_attack, 2):
            yield (
                {"family": "attacks"}
                | sides((model, seed, *first), (model, seed, *second))
                | paired(by_attack[first], by_attack[second])
            )


def accuracy_pairs(judged: pd.DataFrame) -> Iterator[dict]:
    """Right or wrong at the initial setting, of every two models or seeds."""
    labelled = labelled_frames(judged)
    right = labelled.assign(right=labelled["predicted"] == labelled["label"])
    by_model = columns(right, ["model", "seed"], "right")
    for first, second in combinations(by_model, 2):
        yield (
            {"family": "accuracy"}
            | sides((*first, None), (*second, None))
            | paired(by_model[first], by_model[second])
        )


def success_pairs(attacks: pd.DataFrame) -> Iterator[dict]:
    """Success of the same attack on every two models or seeds, on frames that both judge right."""
    for attack, of_attack in attacked_frames(attacks).groupby("attack", sort=False):
        by_model = columns(of_attack, ["model", "seed"], "success")
        for first, second in combinations(by_model, 2):
            yield (
                {"family": "success"}
                | sides((*first, attack), (*second, attack))
                | paired(by_model[first], by_model[second])
            )


def auc_pairs(judged: pd.DataFrame) -> Iterator[dict]:
    """AUC of every two models or seeds."""
    labelled = labelled_frames(judged)
    label = labelled.drop_duplicates("frame").set_index("frame")["label"]
    by_model = columns(labelled, ["model", "seed"], "logit")
    for first, second in combinations(by_model, 2):
        logits = on_both(by_model[first], by_model[second])
        labels = label[logits.index].to_numpy()
        scores = [logits[side].to_numpy() for side in SIDES]
        difference, low, high, p = delong_difference(labels, *scores)
        areas = dict(zip(SIDES, (auc(labels, values) for values in scores), strict=True))
        yield (
            {"family": "auc"}
            | sides((*first, None), (*second, None))
            | {"frames": logits.index, "n": len(logits), **areas}
            | {"difference": difference, "low": low, "high": high, "p": p}
        )


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
        **shares.to_dict(),
        "difference": shares["first"] - shares["second"],
        "p": mcnemar_p(only_first, only_second) if len(hits) else np.nan,
    }


def context(row: dict, judged: pd.DataFrame, protocols: Mapping[str, str]) -> dict:
    """The number of patients behind a row, and what its p takes as given.

    Where patients are fewer than frames, p takes frames for independent that are not.
    """
    of_frames = judged["frame"].isin(row["frames"])
    folds = "patient_folds" in {protocols[row[f"{side}_model"]] for side in SIDES}
    return {
        "n_patients": judged.loc[of_frames, "patient"].nunique(),
        "conditional_on": "fold models" if folds else "models",
    }


def sides(*compared: tuple) -> dict:
    """What is compared: model, seed and attack of the first and of the second."""
    return {
        f"{side}_{key}": value
        for side, values in zip(SIDES, compared, strict=True)
        for key, value in zip(("model", "seed", "attack"), values, strict=True)
    }


def attacked_frames(attacks: pd.DataFrame) -> pd.DataFrame:
    """The rows of frames that were attacked."""
    return attacks[~attacks["stop_reason"].isin(NOT_ATTACKED)]


def labelled_frames(judged: pd.DataFrame) -> pd.DataFrame:
    """The rows of frames with a label, and read."""
    return judged[judged["label"].notna() & judged["logit"].notna()]


def columns(table: pd.DataFrame, keys: list[str], value: str) -> dict[tuple, pd.Series]:
    """A column of each group of a table by frame, in the order of the table."""
    return {
        group: rows.set_index("frame")[value] for group, rows in table.groupby(keys, sort=False)
    }


def on_both(first: pd.Series, second: pd.Series) -> pd.DataFrame:
    """Two columns side by side on the frames that both have."""
    return pd.concat(dict(zip(SIDES, (first, second), strict=True)), axis=1, join="inner")


if __name__ == "__main__":
    with job(snakemake.log[0]):
        compare(
            attacks=snakemake.input.attacks,
            predictions=dict(
                zip(snakemake.params.protocols, snakemake.input.predictions, strict=True)
            ),
            protocols=snakemake.params.protocols,
            output=snakemake.output.table,
        )
