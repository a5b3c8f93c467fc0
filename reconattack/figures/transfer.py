"""How often settings that flipped one model flip another: a matrix of counts for each attack."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from reconattack.evidence.statistics import wilson_interval
from reconattack.evidence.transfer import Counts, Network, Pair
from reconattack.figures.look import differing, figure_style, inches, letter, shown
from reconattack.figures.style import (
    DARK,
    HAIR,
    HIGHEST,
    INK,
    LIGHT,
    SHARE_MAP,
    SMALL,
    THIN,
    TWO_COLUMNS,
)

# Sizes in inches
CELL = 0.55
PANEL = 1.45
MARGIN = 0.6
HEAD = 0.25  # the name of an attack above its panel
LOW_CELL = 0.27  # two lines of text
LETTER = 0.055

NAME_WIDTH = 24  # letters of an attack above a small panel
FEW = 4  # models whose names have room beneath their columns
NONE = Counts(0, 0)


def network_names(networks: Sequence[Network]) -> list[str]:
    """Names on an axis of each model's networks of one seed, in a line for each part."""
    names = differing((network.model, network.seed) for network in networks)
    return [name.replace(", ", "\n") for name in names]


def draw_transfer(matrices: Mapping[str, Mapping[Pair, Counts]]) -> Iterator[Figure]:
    """Draw a panel per attack, with a row per source and a column per target; darker flips more.

    Panels beyond the height of a journal's page are on further pages.

    Parameters
    ----------
    matrices
        The result of `reconattack.evidence.transfer.counts_by_attack`.
    """
    networks = list(dict.fromkeys(source for matrix in matrices.values() for source, _ in matrix))
    names = network_names(networks)
    few = len(names) <= FEW
    width = max(PANEL, CELL * len(names))
    height = HEAD + (width if few else LOW_CELL * len(names))
    beneath = MARGIN + (0 if few else LETTER * max(map(len, names)))
    across = max(1, int((TWO_COLUMNS - MARGIN) / width)) if few else 1
    most = across * max(1, int((HIGHEST - beneath) / height))
    for first in range(0, len(matrices), most):
        page = list(matrices.items())[first : first + most]
        down = -(-len(page) // across)
        size = inches(TWO_COLUMNS, down * height + beneath)
        yield _draw_page(page, networks, (down, min(across, len(page))), size, first)


@figure_style()
def _draw_page(
    matrices: Sequence[tuple[str, Mapping[Pair, Counts]]],
    networks: Sequence[Network],
    shape: tuple[int, int],
    size: tuple[float, float],
    first: int,
) -> Figure:
    """Draw some panels in the shape of rows and columns; `first` is the number of the first."""
    names = network_names(networks)
    few = len(names) <= FEW
    figure, panels = plt.subplots(
        *shape, figsize=size, squeeze=False, sharex=True, sharey=True, layout="constrained"
    )
    for number, (axes, (attack, matrix)) in enumerate(zip(panels.flat, matrices, strict=False)):
        drawn = _draw_matrix(axes, networks, matrix)
        name = shown(attack, "attacks")
        letter(axes, first + number, name if not few else textwrap.fill(name, NAME_WIDTH))
        if not few:
            lines = [name.replace("\n", ", ") for name in names]
            axes.set(aspect="auto", yticklabels=lines)
            axes.set_xticks(np.arange(len(names)) + 0.5, lines, rotation=90)
    for axes in panels.flat[len(matrices) :]:
        axes.set_axis_off()
    figure.supxlabel("target: the model on which the settings are tried")
    figure.supylabel("source: the model that they flipped")
    place = {"location": "top", "shrink": 0.4} if not few else {"shrink": 0.5}
    figure.colorbar(drawn, ax=panels, aspect=30, label="share flipped", **place)
    return figure


def _draw_matrix(axes: Axes, networks: Sequence[Network], matrix: Mapping[Pair, Counts]):
    import seaborn as sns  # slow to import

    names = network_names(networks)
    counts = [[matrix.get((source, target), NONE) for target in networks] for source in networks]
    rates = np.array([[c.flipped / c.tried if c.tried else np.nan for c in row] for row in counts])
    texts = np.array([[cell_text(cell) for cell in row] for row in counts])
    sns.heatmap(
        rates,
        ax=axes,
        cmap=SHARE_MAP,
        vmin=0,
        vmax=1,
        square=True,
        cbar=False,
        annot=texts,
        fmt="",
        annot_kws={"size": SMALL},
        linewidths=HAIR,
        linecolor=LIGHT,
        xticklabels=False,
        yticklabels=False,
    )
    for row, column in np.argwhere(np.isnan(rates)):  # which seaborn leaves empty
        place = (column + 0.5, row + 0.5)
        axes.text(*place, texts[row, column], ha="center", va="center", size=SMALL, color=INK)
    for row in range(len(names)):
        corner = (row + 0.04, row + 0.04)
        axes.add_patch(Rectangle(corner, 0.92, 0.92, fill=False, ls="--", color=DARK, lw=THIN))
    places = np.arange(len(names)) + 0.5
    axes.set(xticks=places, xticklabels=names, yticks=places, yticklabels=names)
    axes.tick_params(length=0)
    return axes.collections[0]


def cell_text(counts: Counts) -> str:
    """Counts, and Wilson's interval in percent."""
    if not counts.tried:
        return "none\ntried"
    low, high = wilson_interval(counts.flipped, counts.tried)
    return f"{counts.flipped}/{counts.tried}\n{100 * low:.0f}\N{EN DASH}{100 * high:.0f} %"
