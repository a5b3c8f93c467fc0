"""How often settings that flipped one model flip another."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from reconattack.evidence.statistics import wilson_interval


class Network(NamedTuple):
    """The networks of one model and seed."""

    model: str
    seed: int


class Counts(NamedTuple):
    """Settings that flipped a model, and settings tried on it."""

    flipped: int
    tried: int


Pair = tuple[Network, Network]  # source and target


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
            low, high = wilson_interval(counts.flipped, counts.tried)
            yield {
                "attack": attack,
                "source": f"{source.model}, seed {source.seed}",
                "target": f"{target.model}, seed {target.seed}",
                "n_flipped": counts.flipped,
                "n_tried": counts.tried,
                "rate": counts.flipped / counts.tried if counts.tried else np.nan,
                "rate_low": low,
                "rate_high": high,
            }
