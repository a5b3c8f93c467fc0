"""Count which class attacked frames have before and after each attack."""

from collections.abc import Sequence

from reconattack.evidence.attacks import read_attacks
from reconattack.evidence.decided import confusion_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_confusion(attacks: str, classes: Sequence[str], table: str) -> None:
    """Write `confusion.csv`, a row per model, seed, attack, time and pair of `classes`."""
    write_table(table, confusion_table(read_attacks(attacks), classes))


if __name__ == "__main__":
    run_rule(tabulate_confusion, snakemake)
