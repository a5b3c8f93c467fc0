"""Gather universal settings in one table, a row per model, seed, grid, kind and fold."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reconattack.attacks.space import search_space
from reconattack.evidence.universal import by_grid, lattice_flips, universal_rows
from reconattack.run.jobs import job
from reconattack.storage import located, write_table


def tabulate_universal(
    files: Sequence[Mapping[str, str]],
    boxes: Mapping[str, Mapping],
    initial: Mapping[str, float],
    output: str,
) -> None:
    """Write what one setting does to all frames of the grids of `files` (`model`, `seed`, `fold`,
    `attack`, `path`).
    """
    rows = [
        grid._asdict() | row
        for grid, of_grid in by_grid(files).items()
        for row in universal_rows(
            lattice_flips(of_grid), search_space(initial, boxes[grid.attack], grid.attack)
        )
    ]
    write_table(output, pd.DataFrame(rows).astype({"n_found_on": "Int64"}))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        tabulate_universal(
            files=located(snakemake.params.files, snakemake.input),
            boxes=snakemake.params.boxes,
            initial=snakemake.params.initial,
            output=snakemake.output.table,
        )
