"""What a white-box attack sees beside its oracle: the slopes of the logit in the parameters."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import tensorflow as tf

from reconattack.classifiers.keras_network import KerasNetwork
from reconattack.differentiable import FrameConstants, frame_constants, network_images, signature
from reconattack.errors import InputError
from reconattack.network_input import NetworkInput
from reconattack.parameters import SLOPED
from reconattack.reconstruction import Reconstruction


class NetworkSlopes:
    """A differentiable reconstruction composed with a network.

    Parameters
    ----------
    reconstructions
        A frame each.
    network
        Judges what they show.
    network_input
        How images are brought to it.
    names
        The parameters in the order of every vector, out of `SLOPED`.
    """

    def __init__(
        self,
        reconstructions: Sequence[Reconstruction],
        network: KerasNetwork,
        network_input: NetworkInput,
        names: Sequence[str],
    ) -> None:
        others = [name for name in names if name not in SLOPED]
        if others:
            raise InputError(
                f"the slopes of the picture in {', '.join(others)} are not known; expected an "
                f"attack on {', '.join(SLOPED)} alone"
            )
        self._network = network
        self._names = tuple(names)
        self._constants = lru_cache(maxsize=1)(
            lambda frame: frame_constants(reconstructions[frame], network_input)
        )
        # One trace for frames of all shapes: a frame's slopes must not depend on those beside it.
        vectors = tf.TensorSpec((None, len(names)), tf.float64)
        self._gradient = tf.function(
            self._gradient_of_logits,
            input_signature=[signature(network_input), vectors],
            autograph=False,
        )

    def __call__(self, frame: int, points: np.ndarray) -> np.ndarray:
        """Slopes of one frame's logit at parameter vectors, both float64 (n, parameter)."""
        return self._gradient(self._constants(frame), points).numpy()

    def _gradient_of_logits(self, constants: FrameConstants, parameters: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            logits = self._network.logits(network_images(constants, parameters, self._names))
        gradient = tape.gradient(logits, parameters)
        if gradient is None:
            raise InputError(
                "the network's output has no slope in its image: a layer of it cannot be "
                "differentiated; expected another method of attack"
            )
        return gradient
