"""The reconstruction in TensorFlow: the same images, with slopes in the parameters.

From compensation, window and grey map to a network's input, as
`reconattack.reconstruction.reconstruction` and `reconattack.classifiers.network_input` have them.
Rounding to 8 bits has no slope of use, so the slope is passed straight through it (Bengio et al.
2013, arXiv:1308.3432): images are rounded, their slopes are those of the images before. A pixel
that the window makes black or white has none.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from reconattack.classifiers.network_input import NetworkInput
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import (
    COMPENSATION,
    NEUTRAL,
    PAPER_PARAMETERS,
    PICTURE,
    SLIDERS,
    SLOPED,
)
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.stages.time_gain import time_gain
from reconattack.reconstruction.steps import DECIBELS_PER_NEPER, GREY_LEVELS, attenuation_gain

TINY = np.finfo(np.float32).tiny


class FrameConstants(NamedTuple):
    """What the images of one frame depend on besides the parameters, as tensors.

    Attributes
    ----------
    setting
        float64 (SLOPED,): values of the parameters that do not stand in a vector.
    compensation
        float64 (depth, COMPENSATION): level that a unit of each parameter adds to a sample [dB].
    row
        int32 (pixels,): index of the sample above each shown pixel.
    above, below
        float32 (pixels,): what the samples above and below contribute to its amplitude.
    reference_level
        float32 (): level added to all [dB].
    upper_offset
        float64 (): upper end of the window less `alpha_upper` [dB].
    place
        int32 (pixels, 1): position of each shown pixel in the flattened image.
    down, across
        float32 (height, rows) and (columns, width): the resize to the network's input.
    bars
        float32 (height, width): grey level of the bars beside the image, and inside it of the
        pixels that no setting changes.
    whole
        float32 (): 1 if the resize rounds to whole grey levels, else 0.
    """

    setting: tf.Tensor
    compensation: tf.Tensor
    row: tf.Tensor
    above: tf.Tensor
    below: tf.Tensor
    reference_level: tf.Tensor
    upper_offset: tf.Tensor
    place: tf.Tensor
    down: tf.Tensor
    across: tf.Tensor
    bars: tf.Tensor
    whole: tf.Tensor


def frame_constants(reconstruction: Reconstruction, network_input: NetworkInput) -> FrameConstants:
    """The constants of one frame, brought to a network's input.

    Raises
    ------
    InputError
        If the picture goes through a filter, whose slopes are not known.
    """
    setting, placed = reconstruction.setting, reconstruction.amplitudes()
    filters = [name for name in PICTURE if name not in SLOPED and setting[name] != NEUTRAL[name]]
    if filters:
        raise InputError(
            f"the slopes of the picture through {', '.join(filters)} are not known; expected "
            "neutral values in reconstruction.initial"
        )
    if not reconstruction.is_linear:
        raise InputError(
            f"the slopes of the picture of patient {reconstruction.frame.attrs['patient']} through "
            "its grey map are not known; expected grey_map: linear"
        )
    shape = placed.shown.shape
    down, across = network_input.matrices(shape)
    still = network_input.bars(shape) * np.float32(network_input.background)
    if reconstruction.outside is not None:
        still = still + down @ reconstruction.outside.astype(np.float32) @ across
    above, below = placed.contributions
    return FrameConstants(
        setting=tf.constant([setting.get(name, np.nan) for name in SLOPED], tf.float64),
        compensation=tf.constant(compensation(reconstruction.frequency, placed.depth), tf.float64),
        row=tf.constant(placed.row, tf.int32),
        above=tf.constant(above, tf.float32),
        below=tf.constant(below, tf.float32),
        reference_level=tf.constant(reconstruction.reference_level, tf.float32),
        upper_offset=tf.constant(reconstruction.upper_offset, tf.float64),
        place=tf.constant(np.flatnonzero(placed.shown)[:, np.newaxis], tf.int32),
        down=tf.constant(down.toarray()),
        across=tf.constant(across.toarray()),
        bars=tf.constant(still, tf.float32),
        whole=tf.constant(network_input.dtype == "uint8", tf.float32),
    )


def compensation(frequency: float, depth: np.ndarray) -> np.ndarray:
    """Level [dB] that a unit of each parameter of `COMPENSATION` adds, (depth, parameter).

    `frequency` in Hz, `depth` in m, shape (depth,).
    """
    still = np.zeros(len(SLIDERS))
    of = {
        "beta": 20 * np.log10(attenuation_gain(1, frequency / 1e6, depth * 100)),
        "gain": time_gain(depth, 1, still),
        **{
            name: time_gain(depth, 0, slider)
            for name, slider in zip(SLIDERS, np.eye(len(SLIDERS)), strict=True)
        },
    }
    return np.stack([of[name] for name in COMPENSATION], axis=1)


def signature(network_input: NetworkInput) -> FrameConstants:
    """What a `tf.function` has to know of the constants of all frames, as tensor specifications."""
    pixels = tf.TensorSpec((None,), tf.float32)
    return FrameConstants(
        setting=tf.TensorSpec((len(SLOPED),), tf.float64),
        compensation=tf.TensorSpec((None, len(COMPENSATION)), tf.float64),
        row=tf.TensorSpec((None,), tf.int32),
        above=pixels,
        below=pixels,
        reference_level=tf.TensorSpec((), tf.float32),
        upper_offset=tf.TensorSpec((), tf.float64),
        place=tf.TensorSpec((None, 1), tf.int32),
        down=tf.TensorSpec((network_input.height, None), tf.float32),
        across=tf.TensorSpec((None, network_input.width), tf.float32),
        bars=tf.TensorSpec((network_input.height, network_input.width), tf.float32),
        whole=tf.TensorSpec((), tf.float32),
    )


def network_images(
    constants: FrameConstants, parameters: tf.Tensor, names: Sequence[str] = PAPER_PARAMETERS
) -> tf.Tensor:
    """A frame's network inputs at many parameter vectors; works inside a `tf.function`.

    Parameters
    ----------
    constants
        Of the frame.
    parameters
        float (n, parameter), a column for each of `names`.
    names
        Parameters out of `SLOPED`; the others stay as they are set for the frame.

    Returns
    -------
    tf.Tensor
        float32 (n, height, width, 1), grey levels 0 to 255.
    """
    return resize(constants, straight_through(grey_levels(constants, parameters, names)))


def told_setting(
    constants: FrameConstants, parameters: tf.Tensor, names: Sequence[str] = PAPER_PARAMETERS
) -> tf.Tensor:
    """Values of the `PAPER_PARAMETERS` at parameter vectors, float32 (n, 3)."""
    setting = _setting(constants, tf.cast(parameters, tf.float64), names)
    return tf.cast(tf.stack([setting[name] for name in PAPER_PARAMETERS], axis=1), tf.float32)


def initial_vectors(
    constants: FrameConstants, parameters: tf.Tensor, names: Sequence[str]
) -> tf.Tensor:
    """As many vectors as there are, (n, parameter), with the frame's own values in each."""
    initial = tf.gather(constants.setting, [SLOPED.index(name) for name in names])
    return tf.zeros_like(parameters) + tf.cast(initial, parameters.dtype)


def grey_levels(
    constants: FrameConstants, parameters: tf.Tensor, names: Sequence[str] = PAPER_PARAMETERS
) -> tf.Tensor:
    """Grey level of each shown pixel before it is rounded, float32 (pixels, n)."""
    setting = _setting(constants, tf.cast(parameters, tf.float64), names)
    levels = _levels(constants, tf.stack([setting[name] for name in COMPENSATION]))
    lower, upper = setting["alpha_lower"], setting["alpha_upper"] + constants.upper_offset
    per_decibel = tf.cast(GREY_LEVELS / (upper - lower), tf.float32)
    grey = tf.clip_by_value((levels - tf.cast(lower, tf.float32)) * per_decibel, 0, GREY_LEVELS)
    share = tf.maximum(grey / GREY_LEVELS, TINY)  # a power has no slope at 0
    return GREY_LEVELS * share ** tf.cast(setting["gamma"], tf.float32)


def straight_through(grey: tf.Tensor) -> tf.Tensor:
    """Grey levels rounded as those of 8-bit images are, with the slopes of the unrounded ones."""
    return grey + tf.stop_gradient(tf.round(grey) - grey)


def resize(constants: FrameConstants, grey: tf.Tensor) -> tf.Tensor:
    """Put shown pixels (pixels, n) into black images and resize them, (n, height, width, 1).

    A resize in whole numbers is that in real ones, rounded: at most one grey level away.
    """
    rows, columns = tf.shape(constants.down)[1], tf.shape(constants.across)[0]
    count = tf.shape(grey)[1]
    flat = tf.scatter_nd(constants.place, grey, tf.stack([rows * columns, count]))
    images = tf.reshape(flat, tf.stack([rows, columns, count]))
    shrunk = tf.einsum("hz,zxn->hxn", constants.down, images)
    resized = tf.einsum("hxn,xw->nhw", shrunk, constants.across) + constants.bars
    rounded = tf.clip_by_value(tf.round(resized), 0, GREY_LEVELS)
    resized += constants.whole * tf.stop_gradient(rounded - resized)
    return resized[..., tf.newaxis]


def _setting(
    constants: FrameConstants, parameters: tf.Tensor, names: Sequence[str]
) -> dict[str, tf.Tensor]:
    """Values of each parameter of `SLOPED`, float64 (n,)."""
    columns = dict(zip(names, tf.unstack(parameters, num=len(names), axis=1), strict=True))
    count = tf.shape(parameters)[0]
    return {
        name: columns[name] if name in columns else tf.fill([count], constants.setting[number])
        for number, name in enumerate(SLOPED)
    }


def _levels(constants: FrameConstants, values: tf.Tensor) -> tf.Tensor:
    """Level [dB] of each shown pixel at values (COMPENSATION, n), float32 (pixels, n)."""
    decibels = tf.matmul(constants.compensation, values)
    gain = tf.cast(tf.exp(decibels / DECIBELS_PER_NEPER), tf.float32)
    above = tf.gather(gain, constants.row) * constants.above[:, tf.newaxis]
    below = tf.gather(gain, constants.row + 1) * constants.below[:, tf.newaxis]
    amplitude = tf.maximum(above + below, TINY)
    return np.float32(DECIBELS_PER_NEPER) * tf.math.log(amplitude) + constants.reference_level
