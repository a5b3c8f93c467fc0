"""What a white-box attack sees beside its oracle: the slopes of the score in the parameters."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf

from reconattack.attacks.path import Target
from reconattack.attacks.search import Slopes
from reconattack.attacks.white_box.differentiable import (
    FrameConstants,
    frame_constants,
    initial_vectors,
    network_images,
    signature,
    told_setting,
)
from reconattack.attacks.white_box.margins import reference_spec, soft_margins
from reconattack.classifiers.backends.determinism import make_deterministic
from reconattack.classifiers.backends.keras_network import KerasNetwork
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.derived import Ensemble, Falsified
from reconattack.classifiers.judge import Judge
from reconattack.errors import InputError
from reconattack.reconstruction.parameters import SLOPED
from reconattack.reconstruction.reconstruction import Reconstruction


def slopes_of(target: Target, names: Sequence[str]) -> Slopes:
    """Slopes of a target's score, by the Keras forms of its network and its reconstruction.

    Parameters
    ----------
    target
        Its oracle holds the reconstructions; `judge`, `keras` and `threads` say which network.
    names
        The parameters in the order of every vector, out of `SLOPED`.

    Raises
    ------
    InputError
        If the picture's slope in one of the parameters is unknown.
    """
    if target.threads is not None:
        make_deterministic(0, target.threads)
    network = KerasNetwork(target.keras, getattr(target.judge, "model", target.judge))
    decided = {}
    if not isinstance(target.decision, Binary):
        decided = {"decision": target.decision, "reference_of": target.oracle.reference}
    return NetworkSlopes(target.oracle.reconstructions, network, target.judge, names, **decided)


class NetworkSlopes:
    """A differentiable reconstruction composed with a network, as its judge uses it.

    Parameters
    ----------
    reconstructions
        A frame each.
    network
        The Keras form of the judge's model.
    judge
        What is attacked: the model itself or what is derived from it.
    names
        The parameters in the order of every vector, out of `SLOPED`.
    decision
        What the judge decides, if that is not binary; None for the slopes of the logit.
    reference_of
        The reference of a frame that was judged, by its position; with `decision` alone.
    """

    def __init__(
        self,
        reconstructions: Sequence[Reconstruction],
        network: KerasNetwork,
        judge: Judge,
        names: Sequence[str],
        decision: Decision | None = None,
        reference_of: Callable[[int], Any] | None = None,
    ) -> None:
        if decision and isinstance(judge, Ensemble):
            raise InputError(
                f"model {judge.name}: the slopes of a mean over settings are known of binary "
                "decisions alone; expected another method of attack"
            )
        others = [name for name in names if name not in SLOPED]
        if others:
            raise InputError(
                f"the slopes of the picture in {', '.join(others)} are not known; expected an "
                f"attack on {', '.join(SLOPED)} alone"
            )
        model = getattr(judge, "model", judge)
        network_input = model.network_input
        self._network = network
        self._names = tuple(names)
        self._takes = model.takes
        self._shifts = judge.shifts(names) if isinstance(judge, Ensemble) else None
        self._falsified = judge.falsified if isinstance(judge, Falsified) else None
        self._constants = lru_cache(maxsize=1)(
            lambda frame: frame_constants(reconstructions[frame], network_input)
        )
        # One trace for frames of all shapes: a frame's slopes must not depend on those beside it.
        vectors = tf.TensorSpec((None, len(names)), tf.float64)
        self._decision = decision
        self._reference_of = reference_of
        reference = reference_spec(decision) if decision else tf.TensorSpec((), tf.float64)
        self._gradient = tf.function(
            self._gradient_of_scores,
            input_signature=[signature(network_input), vectors, reference],
            autograph=False,
        )

    def __call__(self, frame: int, points: np.ndarray) -> np.ndarray:
        """Slopes of one frame's score at parameter vectors, both float64 (n, parameter)."""
        reference = self._reference_of(frame) if self._reference_of else 0.0
        return self._gradient(self._constants(frame), points, reference).numpy()

    def _gradient_of_scores(
        self, constants: FrameConstants, parameters: tf.Tensor, reference: tf.Tensor
    ) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            if self._decision:
                outputs = self._of_pictures(self._network.scores, constants, parameters)
                form = self._network.output
                scores = soft_margins(self._decision, form, outputs, reference)
            else:
                scores = self._logits(constants, parameters)
        gradient = tape.gradient(scores, parameters)
        if gradient is None:
            raise InputError(
                "the network's output has no slope in its image: a layer of it cannot be "
                "differentiated; expected another method of attack"
            )
        return gradient

    def _logits(self, constants: FrameConstants, parameters: tf.Tensor) -> tf.Tensor:
        """What the judge says at parameter vectors, as `Judge.answers` has it, (n,)."""
        if self._shifts is None:
            return self._of_pictures(self._network.logits, constants, parameters)
        shifted = parameters[:, tf.newaxis] + self._shifts
        count = tf.shape(shifted)[:2]
        flat = tf.reshape(shifted, [-1, len(self._names)])
        logits = tf.reshape(self._of_pictures(self._network.logits, constants, flat), count)
        yes, no = tf.math.log_sigmoid(logits), tf.math.log_sigmoid(-logits)
        return tf.reduce_logsumexp(yes, axis=1) - tf.reduce_logsumexp(no, axis=1)

    def _of_pictures(
        self,
        network: Callable[..., tf.Tensor],
        constants: FrameConstants,
        parameters: tf.Tensor,
    ) -> tf.Tensor:
        """What the network says of the picture at each vector, (n, ...)."""
        shown = told = parameters
        if self._falsified == "told":
            told = initial_vectors(constants, parameters, self._names)
        elif self._falsified == "picture":
            shown = initial_vectors(constants, parameters, self._names)
        images = network_images(constants, shown, self._names)
        if self._takes == "image":
            return network(images)
        return network(images, told_setting(constants, told, self._names))
