"""A one-dimensional network along each RF line, averaged over the lines, trained from scratch.

It follows Han et al. (Radiology 2020;295:342). The last layer is linear, so its output for the mean
of the lines' features is the mean of its outputs for the lines. The signs of fat are how the power
of the echoes falls with depth, and how their spectrum does: both are differences of the log power
of frequency bands, which the first layer learns. Depth is kept (flattened, without global pooling)
and there is no batch normalisation, as in the compact network.

The lines have about unit root mean square.
"""

import keras
from keras import layers

TAKES = ("rf",)
BACKBONE = False

BANDS, KERNEL, STRIDE = 8, 32, 4  # at 12.5 MHz 2.6 us, six periods of 2.5 MHz
POOLING = 16  # strides: about 4 mm, which averages speckle out
FLOOR = 1e-6  # power, -60 dB: RF lines have a mean power of 1
SCALE = 1 / 4, 1.5  # log power to about zero mean and unit spread
FILTERS, DEPTHS = 16, 5


def features(lines):
    """Features (n, feature) of RF lines (n, line, sample, 1)."""
    bands = layers.Conv2D(BANDS, (1, KERNEL), (1, STRIDE), "same")(lines)
    power = layers.AveragePooling2D((1, POOLING), padding="same")(keras.ops.square(bands))
    level = layers.Rescaling(*SCALE)(keras.ops.log(power + FLOOR))
    maps = layers.Conv2D(FILTERS, (1, DEPTHS), padding="same", activation="relu")(level)
    maps = layers.AveragePooling2D((1, 2), padding="same")(maps)
    return layers.Flatten()(keras.ops.mean(maps, axis=1))
