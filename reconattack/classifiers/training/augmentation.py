"""Training images at other settings of the reconstruction than the initial one.

What training needs of a reconstruction is a picture a frame and epoch, at settings of the paper's
three parameters. The level of a pixel is linear in beta but for what its two samples' gains differ,
which is less than 0.01 dB in the paper's box: so of each frame a picture of levels is kept, and for
all frames of one geometry what a unit of beta adds to them. A new picture then costs neither
gathering nor logarithms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from reconattack.classifiers.network_input import NetworkInput
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import NEUTRAL, PAPER_PARAMETERS, PICTURE
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.stages.picture import process
from reconattack.reconstruction.steps import GREY_LEVELS, window

Slopes = dict[bytes, tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class SettingBox:
    """Where the settings of training images are drawn from, and how many for a frame and step.

    Attributes
    ----------
    low, high
        Bounds of the `PAPER_PARAMETERS`, each (3,); equal where a parameter stays.
    worst_of
        Settings drawn for each frame and step, of which the one of the highest loss trains.
    """

    low: Sequence[float]
    high: Sequence[float]
    worst_of: int = 1

    def draw(self, count: int, random: np.random.Generator) -> np.ndarray:
        """Settings of `count` frames, uniform in the box, float64 (count, worst_of, 3)."""
        return random.uniform(self.low, self.high, (count, self.worst_of, len(self.low)))


def setting_box(
    parameters: Mapping[str, Mapping], initial: Mapping[str, float], worst_of: int = 1
) -> SettingBox:
    """The box of a configuration; a parameter that it does not name keeps its initial value.

    Raises
    ------
    InputError
        If a parameter is none of the `PAPER_PARAMETERS`, or a box holds a window that is none.
    """
    others = [name for name in parameters if name not in PAPER_PARAMETERS]
    if others:
        raise InputError(
            f"reconstructions.parameters names {', '.join(others)}; expected parameters out of "
            f"{', '.join(PAPER_PARAMETERS)}"
        )
    boxes = {name: (initial[name], initial[name]) for name in PAPER_PARAMETERS}
    boxes |= {name: tuple(knob["box"]) for name, knob in parameters.items()}
    for name, (low, high) in boxes.items():
        if low > high:
            raise InputError(
                f"reconstructions.parameters.{name}.box is [{low:g}, {high:g}]; expected the lower "
                "bound first"
            )
    highest, lowest = boxes["alpha_lower"][1], boxes["alpha_upper"][0]
    if highest >= lowest:
        raise InputError(
            f"reconstructions.parameters let alpha_lower be {highest:g} dB and alpha_upper "
            f"{lowest:g} dB; expected every alpha_lower below every alpha_upper"
        )
    return SettingBox(*zip(*boxes.values(), strict=True), worst_of)


@dataclass(frozen=True)
class LevelPicture:
    """What is kept of a case to show it at any setting of the paper's three.

    Attributes
    ----------
    levels
        Level of each pixel at the initial beta [dB], float32 (z, x); -inf where it is black
        whatever the setting, inf where it is white.
    slope
        Level that a unit of beta adds [dB], float32, (z, x) or what broadcasts to it.
    beta
        The initial beta [dB/(cm MHz)].
    canvas
        Where pictures are drawn, float32 (z, x), shared by cases of one size: memory for each
        picture anew costs TensorFlow's thread for data three times what the picture does.
    finish
        Brings grey levels before rounding, float32 (z, x), to a network's input; may write on them.
    """

    levels: np.ndarray
    slope: np.ndarray
    beta: float
    canvas: np.ndarray
    finish: Callable[[np.ndarray], np.ndarray]

    def __call__(self, settings: np.ndarray) -> np.ndarray:
        """Network inputs float32 (n, height, width) at settings (n, 3) of `PAPER_PARAMETERS`."""
        return np.stack([self._draw(*setting) for setting in settings.tolist()])

    def _draw(self, beta: float, lower: float, upper: float) -> np.ndarray:
        grey = np.multiply(self.slope, np.float32(beta - self.beta), out=self.canvas)
        grey += self.levels
        return self.finish(window(grey, lower, upper, out=grey))


def frame_picture(
    reconstruction: Reconstruction, network_input: NetworkInput, slopes: Slopes
) -> LevelPicture:
    """The picture of an RF frame: within one grey level of `Reconstruction.bmode`.

    Parameters
    ----------
    reconstruction
        The frame, with all initial values in its `setting`.
    network_input
        Brings a picture to a network's input.
    slopes
        Slopes and canvases that other frames already have: those of one geometry share theirs.
    """
    shown, setting = reconstruction.sector, reconstruction.setting
    placed = reconstruction.amplitudes()
    levels = np.full(shown.shape, -np.inf, np.float32)
    levels[shown] = reconstruction.levels(setting["beta"])
    depth = (placed.depth[placed.row] + placed.depth[placed.row + 1]) / 2
    slope = np.zeros(shown.shape, np.float32)
    slope[shown] = level_slope(depth, reconstruction.frequency)
    processing = {name: setting[name] for name in PICTURE if setting[name] != NEUTRAL[name]}
    slope, canvas = slopes.setdefault(slope.tobytes(), (slope, np.empty_like(slope)))
    return LevelPicture(
        levels,
        slope,
        setting["beta"],
        canvas,
        partial(_screened, shown=shown, processing=processing, network_input=network_input),
    )


def image_picture(
    image: np.ndarray, initial: Mapping[str, float], depth: float, frequency: float
) -> LevelPicture:
    """The picture of an image without RF data, as other settings would about have shown it.

    An approximation: the image is taken for one at the initial setting, with a linear grey map and
    with depth running down the picture, and it changes at the network's size, after the averaging
    of the resize. What is black or white stays so, for its level is not known.

    Parameters
    ----------
    image
        A network's input, float32 (height, width), grey levels 0 to 255.
    initial
        Values of the `PAPER_PARAMETERS`.
    depth
        What the image's height spans [m].
    frequency
        Centre frequency [Hz].
    """
    lower, upper = initial["alpha_lower"], initial["alpha_upper"]
    levels = image * np.float32((upper - lower) / GREY_LEVELS) + np.float32(lower)
    levels[image <= 0] = -np.inf
    levels[image >= GREY_LEVELS] = np.inf
    rows = (np.arange(len(image))[:, np.newaxis] + 0.5) * depth / len(image)
    slope = level_slope(rows, frequency).astype(np.float32)
    return LevelPicture(levels, slope, initial["beta"], np.empty_like(levels), np.copy)


def level_slope(depth: np.ndarray, frequency: float) -> np.ndarray:
    """Level that a unit of beta adds at a depth [m], there and back [dB]; frequency in Hz."""
    return 2 * (frequency / 1e6) * (depth * 100)


@dataclass(frozen=True)
class DrawnCases:
    """Cases of a training, shown at settings that are drawn anew each time.

    Attributes
    ----------
    pictures
        A case each.
    box
        Where the settings are drawn from.
    tells
        Whether the settings are told beside the images.
    """

    pictures: Sequence[LevelPicture]
    box: SettingBox
    tells: bool = False

    def __call__(self, rows: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, ...]:
        """Show some cases, each at settings of its own.

        Returns
        -------
        tuple of numpy.ndarray
            Images float32 (n, worst_of, height, width) and, where they are told, their settings of
            the `PAPER_PARAMETERS`, float32 (n, worst_of, 3).
        """
        settings = self.box.draw(len(rows), random)
        images = [self.pictures[row](drawn) for row, drawn in zip(rows, settings, strict=True)]
        if not self.tells:
            return (np.stack(images),)
        return np.stack(images), settings.astype(np.float32)


def _screened(
    grey: np.ndarray, shown: np.ndarray, processing: Mapping, network_input: NetworkInput
) -> np.ndarray:
    """A picture as the scanner finishes it, in 8 bits, brought to a network's input."""
    if processing:
        grey[shown] = process(grey, processing)[shown]
    return network_input(np.rint(grey, out=grey)[np.newaxis])[0]
