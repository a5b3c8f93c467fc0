"""Share of frames that each attack flips within a number of queries, and the level of a grid."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from reconattack.figures.look import differing, figure_style, inches, letter, shown
from reconattack.figures.panels import APART, attack_styles, legend_entries, pages_of
from reconattack.figures.style import FAINT, HIGHEST, SIGN, SMALL, THIN, TWO_COLUMNS

COLUMNS = 3
ROW_HEIGHT = {1: 2.6, 2: 2.3, 3: 2.0}  # inches, by panels side by side
LEGEND_HEIGHT, NAME_HEIGHT = 0.3, 0.16  # inches
NAMES_IN_A_ROW = 3
BESIDE = (1.02, 0, 0.15, 1)  # of the panel: where the intervals at the ends of the curves stand


def draw_budgets(curves: pd.DataFrame, grids: Collection[str]) -> Iterator[Figure]:
    """Draw a panel per model and seed: steps on a logarithmic axis, their intervals at the end.

    Panels beyond the height of a journal's page are on further pages.

    Parameters
    ----------
    curves
        The result of `reconattack.evidence.budget.budget_curves`.
    grids
        Names of the attacks of method grid.
    """
    networks = list(curves.groupby(["model", "seed"], sort=False))
    styles = attack_styles(curves["attack"].unique(), grids)
    labels = differing(network for network, _ in networks)
    named = [(label, rows) for label, (_, rows) in zip(labels, networks, strict=True)]
    columns = min(len(named), COLUMNS)
    legend = LEGEND_HEIGHT + NAME_HEIGHT * -(-len(styles) // NAMES_IN_A_ROW)
    heights = [ROW_HEIGHT[columns]] * -(-len(named) // columns)
    for rows in pages_of(heights, HIGHEST - legend):
        page = slice(columns * rows.start, columns * rows.stop)
        shape = (rows.stop - rows.start, columns)
        size = inches(TWO_COLUMNS, sum(heights[rows]) + legend)
        most = curves["queries"].max()
        yield _draw_page(named[page], page.start, shape, size, grids, styles, most)


@figure_style()
def _draw_page(
    networks: Sequence[tuple[str, pd.DataFrame]],
    first: int,
    shape: tuple[int, int],
    size: tuple[float, float],
    grids: Collection[str],
    styles: Mapping[str, Mapping],
    most: int,
) -> Figure:
    """Draw the panels of some named networks; `first` is the number of the first one."""
    figure, panels = plt.subplots(
        *shape, figsize=size, squeeze=False, sharey=True, layout="constrained"
    )
    for number, (axes, (label, of_network)) in enumerate(
        zip(panels.flat, networks, strict=False), first
    ):
        if label:
            letter(axes, number, label)
        _draw_panel(axes, of_network, grids, styles, most)
        if axes.get_subplotspec().is_first_col():
            axes.set_ylabel("share of attacked frames flipped")
    for axes in panels.flat[len(networks) :]:
        axes.set_axis_off()
    handles = legend_entries(figure.axes)
    place = {"loc": "outside lower center", "ncols": NAMES_IN_A_ROW, "handlelength": 3.5}
    figure.legend(handles.values(), handles, **place)
    return figure


def _draw_panel(
    axes: Axes,
    curves: pd.DataFrame,
    grids: Collection[str],
    styles: Mapping[str, Mapping],
    most: int,
) -> None:
    """Draw the curves of one network, and right of them the interval of each at its end."""
    beside = axes.inset_axes(BESIDE, sharey=axes)
    for number, (attack, curve) in enumerate(curves.groupby("attack", sort=False)):
        last, style = curve.iloc[-1], styles[attack] | {"label": shown(attack, "attacks")}
        mark = {"color": style["color"], "markersize": SIGN / 2}
        if attack in grids:
            axes.axhline(last["success_rate"], **style)
            axes.plot(last["queries"], last["success_rate"], "o", color=style["color"])
        else:
            _draw_steps(axes, curve, style, APART * number)
        beside.plot([number] * 2, [last["success_low"], last["success_high"]], lw=THIN, **mark)
        beside.plot(number, last["success_rate"], "o", **mark)
    axes.set(xscale="log", xlim=(1, 1.2 * most), ylim=(0, 1), xlabel="queries per frame")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    beside.set(xticks=[], xlim=(-0.7, len(styles) - 0.3))
    beside.tick_params(left=False, labelleft=False)
    beside.spines[["top", "right", "bottom"]].set_visible(False)
    beside.spines["left"].set_color(FAINT)
    beside.set_title("95 %", size=SMALL)


def _draw_steps(axes: Axes, curve: pd.DataFrame, style: Mapping, shift: float) -> None:
    """`shift` [points] keeps curves apart that would hide each other."""
    shifted = offset_copy(axes.transData, axes.figure, y=shift, units="points")
    axes.step(curve["queries"], curve["success_rate"], where="post", transform=shifted, **style)
