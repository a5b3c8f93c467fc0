"""Share of labelled frames that stay right at every lattice point of a growing box."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.evidence.robust_accuracy import ALL, KEYS
from reconattack.figures.look import differing, figure_style, inches, letter, shown
from reconattack.figures.panels import attack_styles, legend_entries, share_of_majority
from reconattack.figures.style import BAND, TWO_COLUMNS

HEIGHT, NAME_HEIGHT = 2.6, 0.16  # inches
NAMES_IN_A_ROW = 2


@figure_style()
def draw_curves(curves: pd.DataFrame, boxes: Mapping[str, str], classes: Sequence[str]) -> Figure:
    """Draw a panel for all frames and one for each class, with a line per model, seed and grid.

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
    grids = list(curves.groupby(list(KEYS), sort=False))
    texts = [
        text or shown(key[2], "attacks")
        for text, (key, _) in zip(differing(key for key, _ in grids), grids, strict=True)
    ]
    if len(set(boxes.values())) > 1:
        texts = [f"{text} ({boxes[key[2]]})" for text, (key, _) in zip(texts, grids, strict=True)]
    styles = list(attack_styles(list(range(len(grids))), ()).values())
    height = HEIGHT + NAME_HEIGHT * (1 + len(grids) / NAMES_IN_A_ROW)
    figure, panels = plt.subplots(
        1,
        len(names),
        figsize=inches(TWO_COLUMNS, height),
        sharey=True,
        layout="constrained",
        width_ratios=[1.4, 1, 1],
    )
    for number, (axes, (label, name)) in enumerate(zip(panels, names.items(), strict=True)):
        letter(axes, number, name)
        axes.set(xlim=(0, 100), ylim=(-0.02, 1.02), xlabel="share of the box (%)")
        for (_, of_grid), text, style in zip(grids, texts, styles, strict=True):
            _draw_curve(axes, of_grid[of_grid["label"] == label], style | {"label": text}, label)
    panels[0].set_ylabel("share of frames right at every point")
    for share in sorted({_majority(of_grid) for _, of_grid in grids} - {None}):
        share_of_majority(panels[0], share)
    handles = legend_entries(panels)
    place = {"loc": "outside lower center", "ncols": NAMES_IN_A_ROW, "handlelength": 3.5}
    figure.legend(handles.values(), handles, **place)
    return figure


def _draw_curve(axes: Axes, curve: pd.DataFrame, style: Mapping, label: str) -> None:
    """Steps, and for all frames together the band of their interval."""
    across = 100 * curve["box_share"]
    axes.step(across, curve["robust_accuracy"], where="post", **style)
    if label == ALL:
        low, high = curve["robust_accuracy_low"], curve["robust_accuracy_high"]
        band = {"step": "post", "color": style["color"], "alpha": BAND, "linewidth": 0}
        axes.fill_between(across, low, high, **band)


def _majority(curves: pd.DataFrame) -> float | None:
    """Share of the more frequent label among the frames of a grid, None without frames."""
    counts = curves.groupby("label")["n"].first()
    total = counts.get(ALL, 0)
    return float(np.max(counts.drop(ALL)) / total) if total else None
