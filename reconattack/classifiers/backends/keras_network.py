"""A network in TensorFlow, which gives the gradient of its logits; its ONNX form classifies."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from reconattack.classifiers.backends.keras_conversion import TOLERANCE, output_named
from reconattack.classifiers.backends.keras_files import load_network
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.backends.scaling import Scaling, declared_scaling
from reconattack.classifiers.output import CLIP, TINY, AnyOutput, Output, Pixels
from reconattack.errors import InputError

IMAGES = 4
SETTINGS = np.array([[0.9, 10, 55], [0.5, 15, 50], [1.3, 5, 60], [1, 9.5, 54.5]], np.float32)


class KerasNetwork:
    """The Keras form of a network that runs in ONNX Runtime.

    Parameters
    ----------
    path
        The `.keras` file; code in it is neither loaded nor run.
    classifier
        The ONNX form, which knows the scaling of the input and the form of the output.

    Raises
    ------
    InputError
        If the file cannot be loaded, its input has no slopes, or its outputs differ from those of
        the ONNX form.
    """

    def __init__(self, path: Path | str, classifier: OnnxClassifier) -> None:
        self._network = load_network(path)
        if self._network.inputs[0].dtype == "uint8":
            raise InputError(
                f"model {path}: its input is uint8, whose steps have no slope; expected float32 "
                "for an attack along slopes: leave the attack out for this model with attacks: "
                "[...], or save the model with an input of float32"
            )
        self._classifier = classifier
        self._scaling = declared_scaling(
            **classifier.found["scaling"], channels=classifier.found["channels"]
        )
        self._check_agreement(path)

    def logits(self, images: tf.Tensor, *parameters: tf.Tensor) -> tf.Tensor:
        """Logits (n,) of grey levels 0 to 255, float32 (n, height, width, 1).

        `parameters` is the setting of each image, float32 (n, 3), if the network takes it.
        """
        return scores_to_logits(self._classifier.output, self.scores(images, *parameters))

    def scores(self, images: tf.Tensor, *parameters: tf.Tensor) -> tf.Tensor:
        """The network's output for grey levels, (n, column), or masks."""
        inputs = _scaled(self._scaling, images, self._classifier.found["channels"])
        if self._classifier.found["layout"] == "nchw":
            inputs = tf.transpose(inputs, [0, 3, 1, 2])
        outputs = self._network([inputs, *parameters] if parameters else inputs, training=False)
        names, name = self._classifier.output_names, self._classifier.found["output_name"]
        scores = output_named(outputs, names, name)
        if isinstance(self.output, Pixels):
            return scores
        return tf.reshape(scores, [tf.shape(images)[0], -1])

    @property
    def output(self) -> AnyOutput:
        """The form of its output."""
        return self._classifier.output

    def _check_agreement(self, path: Path | str) -> None:
        shape = (IMAGES, *self._classifier.found["input_size"])
        images = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
        inputs = [images]
        tensors = [tf.constant(images[..., np.newaxis])]
        if self._classifier.takes == "image+parameters":
            inputs.append(SETTINGS)
            tensors.append(tf.constant(SETTINGS))
        expected, scores = self._classifier.scores(*inputs), self.scores(*tensors).numpy()
        if not np.allclose(scores, expected, rtol=TOLERANCE, atol=TOLERANCE):
            raise InputError(
                f"model {path}: its output differs by up to {np.abs(scores - expected).max():.2g} "
                f"from that of {self._classifier.name}; expected {TOLERANCE:g} at most, two forms "
                "of one network: make both again"
            )


def scores_to_logits(output: Output, scores: tf.Tensor) -> tf.Tensor:
    """Logits of the positive class, (n,), from scores (n, column), as `Output.answers` does."""
    if output.form == "logit":
        logits = scores[:, 0]
    elif output.form == "logits":
        logits = scores[:, 1] - scores[:, 0]
    elif output.form == "probability":
        clipped = tf.clip_by_value(scores[:, 0], CLIP, 1 - CLIP)
        logits = tf.math.log(clipped) - tf.math.log1p(-clipped)
    else:
        clipped = tf.maximum(scores, TINY)
        logits = tf.math.log(clipped[:, 1]) - tf.math.log(clipped[:, 0])
    return logits if output.positive_class == 1 else -logits


def _scaled(scaling: Scaling, images: tf.Tensor, channels: int) -> tf.Tensor:
    """Grey levels (n, height, width, 1) in the network's scaling, channels last."""
    mean, std = np.array(scaling.mean, np.float32), np.array(scaling.std, np.float32)
    scaled = (images / np.float32(scaling.divide) - mean) / std
    return tf.repeat(scaled, channels // scaled.shape[-1], axis=-1)
