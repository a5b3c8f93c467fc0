"""The base of all models: images go in, answers come out, and the images are counted."""

import logging
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.network_input import NetworkInput
from reconattack.classifiers.output import AnyOutput
from reconattack.classifiers.views import VIEWS
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction

log = logging.getLogger(__name__)


class Classifier(Judge):
    """A model that classifies B-mode images; each backend is a subclass with `scores`.

    Attributes
    ----------
    name
        The model's name in messages.
    network_input
        Resizes images to the model's input; None leaves them at their own size.
    output
        The form of the model's output.
    found
        What the backend found out about the model, plain data for `brought.json`.
    images, saturated
        Number of images classified so far, and number of saturated probabilities among them.
    """

    SETTINGS: tuple[str, ...] = ()  # keys of the configuration that the subclass takes

    def __init__(
        self,
        name: str,
        network_input: NetworkInput | None,
        output: AnyOutput,
        decision: Decision | None = None,
    ) -> None:
        self.name = name
        self.network_input = network_input
        self.output = output
        self.decision = decision
        self.found: Mapping[str, Any] = {}
        self.images = 0
        self.saturated = 0

    @abstractmethod
    def scores(self, images: np.ndarray, *others: np.ndarray) -> np.ndarray:
        """Output of the model for grey levels 0 to 255.

        Parameters
        ----------
        images
            float32 (n, height, width) at the size of `network_input`; without one, uint8 (n, z, x).
        others
            The further arrays of the view that the model takes, such as the setting of each image,
            float32 (n, 3).

        Returns
        -------
        numpy.ndarray
            (n,), (n, column) or masks, by the form of `output`.
        """

    def inputs(
        self,
        reconstruction: Reconstruction,
        parameters: np.ndarray,
        images: np.ndarray | None = None,
    ) -> tuple[np.ndarray, ...]:
        """The view that the model `takes` of a frame at parameter vectors."""
        return VIEWS[self.takes](reconstruction, parameters, images)

    def answers(self, images: np.ndarray, *others: np.ndarray) -> np.ndarray:
        """Answers to B-mode images.

        Parameters
        ----------
        images
            uint8 (n, z, x), or the first array of another view.
        others
            The further arrays of the view.

        Returns
        -------
        numpy.ndarray
            (n, ...), as the model's decision has them: logits, float64 (n,), of a binary one.

        Raises
        ------
        InputError
            If the model fails, or its output does not have the declared form.
        """
        return self.answers_of(*self.network_inputs(images, *others))

    def network_inputs(self, images: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, ...]:
        """Images at the size of the model's input, and the further arrays of the view."""
        return images if self.network_input is None else self.network_input(images), *others

    def answers_of(self, *network_inputs: np.ndarray) -> np.ndarray:
        """Answers to arrays from `network_inputs`, (n, ...); raises as `answers` does."""
        count = len(network_inputs[0])
        try:
            scores = self._checked(self.scores(*network_inputs), count)
            answers, saturated = self.output.answers(scores)
        except InputError as error:
            raise InputError(f"model {self.name}: {error}") from error
        self.images += count
        self.saturated += saturated
        return answers

    def log_use(self) -> None:
        """Log how many images the model classified."""
        log.info("model %s judged %d images", self.name, self.images)
        if self.saturated:
            log.warning(
                "model %s: %d of %d probabilities were so close to 0 or 1 that they were clipped; "
                "a search sees no slope there",
                self.name,
                self.saturated,
                self.images,
            )

    def _checked(self, scores: np.ndarray, images: int) -> np.ndarray:
        """Scores in the shape of their form, checked to be finite."""
        scores = self.output.shaped(scores, images)
        if not np.isfinite(scores).all():
            wrong = int(np.sum(~np.isfinite(scores.reshape(images, -1)).all(axis=1)))
            raise InputError(f"found NaN or infinity for {wrong} of {images} images")
        return scores
