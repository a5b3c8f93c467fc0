"""A small U-Net for masks, trained from scratch.

It follows Ronneberger et al. (MICCAI 2015, 10.1007/978-3-319-24574-4_28), with two halvings, few
filters and convolutions that keep the size. Speckle is averaged out first, and there is no batch
normalisation, as in the compact network. A last transposed convolution brings the maps back to the
size of the image.
"""

from keras import layers

TAKES = ("image",)
BACKBONE = False
OUTLINES = True
MULTIPLE_OF = 8

SCALE = 1 / 64, -1.4  # grey levels to about zero mean and unit spread
SPECKLE_POOLING = 2
FILTERS = 8, 16
DEEPEST = 32
FINEST = 8


def features(image):
    """Maps (n, height, width, feature) of images (n, height, width, 1)."""
    maps = layers.AveragePooling2D(SPECKLE_POOLING)(layers.Rescaling(*SCALE)(image))
    skipped = []
    for filters in FILTERS:
        maps = _convolved(maps, filters)
        skipped.append(maps)
        maps = layers.AveragePooling2D(2)(maps)
    maps = _convolved(maps, DEEPEST)
    for filters, beside in zip(reversed(FILTERS), reversed(skipped), strict=True):
        maps = layers.Conv2DTranspose(filters, 2, strides=2)(maps)
        maps = _convolved(layers.Concatenate()([maps, beside]), filters)
    return layers.Conv2DTranspose(
        FINEST, SPECKLE_POOLING, strides=SPECKLE_POOLING, activation="relu"
    )(maps)


def _convolved(maps, filters: int):
    """Two layers of 3 x 3 convolutions with ReLU."""
    for _ in range(2):
        maps = layers.Conv2D(
            filters, 3, padding="same", activation="relu", kernel_initializer="he_normal"
        )(maps)
    return maps
