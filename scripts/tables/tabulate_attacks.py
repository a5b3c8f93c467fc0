"""Gather all attacks in one table, a row per model, seed, fold, attack and frame."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.attacks import attack_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_attacks(
    files: Sequence[Mapping[str, str]],
    grids: Mapping[str, Mapping[str, str]],
    table: str,
) -> None:
    """Write the attacks of `files` (`model`, `seed`, `fold`, `attack`, `path`), in their order.

    `grids` gives the grid over the same box (`attack`, `path`) by the path of a record.
    """
    write_table(table, attack_table(files, grids))


if __name__ == "__main__":
    run_rule(tabulate_attacks, snakemake)
