"""Gather the findings of the grids in one table, a row per model, seed, fold, attack and frame."""

from collections.abc import Mapping, Sequence

from reconattack.evidence.grid import grid_table
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def tabulate_grid(files: Sequence[Mapping[str, str]], table: str) -> None:
    """Write the grids of `files` (`model`, `seed`, `fold`, `attack`, `path`), in their order."""
    write_table(table, grid_table(files))


if __name__ == "__main__":
    run_rule(tabulate_grid, snakemake)
