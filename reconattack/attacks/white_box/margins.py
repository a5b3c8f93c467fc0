"""Margins of every kind of decision in TensorFlow, with slopes.

What `reconattack.classifiers.decisions` computes from answers, computed from a network's outputs.
The Dice of masks has no slope, since masks are whole numbers. The soft Dice has one: probabilities
stand in place of the mask (Milletari et al. 2016, arXiv:1606.04797). Flips are told from the real
masks alone.
"""

import numpy as np
import tensorflow as tf

from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.decisions.number import Number
from reconattack.classifiers.output import TINY, AnyOutput, Pixels
from reconattack.errors import InputError

FAR = -1e30  # a score that is never the largest


def reference_spec(decision: Decision) -> tf.TensorSpec:
    """Type of the reference of a frame, as `soft_margins` takes it."""
    if isinstance(decision, Mask):
        return tf.TensorSpec((None, None), tf.int32)
    return tf.TensorSpec((), tf.int32 if isinstance(decision, Classes) else tf.float64)


def soft_margins(
    decision: Decision, output: AnyOutput, scores: tf.Tensor, reference: tf.Tensor
) -> tf.Tensor:
    """Margins of a network's outputs, float32 (n,).

    Parameters
    ----------
    decision
        What the network decides; not a binary decision.
    output
        The form of its output.
    scores
        Its outputs, float32 (n, column), or masks with the axes of `output`.
    reference
        The frame's reference (`reference_spec`).
    """
    if isinstance(decision, Classes):
        return _of_classes(decision, _logs(output, scores), reference)
    if isinstance(decision, Number):
        return _of_number(decision, scores[:, 0], tf.cast(reference, scores.dtype))
    if isinstance(decision, Mask) and isinstance(output, Pixels):
        return _soft_dice(output, scores, reference) - decision.dice
    raise InputError(f"no slopes are known of a {decision.kind} decision by {output.form}")


def _logs(output: AnyOutput, scores: tf.Tensor) -> tf.Tensor:
    return tf.math.log(tf.maximum(scores, TINY)) if output.form == "probabilities" else scores


def _of_classes(decision: Classes, scores: tf.Tensor, reference: tf.Tensor) -> tf.Tensor:
    count = len(decision.classes)
    leaves = np.zeros((count, count), bool)
    for number in range(count):
        leaves[number, list(decision.leaving(number))] = True
    left = tf.gather(tf.constant(leaves), reference)
    best_kept = tf.reduce_max(tf.where(left, FAR, scores), axis=1)
    best_left = tf.reduce_max(tf.where(left, scores, FAR), axis=1)
    return best_kept - best_left


def _of_number(decision: Number, numbers: tf.Tensor, reference: tf.Tensor) -> tf.Tensor:
    if decision.tolerance is not None:
        return decision.tolerance - tf.abs(numbers - reference)
    sign = tf.where(reference >= decision.threshold, 1.0, -1.0)
    return tf.cast(sign, numbers.dtype) * (numbers - decision.threshold)


def _soft_dice(output: Pixels, scores: tf.Tensor, reference: tf.Tensor) -> tf.Tensor:
    """Lowest soft Dice of a structure, (n,)."""
    if len(scores.shape) == 3:
        scores = scores[..., tf.newaxis]
    elif output.layout == "nchw":
        scores = tf.transpose(scores, [0, 2, 3, 1])
    if output.form == "logit":
        scores = tf.sigmoid(scores)
    elif output.form == "logits":
        scores = tf.nn.softmax(scores)
    shares = scores[..., scores.shape[-1] - output.structures :]
    numbers = tf.range(1, output.structures + 1)
    masks = tf.cast(reference[..., tf.newaxis] == numbers, scores.dtype)
    both = tf.reduce_sum(shares * masks, axis=(1, 2))
    sizes = tf.reduce_sum(shares, axis=(1, 2)) + tf.reduce_sum(masks, axis=(0, 1))
    return tf.reduce_min(tf.math.divide_no_nan(2 * both, sizes), axis=1)
