"""The attacks' paths through the parameter box; for a search, which takes no path, its queries."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.attacks.results import FrameResult
from reconattack.figures.box import draw_box, is_stepwise
from reconattack.figures.panels import figure_style
from reconattack.figures.shares import flipped_share
from reconattack.figures.style import CROSS, DOT, FLIPPED, INK, KEPT, THIN, TWO_COLUMNS
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.seeds import seed_of

KEYS = ("model", "seed", "fold", "attack")
SPREAD = 0.25  # of a step: paths along the same settings would hide each other
ROW_HEIGHT = 2.5  # inches
MARGIN = 0.05
OUTCOMES = {True: ("decision flipped", FLIPPED, "-"), False: ("decision kept", KEPT, ":")}


def files_of_first_seed(files: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The records by the first seed of each model, in the order of `files`."""
    first: dict[str, str] = {}
    for file in files:
        first.setdefault(file["model"], file["seed"])
    return [file for file in files if file["seed"] == first[file["model"]]]


def paths_table(file: Mapping[str, str], results: Sequence[FrameResult]) -> pd.DataFrame:
    """Tabulate the paths of attacked frames.

    Parameters
    ----------
    file
        The record of the attack: `model`, `seed`, `fold`, `attack`.
    results
        Its attacked frames.

    Returns
    -------
    pandas.DataFrame
        A row per frame and step, or query of a search. `result` is true for the step that is the
        attack's result.
    """
    rows = [
        {
            **{key: file[key] for key in KEYS},
            "frame": result.name,
            "step": step,
            **dict(zip(PAPER_PARAMETERS, map(float, point), strict=True)),
            "success": result.flipped,
            "result": step == result.best_step,
        }
        for result in results
        for step, point in enumerate(result.points(PAPER_PARAMETERS))
    ]
    columns = [*KEYS, "frame", "step", *PAPER_PARAMETERS, "success", "result"]
    return pd.DataFrame(rows, columns=columns)


@figure_style()
def draw_paths(
    results: Mapping[tuple[str, str], Sequence[FrameResult]], boxes: Mapping[str, Mapping]
) -> Figure:
    """Draw the path of each frame in three projections, with a dot at its result.

    The queries of a search are points without a line.

    Parameters
    ----------
    results
        Attacked frames of each model and attack, a row of panels each.
    boxes
        Knobs of each attack, with their `box`, and their `rate` if it moves step by step.
    """
    figure, panels = plt.subplots(
        len(results),
        3,
        figsize=(TWO_COLUMNS, ROW_HEIGHT * len(results)),
        squeeze=False,
        layout="constrained",
    )
    for row, ((model, attack), frames) in zip(panels, results.items(), strict=True):
        for axes, pair in zip(row, combinations(PAPER_PARAMETERS, 2), strict=True):
            _draw_projection(axes, frames, pair, boxes[attack])
        n_flipped = sum(frame.flipped for frame in frames)
        row[1].set_title(f"{model}, {attack}: {flipped_share(n_flipped, len(frames))}")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _draw_projection(
    axes: Axes, frames: Sequence[FrameResult], pair: tuple[str, str], knobs: Mapping[str, Mapping]
) -> None:
    """Draw the box and the paths in the plane of two parameters."""
    initial = frames[0].initial if frames else dict.fromkeys(pair, 0.0)
    draw_box(axes, knobs, pair, initial, MARGIN)
    rates = np.array([knobs.get(name, {}).get("rate", 0) for name in pair])
    for flipped, (label, colour, line) in OUTCOMES.items():
        if is_stepwise(knobs):
            style = {"linestyle": line, "linewidth": THIN, "alpha": 0.7}
        else:
            style = {
                "linestyle": "none",
                "marker": ".",
                "markersize": DOT,
                "markeredgewidth": 0,
                "alpha": 0.4,
            }
        for number, frame in enumerate(one for one in frames if one.flipped == flipped):
            random = np.random.default_rng(seed_of(frame.name, "path"))
            points = frame.points(pair) + SPREAD * rates * random.uniform(-1, 1, 2)
            x, y = points.T
            axes.plot(x, y, color=colour, label=label if number == 0 else None, **style)
            x, y = points[frame.best_step]
            axes.plot(x, y, "o" if flipped else "s", markersize=DOT, color=colour, alpha=0.8)
    if frames:
        x, y = (initial[name] for name in pair)
        axes.plot(x, y, "+", color=INK, markersize=CROSS, label="initial setting")
