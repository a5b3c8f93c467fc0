"""Share of frames that each attack flips within a number of queries, and the level of a grid."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import offset_copy

from reconattack.figures.panels import (
    APART,
    attack_styles,
    figure_style,
    label_lines,
    named_line_panels,
)
from reconattack.figures.style import BAND, SIGN, THIN

PANEL_HEIGHT = 3.3  # inches


@figure_style()
def draw_budgets(curves: pd.DataFrame, grids: Collection[str]) -> Figure:
    """Draw a panel per model and seed: steps on a logarithmic axis.

    The band is the interval of the first attack, the bar that of a grid.

    Parameters
    ----------
    curves
        The result of `reconattack.evidence.budget.budget_curves`.
    grids
        Names of the attacks of method grid.
    """
    by_model = curves.groupby(["model", "seed"], sort=False)
    figure, panels = named_line_panels(by_model.ngroups, PANEL_HEIGHT)
    styles = attack_styles(curves["attack"].unique(), grids)
    for axes, ((model, seed), of_model) in zip(panels, by_model, strict=True):
        axes.set(
            title=f"{model}, seed {seed}: {of_model['n_attacked'].iloc[0]} frames attacked",
            xscale="log",
            xlim=(1, 1.3 * curves["queries"].max()),
            ylim=(0, 1),
            xlabel="queries per frame",
            ylabel="share of attacked frames flipped",
        )
        axes.xaxis.set_major_formatter("{x:,.0f}")
        _draw_curves(axes, of_model, grids, styles)
    return figure


def _draw_curves(
    axes: Axes, curves: pd.DataFrame, grids: Collection[str], styles: Mapping[str, Mapping]
) -> None:
    lines = []
    for number, (attack, curve) in enumerate(curves.groupby("attack", sort=False)):
        last = curve.iloc[-1]
        name = f"{attack}: {last['n_success']}/{last['n_attacked']}"
        if attack in grids:
            _draw_level(axes, last, styles[attack])
            name += f" in {last['queries']:,} queries"
        else:
            _draw_steps(axes, curve, styles[attack], APART * number, band=number == 0)
        lines.append((last["queries"], last["success_rate"], name, styles[attack]))
    label_lines(axes, [line for line in lines if np.isfinite(line[1])])


def _draw_steps(axes: Axes, curve: pd.DataFrame, style: Mapping, shift: float, band: bool) -> None:
    """`shift` [points] keeps curves apart that would hide each other."""
    shifted = offset_copy(axes.transData, axes.figure, y=shift, units="points")
    axes.step(curve["queries"], curve["success_rate"], where="post", transform=shifted, **style)
    if band:
        axes.fill_between(
            curve["queries"],
            curve["success_low"],
            curve["success_high"],
            step="post",
            color=style["color"],
            alpha=BAND,
            linewidth=0,
        )


def _draw_level(axes: Axes, level: pd.Series, style: Mapping) -> None:
    """Draw the share that a grid proves; a dot marks the number of its own queries."""
    axes.axhline(level["success_rate"], **style)
    low, high = level["success_low"], level["success_high"]
    axes.plot([level["queries"]] * 2, [low, high], color=style["color"], linewidth=THIN)
    axes.plot(level["queries"], level["success_rate"], "o", color=style["color"], markersize=SIGN)
