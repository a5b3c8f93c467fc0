"""Share of labelled frames that stay right in a growing box: at every lattice point, or proved."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.evidence.robust_accuracy import ALL, ATTACKED, KEYS, PROVED
from reconattack.figures.look import differing, figure_style, inches, letter, shown
from reconattack.figures.panels import attack_styles, legend_entries, share_of_majority
from reconattack.figures.style import BAND, THIN, TWO_COLUMNS

HEIGHT, NAME_HEIGHT = 2.6, 0.16  # inches
NAMES_IN_A_ROW = 2
BETWEEN = "between proved and attacked"


@figure_style()
def draw_curves(curves: pd.DataFrame, boxes: Mapping[str, str], classes: Sequence[str]) -> Figure:
    """Draw a panel for all frames and one for each class, with a line per model, seed and attack.

    A grid is a line with the band of its interval. A proof is two lines, the upper one for the
    flips found, and the band between them.

    Parameters
    ----------
    curves
        The result of `reconattack.evidence.robust_accuracy.robust_curves`.
    boxes
        Bounds of each attack's parameters, as a text.
    classes
        Words for the labels 0 and 1.
    """
    names = {ALL: "all frames", **{str(label): name for label, name in enumerate(classes)}}
    attacks = list(curves.groupby(list(KEYS[:3]), sort=False))
    texts = [
        text or shown(key[2], "attacks")
        for text, (key, _) in zip(differing(key for key, _ in attacks), attacks, strict=True)
    ]
    if len(set(boxes.values())) > 1:
        texts = [f"{text} ({boxes[key[2]]})" for text, (key, _) in zip(texts, attacks, strict=True)]
    styles = list(attack_styles(list(range(len(attacks))), ()).values())
    height = HEIGHT + NAME_HEIGHT * (1 + len(attacks) / NAMES_IN_A_ROW)
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
        for (_, rows), text, style in zip(attacks, texts, styles, strict=True):
            _draw_attack(axes, rows[rows["label"] == label], style, text, label)
    panels[0].set_ylabel("share of frames right")
    for share in sorted({_majority(rows) for _, rows in attacks} - {None}):
        share_of_majority(panels[0], share)
    handles = legend_entries(panels)
    place = {"loc": "outside lower center", "ncols": NAMES_IN_A_ROW, "handlelength": 3.5}
    figure.legend(handles.values(), handles, **place)
    return figure


def _draw_attack(axes: Axes, curves: pd.DataFrame, style: Mapping, text: str, label: str) -> None:
    """The curve of a grid, or both curves of a proof."""
    of = dict(list(curves.groupby("statement")))
    if PROVED not in of:
        _draw_curve(axes, curves, style | {"label": text}, label)
        return
    proved, attacked = of[PROVED], of[ATTACKED]
    shares = np.union1d(proved["box_share"], attacked["box_share"])
    _draw_steps(axes, proved, style | {"label": f"{text}: proved"})
    _draw_steps(axes, attacked, style | {"label": f"{text}: attacked", "linewidth": THIN})
    axes.fill_between(
        100 * shares,
        _at(proved, shares),
        _at(attacked, shares),
        **{"step": "post", "color": style["color"], "alpha": BAND, "linewidth": 0},
        label=BETWEEN,
    )


def _at(curve: pd.DataFrame, shares: np.ndarray) -> np.ndarray:
    """Height of a step curve at shares of the box, (n,)."""
    last = np.searchsorted(curve["box_share"], shares, side="right") - 1
    return curve["robust_accuracy"].to_numpy()[last]


def _draw_steps(axes: Axes, curve: pd.DataFrame, style: Mapping) -> None:
    axes.step(100 * curve["box_share"], curve["robust_accuracy"], where="post", **style)


def _draw_curve(axes: Axes, curve: pd.DataFrame, style: Mapping, label: str) -> None:
    """Steps, and for all frames together the band of their interval."""
    across = 100 * curve["box_share"]
    _draw_steps(axes, curve, style)
    if label == ALL:
        low, high = curve["robust_accuracy_low"], curve["robust_accuracy_high"]
        band = {"step": "post", "color": style["color"], "alpha": BAND, "linewidth": 0}
        axes.fill_between(across, low, high, **band)


def _majority(curves: pd.DataFrame) -> float | None:
    """Share of the more frequent label among the frames of an attack, None without frames."""
    counts = curves.groupby("label")["n"].first()
    total = counts.get(ALL, 0)
    return float(np.max(counts.drop(ALL)) / total) if total else None
