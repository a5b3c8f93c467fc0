"""Masks: a logit of each structure at each pixel, trained by Dice and cross-entropy."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers, ops

from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.training.objectives.objective import Objective

SMOOTH = 1.0  # pixel, added to both sides of the Dice of the loss: no division by zero


@dataclass(frozen=True)
class MaskObjective(Objective):
    """Masks of structures that are decided by themselves: a pixel belongs to one from logit 0 on.

    Attributes
    ----------
    decision
        The structures.
    masks
        True masks, uint8 (n, height, width, structure), 0 or 1.
    """

    decision: Mask
    masks: np.ndarray

    output = "mask"

    def outputs(self, features: Any) -> dict[str, Any]:
        """`mask`, logits (n, height, width, structure)."""
        last = layers.Conv2D(
            len(self.decision.structures), 1, dtype=keras.config.floatx(), name="mask"
        )
        return {"mask": last(features)}

    def strata(self, cases: pd.DataFrame) -> pd.Series:
        """One group."""
        return pd.Series("any case", cases.index)

    def targets(self, cases: pd.DataFrame, training: np.ndarray) -> np.ndarray:
        """The masks, float32."""
        return self.masks.astype(np.float32)

    def loss(self) -> keras.losses.Loss:
        """Cross-entropy of the pixels plus one less the Dice of the probabilities."""
        return DiceAndCrossEntropy()

    def columns(self, outputs: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
        """`dice_{structure}` with the true mask."""
        found = dices(outputs >= 0, targets > 0)
        names = enumerate(self.decision.structures)
        return {f"dice_{name}": found[:, number] for number, name in names}

    def told(self, outputs: np.ndarray, cases: pd.DataFrame, targets: np.ndarray) -> str:
        """Mean Dice of each structure."""
        means = dices(outputs >= 0, targets > 0).mean(axis=0)
        named = zip(self.decision.structures, means, strict=True)
        return ", ".join(f"mean Dice of {name} {mean:.3f}" for name, mean in named)


class DiceAndCrossEntropy(keras.losses.Loss):
    """Mean cross-entropy of the pixels, plus one less the mean Dice of the structures."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """A loss for each image, from masks and logits (n, height, width, structure)."""
        y_true = ops.cast(y_true, y_pred.dtype)
        entropy = ops.mean(ops.softplus(y_pred) - y_true * y_pred, axis=(1, 2, 3))
        shares, pixels = ops.sigmoid(y_pred), (1, 2)
        both = 2 * ops.sum(shares * y_true, axis=pixels) + SMOOTH
        sizes = ops.sum(shares, axis=pixels) + ops.sum(y_true, axis=pixels) + SMOOTH
        return entropy + 1 - ops.mean(both / sizes, axis=1)


def dices(masks: np.ndarray, truths: np.ndarray) -> np.ndarray:
    """Dice of masks, bool (n, height, width, structure), float64 (n, structure).

    It is 1 where both masks are empty.
    """
    both = (masks & truths).sum(axis=(1, 2))
    sizes = masks.sum(axis=(1, 2)) + truths.sum(axis=(1, 2))
    return np.where(sizes == 0, 1.0, 2 * both / np.maximum(sizes, 1))
