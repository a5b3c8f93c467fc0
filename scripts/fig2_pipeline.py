"""Figure 2: the attack's pipeline, each stage drawn from a frame of the run."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from reconattack.frames import frame_samples, readable_frames
from reconattack.jobs import job
from reconattack.plots import COLOURS, TWO_COLUMNS, figure_style, save_figure, show_bmode
from reconattack.reconstruction import Reconstruction, attenuation_gain, envelope, reconstruct

HEIGHT = 2.7
DISPLAYED_DECIBELS = 60

# Places in the figure, as shares of its width and height.
PANEL_BOTTOM, PANEL_HEIGHT = 0.44, 0.40
PANELS = {
    "RF frame": (0.010, 0.115),
    "amplitude": (0.155, 0.115),
    "compensated": (0.300, 0.115),
    "scan converted": (0.445, 0.165),
    "B-mode": (0.645, 0.165),
}
STEPS = (
    "Hilbert\ntransform",
    "attenuation\ncompensation",
    "scan\nconversion",
    "log, thresholds,\n8 bits",
)
CLASSIFIER = (0.860, PANEL_BOTTOM + 0.08, 0.125, 0.24)
ATTACK = (0.335, 0.06, 0.45, 0.20)


def fig2_pipeline(
    chunks: Sequence[str],
    initial: Mapping[str, float],
    image_rows: int,
    classes: Sequence[str],
    pdf: str,
    png: str,
    simulated: bool,
) -> None:
    """Draw the pipeline with the first frame that could be read."""
    frame = next(frame for chunk in chunks for _, frame in readable_frames(chunk))
    with figure_style():
        save_figure(draw_pipeline(frame, initial, image_rows, classes), pdf, png, simulated)


def draw_pipeline(
    frame: xr.Dataset, initial: Mapping[str, float], image_rows: int, classes: Sequence[str]
) -> Figure:
    """The five stages of the reconstruction, the classifier and the attack that closes the loop."""
    figure = plt.figure(figsize=(TWO_COLUMNS, HEIGHT))
    _draw_stages(figure, frame, initial, image_rows)
    _draw_box(figure, CLASSIFIER, f"classifier\nP({classes[1]})", "0.92")
    _draw_box(
        figure,
        ATTACK,
        "zeroth-order attack: central differences of the\ncross-entropy, sign step inside the box",
        (*COLOURS[1], 0.25),
    )
    _draw_loop(figure)
    return figure


def _draw_stages(
    figure: Figure, frame: xr.Dataset, initial: Mapping[str, float], image_rows: int
) -> None:
    samples = frame_samples(frame)
    amplitude = envelope(samples)
    gain = attenuation_gain(
        initial["beta"], frame.attrs["center_frequency"] / 1e6, frame["depth"].values * 100
    )
    image = reconstruct(frame, initial, image_rows)
    stages = [
        np.sign(samples.real) * _decibels(np.abs(samples.real)),
        _decibels(amplitude),
        _decibels(amplitude * gain[:, None]),
    ]
    panels = [
        figure.add_axes((left, PANEL_BOTTOM, width, PANEL_HEIGHT))
        for left, width in PANELS.values()
    ]
    for axes, stage in zip(panels, stages, strict=False):
        axes.imshow(stage, aspect="auto", cmap="gray", interpolation="none")
    level = np.full(image["sector"].shape, np.nan)
    reconstruction = Reconstruction(frame, image_rows, others=initial)
    shown = reconstruction.amplitudes().shown
    level[shown] = reconstruction.levels(initial["beta"])
    image["level"] = ("z", "x"), level
    bright = np.nanmax(level)
    show_bmode(panels[3], image, "level", vmin=bright - DISPLAYED_DECIBELS, vmax=bright)
    show_bmode(panels[4], image)
    for axes, name in zip(panels, PANELS, strict=True):
        axes.set_title(name, pad=3)
        axes.set(xticks=[], yticks=[])


def _decibels(amplitude: np.ndarray) -> np.ndarray:
    """Level above the lowest displayed one [dB]."""
    level = 20 * np.log10(np.maximum(amplitude, np.finfo(np.float32).tiny))
    return np.clip(level - level.max() + DISPLAYED_DECIBELS, 0, None)


def _draw_loop(figure: Figure) -> None:
    """Arrows along the pipeline, and back from the classifier through the attack."""
    middle = PANEL_BOTTOM + PANEL_HEIGHT / 2
    spans = [(left, left + width) for left, width in PANELS.values()]
    gaps = [(end, start) for (_, end), (start, _) in pairwise(spans)]
    for (end, start), step in zip(gaps, STEPS, strict=True):
        _draw_arrow(figure, (end, middle), (start, middle))
        figure.text((end + start) / 2, PANEL_BOTTOM - 0.025, step, ha="center", va="top", size=6.5)
    left, bottom, width, _ = CLASSIFIER
    _draw_arrow(figure, (spans[-1][1], middle), (left, middle))
    attack_left, attack_bottom, attack_width, attack_height = ATTACK
    attack_top, attack_middle = attack_bottom + attack_height, attack_bottom + attack_height / 2
    bend = "angle,angleA=-90,angleB=0,rad=4"
    corner = (left + width / 2, bottom)
    _draw_arrow(figure, corner, (attack_left + attack_width, attack_middle), bend)
    figure.text(left + width / 2 - 0.01, attack_middle + 0.03, "loss $J$", ha="right", size=7)
    beta_gap, alpha_gap = (sum(gaps[step]) / 2 for step in (1, 3))
    _draw_arrow(
        figure,
        (attack_left, attack_middle),
        (beta_gap, PANEL_BOTTOM - 0.135),
        "angle,angleA=180,angleB=-90,rad=4",
    )
    figure.text(beta_gap - 0.01, attack_middle + 0.03, r"$\beta$", ha="right", size=8)
    _draw_arrow(figure, (alpha_gap, attack_top), (alpha_gap, PANEL_BOTTOM - 0.135))
    figure.text(
        alpha_gap + 0.008,
        attack_top + 0.015,
        r"$\alpha_{lower}$, $\alpha_{upper}$",
        ha="left",
        size=8,
    )


def _draw_arrow(
    figure: Figure,
    start: tuple[float, float],
    end: tuple[float, float],
    connection: str = "arc3",
) -> None:
    figure.add_artist(
        FancyArrowPatch(
            start,
            end,
            connectionstyle=connection,
            arrowstyle="-|>",
            mutation_scale=7,
            shrinkA=1,
            shrinkB=1,
            color="0.2",
            linewidth=0.9,
            transform=figure.transFigure,
        )
    )


def _draw_box(figure: Figure, place: tuple[float, float, float, float], text: str, colour) -> None:
    left, bottom, width, height = place
    figure.add_artist(
        FancyBboxPatch(
            (left, bottom),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.01",
            facecolor=colour,
            edgecolor="0.2",
            linewidth=0.8,
            transform=figure.transFigure,
        )
    )
    figure.text(left + width / 2, bottom + height / 2, text, ha="center", va="center", size=7.5)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        fig2_pipeline(
            chunks=snakemake.input.frames,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            classes=snakemake.params.classes,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
