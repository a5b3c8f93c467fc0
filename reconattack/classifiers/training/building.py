"""A network with its inputs and outputs, ready to be trained."""

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers

from reconattack.classifiers.training.network import (
    declared_network,
    load_features,
    network_conflict,
)
from reconattack.classifiers.training.objectives.declared import declared_objective
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import PAPER_PARAMETERS

# Middle and half-width of the paper's box.
SETTING_UNITS = {"beta": (0.9, 0.4), "alpha_lower": (10, 5), "alpha_upper": (55, 5)}


def build_network(
    network: str,
    input_size: tuple[int, int],
    dropout: float,
    weights: str | Mapping[str, str] | None = None,
    takes: str = "image",
    decision: Mapping[str, Any] | None = None,
) -> keras.Model:
    """Build a network for a decision.

    Parameters
    ----------
    network
        A name in `reconattack.classifiers.training.network`, or of a class in `keras.applications`.
    input_size
        (height, width) in pixels; lines and samples of RF lines.
    dropout
        Share of units dropped before the last layer.
    weights
        Weights of the backbone: `imagenet`, a local file as {"file": path, "sha256": hex}, or None
        for random ones. A network without a backbone is always trained from scratch.
    takes
        A name in `reconattack.classifiers.views.VIEWS`.
    decision
        What the network decides, as in a configuration; None for two classes.

    Returns
    -------
    keras.Model
        The first input is `image`, (n, height, width, 1): grey levels 0 to 255, or RF lines. One
        that takes `image+parameters` has a second input `parameters`, (n, 3): values of the
        `PAPER_PARAMETERS`. The outputs are a dict: for two classes of `logit` and `probability`,
        both (n, 1), else of one output (`reconattack.classifiers.training.objectives`).

    Raises
    ------
    InputError
        If the network does not exist, cannot take the view or decide so, or its weights cannot be
        loaded.
    """
    settings = {"network": network, "takes": takes, "input_size": input_size, "weights": weights}
    if decision is not None:
        settings["decision"] = decision
    conflict = network_conflict(settings)
    if conflict:
        raise InputError(conflict)
    inputs = [keras.Input((*input_size, 1), name="image")]
    shown = list(inputs)
    if takes == "image+parameters":
        inputs.append(keras.Input((len(PAPER_PARAMETERS),), name="parameters"))
        shown.append(_scaled_setting(inputs[1]))
    backbone = {"weights": weights} if declared_network(network).backbone else {}
    features = load_features(network)(*shown, **backbone)
    features = layers.Dropout(dropout, name="dropout")(features)
    outputs = declared_objective(decision).outputs(features)
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs, name=network)


def _scaled_setting(parameters):
    """Parameters in half-widths of the paper's box from its initial setting."""
    units = [SETTING_UNITS[name] for name in PAPER_PARAMETERS]
    scale = [1 / half_width for _, half_width in units]
    offset = [-middle / half_width for middle, half_width in units]
    return layers.Rescaling(scale, offset)(parameters)
