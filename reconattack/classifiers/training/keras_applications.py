"""Every network of `keras.applications`, as a backbone on grey images."""

from collections.abc import Mapping
from pathlib import Path

import keras
from keras import layers

from reconattack.errors import InputError
from reconattack.frames.places import place_of
from reconattack.storage import sha256

TAKES = ("image", "image+parameters", "envelope")
BACKBONE = True

SETTING_FEATURES = 64


def features(network: str, image, setting=None, weights: str | Mapping[str, str] | None = None):
    """Features (n, feature) of images (n, height, width, 1) and, if given, of settings (n, 3).

    Parameters
    ----------
    network
        Name of a class in `keras.applications`.
    image, setting
        Inputs of the network, Keras tensors.
    weights
        Weights of the backbone: `imagenet`, a local file as {"file": path, "sha256": hex}, or None
        for random ones.

    Raises
    ------
    InputError
        If its weights cannot be loaded.
    """
    backbone = _backbone(network, image, weights)
    if setting is None:
        return backbone
    joined = layers.Concatenate()([backbone, setting])
    return layers.Dense(SETTING_FEATURES, activation="relu")(joined)


def _backbone(network: str, image, weights: str | Mapping[str, str] | None):
    build, preprocess = _application(network)
    source = _checked_file(weights) if isinstance(weights, Mapping) else weights
    grey = layers.Concatenate(name="three_channels")([image, image, image])
    scaled = preprocess(grey)
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


def _application(network: str):
    """The function that builds a network, and the one that scales its images."""
    build = getattr(keras.applications, network)
    _, _, module = build.__module__.rpartition(".")
    return build, getattr(keras.applications, module).preprocess_input


def _checked_file(weights: Mapping[str, str]) -> str:
    if not Path(weights["file"]).is_file():
        raise InputError(
            f"weights file {weights['file']}: expected a file, and there is "
            f"{place_of(weights['file'])}; a path in the configuration is relative to the folder "
            "of the run (--directory)"
        )
    found = sha256(weights["file"])
    if found != weights["sha256"]:
        raise InputError(
            f"weights file {weights['file']}: SHA-256 is {found}; the configuration expects "
            f"{weights['sha256']}: is the download complete, and of the right network?"
        )
    return weights["file"]
