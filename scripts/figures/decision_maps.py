"""Where in the box each attacked frame's decision flips: the worst case of the other parameters."""

from collections.abc import Mapping, Sequence

from reconattack.figures.decision_maps import draw_pages, maps_of_grids, maps_table
from reconattack.figures.panels import save_pages
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import write_table


def decision_maps(
    files: Sequence[Mapping[str, str]],
    paths: Mapping[str, str],
    cutoff: float,
    classes: Sequence[str],
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Draw the maps of the grids `files` (`model`, `seed`, `fold`, `attack`, `path`).

    `paths` has for the path of a grid's record that of the paper's attack, if there is one.
    """
    maps = maps_of_grids(files, paths)
    write_table(table, maps_table(maps))
    save_pages(draw_pages(maps, cutoff, classes), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(decision_maps, snakemake)
