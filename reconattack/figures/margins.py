"""The margin of each frame, and its safe interval for each knob alone."""

from collections.abc import Iterator, Mapping
from itertools import count, product
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
from reconattack.figures.look import differing, figure_style, inches, letter
from reconattack.figures.style import (
    DARK,
    FAINT,
    FALSE_ALARM,
    GREY,
    HAIR,
    HIGHEST,
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
FRAME_INCHES, AROUND_INCHES, LEGEND_INCHES = 0.12, 0.7, 0.35
LEAST_INCHES = 1.2  # height of a panel on a page with many; the rows of many frames are thinner
READABLE_INCHES = 0.08  # least height of a row with the frame's name beside it
GROUP = 1.0  # empty rows between frames of two directions
STYLES = {  # in the order of their groups
    directions.FALSE_ALARM: ("^", FALSE_ALARM),
    directions.MISSED_DISEASE: ("o", MISSED_DISEASE),
    directions.OWN_DECISION: ("s", GREY),
    directions.CHANGE: ("o", DARK),
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
    around = LEGEND_INCHES + AROUND_INCHES * len(rows)
    most = max(LEAST_INCHES, (HIGHEST - around) / len(rows))
    own_heights = [panel_height(frames, most) for _, frames in runs]
    heights = [AROUND_INCHES + own_heights[number] for number, _ in rows]
    figure, panels = plt.subplots(
        len(rows),
        COLUMNS,
        figsize=inches(TWO_COLUMNS, LEGEND_INCHES + sum(heights)),
        squeeze=False,
        layout="constrained",
        gridspec_kw={"height_ratios": heights, "width_ratios": WIDTHS},
    )
    names = differing(run for run, _ in runs)
    letters = count()
    for number, ((_, _, attack), frames) in enumerate(runs):
        own = iter(panels[[row for row, (run, _) in enumerate(rows) if run == number]].flat)
        first = next(own)
        thin = own_heights[number] / (FRAME_INCHES * row_count(frames))
        _draw_margins(first, frames, spaces[attack], thin)
        letter(first, next(letters), names[number])
        for name in np.array(spaces[attack].names)[spaces[attack].free]:
            axes = next(own)
            _draw_safe(axes, frames, name, spaces[attack], thin)
            letter(axes, next(letters))
        for unused in own:
            unused.set_axis_off()
    handles = list(_handles(styles_of(table)))
    figure.legend(handles=handles, loc="outside upper center", ncols=5)
    return figure


def styles_of(frames: pd.DataFrame) -> dict[str, tuple[str, object]]:
    """Marker and colour of each direction; both mistakes, unless decisions are not binary."""
    found = set(frames["direction"].dropna())
    mistakes = set() if directions.CHANGE in found else {*directions.MISTAKES}
    return {name: style for name, style in STYLES.items() if name in found | mistakes}


def panel_height(frames: pd.DataFrame, most: float) -> float:
    """Height of a panel with these frames, `most` at most [inches]."""
    return min(FRAME_INCHES * row_count(frames), most)


def row_count(frames: pd.DataFrame) -> float:
    """Height of a panel with these frames in rows."""
    return max(places_of(frames).max(initial=0) + 1, 2)


def ranked(rows: pd.DataFrame) -> pd.DataFrame:
    """The attacked frames by direction, the nearest to a flip first, those without a flip last."""
    attacked = rows[~rows["stop_reason"].isin(NOT_ATTACKED)]
    group = attacked["direction"].map({name: number for number, name in enumerate(STYLES)})
    return attacked.assign(group=group).sort_values(
        ["group", "margin_linf", "frame"], kind="stable", na_position="last"
    )


def places_of(frames: pd.DataFrame) -> np.ndarray:
    """Row of each frame (n,); an empty row parts the directions."""
    group = frames["group"].to_numpy()
    return np.arange(len(frames)) + GROUP * np.cumsum(np.diff(group, prepend=group[:1]) != 0)


def _draw_margins(axes: Axes, frames: pd.DataFrame, space: SearchSpace, thin: float) -> None:
    """A dot for each frame at its L-infinity margin, or beyond the box if no flip was found."""
    end = 100 * distances(np.stack([space.lower, space.upper]), space)[0].max()
    places = places_of(frames)
    percent = 100 * frames["margin_linf"].to_numpy()
    axes.hlines(places, 0, np.nan_to_num(percent, nan=end), color=FAINT, linewidth=HAIR)
    for direction, (marker, colour) in styles_of(frames).items():
        own = (frames["direction"] == direction).to_numpy()
        none = own & np.isnan(percent)
        style = {"color": colour, "markersize": SIGN * thin}
        axes.plot(percent[own], places[own], marker, **style)
        axes.plot(
            np.full(none.sum(), BEYOND * end), places[none], marker, fillstyle="none", **style
        )
    axes.axvline(end, color=INK, linewidth=HAIR)
    _list_frames(axes, frames)
    if FRAME_INCHES * thin >= READABLE_INCHES:
        axes.set_yticks(places, frames["frame"], size=SMALL)
    else:
        axes.set(yticks=[], ylabel=f"{len(frames)} frames")
    axes.set(
        xlabel="largest move of a parameter at the\nnearest flip found (% of half its box)",
        xlim=(-0.04 * end, (BEYOND + 0.06) * end),
        xticks=np.linspace(0, end, 5),
    )


def _draw_safe(
    axes: Axes, frames: pd.DataFrame, name: str, space: SearchSpace, thin: float
) -> None:
    """The safe interval of one knob alone; a stroke marks an end beyond which a frame flips."""
    column = space.names.index(name)
    ends = frames[[f"safe_lower_{name}", f"safe_upper_{name}"]].to_numpy(float)
    bounds = frames[[f"safe_{side}_is_bound_{name}" for side in ("lower", "upper")]].to_numpy()
    stroke = {"markersize": SIGN * thin, "markeredgewidth": THIN}
    colours = {direction: colour for direction, (_, colour) in STYLES.items()}
    bar = {"linewidth": THICK * thin, "solid_capstyle": "butt"}
    for place, direction, own, is_bound in zip(
        places_of(frames), frames["direction"], ends, bounds, strict=True
    ):
        axes.plot(own, [place, place], color=colours[direction], **bar)
        for end, bound in zip(own, is_bound, strict=True):
            if not bound:
                axes.plot(end, place, "|", color=INK, **stroke)
    axes.axvline(space.initial[column], color=GREY, linewidth=HAIR, zorder=0)
    _list_frames(axes, frames)
    width = space.upper[column] - space.lower[column]
    axes.set(
        xlabel=f"{PARAMETERS[name].label},\nturned alone",
        xlim=(space.lower[column] - 0.04 * width, space.upper[column] + 0.04 * width),
        yticks=[],
    )


def _list_frames(axes: Axes, frames: pd.DataFrame) -> None:
    """Put the first frame on top."""
    axes.set_ylim(row_count(frames) - 0.4, -0.6)


def _handles(styles: Mapping[str, tuple[str, object]]) -> Iterator[Line2D]:
    """Entries of the legend."""
    for (direction, (marker, colour)), none in product(styles.items(), (False, True)):
        style = {"fillstyle": "none" if none else "full", "linestyle": "none"}
        label = f"{direction}: none found" if none else f"{direction}"
        yield Line2D([], [], marker=marker, color=colour, markersize=SIGN, label=label, **style)
    stroke = {"marker": "|", "color": INK, "markersize": SIGN, "linestyle": "none"}
    yield Line2D([], [], label="a flip beyond it", **stroke)
