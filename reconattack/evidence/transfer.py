"""How often settings that flipped one model flip another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from reconattack.evidence.statistics import proportion
from reconattack.storage import read_table

KEYS = ("source_model", "source_seed", "attack", "target_model", "target_seed")
COLUMNS = (
    *KEYS,
    "n_both_right",
    "n_tried",
    "n_flipped",
    "rate",
    "rate_low",
    "rate_high",
    "n_false_alarm",
    "n_missed_disease",
    "n_own",
    "own_rate",
    "own_rate_low",
    "own_rate_high",
)


class Network(NamedTuple):
    """The networks of one model and seed."""

    model: str
    seed: int


class Counts(NamedTuple):
    """Settings that flipped a model, and settings tried on it."""

    flipped: int
    tried: int


Pair = tuple[Network, Network]  # source and target


def transfer_table(files: Sequence[Mapping[str, str]], attacks: pd.DataFrame) -> pd.DataFrame:
    """Count how often settings that flipped one model flip another.

    Parameters
    ----------
    files
        Others' settings as each network judges them: `model` and `seed` of the target, `path`.
    attacks
        Table `attacks.csv`.

    Returns
    -------
    pandas.DataFrame
        The `COLUMNS`, a row per attack, source and target.
    """
    keys = list(KEYS)
    judged = pd.concat([judged_by(file) for file in files], ignore_index=True)
    own = attacks[["model", "seed", "attack", "frame", "success"]].rename(
        columns={"model": "target_model", "seed": "target_seed", "success": "own_success"}
    )
    judged = judged.merge(own, "left", ["target_model", "target_seed", "attack", "frame"])
    labels = attacks.drop_duplicates("frame").set_index("frame")["label"]
    judged["label"] = judged["frame"].map(labels)
    rows = [
        dict(zip(keys, values, strict=True)) | pair_counts(of_pair)
        for values, of_pair in judged.groupby(keys, sort=False)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def judged_by(file: Mapping[str, str]) -> pd.DataFrame:
    """Others' settings as one target judges them, with the target's `model` and `seed`."""
    target = {"target_model": file["model"], "target_seed": int(file["seed"])}
    judged = read_table(file["path"], dtype={"source_model": str, "target_model": str})
    # An empty chunk is read with dtype object, and pandas cannot use that as a boolean mask.
    return judged.astype({"right_at_start": bool, "source_success": bool}).assign(**target)


def pair_counts(judged: pd.DataFrame) -> dict:
    """Counts for one source and target, over the frames that the source attacked.

    `n_both_right` counts frames that both decide right at the initial setting, `n_tried` those of
    them that the source flipped, and `n_flipped` those that its setting flips on the target too.
    A flip of a frame without a label is neither a false alarm nor a missed disease. `own_*` counts
    the tried frames that the same attack on the target itself flips.
    """
    both_right = judged[judged["right_at_start"]]
    tried = both_right[both_right["source_success"]]
    flipped = tried[tried["flipped"].astype(bool)]
    n_own = int(tried["own_success"].sum())
    return {
        "n_both_right": len(both_right),
        "n_tried": len(tried),
        "n_flipped": len(flipped),
        **proportion("rate", len(flipped), len(tried)),
        "n_false_alarm": int((flipped["label"] == 0).sum()),
        "n_missed_disease": int((flipped["label"] == 1).sum()),
        "n_own": n_own,
        **proportion("own_rate", n_own, len(tried)),
    }


def counts_by_attack(own: pd.DataFrame, transferred: pd.DataFrame) -> dict[str, dict[Pair, Counts]]:
    """Count the flips of each pair of source and target, by attack.

    Parameters
    ----------
    own
        Table `summary.csv`: the successes of each model's own attacks, for the pair of a model with
        itself.
    transferred
        Table `transfer.csv`.
    """
    matrices: dict[str, dict[Pair, Counts]] = {}
    for row in own.itertuples():
        network = Network(row.model, row.seed)
        counts = Counts(row.n_success, row.n_attacked)
        matrices.setdefault(row.attack, {})[network, network] = counts
    for row in transferred.itertuples():
        source = Network(row.source_model, row.source_seed)
        target = Network(row.target_model, row.target_seed)
        matrices[row.attack][source, target] = Counts(row.n_flipped, row.n_tried)
    return matrices


def cell_rows(matrices: Mapping[str, Mapping[Pair, Counts]]) -> Iterator[dict]:
    """A row per pair: how many of the source's settings that were tried flip the target."""
    for attack, matrix in matrices.items():
        for (source, target), counts in matrix.items():
            yield {
                "attack": attack,
                "source": f"{source.model}, seed {source.seed}",
                "target": f"{target.model}, seed {target.seed}",
                "n_flipped": counts.flipped,
                "n_tried": counts.tried,
                **proportion("rate", counts.flipped, counts.tried),
            }
