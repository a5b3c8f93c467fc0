"""Matrices of true and decided classes, before and after each attack."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from reconattack.figures.look import differing, figure_style, inches, letter, shown
from reconattack.figures.panels import pages_of
from reconattack.figures.style import (
    HAIR,
    HIGHEST,
    INK,
    KEPT,
    LIGHT,
    PAPER,
    SHARE_MAP,
    SMALL,
    TWO_COLUMNS,
    WHITE_FROM,
)

ACROSS = 4  # panels side by side
ROW_HEIGHT, CLASS_HEIGHT = 1.2, 0.16  # inches: around a matrix, and of each class in it
RIGHT_MAP = LinearSegmentedColormap.from_list("right", [PAPER, KEPT])
BEFORE = "before"
NAME_WIDTH = 20  # letters of a title in a line


@dataclass(frozen=True)
class Matrix:
    """The counts of one panel.

    Attributes
    ----------
    name
        The panel's title.
    counts
        Frames by true and by decided class, int (class, class).
    """

    name: str
    counts: np.ndarray


def matrices(table: pd.DataFrame, classes: Sequence[str]) -> list[list[Matrix]]:
    """The matrices of each model and seed: that before, which all attacks share, and one for each.

    Parameters
    ----------
    table
        Table `confusion.csv`.
    classes
        Names of the classes, in the order of the matrix.
    """
    keys = list(dict.fromkeys(zip(table["model"], table["seed"], strict=True)))
    names = differing(keys)
    found = []
    for (model, seed), name in zip(keys, names, strict=True):
        own = table[(table["model"] == model) & (table["seed"] == seed)]
        prefix = f"{name}, " if name else ""
        first = own[(own["attack"] == own["attack"].iloc[0]) & (own["when"] == "initial")]
        found.append(
            [
                Matrix(f"{prefix}{BEFORE}", counts_of(first, classes)),
                *(
                    Matrix(f"{prefix}{shown(attack, 'attacks')}", counts_of(rows, classes))
                    for attack, rows in own[own["when"] == "final"].groupby("attack", sort=False)
                ),
            ]
        )
    return found


def counts_of(rows: pd.DataFrame, classes: Sequence[str]) -> np.ndarray:
    """Frames by true and decided class, int (class, class)."""
    counts = np.zeros((len(classes), len(classes)), int)
    for reference, decision, n in rows[["reference", "decision", "n"]].itertuples(index=False):
        counts[classes.index(str(reference)), classes.index(str(decision))] += n
    return counts


def draw_confusion(table: pd.DataFrame, classes: Sequence[str]) -> Iterator[Figure]:
    """Draw a matrix before, and one after each attack, for each model and seed.

    A cell has the number of frames. Its colour is the share of the frames of its true class: green
    where the class is right, pink where it is not. Rows of panels beyond the height of a journal's
    page are on further pages.

    Parameters
    ----------
    table
        Table `confusion.csv`.
    classes
        Names of the classes, in the order of the matrix.
    """
    of_networks = matrices(table, list(classes))
    across = min(ACROSS, max(map(len, of_networks)))
    rows = [
        own[first : first + across] for own in of_networks for first in range(0, len(own), across)
    ]
    height = ROW_HEIGHT + CLASS_HEIGHT * max(len(classes), 4)
    drawn = 0
    for page in pages_of([height] * len(rows), HIGHEST):
        yield _draw_page(rows[page], across, height, classes, drawn)
        drawn += sum(map(len, rows[page]))


@figure_style()
def _draw_page(
    rows: Sequence[Sequence[Matrix]],
    across: int,
    height: float,
    classes: Sequence[str],
    drawn: int,
) -> Figure:
    """Draw some rows of panels; `drawn` is the number of panels on the pages before."""
    figure, panels = plt.subplots(
        len(rows),
        across,
        figsize=inches(TWO_COLUMNS, min(height * len(rows), HIGHEST)),
        squeeze=False,
        layout="constrained",
    )
    for axes_of_row, row in zip(panels, rows, strict=True):
        for axes, matrix in zip(axes_of_row, row, strict=False):
            _draw_matrix(axes, matrix.counts, classes)
            letter(axes, drawn, textwrap.fill(matrix.name, NAME_WIDTH))
            if axes is not axes_of_row[0]:
                axes.set(ylabel="", yticklabels=[])
            drawn += 1
        for axes in axes_of_row[len(row) :]:
            axes.set_axis_off()
    return figure


def _draw_matrix(axes: Axes, counts: np.ndarray, classes: Sequence[str]) -> None:
    """Draw a matrix with a count in each cell that has one."""
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    colours = np.where(
        np.eye(len(classes), dtype=bool)[..., np.newaxis], RIGHT_MAP(shares), SHARE_MAP(shares)
    )
    axes.imshow(colours, aspect="equal")
    for (row, column), count in np.ndenumerate(counts):
        dark = row != column and shares[row, column] >= WHITE_FROM
        if count:
            style = {"ha": "center", "va": "center", "size": SMALL}
            axes.text(column, row, f"{count}", color=PAPER if dark else INK, **style)
    places = range(len(classes))
    axes.set_xticks(places, classes, rotation=90 if max(map(len, classes)) > 3 else 0)
    axes.set_yticks(places, classes)
    axes.set(xlabel="decided class", ylabel="true class")
    edges = np.arange(len(classes) - 1) + 0.5
    axes.set_xticks(edges, minor=True)
    axes.set_yticks(edges, minor=True)
    axes.grid(which="minor", color=LIGHT, linewidth=HAIR)
    axes.tick_params(which="both", length=0)
