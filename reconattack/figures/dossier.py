"""A page for each attacked frame: its images, the path of the attack and the distance to a flip."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.attacks.results import FrameResult
from reconattack.classifiers.decisions.binary import decide
from reconattack.figures.box import draw_box, is_stepwise
from reconattack.figures.dossier_cases import Case, Setup
from reconattack.figures.frame_maps import draw_map
from reconattack.figures.look import figure_style, inches, letter, shown
from reconattack.figures.panels import (
    add_scale,
    centimetre_axes,
    empty_page,
    legend_entries,
    show_difference,
    show_setting,
)
from reconattack.figures.style import (
    CROSS,
    DOT,
    FLIPPED,
    GREY,
    HAIR,
    HIGHEST,
    INK,
    KEPT,
    PAPER,
    SIGN,
    SMALL,
    THIN,
    TWO_COLUMNS,
)
from reconattack.frames.frame import caption
from reconattack.reconstruction.parameters import PAPER_PARAMETERS

MARGIN = 0.06

# Places in the page, as shares of its width and height, the same on every page.
IMAGES = {"left": 0.08, "right": 0.90, "bottom": 0.66, "top": 0.87, "wspace": 0.06}
PATHS = {"left": 0.085, "right": 0.985, "bottom": 0.375, "top": 0.585, "wspace": 0.36}
PROBABILITIES = {"left": 0.085, "right": 0.985, "bottom": 0.13, "top": 0.30}
BESIDE_MAP, MAP = PROBABILITIES | {"right": 0.58}, PROBABILITIES | {"left": 0.69, "right": 0.89}
SCALE = (1.04, 0, 0.05, 1)  # in units of a panel's width and height

Images = tuple[xr.Dataset, xr.Dataset]  # at the initial setting, and at the setting to show


def draw_pages(
    cases: Sequence[Case], images: Mapping[str, Images], setup: Setup
) -> Iterator[Figure]:
    """Draw a page for each case that has images.

    Parameters
    ----------
    cases
        The result of `reconattack.figures.dossier_cases.read_cases`.
    images
        For the name of a frame its images at the initial setting and at the setting to show.
    setup
        The attacks, the box and the model.
    """
    drawn = [case for case in cases if case.frame in images]
    for number, case in enumerate(drawn, 1):
        place = f"frame {number} of {len(cases)}"
        if setup.margin_attack is not None:
            place += ", the flip of the median margin first"
        if number == 1 and len(drawn) < len(cases):
            place += f"; the first {len(drawn)} have a page"
        yield draw_page(case, images[case.frame], [place, *describe(case, setup)], setup)
    if not drawn:
        yield empty_page("no frame was attacked")


def describe(case: Case, setup: Setup) -> Iterator[str]:
    """The results of the attacks in words, for the head of a page."""
    outcome = f"a {case.path.direction}" if case.path.flipped else "no flip"
    queries = int(case.path.record["queries"])
    yield f"{shown(setup.attack, 'attacks')}: {outcome} after {queries:,} queries"
    if case.nearest is not None:
        if np.isnan(case.margin):
            found = "no flip found"
        else:
            found = f"nearest flip found at {100 * case.margin:.1f} % of half the box"
        yield f"{shown(setup.margin_attack, 'attacks')}: {found}"
    if case.proof is not None:
        if np.isinf(case.certified_margin):
            found = "no setting of the box flips"
        else:  # rounded down: nothing is claimed beyond the proof
            margin = np.floor(1000 * case.certified_margin) / 10
            found = f"no setting nearer than {margin:.1f} % of half the box flips"
        yield f"{shown(setup.proof_attack, 'attacks')}: proved, {found}"


@figure_style()
def draw_page(case: Case, images: Images, lines: Sequence[str], setup: Setup) -> Figure:
    """Draw images, the path through the box in three projections, probabilities and the map.

    Parameters
    ----------
    case
        The results of the attacks on the frame.
    images
        Its images at the initial setting and at the setting to show.
    lines
        Text in the head of the page.
    setup
        The attacks, the box and the model.
    """
    figure = plt.figure(figsize=inches(TWO_COLUMNS, HIGHEST))
    _draw_images(_panels(figure, 3, IMAGES), case, images, setup)
    pairs = combinations(PAPER_PARAMETERS, 2)
    for number, (axes, pair) in enumerate(zip(_panels(figure, 3, PATHS), pairs, strict=True), 3):
        _draw_path(axes, case, pair, setup)
        letter(axes, number)
    (axes,) = _panels(figure, 1, BESIDE_MAP if case.map else PROBABILITIES)
    _draw_probabilities(axes, case, setup)
    letter(axes, 6)
    if case.map:
        (axes,) = _panels(figure, 1, MAP)
        drawn = draw_map(axes, case.map, setup.cutoff)
        add_scale(drawn, SCALE, f"P({setup.classes[1]}) at the worst\nof the other parameters")
        letter(axes, 7, f"{case.map.n_flipping:,} of {case.map.n_points:,} settings flip")
    handles = legend_entries(figure.axes)
    figure.legend(handles.values(), handles, loc="lower center", ncols=3)
    attributes = images[0].attrs
    known = f"{case.frame}, {caption(attributes, setup.classes)}"
    figure.text(0.01, 0.993, "; ".join([known, lines[0]]), va="top", weight="bold")
    figure.text(0.01, 0.972, "\n".join(lines[1:]), va="top")
    return figure


def _panels(figure: Figure, count: int, place: Mapping[str, float]) -> list[Axes]:
    """Panels side by side in one of the places."""
    grid = figure.add_gridspec(1, count, **place)
    return [figure.add_subplot(grid[0, number]) for number in range(count)]


def _draw_images(panels: Sequence[Axes], case: Case, images: Images, setup: Setup) -> None:
    """Draw the original, the image at the setting to show, and their difference."""
    original, changed = images
    outcome = "adversarial" if case.is_flip(setup.cutoff) else "decision kept"
    before = float(case.path.steps["probability"][0])
    after = float(case.shown.best["probability"])
    positive = setup.classes[1]
    show_setting(panels[0], 0, original, "original", f"P({positive}) = {before:.2f}")
    show_setting(panels[1], 1, changed, outcome, f"P({positive}) = {after:.2f}")
    drawn = show_difference(panels[2], original, changed)
    letter(panels[2], 2, "difference")
    centimetre_axes(panels, original)
    for axes in panels[1:]:
        axes.tick_params(labelleft=False)
    add_scale(drawn, SCALE, "change (grey levels)")


def _draw_path(axes: Axes, case: Case, pair: tuple[str, str], setup: Setup) -> None:
    """Draw the path, or a search's queries, over the settings that the margin's search tried."""
    draw_box(axes, setup.knobs, pair, case.path.initial, MARGIN)
    if case.nearest is not None:
        _draw_tried(axes, case.nearest, pair, setup.cutoff)
    if is_stepwise(setup.knobs):
        style = {"linewidth": THIN, "label": "path of the attack"}
    else:
        style = {"linestyle": "", "marker": ".", "label": "queries of the attack"}
    x, y = case.path.points(pair).T
    axes.plot(x, y, color=INK, **style)
    axes.plot(x[0], y[0], "+", color=INK, markersize=CROSS, label="initial setting")
    x, y = (case.shown.setting[name] for name in pair)
    ring = {"markerfacecolor": PAPER, "markeredgecolor": INK, "markersize": SIGN}
    axes.plot(x, y, "D", **ring, label="setting of the second picture")


def _draw_tried(axes: Axes, tried: FrameResult, pair: tuple[str, str], cutoff: float) -> None:
    """Draw the settings that a search tried, by whether they flip the decision."""
    flips = decide(tried.steps["logit"].values, cutoff) != tried.reference
    x, y = tried.points(pair).T
    rings = {"linestyle": "", "marker": "o", "markersize": DOT, "markeredgewidth": HAIR}
    kept = {"markerfacecolor": PAPER, "markeredgecolor": KEPT}
    search = "tried by the search for the nearest flip"
    axes.plot(x[~flips], y[~flips], **rings, **kept, label=f"{search}: kept")
    axes.plot(x[flips], y[flips], **rings, color=FLIPPED, label=f"{search}: flipped")


def _draw_probabilities(axes: Axes, case: Case, setup: Setup) -> None:
    """Draw the probability along the steps, and the cut-off."""
    probability = case.path.steps["probability"]
    axes.plot(probability["step"], probability, "o-", color=INK, markersize=DOT, linewidth=THIN)
    axes.axhline(setup.cutoff, color=GREY, linewidth=THIN, linestyle="--", label="cut-off")
    note = {"size": SMALL, "color": GREY, "transform": axes.transAxes}
    axes.text(0.99, 0.96, f"called {setup.classes[1]}", ha="right", va="top", **note)
    axes.text(0.99, 0.04, f"called {setup.classes[0]}", ha="right", va="bottom", **note)
    axes.set(
        xlabel="step of the attack" if is_stepwise(setup.knobs) else "query of the attack",
        ylabel=f"P({setup.classes[1]})",
        xlim=(-0.5, max(probability.sizes["step"] - 0.5, 1)),
        ylim=(-0.02, 1.02),
    )
    axes.xaxis.get_major_locator().set_params(integer=True)
