"""The attacks' paths through the parameter box; for a search, which takes no path, its results."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reconattack.attacks.results import FrameResult
from reconattack.figures.box import draw_box, is_stepwise
from reconattack.figures.look import differing, figure_style, inches, letter
from reconattack.figures.panels import empty_page
from reconattack.figures.style import (
    CROSS,
    DOT,
    FLIPPED,
    HIGHEST,
    INK,
    KEPT,
    PAPER,
    THICK,
    THIN,
    TWO_COLUMNS,
)
from reconattack.reconstruction.parameters import PAPER_PARAMETERS

KEYS = ("model", "seed", "fold", "attack")
PAIRS = tuple(combinations(PAPER_PARAMETERS, 2))
ROWS = 3  # of panels on a page
ROW_HEIGHT = 2.05  # inches
LEGEND_HEIGHT = HIGHEST - ROWS * ROW_HEIGHT  # inches
LABEL_WIDTH = 38  # letters
MARGIN = 0.05
OPAQUE = 0.7  # of paths and results that may hide others
OUTCOMES = {True: ("flipped", FLIPPED, "-", "o"), False: ("kept", KEPT, ":", "s")}

Attack = tuple[str, str]  # model and attack


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


def draw_pages(
    results: Mapping[Attack, Sequence[FrameResult]], boxes: Mapping[str, Mapping]
) -> Iterator[Figure]:
    """Draw pages of at most `ROWS` rows of panels.

    An attack that moves step by step has a row, in which its paths are seen from three sides. The
    results of the other attacks are a panel each, behind them.

    Parameters
    ----------
    results
        Attacked frames of each model and attack.
    boxes
        Knobs of each attack, with their `box`, and their `rate` if it moves step by step.
    """
    stepwise = [key for key in results if is_stepwise(boxes[key[1]])]
    others = [key for key in results if key not in stepwise]
    rows = [[(key, pair) for pair in PAIRS] for key in stepwise]
    rows += [
        [(key, PAIRS[0]) for key in others[start : start + len(PAIRS)]]
        for start in range(0, len(others), len(PAIRS))
    ]
    models = [(model, "", attack) for model, attack in results]
    names = dict(zip(results, differing(models), strict=True))
    for start in range(0, len(rows), ROWS):
        yield _draw_rows(rows[start : start + ROWS], names, results, boxes)
    if not rows:
        yield empty_page("no attack was run")


@figure_style()
def _draw_rows(
    rows: Sequence[Sequence[tuple[Attack, tuple[str, str]]]],
    names: Mapping[Attack, str],
    results: Mapping[Attack, Sequence[FrameResult]],
    boxes: Mapping[str, Mapping],
) -> Figure:
    """Draw a panel for each attack and pair of parameters; the first one of an attack names it."""
    size = inches(TWO_COLUMNS, ROW_HEIGHT * len(rows) + LEGEND_HEIGHT)
    figure, panels = plt.subplots(
        len(rows), len(PAIRS), figsize=size, squeeze=False, layout="constrained"
    )
    named: set[Attack] = set()
    for drawn, line in zip(panels, rows, strict=True):
        for axes, (key, pair) in zip(drawn, line, strict=False):
            draw_projection(axes, results[key], pair, boxes[key[1]])
            if key not in named:
                letter(axes, len(named), textwrap.fill(names[key], LABEL_WIDTH))
            named.add(key)
        for axes in drawn[len(line) :]:
            axes.set_axis_off()
    figure.legend(handles=[*_handles()], loc="outside lower center", ncols=5)
    return figure


@figure_style()
def draw_paths(frames: Sequence[FrameResult], knobs: Mapping[str, Mapping]) -> Figure:
    """Draw the paths of one attack from three sides, and every query of a search."""
    size = inches(TWO_COLUMNS, ROW_HEIGHT + LEGEND_HEIGHT)
    figure, panels = plt.subplots(1, len(PAIRS), figsize=size, layout="constrained")
    for axes, pair in zip(panels, PAIRS, strict=True):
        draw_projection(axes, frames, pair, knobs, queries=True)
    figure.legend(handles=[*_handles()], loc="outside lower center", ncols=5)
    return figure


def draw_projection(
    axes: Axes,
    frames: Sequence[FrameResult],
    pair: tuple[str, str],
    knobs: Mapping[str, Mapping],
    queries: bool = False,
) -> None:
    """Draw the box in the plane of two parameters, the paths and where each frame ends.

    Where several frames take the same way or end at one place, the line is wider and the mark is
    larger. With `queries` a search shows what it tried.
    """
    initial = frames[0].initial if frames else dict.fromkeys(pair, 0.0)
    draw_box(axes, knobs, pair, initial, MARGIN)
    for flipped, (_, colour, line, marker) in OUTCOMES.items():
        own = [
            (frame.points(pair), frame.best_step) for frame in frames if frame.flipped == flipped
        ]
        style = {"color": colour, "alpha": OPAQUE}
        if is_stepwise(knobs):
            ways = Counter(
                (tuple(start), tuple(end)) for points, _ in own for start, end in pairwise(points)
            )
            for way, count in ways.items():
                axes.plot(*np.transpose(way), line, linewidth=_width(count), **style)
        elif queries:
            for points, _ in own:
                axes.plot(*points.T, ".", markersize=DOT, markeredgewidth=0, **style)
        ends = Counter(tuple(points[best]) for points, best in own)
        for (x, y), count in ends.items():
            size = DOT * np.sqrt(1 + count)
            axes.plot(
                x, y, marker, markersize=size, clip_on=False, mec=PAPER, mew=THIN / 2, **style
            )
    if frames:
        x, y = (initial[name] for name in pair)
        axes.plot(x, y, "+", color=INK, markersize=CROSS)


def _width(count: int) -> float:
    """Width of a line that some frames share [points]."""
    return min(THIN * np.sqrt(count), 2 * THICK)


def _handles() -> Iterator[Line2D]:
    """Entries of the legend."""
    for label, colour, line, marker in OUTCOMES.values():
        yield Line2D([], [], color=colour, linestyle=line, label=f"path, {label}")
        end = {"linestyle": "none", "marker": marker, "color": colour}
        yield Line2D([], [], **end, label=f"end, {label}")
    yield Line2D(
        [], [], color=INK, marker="+", linestyle="none", markersize=CROSS, label="initial setting"
    )
