"""The box of an attack in the plane of two parameters."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from reconattack.figures.style import GREY, THIN
from reconattack.reconstruction.parameters import PARAMETERS


def draw_box(
    axes: Axes,
    knobs: Mapping[str, Mapping],
    pair: tuple[str, str],
    initial: Mapping[str, float],
    margin: float,
) -> None:
    """Draw the bounds of two parameters as a rectangle, and name the axes after them.

    Parameters
    ----------
    axes
        The panel.
    knobs
        Knobs of the attack, with their `box`. A parameter that is none stays at its initial value.
    pair
        Names of the parameters, across and up.
    initial
        The initial setting.
    margin
        Room around the rectangle, as a share of its width and height.
    """
    across, up = pair
    left, right = _bounds(knobs, across, initial)
    bottom, top = _bounds(knobs, up, initial)
    width, height = right - left, top - bottom
    axes.add_patch(Rectangle((left, bottom), width, height, fill=False, color=GREY, lw=THIN))
    beside, above = margin * (width or 1), margin * (height or 1)
    axes.set(
        xlabel=PARAMETERS[across].label,
        ylabel=PARAMETERS[up].label,
        xlim=(left - beside, right + beside),
        ylim=(bottom - above, top + above),
    )


def is_stepwise(knobs: Mapping[str, Mapping]) -> bool:
    """Whether an attack moves step by step along a path: its knobs have a `rate`."""
    return any("rate" in knob for knob in knobs.values())


def _bounds(
    knobs: Mapping[str, Mapping], name: str, initial: Mapping[str, float]
) -> tuple[float, float]:
    if name not in knobs:
        return initial[name], initial[name]
    lower, upper = knobs[name]["box"]
    return lower, upper
