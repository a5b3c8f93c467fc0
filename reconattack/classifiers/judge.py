"""The interface of everything that classifies frames: models and models derived from them."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from reconattack.classifiers.decisions.decision import Decision
from reconattack.reconstruction.reconstruction import Reconstruction


class Judge(ABC):
    """Classifies frames at settings of their reconstruction.

    Attributes
    ----------
    name
        The judge's name in messages.
    takes
        The view of a frame that it takes, a name in `reconattack.classifiers.views.VIEWS`, or
        `images`: several pictures of one frame.
    decision
        What it decides; None for a binary decision, whose cut-off the run states.
    network_input
        How images are brought to the size of its input
        (`reconattack.classifiers.network_input.NetworkInput`); None for their own size.
    """

    name: str
    takes: str = "image"
    decision: Decision | None = None
    network_input: Any | None = None

    @abstractmethod
    def inputs(
        self,
        reconstruction: Reconstruction,
        parameters: np.ndarray,
        images: np.ndarray | None = None,
    ) -> tuple[np.ndarray, ...]:
        """Inputs for a frame at parameter vectors.

        Parameters
        ----------
        reconstruction
            The frame.
        parameters
            float (n, parameter), in the order of the reconstruction's names.
        images
            The B-mode images at these vectors, uint8 (n, z, x), if they already exist.

        Returns
        -------
        tuple of numpy.ndarray
            Arrays (n, ...), the arguments of `answers`.
        """

    def picture_setting(self, reconstruction: Reconstruction, parameters: np.ndarray) -> np.ndarray:
        """Parameter vectors, (n, parameter), of the pictures that the judge sees at a setting.

        They are the setting itself, except for a judge that is shown other pictures.
        """
        return np.atleast_2d(parameters)

    @abstractmethod
    def answers(self, *inputs: np.ndarray) -> np.ndarray:
        """Answers to arrays from `inputs`, (n, ...): logits of class 1, (n,), if it is binary."""

    def network_inputs(self, *inputs: np.ndarray) -> tuple[np.ndarray, ...]:
        """What of `inputs` reaches the model, arrays (n, ...): the arguments of `answers_of`.

        Equal arrays have equal answers. They are the inputs themselves, except for a judge that
        brings images to the size of a network.
        """
        return inputs

    def answers_of(self, *network_inputs: np.ndarray) -> np.ndarray:
        """Answers to arrays from `network_inputs`, (n, ...)."""
        return self.answers(*network_inputs)

    @abstractmethod
    def log_use(self) -> None:
        """Log how many images were classified."""
