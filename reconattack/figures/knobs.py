"""How many frames each control flips alone and each pair flips together, as a matrix."""

import re
from collections.abc import Iterator, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from reconattack.figures.look import differing, figure_style, inches, letter, shown
from reconattack.figures.panels import pages_of
from reconattack.figures.style import (
    GREY,
    HIGHEST,
    INK,
    LIGHT,
    LINE,
    PAPER,
    SHARE_MAP,
    SMALL,
    TWO_COLUMNS,
    WHITE_FROM,
)
from reconattack.reconstruction.parameters import PARAMETERS

CELL = 0.36  # inches, or less where all controls would not fit on a page
LEADING = 8  # points between two lines of small text
MINUS = "\N{MINUS SIGN}"
FRAME = 1.35  # inches, above and below the cells


def draw_matrices(table: pd.DataFrame) -> Iterator[Figure]:
    """Draw table `knobs.csv`: a matrix per model, seed and attack, one above the other.

    Matrices beyond the height of a journal's page are on further pages.
    """
    groups = list(table.groupby(["model", "seed", "attack"], sort=False))
    names = differing(group for group, _ in groups)
    named = [(name, rows) for name, (_, rows) in zip(names, groups, strict=True)]
    heights = [
        min(FRAME + CELL * rows["other_control"].isna().sum(), HIGHEST) for _, rows in groups
    ]
    for page in pages_of(heights, HIGHEST):
        yield _draw_page(named[page], page.start, sum(heights[page]))


@figure_style()
def _draw_page(matrices: Sequence[tuple[str, pd.DataFrame]], first: int, height: float) -> Figure:
    """Draw some named matrices; `first` is the number of the first one."""
    figure, panels = plt.subplots(
        len(matrices), 1, figsize=inches(TWO_COLUMNS, height), squeeze=False, layout="compressed"
    )
    for number, (axes, (name, rows)) in enumerate(zip(panels[:, 0], matrices, strict=True), first):
        draw_matrix(axes, rows)
        if name:
            letter(axes, number, name)
    return figure


def draw_matrix(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw one matrix, the control that flips the most frames first."""
    alone = rows[rows["other_control"].isna()].sort_values(
        "n_flipped", ascending=False, kind="stable"
    )
    counts = matrix(rows, alone["control"].tolist())
    frames = max(1, rows["n_attacked"].iloc[0])
    drawn = axes.imshow(counts, cmap=SHARE_MAP, vmin=0, vmax=frames)
    for (row, column), count in np.ndenumerate(counts):
        colour = PAPER if count > WHITE_FROM * frames else INK if count else LIGHT
        weight = "bold" if row == column else "normal"
        axes.text(column, row, count, ha="center", va="center", color=colour, weight=weight)
        if row == column:
            axes.add_patch(Rectangle((row - 0.5, row - 0.5), 1, 1, fill=False, ec=INK, lw=LINE))
    names = [label(control) for control in alone["control"]]
    boxes = [
        f"{name}\n" + re.sub(r"-(?=\d)", MINUS, box).replace(", ", ",\n")
        for name, box in zip(names, alone["box"], strict=True)
    ]
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), boxes, size=SMALL)
    axes.tick_params(length=0)
    whole = MaxNLocator(integer=True)
    bar = axes.figure.colorbar(drawn, ax=axes, shrink=0.6, aspect=30, pad=0.02, ticks=whole)
    bar.set_label(f"frames flipped, of {rows['n_attacked'].iloc[0]} attacked")
    halves = ("below: one of two, or both", "above the diagonal: only both together")
    for line, half in enumerate(halves):
        axes.annotate(
            half,
            (1, 1),
            (0, 2 + LEADING * line),
            xycoords="axes fraction",
            textcoords="offset points",
            **{"ha": "right", "va": "bottom", "size": SMALL, "color": GREY},
        )


def matrix(rows: pd.DataFrame, controls: list[str]) -> np.ndarray:
    """Frames flipped, int (control, control); above the diagonal those that only the pair flips."""
    counts = np.zeros((len(controls), len(controls)), int)
    for row in rows.itertuples():
        place = controls.index(row.control)
        other = place if pd.isna(row.other_control) else controls.index(row.other_control)
        counts[max(place, other), min(place, other)] = row.n_flipped
        if place != other:
            counts[min(place, other), max(place, other)] = row.n_only_together
    return counts


def label(control: str) -> str:
    """Name of a control, or its symbol if the control is a single parameter."""
    return PARAMETERS[control].symbol if control in PARAMETERS else shown(control)
