"""Networks that can be trained here: a compact one, any of `keras.applications`, one for RF lines.

Every network takes grey levels 0 to 255, (n, height, width, 1), and gives a dict of `logit` and
`probability`, both (n, 1); what a backbone needs (three channels, its own scaling) is part of it.
One that takes `image+parameters` has a second input, the setting of the paper's three, (n, 3).
`rf_lines` takes RF lines of about unit root mean square, (n, line, sample, 1).
"""

import inspect
from collections.abc import Mapping
from pathlib import Path

import keras
from keras import layers

from reconattack.errors import InputError
from reconattack.reconstruction.parameters import PAPER_PARAMETERS
from reconattack.storage import sha256

COMPACT_SCALE = 1 / 64, -1.4  # grey levels to about zero mean and unit spread
COMPACT_SPECKLE_POOLING = 4
COMPACT_FILTERS = 16
SETTING_UNITS = {"beta": (0.9, 0.4), "alpha_lower": (10, 5), "alpha_upper": (55, 5)}  # paper's box
SETTING_FEATURES = 64
RF_BANDS, RF_KERNEL, RF_STRIDE = 8, 32, 4  # at 12.5 MHz 2.6 us, six periods of 2.5 MHz
RF_POOLING = 16  # strides: about 4 mm, which averages speckle out
RF_FLOOR = 1e-6  # power, -60 dB: RF lines have a mean power of 1
RF_SCALE = 1 / 4, 1.5  # log power to about zero mean and unit spread
RF_FILTERS, RF_DEPTHS = 16, 5
UNCHECKED = ("MobileNet", "MobileNetV2")  # whose ImageNet weights Keras takes without a checksum


def build_network(
    network: str,
    input_size: tuple[int, int],
    dropout: float,
    weights: str | Mapping[str, str] | None = None,
    takes: str = "image",
) -> keras.Model:
    """Build a network for binary classification.

    Parameters
    ----------
    network
        `compact`, the name of a class in `keras.applications`, or `rf_lines`.
    input_size
        (height, width) in pixels; of RF lines and samples.
    dropout
        Share of units dropped before the last layer.
    weights
        Backbone weights: `imagenet`, a local file as {"file": path, "sha256": hex}, or None for
        random ones. The compact network is always trained from scratch.
    takes
        A name in `reconattack.classifiers.views.VIEWS`.
    """
    if (network == "rf_lines") != (takes == "rf"):
        raise InputError(
            f"network {network} cannot take {takes}; expected network rf_lines for takes rf, and "
            "for nothing else"
        )
    image = keras.Input((*input_size, 1), name="image")
    inputs, told = [image], None
    if takes == "image+parameters":
        inputs.append(keras.Input((len(PAPER_PARAMETERS),), name="parameters"))
        told = _setting(inputs[1])
    if network == "compact":
        features = _compact(image, told)
    elif network == "rf_lines":
        features = _rf_lines(image)
    else:
        features = _with_setting(_application(network, image, weights), told)
    features = layers.Dropout(dropout, name="dropout")(features)
    logit = layers.Dense(1, name="logit")(features)
    probability = layers.Activation("sigmoid", name="probability")(logit)
    outputs = {"logit": logit, "probability": probability}
    return keras.Model(image if told is None else inputs, outputs, name=network)


def _setting(parameters):
    """Parameters in half-widths of the paper's box from its initial setting."""
    middle, unit = zip(*(SETTING_UNITS[name] for name in PAPER_PARAMETERS), strict=True)
    scale = [1 / width for width in unit]
    return layers.Rescaling(scale, [-m / u for m, u in zip(middle, unit, strict=True)])(parameters)


def _compact(image, told):
    # Levels tell fat from lean, speckle does not: it is averaged out first. Position is kept
    # (flatten, no global pooling), since brightness against depth is the sign of fat. No batch
    # normalisation: with few steps its moving averages lag behind the weights.
    features = layers.Rescaling(*COMPACT_SCALE)(image)
    features = layers.AveragePooling2D(COMPACT_SPECKLE_POOLING)(features)
    if told is not None:
        features = layers.Concatenate()([features, _setting_maps(told, features.shape[1:3])])
    features = layers.Conv2D(COMPACT_FILTERS, 3, padding="same", activation="relu")(features)
    features = layers.AveragePooling2D(2)(features)
    return layers.Flatten()(features)


def _setting_maps(told, size: tuple[int, int]):
    """The setting in every pixel, and in a second set of maps times its depth in the picture.

    Beta changes the level in proportion to depth, the thresholds change it everywhere: both are
    linear in these maps.
    """
    height, width = size
    even = layers.RepeatVector(height * width)(told)
    even = layers.Reshape((height, width, told.shape[-1]))(even)
    depth = [[[row / (height - 1)]] for row in range(height)]
    return layers.Concatenate()([even, layers.Rescaling(depth)(even)])


def _rf_lines(lines):
    """Features of each RF line, averaged over the lines.

    Along each line, after Han et al. (Radiology 2020;295:342), runs a one-dimensional network. The
    last layer is linear: its answer to the mean of the lines' features is the mean of its answers
    to the lines. What tells fat is how the echoes' power falls with depth, and its spectrum with
    it: both are differences of the log power of frequency bands, which the first layer learns.
    Depth is kept (flatten, no global pooling), no batch normalisation, as in the compact network.
    """
    bands = layers.Conv2D(RF_BANDS, (1, RF_KERNEL), (1, RF_STRIDE), "same")(lines)
    power = layers.AveragePooling2D((1, RF_POOLING), padding="same")(keras.ops.square(bands))
    level = layers.Rescaling(*RF_SCALE)(keras.ops.log(power + RF_FLOOR))
    features = layers.Conv2D(RF_FILTERS, (1, RF_DEPTHS), padding="same", activation="relu")(level)
    features = layers.AveragePooling2D((1, 2), padding="same")(features)
    features = keras.ops.mean(features, axis=1)
    return layers.Flatten()(features)


def _with_setting(features, told):
    """Features of a backbone, joined with the setting if there is one."""
    if told is None:
        return features
    joined = layers.Concatenate()([features, told])
    return layers.Dense(SETTING_FEATURES, activation="relu")(joined)


def _application(network: str, image, weights: str | Mapping[str, str] | None):
    module = _application_module(network)
    build = getattr(module, network)
    if weights == "imagenet" and network in UNCHECKED:
        raise InputError(
            f"Keras takes the ImageNet weights of {network} as they come, without a checksum. "
            "Fetch the file yourself and name it in the configuration: "
            "models.<name>.weights: {file: path/to/weights_notop.h5, sha256: ...}"
        )
    source = _checked_file(weights) if isinstance(weights, Mapping) else weights
    grey = layers.Concatenate(name="three_channels")([image, image, image])
    scaled = module.preprocess_input(grey)
    try:
        backbone = build(include_top=False, weights=source, input_tensor=scaled, pooling="avg")
    except Exception as error:
        if weights == "imagenet" and not isinstance(error, ValueError):
            raise InputError(
                f"the ImageNet weights of {network} could not be downloaded ({error}). Where the "
                "network is closed, fetch the file elsewhere and name it in the configuration: "
                "models.<name>.weights: {file: path/to/weights_notop.h5, sha256: ...}"
            ) from error
        if not isinstance(error, ValueError | OSError):
            raise
        raise InputError(
            f"{network} cannot be built with input_size {list(image.shape[1:3])} and weights "
            f"{source}: {error}"
        ) from error
    return backbone.output


def _application_module(network: str):
    for module in vars(keras.applications).values():
        if inspect.ismodule(module) and inspect.isfunction(getattr(module, network, None)):
            return module
    known = sorted(name for name, value in vars(keras.applications).items() if callable(value))
    raise InputError(
        f"network is {network!r}; expected compact or one of keras.applications: {', '.join(known)}"
    )


def _checked_file(weights: Mapping[str, str]) -> str:
    if not Path(weights["file"]).is_file():
        raise InputError(f"weights file {weights['file']} does not exist")
    found = sha256(weights["file"])
    if found != weights["sha256"]:
        raise InputError(
            f"weights file {weights['file']}: SHA-256 is {found}; the configuration expects "
            f"{weights['sha256']}: is the download complete, and of the right network?"
        )
    return weights["file"]
