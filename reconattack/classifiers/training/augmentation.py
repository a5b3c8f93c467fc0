"""Training images at other settings of the reconstruction than the initial one.

Training needs a new picture of each frame in each epoch, at settings of the paper's three
parameters. The level of a pixel is linear in beta, up to the difference of the gains of its two
samples, which is below 0.01 dB in the paper's box. So the levels of each frame are kept, and the
slope in beta once for all frames of one geometry. A new picture then needs no scan conversion and
no logarithms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from reconattack.classifiers.network_input import NetworkInput
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import NEUTRAL, PAPER_PARAMETERS, PICTURE
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.stages.processing import process
from reconattack.reconstruction.steps import GREY_LEVELS, window

SlopeCache = dict[bytes, tuple[np.ndarray, np.ndarray]]  # slope and canvas of each geometry


@dataclass(frozen=True)
class SettingBox:
    """The box from which the settings of training images are drawn, uniformly.

    Attributes
    ----------
    low, high
        Bounds of the `PAPER_PARAMETERS`, each (3,); equal for a parameter that stays constant.
    worst_of
        Number of settings for each frame and training step; the one with the highest loss trains.
    """

    low: Sequence[float]
    high: Sequence[float]
    worst_of: int = 1

    def draw(self, count: int, random: np.random.Generator) -> np.ndarray:
        """Draw settings for `count` frames, float64 (count, worst_of, 3)."""
        return random.uniform(self.low, self.high, (count, self.worst_of, len(self.low)))


def setting_box(
    parameters: Mapping[str, Mapping], initial: Mapping[str, float], worst_of: int = 1
) -> SettingBox:
    """The box of a configuration; a parameter that it does not name keeps its initial value.

    Parameters
    ----------
    parameters
        `box` (low, high) of each parameter that is drawn.
    initial
        Values of the `PAPER_PARAMETERS`.
    worst_of
        See `SettingBox`.

    Raises
    ------
    InputError
        If a parameter is not one of the `PAPER_PARAMETERS`, or a setting in the box has no window.
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
    """A case that can be shown at any values of the `PAPER_PARAMETERS`.

    Attributes
    ----------
    levels
        Level of each pixel at the initial beta [dB], float32 (z, x); -inf where the pixel is black
        at every setting, inf where it is white at every setting.
    slope
        Level that a unit of beta adds [dB], float32, broadcasts to (z, x).
    beta
        The initial beta [dB/(cm MHz)].
    canvas
        Memory in which pictures are drawn, float32 (z, x), shared by cases of one size. In
        TensorFlow's data thread, new memory for each picture costs three times as much as drawing.
    finish
        Turns grey levels before rounding, float32 (z, x), into a network's input; may overwrite
        them.
    upper_offset
        Upper end of the window less `alpha_upper` [dB].
    """

    levels: np.ndarray
    slope: np.ndarray
    beta: float
    canvas: np.ndarray
    finish: Callable[[np.ndarray], np.ndarray]
    upper_offset: float = 0.0

    def __call__(self, settings: np.ndarray) -> np.ndarray:
        """Network inputs, float32 (n, height, width), at values (n, 3) of `PAPER_PARAMETERS`."""
        return np.stack([self._draw(*setting) for setting in settings.tolist()])

    def _draw(self, beta: float, lower: float, upper: float) -> np.ndarray:
        grey = np.multiply(self.slope, np.float32(beta - self.beta), out=self.canvas)
        grey += self.levels
        return self.finish(window(grey, lower, upper + self.upper_offset, out=grey))


def frame_picture(
    reconstruction: Reconstruction, network_input: NetworkInput, cache: SlopeCache
) -> LevelPicture:
    """The picture of an RF frame, within one grey level of `Reconstruction.bmode`.

    Parameters
    ----------
    reconstruction
        The frame, with all initial values in its `setting`.
    network_input
        Resizes a picture to a network's input.
    cache
        Slope and canvas of each geometry so far; a new geometry is added.
    """
    shown, setting = reconstruction.sector, reconstruction.setting
    placed = reconstruction.amplitudes()
    levels = np.full(shown.shape, -np.inf, np.float32)
    levels[shown] = reconstruction.levels(setting["beta"])
    depth = (placed.depth[placed.row] + placed.depth[placed.row + 1]) / 2
    slope = np.zeros(shown.shape, np.float32)
    slope[shown] = level_slope(depth, reconstruction.frequency)
    processing = {name: setting[name] for name in PICTURE if setting[name] != NEUTRAL[name]}
    slope, canvas = cache.setdefault(slope.tobytes(), (slope, np.empty_like(slope)))
    return LevelPicture(
        levels,
        slope,
        setting["beta"],
        canvas,
        partial(
            _screened,
            reconstruction=reconstruction,
            processing=processing,
            network_input=network_input,
        ),
        reconstruction.upper_offset,
    )


def image_picture(
    image: np.ndarray, initial: Mapping[str, float], depth: float, frequency: float
) -> LevelPicture:
    """The picture of an image without RF data, approximately as other settings would show it.

    The approximation assumes that the image was made at the initial setting with a linear grey map,
    and that depth runs down the image. It changes the image at the network's size, after the resize
    has averaged pixels. Black and white pixels stay as they are, since their level is unknown.

    Parameters
    ----------
    image
        A network's input, float32 (height, width), grey levels 0 to 255.
    initial
        Values of the `PAPER_PARAMETERS`.
    depth
        Depth that the height of the image spans [m].
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
    """Level that a unit of beta adds at a depth [m], on the way there and back [dB].

    `frequency` is the centre frequency [Hz].
    """
    return 2 * (frequency / 1e6) * (depth * 100)


@dataclass(frozen=True)
class DrawnCases:
    """Cases of a training, shown at new random settings each time.

    Attributes
    ----------
    pictures
        A picture for each case.
    box
        The settings are drawn from it.
    with_parameters
        Whether the network takes the settings as a second input.
    """

    pictures: Sequence[LevelPicture]
    box: SettingBox
    with_parameters: bool = False

    def __call__(self, rows: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, ...]:
        """Show some cases, each at its own random settings.

        Parameters
        ----------
        rows
            Positions of the cases, int (n,).
        random
            The source of the settings.

        Returns
        -------
        tuple of numpy.ndarray
            Images, float32 (n, worst_of, height, width), and, `with_parameters`, their values of
            the `PAPER_PARAMETERS`, float32 (n, worst_of, 3).
        """
        settings = self.box.draw(len(rows), random)
        images = [self.pictures[row](drawn) for row, drawn in zip(rows, settings, strict=True)]
        if not self.with_parameters:
            return (np.stack(images),)
        return np.stack(images), settings.astype(np.float32)


def _screened(
    grey: np.ndarray,
    reconstruction: Reconstruction,
    processing: Mapping[str, float],
    network_input: NetworkInput,
) -> np.ndarray:
    """A network's input from grey levels, after the scanner's picture processing, in 8 bits."""
    shown = reconstruction.sector
    if not reconstruction.is_linear:
        grey[shown] = reconstruction.mapped(grey[shown])
    if processing:
        grey[shown] = process(grey, processing)[shown]
    if reconstruction.outside is not None:
        grey += reconstruction.outside
    return network_input(np.rint(grey, out=grey)[np.newaxis])[0]
