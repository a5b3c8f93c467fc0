"""One of several classes: a logit of each, trained by categorical cross-entropy."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers
from scipy.special import softmax

from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.columns import CLASS_PROBABILITY
from reconattack.classifiers.training.objectives.objective import Objective
from reconattack.classifiers.training.validation_patients import class_weights
from reconattack.errors import InputError


@dataclass(frozen=True)
class ClassesObjective(Objective):
    """A logit of each class; all classes count equally.

    Attributes
    ----------
    decision
        The classes; `truth` of a case is the number of its class.
    """

    decision: Classes

    output = "logits"

    def outputs(self, features: Any) -> dict[str, Any]:
        """`logits`, (n, class)."""
        count = len(self.decision.classes)
        return {"logits": layers.Dense(count, dtype=keras.config.floatx(), name="logits")(features)}

    def strata(self, cases: pd.DataFrame) -> pd.Series:
        """The names of the true classes.

        Raises
        ------
        InputError
            If a class has no case.
        """
        found = cases["truth"].to_numpy(int)
        names, truth = self.decision.classes, self.decision.truth
        outside = found[(found < 0) | (found >= len(names))]
        if len(outside):
            raise InputError(
                f"a training case has the class {outside[0]} by its {truth}; expected 0 "
                f"to {len(names) - 1}, for {', '.join(names)}"
            )
        missing = [name for number, name in enumerate(names) if number not in found]
        if missing:
            raise InputError(
                f"no training case is {' or '.join(missing)} by its {truth}; expected patients "
                "of every class in decision.classes: more of them, or other cuts"
            )
        return cases["truth"].map(lambda number: names[int(number)])

    def targets(self, cases: pd.DataFrame, training: np.ndarray) -> np.ndarray:
        """Numbers of the true classes, float64 (n,)."""
        return cases["truth"].to_numpy(float)

    def weights(self, cases: pd.DataFrame, training: np.ndarray) -> np.ndarray:
        """Weights by which all classes count equally."""
        count = len(self.decision.classes)
        return class_weights(cases["truth"].to_numpy(float), training, count)

    def loss(self) -> keras.losses.Loss:
        """Categorical cross-entropy."""
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def metrics(self) -> list[keras.metrics.Metric]:
        """The accuracy, with the weights of the classes."""
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def columns(self, outputs: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
        """`predicted`, the number of the class, and `probability_{class}`."""
        shares = softmax(outputs.astype(float), axis=1)
        names = enumerate(self.decision.classes)
        return {
            "predicted": outputs.argmax(axis=1),
            **{CLASS_PROBABILITY + name: shares[:, number] for number, name in names},
        }

    def told(self, outputs: np.ndarray, cases: pd.DataFrame, targets: np.ndarray) -> str:
        """The accuracy."""
        return f"accuracy {np.mean(outputs.argmax(axis=1) == targets):.3f}"
