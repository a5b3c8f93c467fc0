"""What an oracle composes with a reconstruction: something that says how fatty a frame looks."""

from abc import ABC, abstractmethod

import numpy as np

from reconattack.reconstruction.reconstruction import Reconstruction


class Judge(ABC):
    """Judges frames at settings of their reconstruction.

    Attributes
    ----------
    name
        What messages call it.
    takes
        What it is shown of a frame, a name in `reconattack.classifiers.views.VIEWS`, or `images`:
        several pictures of one frame.
    """

    name: str
    takes: str = "image"

    @abstractmethod
    def inputs(
        self,
        reconstruction: Reconstruction,
        parameters: np.ndarray,
        images: np.ndarray | None = None,
    ) -> tuple[np.ndarray, ...]:
        """What is judged of a frame at parameter vectors.

        Parameters
        ----------
        reconstruction
            The frame.
        parameters
            float (n, parameter), in the order of the reconstruction's names.
        images
            Its B-mode images there, uint8 (n, z, x), where they have been made.

        Returns
        -------
        tuple of numpy.ndarray
            Arrays whose first axis is that of the vectors.
        """

    def picture_setting(self, reconstruction: Reconstruction, parameters: np.ndarray) -> np.ndarray:
        """Parameter vectors (n, parameter) of the pictures that belong to a frame's setting.

        They are the setting's own, unless somebody shows other pictures.
        """
        return np.atleast_2d(parameters)

    @abstractmethod
    def logits(self, *inputs: np.ndarray) -> np.ndarray:
        """Logits of the positive class for what `inputs` gives, float64 (n,)."""

    @abstractmethod
    def log_use(self) -> None:
        """Say in the log what it was used for."""
