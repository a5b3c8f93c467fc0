"""Share of labelled frames that stay right at every lattice point of a growing box."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.evidence.robust_accuracy import ALL, KEYS
from reconattack.figures.panels import figure_style, label_lines, named_line_panels
from reconattack.figures.style import COLOURS, FAINT, INK, LINE, THICK

LINES = {
    ALL: {"color": INK, "linestyle": "-", "linewidth": THICK},
    "0": {"color": COLOURS[0], "linestyle": "--", "linewidth": LINE},
    "1": {"color": COLOURS[1], "linestyle": ":", "linewidth": LINE},
}
PANEL_HEIGHT = 3.0  # inches


@figure_style()
def draw_curves(curves: pd.DataFrame, boxes: Mapping[str, str], classes: Sequence[str]) -> Figure:
    """Draw a panel per model, seed and grid: all frames with their band, and each class alone.

    Parameters
    ----------
    curves
        The result of `reconattack.evidence.robust_accuracy.robust_curves`.
    boxes
        Bounds of each grid's parameters, as a text.
    classes
        Words for the labels 0 and 1.
    """
    names = {ALL: "all frames", **{str(label): name for label, name in enumerate(classes)}}
    grids = curves.groupby(list(KEYS), sort=False)
    figure, panels = named_line_panels(grids.ngroups, PANEL_HEIGHT)
    for axes, ((model, seed, attack), of_grid) in zip(panels, grids, strict=True):
        axes.set(
            title=f"{model}, seed {seed}, {attack} over {boxes[attack]}",
            xlim=(0, 100),
            ylim=(-0.02, 1.02),
            xlabel="share of the box about the initial setting (%)",
            ylabel="share of frames right at every point",
        )
        _draw_panel(axes, of_grid, names)
    return figure


def _draw_panel(axes: Axes, curves: pd.DataFrame, names: Mapping[str, str]) -> None:
    ends = []
    for label, curve in curves.groupby("label", sort=False):
        style, last = LINES[label], curve.iloc[-1]
        axes.step(100 * curve["box_share"], curve["robust_accuracy"], where="post", **style)
        if label == ALL:
            low, high = curve["robust_accuracy_low"], curve["robust_accuracy_high"]
            axes.fill_between(
                100 * curve["box_share"], low, high, step="post", color=FAINT, linewidth=0
            )
        name = f"{names[label]}: {curve['n_robust'].iloc[0]} to {last['n_robust']} of {last['n']}"
        ends.append((100.0, last["robust_accuracy"], name, style))
    label_lines(axes, [end for end in ends if np.isfinite(end[1])])
