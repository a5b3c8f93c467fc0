"""Two classes: one logit, trained on labels by binary cross-entropy."""

from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from reconattack.classifiers.training.objectives.objective import Objective
from reconattack.classifiers.training.validation_patients import class_weights


class BinaryObjective(Objective):
    """The logit of label 1 and its probability; both classes count equally."""

    output = "logit"

    def outputs(self, features: Any) -> dict[str, Any]:
        """`logit` and `probability`, both (n, 1)."""
        whole = keras.config.floatx()
        logit = layers.Dense(1, dtype=whole, name="logit")(features)
        probability = layers.Activation("sigmoid", dtype=whole, name="probability")(logit)
        return {"logit": logit, "probability": probability}

    def strata(self, cases: pd.DataFrame) -> pd.Series:
        """The labels."""
        return cases["label"]

    def targets(self, cases: pd.DataFrame, training: np.ndarray) -> np.ndarray:
        """The labels, float64 (n,)."""
        return cases["label"].to_numpy(float)

    def weights(self, cases: pd.DataFrame, training: np.ndarray) -> np.ndarray:
        """Weights by which both classes count equally."""
        return class_weights(cases["label"].to_numpy(float), training)

    def loss(self) -> keras.losses.Loss:
        """Binary cross-entropy."""
        return keras.losses.BinaryCrossentropy(from_logits=True)

    def metrics(self) -> list[keras.metrics.Metric]:
        """The AUC."""
        return [keras.metrics.AUC(from_logits=True, name="auc")]

    def columns(self, outputs: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
        """`logit`, float32, and `probability`."""
        logits = outputs[:, 0]
        return {"logit": logits, "probability": expit(logits.astype(float))}

    def told(self, outputs: np.ndarray, cases: pd.DataFrame, targets: np.ndarray) -> str:
        """AUC and accuracy."""
        logits = outputs[:, 0]
        return (
            f"AUC {roc_auc_score(targets, logits):.3f}, "
            f"accuracy {np.mean((logits > 0) == targets):.3f}"
        )
