"""The attacks' paths through the parameter box; of a search, which takes no path, its queries."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.evidence.statistics import wilson_interval
from reconattack.figures.panels import figure_style, save_figure
from reconattack.figures.style import CROSS, DOT, FLIPPED, GREY, INK, KEPT, THIN, TWO_COLUMNS
from reconattack.reconstruction.parameters import PAPER_PARAMETERS, PARAMETERS
from reconattack.run.jobs import job
from reconattack.seeds import seed_of
from reconattack.storage import located, write_table

KEYS = ("model", "seed", "fold", "attack")
SPREAD = 0.25  # of a step: paths of the same way would hide each other
Way = tuple[str, np.ndarray, bool, int]
OUTCOMES = {True: ("decision flipped", FLIPPED, "-"), False: ("decision kept", KEPT, ":")}


def attack_paths(
    files: Sequence[Mapping[str, str]],
    boxes: Mapping[str, Mapping],
    table: str,
    pdf: str,
    png: str,
    simulated: bool,
) -> None:
    """Tabulate and draw a row per model, its first seed, and attack, with a panel for each pair of
    parameters.
    """
    rows: dict[tuple[str, str], list[Way]] = {}
    tables = []
    for file in of_first_seed(files):
        paths = read_paths(file["path"])
        rows.setdefault((file["model"], file["attack"]), []).extend(paths)
        tables.append(paths_table(file, paths))
    write_table(table, pd.concat(tables))
    with figure_style():
        save_figure(draw_paths(rows, boxes), pdf, png, simulated)


def of_first_seed(files: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The files of the seed that each model comes first with."""
    first = {file["model"]: file["seed"] for file in reversed(files)}
    return [file for file in files if file["seed"] == first[file["model"]]]


def read_paths(path: str) -> list[Way]:
    """Name, parameters (step, parameter), success and best step of each frame attacked."""
    with xr.open_dataset(path) as attacks:
        frames = (attacks.isel(frame=number) for number in range(attacks.sizes["frame"]))
        return [
            (
                str(frame["frame"].values),
                frame["parameters"].dropna("step").sel(parameter=list(PAPER_PARAMETERS)).values,
                bool(frame["success"]),
                int(frame["best_step"]),
            )
            for frame in frames
            if str(frame["stop_reason"].values) not in NOT_ATTACKED
        ]


def paths_table(file: Mapping[str, str], paths: Sequence[Way]) -> pd.DataFrame:
    """A row per frame and step, or query of a search; `result` marks the step that is the dot."""
    known = {key: file[key] for key in KEYS}
    rows = [
        known
        | {"frame": frame, "step": step}
        | dict(zip(PAPER_PARAMETERS, map(float, point), strict=True))
        | {"success": success, "result": step == best}
        for frame, path, success, best in paths
        for step, point in enumerate(path)
    ]
    return pd.DataFrame(
        rows, columns=[*KEYS, "frame", "step", *PAPER_PARAMETERS, "success", "result"]
    )


def draw_paths(rows: Mapping[tuple[str, str], list], boxes: Mapping[str, Mapping]) -> Figure:
    """Paths from the initial setting, or a search's queries, a dot at each result; the box in grey.

    A search's queries are no path: they are points. Its knobs have no `rate`.
    """
    figure, panels = plt.subplots(
        len(rows), 3, figsize=(TWO_COLUMNS, 2.5 * len(rows)), squeeze=False, layout="constrained"
    )
    for row, ((model, attack), paths) in zip(panels, rows.items(), strict=True):
        for axes, (first, second) in zip(
            row, combinations(range(len(PAPER_PARAMETERS)), 2), strict=True
        ):
            _draw_projection(axes, paths, first, second, boxes[attack])
        row[1].set_title(f"{model}, {attack}: {flipped_share(paths)}")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def flipped_share(paths: Sequence[Way]) -> str:
    """How many of the attacked frames flipped, and the share's 95 % interval."""
    flipped = sum(success for _, _, success, _ in paths)
    low, high = wilson_interval(flipped, len(paths))
    interval = f" (95 % interval {100 * low:.0f} to {100 * high:.0f} %)" if paths else ""
    return f"{flipped} of {len(paths)} frames flipped{interval}"


def _draw_projection(axes: Axes, paths: list, first: int, second: int, knobs: Mapping) -> None:
    pair = PAPER_PARAMETERS[first], PAPER_PARAMETERS[second]
    still = paths[0][1][0] if paths else np.zeros(len(PAPER_PARAMETERS))
    (left, right), (bottom, top) = (
        knobs.get(name, {"box": [still[column]] * 2})["box"]
        for name, column in zip(pair, (first, second), strict=True)
    )
    stepped = any("rate" in knob for knob in knobs.values())
    rates = np.array([knobs.get(name, {}).get("rate", 0) for name in pair])
    axes.add_patch(
        Rectangle((left, bottom), right - left, top - bottom, fill=False, color=GREY, lw=THIN)
    )
    for success, (label, colour, line) in OUTCOMES.items():
        for number, (frame, path, _, best) in enumerate(p for p in paths if p[2] == success):
            random = np.random.default_rng(seed_of(frame, "path"))
            drawn = path[:, [first, second]] + SPREAD * rates * random.uniform(-1, 1, 2)
            style = {"color": colour, "label": label if number == 0 else None}
            if stepped:
                axes.plot(*drawn.T, linestyle=line, linewidth=THIN, alpha=0.7, **style)
            else:
                axes.plot(*drawn.T, ".", markersize=DOT, markeredgewidth=0, alpha=0.4, **style)
            axes.plot(
                *drawn[best], "o" if success else "s", markersize=DOT, color=colour, alpha=0.8
            )
    if paths:
        axes.plot(
            *paths[0][1][0, [first, second]],
            "+",
            color=INK,
            markersize=CROSS,
            label="initial setting",
        )
    margins = 0.05 * np.array([right - left or 1, top - bottom or 1])
    axes.set(
        xlabel=PARAMETERS[pair[0]].label,
        ylabel=PARAMETERS[pair[1]].label,
        xlim=(left - margins[0], right + margins[0]),
        ylim=(bottom - margins[1], top + margins[1]),
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        attack_paths(
            files=located(snakemake.params.files, snakemake.input),
            boxes=snakemake.params.boxes,
            table=snakemake.output.table,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
