"""The figures for a notebook (`ra.plot`): each function draws one and returns it.

A returned figure is closed, so that a notebook shows it once; `figure.savefig("name.pdf")` writes
it. `show_bmode` and `show_difference` draw into a panel of your own figure. A figure of simulated
frames says so.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconattack.attacks.attack_result import AttackResult
from reconattack.classifiers.model import CLASSES, ROWS
from reconattack.errors import InputError
from reconattack.figures.adversarial import draw_attack
from reconattack.figures.attack_paths import draw_paths
from reconattack.figures.frame_maps import draw_map, frame_map
from reconattack.figures.look import figure_style, inches, shown
from reconattack.figures.panels import (
    add_scale,
    centimetre_axes,
    mark_simulated,
    setting,
    show_bmode,
    show_difference,
)
from reconattack.figures.pipeline import draw_pipeline, pipeline_stages
from reconattack.figures.shares import flipped_share
from reconattack.figures.style import INK, LINE, ONE_COLUMN
from reconattack.frames.frame import caption
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.reconstruction.setting import checked_setting

__all__ = [
    "attack",
    "bmode",
    "decision_map",
    "difference",
    "path",
    "pipeline",
    "show_bmode",
    "show_difference",
]

SCALE = (1.04, 0.1, 0.04, 0.8)  # of a panel: left, bottom, width, height


@figure_style()
def bmode(image: xr.Dataset) -> Figure:
    """Draw an image, white outside its sector.

    Parameters
    ----------
    image
        As `reconstruct` gives it.
    """
    figure, axes = _panel()
    show_bmode(axes, image)
    centimetre_axes([axes], image)
    axes.set_title(setting(*(float(image[name]) for name in PAPER_PARAMETERS)))
    return _closed(figure, "simulated" in image.attrs)


@figure_style()
def difference(original: xr.Dataset, changed: xr.Dataset) -> Figure:
    """Draw by how many grey levels an image changed.

    Parameters
    ----------
    original, changed
        Images of one frame, as `reconstruct` gives them.
    """
    if original["bmode"].shape != changed["bmode"].shape:
        raise InputError(
            f"the images have the shapes {original['bmode'].shape} and {changed['bmode'].shape}; "
            "expected two images of one frame with as many rows"
        )
    figure, axes = _panel()
    add_scale(show_difference(axes, original, changed), SCALE, "change (grey levels)")
    centimetre_axes([axes], original)
    return _closed(figure, "simulated" in original.attrs)


def attack(result: AttackResult) -> Figure:
    """Draw the image at the start, the image at the setting that the attack found, and the change.

    Parameters
    ----------
    result
        As `ra.attack` gives it.
    """
    decision = result.model.decision
    if decision.kind == "binary":
        ends = result.probability_initial, result.probability_final
        answers = [f"P({result.model.classes[1]}) = {end:.2f}" for end in ends]
    else:
        ends = result.decision_initial, result.decision_final
        answers = [f"{decision.what}: {decision.in_words(end)}" for end in ends]
    figure = draw_attack(result.original, result.changed, result.flipped, answers)
    return _closed(figure, "simulated" in result.frame.attrs)


def path(results: AttackResult | Sequence[AttackResult]) -> Figure:
    """Draw the settings that an attack tried, in the planes of the paper's parameters.

    Parameters
    ----------
    results
        Results of one attack, on one frame or several.
    """
    listed = [results] if isinstance(results, AttackResult) else list(results)
    if len({(one.method, repr(one.box), one.model) for one in listed}) != 1:
        raise InputError("expected results of one attack: the same model, box and method")
    first = listed[0]
    attacked = [one.found for one in listed if one.attacked]
    figure = draw_paths(attacked, first.knobs)
    if len(listed) == 1:
        outcome = "flipped" if first.flipped else "not flipped"
        title = f"{first.name}: {outcome}, {first.queries} queries"
    else:
        title = flipped_share(sum(one.flipped for one in attacked), len(attacked))
    _name(figure, f"{shown(first.model.name)}, {shown(first.method)}, {title}")
    return _closed(figure, any("simulated" in one.frame.attrs for one in listed))


@figure_style()
def decision_map(result: AttackResult) -> Figure:
    """Draw where in the box the decision flips: the worst case of the parameters not drawn.

    Parameters
    ----------
    result
        Of the method `grid`.
    """
    if "grid_logit" not in result.record:
        raise InputError(
            f"method {result.method} has no lattice to draw; expected a result of method grid for "
            "a frame that was attacked"
        )
    known = {"model": result.model.name, "seed": "", "fold": "", "attack": result.method}
    logit, n_flipping = result.record["grid_logit"], int(result.record["n_flipping"])
    one = frame_map(known, result.found, logit, n_flipping, None)
    figure, axes = _panel()
    cutoff, positive = result.model.cutoff, result.model.classes[1]
    bar = figure.colorbar(draw_map(axes, one, cutoff), ax=axes, label=f"worst P({positive})")
    bar.ax.axhline(cutoff, color=INK, linewidth=LINE)
    described = caption(result.frame.attrs, result.model.classes)
    axes.set_title(f"{result.name}, {described}\n{n_flipping:,} of {logit.size:,} settings flip")
    return _closed(figure, "simulated" in result.frame.attrs)


def pipeline(
    frame: xr.Dataset,
    setting: Mapping[str, float],
    rows: int = ROWS,
    classes: Sequence[str] = CLASSES,
) -> Figure:
    """Draw the steps from the RF frame to the image, and the loop of the attack.

    Parameters
    ----------
    frame
        An RF frame.
    setting
        The setting of the reconstruction.
    rows
        Height of the image in pixels.
    classes
        Words for class 0 and class 1.
    """
    stages = pipeline_stages(frame, checked_setting(setting), rows)
    return _closed(draw_pipeline(stages, classes), "simulated" in frame.attrs)


def _panel() -> tuple[Figure, Axes]:
    """A figure with one panel."""
    return plt.subplots(figsize=inches(ONE_COLUMN, 0.9 * ONE_COLUMN), layout="constrained")


@figure_style()
def _name(figure: Figure, text: str) -> None:
    """Write a title above a figure."""
    figure.suptitle(text)


@figure_style()
def _closed(figure: Figure, simulated: bool) -> Figure:
    """The finished figure, which pyplot does not know any more, drawn in its style wherever."""
    if simulated:
        mark_simulated(figure)
    plt.close(figure)
    for name in ("draw", "savefig"):
        setattr(figure, name, figure_style()(getattr(figure, name)))
    return figure
