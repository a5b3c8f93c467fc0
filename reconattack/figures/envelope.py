"""Within which settings few decisions change: a bar for each parameter and kind of statement."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.attacks.distributions import SWEEP
from reconattack.evidence.range_names import EXHAUSTIVE, PROVED, SAMPLED, rounded_inwards
from reconattack.figures.look import differing, figure_style, inches, letter, shown
from reconattack.figures.panels import legend_entries, pages_of
from reconattack.figures.style import (
    HAIR,
    HATCH,
    HIGHEST,
    INK,
    KEPT,
    LIGHT,
    MIDDLE,
    PAPER,
    SMALL,
    THICK,
    TWO_COLUMNS,
)
from reconattack.reconstruction.parameters import PARAMETERS

BAR, PANEL, LEGEND = 0.3, 0.75, 0.45  # inches: a bar, what surrounds a panel's bars, the legend
KINDS = {
    PROVED: {"facecolor": KEPT, "label": "proved, at every setting"},
    EXHAUSTIVE: {
        "facecolor": PAPER,
        "hatch": HATCH,
        "label": "at each step of a sweep or lattice",
    },
    SAMPLED: {"facecolor": PAPER, "label": "at settings drawn or searched"},
}
SLACK = 0.12  # inches: small texts are wider in print than where they are laid out
MOST_BARS = int((HIGHEST - LEGEND - PANEL) / BAR)  # of a panel
MOST_NAMED = 3  # parameters that move together
BOUND = "95 % bound for further patients"


def draw_envelopes(ranges: pd.DataFrame) -> Iterator[Figure]:
    """Draw a panel of bars for each model and seed, one above the other; many bars are shared out.

    Panels beyond the height of a journal's page are on further pages.

    Parameters
    ----------
    ranges
        The result of `reconattack.evidence.chosen_ranges.shown_ranges`.
    """
    groups = list(ranges.groupby(["model", "seed"], sort=False))
    names = differing(group for group, _ in groups)
    panels = [
        (name, rows[first : first + MOST_BARS])
        for name, (_, rows) in zip(names, groups, strict=True)
        for first in range(0, len(rows), MOST_BARS)
    ]
    heights = [PANEL + BAR * len(rows) for _, rows in panels]
    for page in pages_of(heights, HIGHEST - LEGEND):
        yield _draw_page(panels[page], page.start, heights[page])


@figure_style()
def _draw_page(panels: list[tuple[str, pd.DataFrame]], first: int, heights: list[float]) -> Figure:
    figure, axes = plt.subplots(
        len(panels),
        1,
        figsize=inches(TWO_COLUMNS, sum(heights) + LEGEND),
        squeeze=False,
        sharex=True,
        layout="constrained",
        height_ratios=heights,
    )
    for number, (own, (name, rows)) in enumerate(zip(axes[:, 0], panels, strict=True), first):
        _draw_panel(own, rows.reset_index(drop=True))
        letter(own, number, name)
    figure.get_layout_engine().set(w_pad=SLACK)
    axes[-1, 0].set_xlabel("share of the box, from the initial setting (%)")
    handles = legend_entries(axes[:, 0])
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=2)
    return figure


def _draw_panel(axes: Axes, rows: pd.DataFrame) -> None:
    """The bars of one model and seed; each names its range and its bound beside it."""
    for place, row in rows.iterrows():
        style = {"edgecolor": INK, "linewidth": HAIR, "height": 0.62}
        axes.barh(place, 100 * row["range_share"], **style, **KINDS[row["statement"]])
        if pd.notna(row["bound_share"]):
            ends = [100 * row["bound_share"]] * 2
            heights = [place - 0.42, place + 0.42]
            axes.plot(ends, heights, color=INK, linewidth=THICK, label=BOUND)
    names = [name_of(row) for _, row in rows.iterrows()]
    axes.set_yticks(np.arange(len(rows)), names, size=MIDDLE)
    axes.set(xlim=(0, 100), ylim=(len(rows) - 0.5, -0.5))
    axes.grid(axis="x", color=LIGHT, linewidth=HAIR)
    beside = axes.twinx()
    texts = [f"{values_of(row)}\n{known_of(row)}" for _, row in rows.iterrows()]
    beside.set_yticks(np.arange(len(rows)), texts, size=SMALL)
    beside.set_ylim(axes.get_ylim())
    for one in (axes, beside):
        one.tick_params(axis="y", length=0)


def name_of(row: pd.Series) -> str:
    """The parameters that move, by their symbols or their control; one alone has its unit."""
    names = str(row["moved"]).split(", ")
    if len(names) == 1:
        return PARAMETERS[names[0]].label
    symbols = [PARAMETERS[name].symbol for name in names]
    if len(names) <= MOST_NAMED:
        return ", ".join(symbols)
    controls = {PARAMETERS[name].control for name in names}
    return shown(controls.pop()) if len(controls) == 1 else f"{len(names)} parameters"


def values_of(row: pd.Series) -> str:
    """The ends of a range, and how many decisions change in it."""
    if row["range_share"] == 0:
        if row["statement"] == PROVED or pd.isna(row["beyond_share"]):
            return "no range"
        beyond = f"{100 * row['beyond_share']:.3g} %"
        return f"no range: {row['n_changed_beyond']:.0f} of {row['n']} changed at {beyond}"
    changed = "not proved" if row["statement"] == PROVED else "changed"
    counted = f"{row['n_changed']} of {row['n']} {changed}"
    names = str(row["moved"]).split(", ")
    if len(names) > 1:
        return f"{100 * row['range_share']:.3g} % of the box: {counted}"
    (name,) = names
    width = row[f"box_upper_{name}"] - row[f"box_lower_{name}"]
    low, high = rounded_inwards(row[f"lower_{name}"], row[f"upper_{name}"], width)
    return f"{low:g} to {high:g}: {counted}"


def known_of(row: pd.Series) -> str:
    """The source of a range, and its bound or that there are too few patients for one."""
    source = SWEEP.strip("_") if row["source"].startswith(SWEEP) else shown(row["source"])
    if pd.isna(row["bound_share"]):
        return f"{source}, no bound: {row['n_patients']} of {row['patients_needed']} patients"
    return f"{source}, bound {100 * row['bound_share']:.3g} % ({row['n_patients']} patients)"
