"""Count how often settings that flipped one model flip another, a row per attack and pair."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.attacks import read_attacks
from reconattack.evidence.transfer import transfer_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_transfer(files: Sequence[Mapping[str, str]], attacks: str, table: str) -> None:
    """Write the counts of `files` (`model` and `seed` of the target, `path`)."""
    write_table(table, transfer_table(files, read_attacks(attacks)))


if __name__ == "__main__":
    run_rule(tabulate_transfer, snakemake)
