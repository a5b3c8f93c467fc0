"""The margin of each frame, and its safe interval for each knob alone."""

from collections.abc import Iterator, Mapping
from itertools import product
from math import ceil

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reconattack.attacks import directions
from reconattack.attacks.lattice import distances
from reconattack.attacks.space import SearchSpace
from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.figures.panels import figure_style
from reconattack.figures.shares import flipped_share
from reconattack.figures.style import (
    FAINT,
    FALSE_ALARM,
    GREY,
    HAIR,
    INK,
    MISSED_DISEASE,
    SIGN,
    SMALL,
    THICK,
    THIN,
    TWO_COLUMNS,
)
from reconattack.reconstruction.parameters import PARAMETERS

RUN = ["model", "seed", "attack"]
COLUMNS = 4  # panels side by side; further knobs take further rows
WIDTHS = (1.4, 1, 1, 1)
FRAME_INCHES, AROUND_INCHES, LEGEND_INCHES = 0.12, 0.75, 0.3
MAX_INCHES = 4  # height of a panel: the rows of more frames are thinner
READABLE_INCHES = 0.08  # least height of a row with the frame's name beside it
STYLES = {
    directions.MISSED_DISEASE: ("o", MISSED_DISEASE),
    directions.FALSE_ALARM: ("^", FALSE_ALARM),
    directions.OWN_DECISION: ("s", GREY),
}
BEYOND = 1.09  # place of frames without a flip, in units of the farthest end of the box


@figure_style()
def draw_margins(table: pd.DataFrame, spaces: Mapping[str, SearchSpace]) -> Figure:
    """Draw for each model, seed and attack a panel of margins, then one for each knob.

    Parameters
    ----------
    table
        Table `margins.csv`.
    spaces
        Box and initial setting of each attack.
    """
    runs = [(run, ranked(rows)) for run, rows in table.groupby(RUN, sort=False)]
    rows = [
        (number, row)
        for number, ((_, _, attack), _) in enumerate(runs)
        for row in range(ceil((1 + spaces[attack].free.sum()) / COLUMNS))
    ]
    heights = [AROUND_INCHES + panel_height(runs[number][1]) for number, _ in rows]
    figure, panels = plt.subplots(
        len(rows),
        COLUMNS,
        figsize=(TWO_COLUMNS, LEGEND_INCHES + sum(heights)),
        squeeze=False,
        layout="constrained",
        gridspec_kw={"height_ratios": heights, "width_ratios": WIDTHS},
    )
    for number, ((model, seed, attack), frames) in enumerate(runs):
        own = iter(panels[[row for row, (run, _) in enumerate(rows) if run == number]].flat)
        first = next(own)
        _draw_margins(first, frames, spaces[attack])
        flipped = flipped_share(int(frames["margin_linf"].notna().sum()), len(frames))
        title = first.set_title(f"{model}, seed {seed}, {attack}: {flipped}", loc="left")
        title.set_in_layout(False)  # wider than its panel
        for name in np.array(spaces[attack].names)[spaces[attack].free]:
            _draw_safe(next(own), frames, name, spaces[attack])
        for unused in own:
            unused.set_axis_off()
    handles = list(_handles(styles_of(table)))
    figure.legend(handles=handles, loc="outside upper center", ncols=5)
    return figure


def styles_of(frames: pd.DataFrame) -> dict[str, tuple[str, object]]:
    """Marker and colour of each direction; that of frames without a label only if there are any."""
    own = (frames["direction"] == directions.OWN_DECISION).any()
    return {name: style for name, style in STYLES.items() if own or name != directions.OWN_DECISION}


def panel_height(frames: pd.DataFrame) -> float:
    """Height of a panel with these frames [inches]."""
    return min(FRAME_INCHES * max(len(frames), 2), MAX_INCHES)


def ranked(rows: pd.DataFrame) -> pd.DataFrame:
    """The attacked frames, the nearest to a flip first, those without a flip last."""
    attacked = rows[~rows["stop_reason"].isin(NOT_ATTACKED)]
    return attacked.sort_values(["margin_linf", "frame"], kind="stable", na_position="last")


def _draw_margins(axes: Axes, frames: pd.DataFrame, space: SearchSpace) -> None:
    """A dot for each frame at its L-infinity margin, or beyond the box if no flip was found."""
    end = 100 * distances(np.stack([space.lower, space.upper]), space)[0].max()
    places = np.arange(len(frames))
    percent = 100 * frames["margin_linf"].to_numpy()
    axes.hlines(places, 0, np.nan_to_num(percent, nan=end), color=FAINT, linewidth=HAIR)
    for direction, (marker, colour) in styles_of(frames).items():
        own = (frames["direction"] == direction).to_numpy()
        none = own & np.isnan(percent)
        style = {"color": colour, "markersize": SIGN * thinned(frames)}
        axes.plot(percent[own], places[own], marker, **style)
        axes.plot(
            np.full(none.sum(), BEYOND * end), places[none], marker, fillstyle="none", **style
        )
    axes.axvline(end, color=INK, linewidth=HAIR)
    _list_frames(axes, frames)
    if panel_height(frames) / max(len(frames), 1) >= READABLE_INCHES:
        axes.set_yticks(places, frames["frame"], size=SMALL)
    else:
        axes.set(yticks=[], ylabel=f"{len(frames)} frames, the nearest to a flip on top")
    axes.set(
        xlabel=r"$L_\infty$ margin (% of half-width)",
        xlim=(-0.04 * end, (BEYOND + 0.06) * end),
        xticks=np.linspace(0, end, 5),
    )


def _draw_safe(axes: Axes, frames: pd.DataFrame, name: str, space: SearchSpace) -> None:
    """The safe interval of one knob alone; a stroke marks an end beyond which a frame flips."""
    column = space.names.index(name)
    ends = frames[[f"safe_lower_{name}", f"safe_upper_{name}"]].to_numpy(float)
    bounds = frames[[f"safe_{side}_is_bound_{name}" for side in ("lower", "upper")]].to_numpy()
    stroke = {"markersize": SIGN * thinned(frames), "markeredgewidth": THIN}
    for direction, (_, colour) in styles_of(frames).items():
        for place in np.flatnonzero(frames["direction"] == direction):
            axes.plot(
                ends[place],
                [place, place],
                color=colour,
                linewidth=THICK * thinned(frames),
                solid_capstyle="butt",
            )
            for end, is_bound in zip(ends[place], bounds[place], strict=True):
                if not is_bound:
                    axes.plot(end, place, "|", color=INK, **stroke)
    axes.axvline(space.initial[column], color=GREY, linewidth=HAIR, zorder=0)
    _list_frames(axes, frames)
    width = space.upper[column] - space.lower[column]
    axes.set(
        xlabel=PARAMETERS[name].label,
        xlim=(space.lower[column] - 0.04 * width, space.upper[column] + 0.04 * width),
        yticks=[],
    )


def thinned(frames: pd.DataFrame) -> float:
    """Height of a row, as a share of its height among few frames."""
    return panel_height(frames) / (FRAME_INCHES * max(len(frames), 2))


def _list_frames(axes: Axes, frames: pd.DataFrame) -> None:
    """Put the first frame on top."""
    axes.set_ylim(max(len(frames), 2) - 0.4, -0.6)


def _handles(styles: Mapping[str, tuple[str, object]]) -> Iterator[Line2D]:
    """Entries of the legend."""
    for (direction, (marker, colour)), none in product(styles.items(), (False, True)):
        style = {"fillstyle": "none" if none else "full", "linestyle": "none"}
        label = f"{direction}: none found" if none else f"{direction}"
        yield Line2D([], [], marker=marker, color=colour, markersize=SIGN, label=label, **style)
    stroke = {"marker": "|", "color": INK, "markersize": SIGN, "linestyle": "none"}
    yield Line2D([], [], label="flips beyond", **stroke)
