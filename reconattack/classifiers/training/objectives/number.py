"""A number: one linear output, trained on standardised truths by Huber's loss."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers

from reconattack.classifiers.decisions.number import Number
from reconattack.classifiers.training.objectives.objective import Objective
from reconattack.errors import InputError


@dataclass(frozen=True)
class NumberObjective(Objective):
    """The number itself, in the unit of the decision.

    Training sees truths less their mean, over their standard deviation, both of the training cases.
    At its end they are put into the last layer's weights.

    Attributes
    ----------
    decision
        The number; `truth` of a case is the true one.
    """

    decision: Number

    output = "number"

    def outputs(self, features: Any) -> dict[str, Any]:
        """`number`, (n, 1)."""
        return {"number": layers.Dense(1, dtype=keras.config.floatx(), name="number")(features)}

    def strata(self, cases: pd.DataFrame) -> pd.Series:
        """The side of the threshold, or of the median truth where there is no threshold."""
        truths, limit = cases["truth"], self.decision.threshold
        limit = truths.median() if limit is None else limit
        return (truths >= limit).map({True: f"from {limit:g} on", False: f"below {limit:g}"})

    def targets(self, cases: pd.DataFrame, training: np.ndarray) -> np.ndarray:
        """Standardised truths, float64 (n,)."""
        mean, spread = _scale(cases, training)
        return (cases["truth"].to_numpy(float) - mean) / spread

    def loss(self) -> keras.losses.Loss:
        """Huber's loss: squares up to one standard deviation, straight beyond."""
        return keras.losses.Huber()

    def finish(self, network: keras.Model, cases: pd.DataFrame, training: np.ndarray) -> None:
        """Put mean and standard deviation of the truths into the last layer."""
        mean, spread = _scale(cases, training)
        last = network.get_layer("number")
        kernel, bias = last.get_weights()
        last.set_weights([kernel * spread, bias * spread + mean])

    def columns(self, outputs: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
        """`predicted`, float32."""
        return {"predicted": outputs[:, 0]}

    def told(self, outputs: np.ndarray, cases: pd.DataFrame, targets: np.ndarray) -> str:
        """Bias and mean absolute difference."""
        off = outputs[:, 0] - cases["truth"].to_numpy(float)
        unit, mean_abs = self.decision.number_unit, np.abs(off).mean()
        return f"bias {off.mean():.3g} {unit}, mean absolute difference {mean_abs:.3g} {unit}"


def _scale(cases: pd.DataFrame, training: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of the training cases' truths."""
    truths = cases["truth"].to_numpy(float)[training]
    if not truths.std():
        raise InputError(
            f"all {len(truths)} training cases have the true number {truths[0]:g}; expected "
            "different ones to learn from"
        )
    return float(truths.mean()), float(truths.std())
