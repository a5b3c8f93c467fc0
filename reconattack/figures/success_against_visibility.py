"""Share of frames that each attack flips with a limited change of the picture."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.transforms import offset_copy

from reconattack.figures.look import differing, figure_style, inches, letter, shown
from reconattack.figures.panels import APART, attack_styles, pages_of
from reconattack.figures.style import (
    FAINT,
    GREY,
    HIGHEST,
    INK,
    PAPER,
    SIGN,
    SMALL,
    THIN,
    TWO_COLUMNS,
)

LABELS = {  # of the limits of each measure
    "mean_abs_diff": "mean change (grey levels)",
    "ssim": "lost similarity (1 \N{MINUS SIGN} SSIM)",
    "white_added": "share turned white",
    "black_added": "share turned black",
}
LEGEND_HEIGHT = 0.5  # inches
MOST_COUNTED = 6  # attacks
BLOCK_HEIGHT = (HIGHEST - LEGEND_HEIGHT) / 2  # inches
PANELS = (("mean_abs_diff", "ssim", "small"), ("white_added", "black_added", "small"))


def draw_visibility(
    curves: pd.DataFrame,
    small: pd.DataFrame,
    limits: Mapping[str, float],
    attacks: Sequence[str],
    grids: Collection[str],
) -> Iterator[Figure]:
    """Draw a block of panels per model and seed: a panel per measure, then all limits together.

    Blocks beyond the height of a journal's page are on further pages.

    Parameters
    ----------
    curves, small
        The results of `visibility_curves` and `small_flips` of `reconattack.evidence.visibility`.
    limits
        The limit of each measure that the run declares, drawn as a line.
    attacks
        Names of all attacks, in the order of the table of attacks.
    grids
        Names of the attacks of method grid.
    """
    styles = attack_styles(attacks, grids)
    networks = list(curves.groupby(["model", "seed"], sort=False))
    names = differing(network for network, _ in networks)
    named = [(name, *network) for name, network in zip(names, networks, strict=True)]
    for page in pages_of([BLOCK_HEIGHT] * len(named), HIGHEST - LEGEND_HEIGHT):
        yield _draw_page(named[page], page.start, small, limits, styles)


@figure_style()
def _draw_page(
    networks: Sequence[tuple[str, tuple, pd.DataFrame]],
    first: int,
    small: pd.DataFrame,
    limits: Mapping[str, float],
    styles: Mapping[str, Mapping],
) -> Figure:
    """Draw the blocks of some named networks; `first` is the number of the first one."""
    figure = plt.figure(
        figsize=inches(TWO_COLUMNS, BLOCK_HEIGHT * len(networks) + LEGEND_HEIGHT),
        layout="constrained",
    )
    blocks = figure.subfigures(len(networks), 1, squeeze=False)[:, 0]
    for number, (block, (name, (model, seed), of_network)) in enumerate(
        zip(blocks, networks, strict=True), first
    ):
        own = small[(small["model"] == model) & (small["seed"] == seed)]
        panels = _draw_block(block, of_network, own, limits, styles)
        for place, axes in enumerate(panels.values(), len(panels) * number):
            letter(axes, place)
        if name:
            block.suptitle(name, x=0.01, ha="left")
    figure.legend(handles=_handles(), loc="outside lower center", ncols=3)
    return figure


def _draw_block(
    block: SubFigure,
    curves: pd.DataFrame,
    small: pd.DataFrame,
    limits: Mapping[str, float],
    styles: Mapping[str, Mapping],
) -> dict[str, Axes]:
    """The panels of one network, by measure; `small` is that of all limits together."""
    panels = block.subplot_mosaic(PANELS, width_ratios=[1, 1, 1.1])
    for measure in LABELS:
        rows = curves[curves["measure"] == measure]
        _draw_measure(panels[measure], rows, measure, limits[measure], styles)
    for measure in ("mean_abs_diff", "white_added"):
        panels[measure].set_ylabel("share flipped")
    _draw_small(panels["small"], curves, small, styles)
    return {name: panels[name] for name in (*LABELS, "small")}


def _draw_measure(
    axes: Axes, curves: pd.DataFrame, measure: str, limit: float, styles: Mapping[str, Mapping]
) -> None:
    """Draw steps from no visible change to the largest that flipped a frame, slightly apart.

    The number of frames that each attack flips within the limit stands above the panel.
    """
    limit = _change(measure, limit)
    curves = curves.assign(change=_change(measure, curves["limit"]))
    widest = max([limit, *curves.groupby("attack")["change"].nth(-2)])  # the last is any change
    axes.axvline(limit, color=INK, linewidth=THIN, zorder=1)
    axes.set(xlim=(0, 1.03 * widest), ylim=(0, 1), xlabel=LABELS[measure])
    counts = {}
    for number, (attack, curve) in enumerate(curves.groupby("attack", sort=False)):
        shifted = offset_copy(axes.transData, axes.figure, y=APART * number, units="points")
        axes.step(
            curve["change"],
            curve["success_rate"],
            where="post",
            transform=shifted,
            **styles[attack],
        )
        counts[attack] = curve[curve["change"] <= limit].iloc[-1]
    _write_counts(axes, counts, styles)


def _change(measure: str, value):
    """A limit as a change that grows from 0: of ssim, what is lost."""
    return 1 - value if measure == "ssim" else value


def _write_counts(
    axes: Axes, counts: Mapping[str, pd.Series], styles: Mapping[str, Mapping]
) -> None:
    """Write above the panel how many flips of each of a few attacks are within the limit."""
    if len(counts) > MOST_COUNTED:
        return
    style = {"size": SMALL, "ha": "right", "va": "bottom", "textcoords": "offset points"}
    left = axes.annotate("", (1, 1), xytext=(0, 3), xycoords="axes fraction", **style)
    for attack, row in reversed(counts.items()):
        if row["n_attacked"]:
            colour = {"color": styles[attack]["color"], "weight": "bold"}
            text = f"{row['n_success']}"
            left = axes.annotate(text, (0, 0), xytext=(-4, 0), xycoords=left, **style, **colour)
    axes.annotate("flips within:", (0, 0), xytext=(-4, 0), xycoords=left, **style)


def _draw_small(
    axes: Axes, curves: pd.DataFrame, small: pd.DataFrame, styles: Mapping[str, Mapping]
) -> None:
    """A row per attack: the shares of all flips and, with its interval, of small changes."""
    whole = curves[curves["measure"] == "mean_abs_diff"].groupby("attack", sort=False).last()
    for place, row in enumerate(small.to_dict("records")):
        style = styles[row["attack"]]
        axes.axhline(place, color=FAINT, linewidth=THIN, zorder=0)
        if row["n_attacked"]:
            ends = [row["success_low"], row["success_high"]]
            axes.plot(ends, [place, place], **style)
            mark = {"color": style["color"], "markersize": SIGN, "clip_on": False}
            share = whole.loc[row["attack"], "success_rate"]
            ring = {"markerfacecolor": PAPER, "markersize": 1.5 * SIGN}
            axes.plot(share, place, "o", **mark | ring)
            axes.plot(row["success_rate"], place, "o", **mark)
        counts = f"{row['n_success']} of {row['n_attacked']}"
        name = shown(row["attack"], "attacks")
        axes.text(0.02, place - 0.15, f"{name}: {counts}", size=SMALL, va="bottom")
    axes.set(xlim=(0, 1), ylim=(max(len(small), 1) - 0.5, -0.8), yticks=[], xlabel="share flipped")


def _handles() -> list[Line2D]:
    """Entries of the legend."""
    mark = {"color": GREY, "marker": "o", "markersize": SIGN}
    ring = {"linestyle": "none", "markerfacecolor": PAPER, "markersize": 1.5 * SIGN}
    return [
        Line2D([], [], color=INK, linewidth=THIN, label="limit of a small change"),
        Line2D([], [], **mark, label="small by all four limits, 95 % interval"),
        Line2D([], [], **mark | ring, label="all flips"),
    ]
