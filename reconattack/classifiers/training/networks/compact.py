"""The compact network: one layer of convolutions on averaged grey levels, trained from scratch.

The mean level distinguishes fatty from normal livers, speckle does not, so speckle is averaged out
first. Positions are kept (flattened, without global pooling), because the sign of fat is how
brightness changes with depth. There is no batch normalisation: with few training steps its moving
averages lag behind the weights.
"""

from keras import layers

TAKES = ("image", "image+parameters", "envelope")
BACKBONE = False

SCALE = 1 / 64, -1.4  # grey levels to about zero mean and unit spread
SPECKLE_POOLING = 4
FILTERS = 16


def features(image, setting=None):
    """Features (n, feature) of images (n, height, width, 1) and, if given, of settings (n, 3)."""
    levels = layers.Rescaling(*SCALE)(image)
    levels = layers.AveragePooling2D(SPECKLE_POOLING)(levels)
    if setting is not None:
        levels = layers.Concatenate()([levels, _setting_maps(setting, levels.shape[1:3])])
    levels = layers.Conv2D(FILTERS, 3, padding="same", activation="relu")(levels)
    levels = layers.AveragePooling2D(2)(levels)
    return layers.Flatten()(levels)


def _setting_maps(setting, size: tuple[int, int]):
    """The setting in every pixel, and in a second set of maps times the pixel's depth.

    Beta changes the level in proportion to depth, the thresholds change it everywhere: both effects
    are linear in these maps.
    """
    height, width = size
    even = layers.RepeatVector(height * width)(setting)
    even = layers.Reshape((height, width, setting.shape[-1]))(even)
    depth = [[[row / (height - 1)]] for row in range(height)]
    return layers.Concatenate()([even, layers.Rescaling(depth)(even)])
