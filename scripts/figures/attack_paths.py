"""The attacks' paths through the parameter box; for a search, which takes no path, its results."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reconattack.attacks.results import FrameResult, attacked_frames
from reconattack.figures.attack_paths import draw_pages, files_of_first_seed, paths_table
from reconattack.figures.panels import save_pages
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import write_table


def attack_paths(
    files: Sequence[Mapping[str, str]],
    boxes: Mapping[str, Mapping],
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Draw each attack on each model, by the first seed of the model.

    `files` are the records of the attacks (`model`, `seed`, `fold`, `attack`, `path`), `boxes` the
    knobs of each attack.
    """
    results: dict[tuple[str, str], list[FrameResult]] = {}
    tables = []
    for file in files_of_first_seed(files):
        frames = list(attacked_frames(file["path"]))
        results.setdefault((file["model"], file["attack"]), []).extend(frames)
        tables.append(paths_table(file, frames))
    write_table(table, pd.concat(tables))
    save_pages(draw_pages(results, boxes), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(attack_paths, snakemake)
