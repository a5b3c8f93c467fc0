"""One attack as an animation: picture, settings and probability, step by step, until it ends."""

from collections.abc import Iterator, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from reconattack.classifiers.decision import MISTAKES, decide
from reconattack.evidence.example import choose_attack
from reconattack.figures.panels import figure_style, mark_simulated, show_bmode
from reconattack.figures.style import (
    CROSS,
    DOT,
    FAINT,
    FLIPPED,
    GREY,
    INK,
    KEPT,
    MIDDLE,
    SMALL,
    THICK,
    THIN,
    TWO_COLUMNS,
)
from reconattack.frames.chunks import open_frames
from reconattack.frames.frame import caption
from reconattack.frames.image import image_attributes, label_image
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.run.jobs import job
from reconattack.storage import located, read_table, replacing, write_table

MOST_PICTURES, MOST_SLIDERS = 30, 5
HEIGHT, DPI = 3.7, 100
STEP_MS, FIRST_MS, LAST_MS = 250, 1000, 4000
GREYS = 52  # of the palette; GIF packs fewer colours better

# Places in the figure, as shares of its width and height.
PICTURE = (0.075, 0.12, 0.46, 0.72)
BOX = (0.66, 0.53, 0.30, 0.31)
PROBABILITY = (0.66, 0.12, 0.30, 0.28)
HEAD, LINE_BELOW = 0.97, 0.055


def animation(
    attacks: str,
    files: Sequence[Mapping[str, str]],
    chunks: Sequence[str],
    knobs: Mapping[str, Mapping],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    classes: Sequence[str],
    table: str,
    gif: str,
    simulated: bool,
) -> None:
    """Tabulate and animate the attack that `choose_attack` takes from the table of attacks.

    Parameters
    ----------
    attacks
        The table of attacks.
    files
        Result files (`model`, `seed`, `fold`, `attack`, `path`) of the attack that walks.
    chunks
        RF frames.
    knobs
        Its knobs, with their boxes.
    initial
        The initial setting.
    image_rows
        Height of the pictures in pixels.
    cutoff
        Probability from which on a frame counts as fatty.
    classes
        Words for the labels 0 and 1.
    table, gif
        What is written.
    simulated
        Whether the frames are.
    """
    rows = read_table(attacks, dtype={"seed": str, "fold": str})
    chosen = choose_attack(rows[rows["attack"] == files[0]["attack"]])
    path = read_path(files, chosen)
    frame = next(frame for chunk in chunks for _, frame in open_frames(chunk, [chosen["frame"]]))
    shown = shown_steps(path.sizes["step"])
    write_table(table, path_table(path, chosen, shown, cutoff))
    pictures = reconstruct_steps(frame, path, initial, image_rows)
    with figure_style():
        drawn = []
        for step in shown:
            figure = draw_step(pictures[step], path, step, chosen, knobs, cutoff, classes)
            if simulated:
                mark_simulated(figure)
            drawn.append(pixels(figure))
            plt.close(figure)
    write_gif(gif, drawn)


def read_path(files: Sequence[Mapping[str, str]], chosen: pd.Series) -> xr.Dataset:
    """The steps of the chosen attack on its frame."""
    keys = ["model", "seed", "fold"]
    own = [file["path"] for file in files if [file[key] for key in keys] == chosen[keys].tolist()]
    return next(path for file in own for path in paths_of(file, chosen["frame"]))


def paths_of(file: str, name: str) -> Iterator[xr.Dataset]:
    """The steps of an attack on a frame, if the file has it."""
    with xr.open_dataset(file) as attacks:
        if name in attacks["frame"].values:
            yield attacks.sel(frame=name).dropna("step", subset=["probability"]).load()


def shown_steps(count: int) -> list[int]:
    """At most `MOST_PICTURES` of a path's steps, evenly spaced from the first to the last."""
    return np.unique(
        np.linspace(0, count - 1, min(count, MOST_PICTURES)).round().astype(int)
    ).tolist()


def path_table(
    path: xr.Dataset, chosen: pd.Series, shown: Sequence[int], cutoff: float
) -> pd.DataFrame:
    """A row per step: setting, probability, decision and whether it has a picture."""
    parameters = path["parameters"].to_pandas()
    known = chosen[["model", "seed", "fold", "attack", "frame"]].to_dict()
    return pd.DataFrame(known, index=parameters.index).assign(
        step=parameters.index,
        **parameters,
        probability=path["probability"].values,
        predicted=decide(path["logit"].values, cutoff),
        shown=parameters.index.isin(shown),
    )


def reconstruct_steps(
    frame: xr.Dataset, path: xr.Dataset, initial: Mapping[str, float], image_rows: int
) -> list[xr.Dataset]:
    """The picture at each step."""
    names = [str(name) for name in path["parameter"].values]
    reconstruction = Reconstruction(frame, image_rows, names, initial)
    images = reconstruction.bmode(path["parameters"].transpose("step", "parameter").values)
    geometry = reconstruction.sector, reconstruction.z, reconstruction.x
    return [label_image(image, *geometry).assign_attrs(image_attributes(frame)) for image in images]


def draw_step(
    picture: xr.Dataset,
    path: xr.Dataset,
    step: int,
    chosen: pd.Series,
    knobs: Mapping[str, Mapping],
    cutoff: float,
    classes: Sequence[str],
) -> Figure:
    """The picture at one step beside its setting in the box and the probability up to it."""
    figure = plt.figure(figsize=(TWO_COLUMNS, HEIGHT))
    axes = figure.add_axes(PICTURE)
    show_bmode(axes, picture)
    axes.set(xlabel="lateral (cm)", ylabel="depth (cm)")
    _draw_setting(figure.add_axes(BOX), path["parameters"], step, knobs)
    _draw_probability(figure.add_axes(PROBABILITY), path["probability"], step, cutoff, classes)
    attacked = f"{chosen['attack']} on {chosen['model']}"
    head = f"{chosen['frame']}, {caption(picture.attrs, classes)}; {attacked}"
    figure.text(0.01, HEAD, head, va="top")
    figure.text(
        0.01, HEAD - LINE_BELOW, verdict(path, step, cutoff, classes), va="top", weight="bold"
    )
    return figure


def verdict(path: xr.Dataset, step: int, cutoff: float, classes: Sequence[str]) -> str:
    """What the model says at a step, and in the end what has come of it."""
    decision = int(decide(path["logit"].values[step], cutoff))
    last = path.sizes["step"] - 1
    words = f"step {step} of {last}: judged {classes[decision]}"
    reference = int(path["reference"])
    if decision != reference:
        return f"{words}, a {MISTAKES[reference]}"
    return f"{words}, decision kept" if step == last else words


def _draw_setting(
    axes: Axes, parameters: xr.DataArray, step: int, knobs: Mapping[str, Mapping]
) -> None:
    """A slider for each of the parameters that go farthest, with the way that they came."""
    ways = {
        name: shares_of_box(parameters.sel(parameter=name).values, knobs[name]) for name in knobs
    }
    farthest = sorted(ways, key=lambda name: -np.ptp(ways[name]))[:MOST_SLIDERS]
    moved = [name for name in PARAMETERS if name in farthest]
    for place, name in enumerate(moved):
        lower, upper = knobs[name]["box"]
        shares, value = ways[name][: step + 1], float(parameters.sel(parameter=name)[step])
        axes.plot([0, 1], [place, place], color=FAINT, linewidth=THICK)
        axes.plot(shares, np.full(len(shares), place), color=FLIPPED, linewidth=THICK)
        axes.plot(shares[0], place, "|", color=GREY, markersize=CROSS)
        axes.plot(shares[-1], place, "o", color=INK, markersize=CROSS)
        axes.text(shares[-1], place - 0.22, f"{value:g}", ha="center", va="bottom", size=MIDDLE)
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
    """A parameter's symbol above its unit."""
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
    axes.text(last, 0.98, f"judged {classes[1]}", va="top", **note)
    axes.text(last, 0.02, f"judged {classes[0]}", va="bottom", **note)
    axes.set(
        xlabel="step",
        ylabel=f"P({classes[1]})",
        xlim=(-0.03 * last, 1.03 * last),
        ylim=(0, 1),
        yticks=sorted({0, cutoff, 1}),
    )
    axes.xaxis.get_major_locator().set_params(integer=True)


def pixels(figure: Figure) -> np.ndarray:
    """A figure as uint8 (rows, columns, 3)."""
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def write_gif(path: str, pictures: Sequence[np.ndarray]) -> None:
    """Write pictures, uint8 (rows, columns, 3), in the colours of `palette`; the last one stays."""
    colours = Image.new("P", (1, 1))
    colours.putpalette(list(palette()))
    first, *others = (
        Image.fromarray(picture).quantize(palette=colours, dither=Image.Dither.NONE)
        for picture in pictures
    )
    times = [FIRST_MS, *[STEP_MS] * len(others)]
    times[-1] = LAST_MS
    with replacing(path) as temporary:
        options = {"append_images": others, "duration": times, "loop": 0, "optimize": False}
        first.save(temporary, format="GIF", save_all=True, **options)


def palette() -> Iterator[int]:
    """Greys, then two colours of figures in shades towards white; red, green and blue of each."""
    # None is near white, which Pillow's coarse search for the nearest colour would mistake for it.
    for level in [*np.linspace(0, 244, GREYS - 1).round().astype(int).tolist(), 255]:
        yield from (level, level, level)
    for colour in (KEPT, FLIPPED):
        for share in (1, 0.75, 0.5, 0.25):
            yield from (round(255 * (1 - share * (1 - part))) for part in colour)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        animation(
            attacks=snakemake.input.attacks,
            files=located(snakemake.params.files, snakemake.input),
            chunks=snakemake.input.frames,
            knobs=snakemake.params.knobs,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            cutoff=snakemake.params.cutoff,
            classes=snakemake.params.classes,
            table=snakemake.output.table,
            gif=snakemake.output.gif,
            simulated=snakemake.params.simulated,
        )
