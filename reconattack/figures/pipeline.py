"""Figure 2: the steps of reconstruction and attack, drawn from one frame of the run."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from reconattack.figures.look import figure_style, inches
from reconattack.figures.panels import show_bmode
from reconattack.figures.style import DARK, FAINT, PICTURE_MAP, SMALL, THIN, TWO_COLUMNS
from reconattack.frames.frame import frame_samples
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import GREY_LEVELS, attenuation_gain, envelope

HEIGHT = 2.0  # inches
DISPLAYED_DECIBELS = 60
RF_DECIBELS = 110  # of the samples, whose deepest are weak

# Places in the figure, as shares of its width and height.
PANEL_BOTTOM, PANEL_HEIGHT = 0.41, 0.48
PANELS = {
    "RF frame": (0.008, 0.085),
    "amplitude": (0.175, 0.085),
    "compensated": (0.342, 0.085),
    "scan converted": (0.509, 0.145),
    "B-mode": (0.736, 0.145),
}
STEPS = (
    "Hilbert\ntransform",
    "attenuation\ncompensation",
    "scan\nconversion",
    "logarithm,\nthresholds",
)
CLASSIFIER = (0.908, PANEL_BOTTOM + 0.12, 0.084, 0.24)
ATTACK = (0.25, 0.06, 0.50, 0.19)


def pipeline_stages(
    frame: xr.Dataset, initial: Mapping[str, float], image_rows: int
) -> dict[str, np.ndarray | xr.Dataset]:
    """Compute the data of each panel.

    Parameters
    ----------
    frame
        An RF frame.
    initial
        The setting of the reconstruction.
    image_rows
        Height of the images in pixels.

    Returns
    -------
    dict
        For each of `PANELS` either levels above the lowest displayed level [dB], (depth, line), or
        an image with `level` [dB] or `bmode`.
    """
    samples = frame_samples(frame)
    amplitude = envelope(samples)
    gain = attenuation_gain(
        initial["beta"], frame.attrs["center_frequency"] / 1e6, frame["depth"].values * 100
    )
    image = reconstruct(frame, initial, image_rows)
    reconstruction = Reconstruction(frame, image_rows, others=initial)
    level = np.full(image["sector"].shape, np.nan)
    level[reconstruction.amplitudes().shown] = reconstruction.levels(initial["beta"])
    converted = image.assign(level=(("z", "x"), level))
    return {
        "RF frame": np.sign(samples.real) * _decibels(np.abs(samples.real), RF_DECIBELS),
        "amplitude": _decibels(amplitude),
        "compensated": _decibels(amplitude * gain[:, None]),
        "scan converted": converted,
        "B-mode": image,
    }


def stage_rows(stages: Mapping[str, np.ndarray | xr.Dataset]) -> list[dict]:
    """The values that are black and white in each panel, a row per panel, for a table.

    The levels of the RF frame carry the sign of its samples.
    """
    brightest = float(stages["scan converted"]["level"].max())
    ends = {
        "RF frame": ("dB", -RF_DECIBELS, RF_DECIBELS),
        "amplitude": ("dB", 0, DISPLAYED_DECIBELS),
        "compensated": ("dB", 0, DISPLAYED_DECIBELS),
        "scan converted": ("dB", brightest - DISPLAYED_DECIBELS, brightest),
        "B-mode": ("grey level", 0, GREY_LEVELS),
    }
    return [
        {"panel": panel, "units": units, "black_at": black, "white_at": white}
        for panel, (units, black, white) in ends.items()
    ]


JUDGES = {"classes": "classifier\nclass", "number": "model\nnumber", "mask": "model\nmask"}


@figure_style()
def draw_pipeline(
    stages: Mapping[str, np.ndarray | xr.Dataset], classes: Sequence[str], kind: str = "binary"
) -> Figure:
    """Draw the stages of the reconstruction, the classifier and the attack that closes the loop.

    Parameters
    ----------
    stages
        The result of `pipeline_stages`.
    classes
        Words for the labels 0 and 1.
    kind
        Kind of the model's decisions.
    """
    judge = f"classifier\nP({classes[1]})" if kind == "binary" else JUDGES[kind]
    figure = plt.figure(figsize=inches(TWO_COLUMNS, HEIGHT))
    _draw_stages(figure, stages)
    _draw_box(figure, CLASSIFIER, judge, FAINT)
    _draw_box(
        figure,
        ATTACK,
        "zeroth-order attack: finite differences of the loss $J$,\n"
        "then a step of the parameters inside the box",
        FAINT,
    )
    _draw_loop(figure)
    return figure


def _draw_stages(figure: Figure, stages: Mapping[str, np.ndarray | xr.Dataset]) -> None:
    ends = {row["panel"]: (row["black_at"], row["white_at"]) for row in stage_rows(stages)}
    for name, (left, width) in PANELS.items():
        axes = figure.add_axes((left, PANEL_BOTTOM, width, PANEL_HEIGHT))
        stage, (black, white) = stages[name], ends[name]
        if isinstance(stage, xr.Dataset):
            shown = "level" if "level" in stage else "bmode"
            show_bmode(axes, stage, shown, vmin=black, vmax=white)
        else:
            scale = {"cmap": PICTURE_MAP, "vmin": black, "vmax": white}
            axes.imshow(stage, aspect="auto", interpolation="none", **scale)
        axes.set(xticks=[], yticks=[], title=name)
        if isinstance(stage, xr.Dataset):
            axes.spines[:].set_visible(False)


def _decibels(amplitude: np.ndarray, displayed: float = DISPLAYED_DECIBELS) -> np.ndarray:
    """Level above the lowest displayed level [dB]."""
    level = 20 * np.log10(np.maximum(amplitude, np.finfo(np.float32).tiny))
    return np.clip(level - level.max() + displayed, 0, None)


def _draw_loop(figure: Figure) -> None:
    """Draw arrows along the pipeline, and back from the classifier through the attack."""
    middle = PANEL_BOTTOM + PANEL_HEIGHT / 2
    spans = [(left, left + width) for left, width in PANELS.values()]
    gaps = [(end, start) for (_, end), (start, _) in pairwise(spans)]
    for (end, start), step in zip(gaps, STEPS, strict=True):
        _draw_arrow(figure, (end, middle), (start, middle))
        above = {"ha": "center", "va": "bottom", "size": SMALL}
        figure.text((end + start) / 2, middle + 0.03, step, **above)
    left, bottom, width, _ = CLASSIFIER
    _draw_arrow(figure, (spans[-1][1], middle), (left, middle))
    attack_left, attack_bottom, attack_width, attack_height = ATTACK
    attack_top, attack_middle = attack_bottom + attack_height, attack_bottom + attack_height / 2
    corner = (left + width / 2, bottom)
    bend = "angle,angleA=-90,angleB=0,rad=4"
    _draw_arrow(figure, corner, (attack_left + attack_width, attack_middle), bend)
    figure.text(corner[0] - 0.01, attack_middle + 0.03, "loss $J$", ha="right")
    for step, symbols in ((1, r"$\beta$"), (3, r"$\alpha_{lower}$, $\alpha_{upper}$")):
        across = sum(gaps[step]) / 2
        _draw_arrow(figure, (across, attack_top), (across, middle - 0.01))
        figure.text(across - 0.008, attack_top + 0.03, symbols, ha="right")


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
            color=DARK,
            linewidth=THIN,
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
            edgecolor=DARK,
            linewidth=THIN,
            transform=figure.transFigure,
        )
    )
    figure.text(left + width / 2, bottom + height / 2, text, ha="center", va="center")
