"""What a network learns, by the kind of its decision: the base of all kinds."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import keras
import numpy as np
import pandas as pd


class Objective(ABC):
    """The last layers of a network, what they are trained on, and how they are judged.

    Attributes
    ----------
    output
        Name of the output that is trained, and read from the exported network.
    """

    output: ClassVar[str]

    @abstractmethod
    def outputs(self, features: Any) -> dict[str, Any]:
        """Outputs of the network by their names, from its features after dropout."""

    @abstractmethod
    def strata(self, cases: pd.DataFrame) -> pd.Series:
        """Groups from each of which patients are held out for validation, one for each case."""

    @abstractmethod
    def targets(self, cases: pd.DataFrame, training: np.ndarray) -> np.ndarray:
        """What the output should be, an entry for each case.

        Parameters
        ----------
        cases
            A row per case, with its truth.
        training
            bool (n,), True for a training case.
        """

    def weights(self, cases: pd.DataFrame, training: np.ndarray) -> np.ndarray:
        """Weight of each case, float64 (n,)."""
        return np.ones(len(cases))

    @abstractmethod
    def loss(self) -> keras.losses.Loss:
        """The loss of targets and the output."""

    def metrics(self) -> list[keras.metrics.Metric]:
        """Further measures of an epoch."""
        return []

    def finish(self, network: keras.Model, cases: pd.DataFrame, training: np.ndarray) -> None:
        """Bring a trained network's output to the unit of the decision, in place."""
        return

    @abstractmethod
    def columns(self, outputs: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
        """Columns of the validation table, from float32 outputs (n, ...) and targets."""

    @abstractmethod
    def told(self, outputs: np.ndarray, cases: pd.DataFrame, targets: np.ndarray) -> str:
        """How well the training cases are judged in inference mode, in words."""
