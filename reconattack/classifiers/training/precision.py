"""The precision in which a network is trained, and the rounding of its weights."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np


@contextmanager
def calculating_in(precision: str) -> Iterator[None]:
    """Let Keras build and run everything in a precision during the block.

    That includes layers, losses, metrics and optimizers, and what is built in the block keeps its
    precision afterwards.

    Parameters
    ----------
    precision
        `float32`, `float64`, or `bfloat16`: layers calculate in bfloat16, while weights, losses,
        metrics, and layers that ask for `keras.config.floatx()` stay in float32.
    """
    before = keras.config.floatx(), keras.config.dtype_policy()
    mixed = precision == "bfloat16"
    keras.config.set_floatx("float32" if mixed else precision)
    keras.config.set_dtype_policy("mixed_bfloat16" if mixed else precision)
    try:
        yield
    finally:
        floatx, policy = before
        keras.config.set_floatx(floatx)
        keras.config.set_dtype_policy(policy)


def round_weights(network: keras.Model) -> None:
    """Round all weights of a network to float32; they keep the precision of their layers."""
    network.set_weights([rounded(weights) for weights in network.get_weights()])


def rounded(values: np.ndarray) -> np.ndarray:
    """Values in float32; one that is too large for it becomes infinite."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)
