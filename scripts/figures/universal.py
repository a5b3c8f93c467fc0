"""Share of frames that one setting flips: over the box, and for a setting found on other folds."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reconattack.evidence.universal import (
    KINDS,
    Grid,
    by_grid,
    lattice_flips,
    map_rows,
    rows_of_grid,
)
from reconattack.figures.panels import save_pages
from reconattack.figures.universal import draw_universal
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table, write_table


def universal(
    rates: str,
    files: Sequence[Mapping[str, str]],
    initial: Mapping[str, float],
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Draw the maps of the grids `files` and the table `rates`; `table` has the maps' numbers."""
    rows = read_table(rates, dtype=dict.fromkeys(Grid._fields, str))
    grids = {
        grid: (lattice_flips(records), rows_of_grid(rows, grid))
        for grid, records in by_grid(files).items()
    }
    maps = [map_rows(grid, lattice, kind) for grid, (lattice, _) in grids.items() for kind in KINDS]
    write_table(table, pd.concat(maps))
    save_pages(draw_universal(grids, initial), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(universal, snakemake)
