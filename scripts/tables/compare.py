"""Compare attacks, and trained or brought models, pair by pair on the same frames."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.attacks import read_attacks
from reconattack.evidence.comparisons import comparison_table
from reconattack.evidence.labelled import read_predictions
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def compare(
    attacks: str, predictions: Sequence[str], protocols: Mapping[str, str], table: str
) -> None:
    """Write a row per pair and question.

    `protocols` tells how the frames of each model were judged, `predictions` are the models' tables
    in the same order.
    """
    judged = read_predictions(list(protocols), predictions)
    write_table(table, comparison_table(read_attacks(attacks), judged, protocols))


if __name__ == "__main__":
    run_rule(compare, snakemake)
