"""One attack as an animation: image, setting and probability at each step."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from PIL import Image

from reconattack.attacks.results import FrameResult, read_frames
from reconattack.classifiers.decisions.binary import decide
from reconattack.figures.look import figure_style, inches
from reconattack.figures.panels import centimetre_axes, mark_simulated, show_bmode
from reconattack.figures.style import (
    CROSS,
    DOT,
    FAINT,
    FATTY,
    FLIPPED,
    GREY,
    INK,
    LOUD,
    NORMAL,
    SMALL,
    THICK,
    THIN,
    TWO_COLUMNS,
)
from reconattack.frames.frame import caption
from reconattack.reconstruction.drawing import reconstruction_of
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.storage import replacing

MAX_PICTURES, MAX_SLIDERS = 30, 5
HEIGHT, DPI = 3.4, 125  # inches, pixels per inch
WALK_MS, STEP_MS, FIRST_MS, LAST_MS = 4000, (250, 1000), 2000, 6000
GREYS = 52  # of the palette; GIF compresses fewer colours better

# Places in the figure, as shares of its width and height.
PICTURE = (0.075, 0.12, 0.46, 0.72)
BOX = (0.66, 0.53, 0.30, 0.31)
PROBABILITY = (0.66, 0.12, 0.30, 0.28)
HEAD, LINE_BELOW = 0.975, 0.05
CLASS_COLOURS = (NORMAL, FATTY)


def choose_flip(attacks: pd.DataFrame, cutoff: float) -> pd.Series:
    """Choose the clearest flip of some rows of `attacks.csv`.

    Its probability is far from the cut-off both before and after the attack. Without a flip it is
    the row of the largest change of the probability.
    """
    before, after = attacks["probability_initial"], attacks["probability_final"]
    apart = np.minimum((before - cutoff).abs(), (after - cutoff).abs())
    clear = apart if attacks["success"].any() else (after - before).abs()
    known = attacks["success"] if attacks["success"].any() else after.notna()
    return attacks.loc[clear[known].sort_values(ascending=False, kind="stable").index[0]]


def result_of(files: Sequence[Mapping[str, str]], chosen: pd.Series) -> FrameResult:
    """Read the result of an attack on a frame.

    Parameters
    ----------
    files
        Records of the attack (`model`, `seed`, `fold`, `path`).
    chosen
        The frame's row of `attacks.csv`, with seed and fold as text.
    """
    keys = ["model", "seed", "fold"]
    paths = [file["path"] for file in files if [file[key] for key in keys] == chosen[keys].tolist()]
    results = (result for path in paths for result in read_frames(path))
    return next(result for result in results if result.name == chosen["frame"])


def shown_steps(count: int) -> list[int]:
    """At most `MAX_PICTURES` of a number of steps, evenly spaced from the first to the last."""
    steps = np.linspace(0, count - 1, min(count, MAX_PICTURES)).round().astype(int)
    return np.unique(steps).tolist()


def path_table(
    path: FrameResult, chosen: pd.Series, shown: Sequence[int], cutoff: float
) -> pd.DataFrame:
    """Tabulate a path: for each step its setting, probability and decision.

    Parameters
    ----------
    path
        The result of the attack on the frame.
    chosen
        Its row of `attacks.csv`.
    shown
        The steps that have a picture.
    cutoff
        Probability from which a frame is called fatty.
    """
    parameters = path.steps["parameters"].to_pandas()
    known = chosen[["model", "seed", "fold", "attack", "frame"]].to_dict()
    return pd.DataFrame(known, index=parameters.index).assign(
        step=parameters.index,
        **parameters,
        probability=path.steps["probability"].values,
        predicted=decide(path.steps["logit"].values, cutoff),
        shown=parameters.index.isin(shown),
    )


def reconstruct_steps(
    frame: xr.Dataset,
    path: FrameResult,
    shown: Sequence[int],
    initial: Mapping[str, float],
    image_rows: int,
) -> dict[int, xr.Dataset]:
    """Reconstruct a frame at some steps of a path: an image for each step."""
    names = list(path.initial)
    reconstruction = reconstruction_of(frame, image_rows, names, initial)
    points = path.points(names)
    return {step: reconstruction.image(points[step]) for step in shown}


def draw_steps(
    images: Mapping[int, xr.Dataset],
    path: FrameResult,
    title: str,
    knobs: Mapping[str, Mapping],
    cutoff: float,
    classes: Sequence[str],
    simulated: bool,
) -> Iterator[np.ndarray]:
    """Draw a picture for each image, uint8 (rows, columns, 3), marked if the data are simulated.

    The other parameters are those of `draw_step`.
    """
    for step, image in images.items():
        figure = draw_step(image, path, step, title, knobs, cutoff, classes)
        if simulated:
            mark_simulated(figure)
        yield pixels(figure)
        plt.close(figure)


@figure_style()
def draw_step(
    image: xr.Dataset,
    path: FrameResult,
    step: int,
    title: str,
    knobs: Mapping[str, Mapping],
    cutoff: float,
    classes: Sequence[str],
) -> Figure:
    """Draw the image at one step, its setting in the box and the probability up to the step.

    Parameters
    ----------
    image
        The image at the step.
    path
        The result of the attack on the frame.
    step
        Number of the step.
    title
        The attack and the model, in words.
    knobs
        Knobs of the attack, with their boxes.
    cutoff
        Probability from which a frame is called fatty.
    classes
        Words for the labels 0 and 1.
    """
    figure = plt.figure(figsize=inches(TWO_COLUMNS, HEIGHT))
    axes = figure.add_axes(PICTURE)
    show_bmode(axes, image)
    centimetre_axes([axes], image)
    _draw_setting(figure.add_axes(BOX), path.steps["parameters"], step, knobs)
    _draw_probability(
        figure.add_axes(PROBABILITY), path.steps["probability"], step, cutoff, classes
    )
    head = f"{path.name}, {caption(image.attrs, classes)}; {title}"
    figure.text(0.01, HEAD, head, va="top")
    outcome = verdict(path, step, cutoff, classes)
    colour = CLASS_COLOURS[decision_at(path, step, cutoff)]
    style = {"weight": "bold", "color": colour, "size": LOUD}
    figure.text(0.01, HEAD - LINE_BELOW, outcome, va="top", **style)
    return figure


def verdict(path: FrameResult, step: int, cutoff: float, classes: Sequence[str]) -> str:
    """The decision at a step in words, and at the last step the outcome of the attack."""
    decision = decision_at(path, step, cutoff)
    last = path.steps.sizes["step"] - 1
    words = f"step {step} of {last}: called {classes[decision]}"
    if decision != path.reference:
        return f"{words}, a {path.direction}"
    return f"{words}, decision kept" if step == last else words


def decision_at(path: FrameResult, step: int, cutoff: float) -> int:
    """The decision at a step, 0 or 1."""
    return int(decide(path.steps["logit"].values[step], cutoff))


def _draw_setting(
    axes: Axes, parameters: xr.DataArray, step: int, knobs: Mapping[str, Mapping]
) -> None:
    """A slider for each of the parameters that move farthest, with its path up to the step."""
    paths = {
        name: shares_of_box(parameters.sel(parameter=name).values, knobs[name]) for name in knobs
    }
    farthest = sorted(paths, key=lambda name: -np.ptp(paths[name]))[:MAX_SLIDERS]
    moved = [name for name in PARAMETERS if name in farthest]
    for place, name in enumerate(moved):
        lower, upper = knobs[name]["box"]
        shares, value = paths[name][: step + 1], float(parameters.sel(parameter=name)[step])
        axes.plot([0, 1], [place, place], color=FAINT, linewidth=THICK)
        axes.plot(shares, np.full(len(shares), place), color=FLIPPED, linewidth=THICK)
        axes.plot(shares[0], place, "|", color=GREY, markersize=CROSS)
        axes.plot(shares[-1], place, "o", color=INK, markersize=CROSS)
        axes.text(shares[-1], place - 0.22, f"{value:g}", ha="center", va="bottom")
        for share, bound in ((0, lower), (1, upper)):
            axes.text(
                share, place + 0.16, f"{bound:g}", ha="center", va="top", size=SMALL, color=GREY
            )
    axes.set(xlim=(-0.06, 1.06), ylim=(len(moved) - 0.4, -0.7), xticks=[])
    axes.set_yticks(range(len(moved)), [label_of(name) for name in moved])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def shares_of_box(values: np.ndarray, knob: Mapping) -> np.ndarray:
    """Values as shares of a knob's box, 0 at its lower bound."""
    lower, upper = knob["box"]
    return (values - lower) / ((upper - lower) or 1)


def label_of(name: str) -> str:
    """Symbol of a parameter above its unit."""
    parameter = PARAMETERS[name]
    return (
        parameter.symbol if parameter.units == "1" else f"{parameter.symbol}\n({parameter.units})"
    )


def _draw_probability(
    axes: Axes, probability: xr.DataArray, step: int, cutoff: float, classes: Sequence[str]
) -> None:
    """The probability up to a step against the cut-off."""
    axes.axhline(cutoff, color=GREY, linewidth=THIN, linestyle="--")
    axes.plot(probability["step"][: step + 1], probability[: step + 1], color=INK, linewidth=THIN)
    axes.plot(step, probability[step], "o", color=INK, markersize=2 * DOT)
    last = max(probability.sizes["step"] - 1, 1)
    note = {"ha": "right", "size": SMALL, "color": GREY}
    axes.text(last, 0.98, f"called {classes[1]}", va="top", **note)
    axes.text(last, 0.02, f"called {classes[0]}", va="bottom", **note)
    axes.set(
        xlabel="step",
        ylabel=f"P({classes[1]})",
        xlim=(-0.03 * last, 1.03 * last),
        ylim=(0, 1),
        yticks=sorted({0, cutoff, 1}),
    )
    axes.xaxis.get_major_locator().set_params(integer=True)


@figure_style()
def pixels(figure: Figure) -> np.ndarray:
    """Render a figure as uint8 (rows, columns, 3)."""
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def write_gif(path: Path | str, pictures: Iterable[np.ndarray]) -> None:
    """Write pictures, uint8 (rows, columns, 3), as a GIF in the colours of `palette`.

    The steps take `WALK_MS` together, each within the bounds `STEP_MS`. The first picture stays
    longer, and the last one before the animation starts again.
    """
    colours = Image.new("P", (1, 1))
    colours.putpalette(list(palette()))
    first, *others = (
        Image.fromarray(picture).quantize(palette=colours, dither=Image.Dither.NONE)
        for picture in pictures
    )
    step = int(np.clip(WALK_MS / max(len(others), 1), *STEP_MS))
    times = [FIRST_MS, *[step] * len(others)]
    times[-1] = LAST_MS
    with replacing(path) as temporary:
        options = {"append_images": others, "duration": times, "loop": 0, "optimize": False}
        first.save(temporary, format="GIF", save_all=True, **options)


def palette() -> Iterator[int]:
    """Red, green and blue of the GIF's colours: greys, then shades of three colours of figures."""
    # No shade is near white: Pillow searches the nearest colour coarsely and would confuse them.
    for level in [*np.linspace(0, 244, GREYS - 1).round().astype(int).tolist(), 255]:
        yield from (level, level, level)
    for colour in (*CLASS_COLOURS, FLIPPED):
        for share in (1, 0.75, 0.5, 0.25):
            yield from (round(255 * (1 - share * (1 - part))) for part in to_rgb(colour))
