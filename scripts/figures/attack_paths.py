"""The attacks' paths through the parameter box; for a search, which takes no path, its queries."""

from collections.abc import Mapping, Sequence

import pandas as pd

from reconattack.attacks.results import FrameResult, attacked_frames
from reconattack.figures.attack_paths import draw_paths, files_of_first_seed, paths_table
from reconattack.figures.panels import save_figure
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def attack_paths(
    files: Sequence[Mapping[str, str]],
    boxes: Mapping[str, Mapping],
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Draw a row of panels per model and attack, by the first seed of each model.

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
    save_figure(draw_paths(results, boxes), pdf, png, simulated)


if __name__ == "__main__":
    run_rule(attack_paths, snakemake)
