"""Compare one setting for a whole clip or patient with one for each frame."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.attacks import read_attacks
from reconattack.evidence.labelled import read_predictions
from reconattack.evidence.units import unit_tables
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_units(
    files: Sequence[Mapping[str, str]],
    attacks: str,
    predictions: Sequence[str],
    models: Sequence[str],
    units: Mapping[str, str],
    table: str,
    summary: str,
) -> None:
    """Write a row per model, seed, attack and unit, and one per model, seed and attack.

    `files` are the records of attacks on units, `units` names the unit of each frame.
    """
    judged = read_predictions(models, predictions)
    rows, rates = unit_tables(files, read_attacks(attacks), judged, units)
    write_table(table, rows)
    write_table(summary, rates)


if __name__ == "__main__":
    run_rule(tabulate_units, snakemake)
