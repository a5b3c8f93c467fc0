"""Gather universal settings in one table, a row per model, seed, grid, kind and fold."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.universal import universal_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_universal(
    files: Sequence[Mapping[str, str]],
    boxes: Mapping[str, Mapping],
    initial: Mapping[str, float],
    table: str,
) -> None:
    """Write what one setting does to all frames of each grid.

    `files` are the records of the grids (`model`, `seed`, `fold`, `attack`, `path`), `boxes` the
    parameters of each attack.
    """
    write_table(table, universal_table(files, boxes, initial))


if __name__ == "__main__":
    run_rule(tabulate_universal, snakemake)
