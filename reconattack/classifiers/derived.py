"""Models derived from another model without training: ensembles over settings, false settings."""

from collections.abc import Mapping, Sequence

import numpy as np

from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.decisions.binary import Binary
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.kinds import DERIVING
from reconattack.classifiers.views import paper_parameters
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction


class Derived(Judge):
    """A judge that uses one model on other inputs."""

    def __init__(self, model: Classifier, name: str) -> None:
        self.model = model
        self.name = name
        self.decision = model.decision
        self.network_input = model.network_input

    def log_use(self) -> None:
        """Log how many images the model classified."""
        self.model.log_use()


class Ensemble(Derived):
    """Mean of a frame's probabilities, or numbers, over several settings around the attacked one.

    The scanner keeps the RF frame and reconstructs it at each setting.

    Parameters
    ----------
    model
        Classifies each picture.
    offsets
        Offsets of the parameters, a mapping for each picture; a parameter that it does not name is
        not shifted.
    """

    takes = "images"

    def __init__(self, model: Classifier, offsets: Sequence[Mapping[str, float]]) -> None:
        super().__init__(model, f"{model.name}, mean of {len(offsets)} settings")
        self._offsets = offsets

    def inputs(
        self,
        reconstruction: Reconstruction,
        parameters: np.ndarray,
        images: np.ndarray | None = None,
    ) -> tuple[np.ndarray, ...]:
        """The model's inputs at every offset, (n, offset, ...)."""
        shifted = np.asarray(parameters)[:, np.newaxis] + self.shifts(reconstruction.names)
        flat = self.model.inputs(reconstruction, shifted.reshape(-1, shifted.shape[-1]))
        return tuple(array.reshape(*shifted.shape[:2], *array.shape[1:]) for array in flat)

    def answers(self, *inputs: np.ndarray) -> np.ndarray:
        """The answer of the mean (`Decision.mean`): logit of the mean probability, float64 (n,)."""
        count, size = inputs[0].shape[:2]
        flat = (array.reshape(count * size, *array.shape[2:]) for array in inputs)
        answers = self.model.answers(*flat)
        decision = self.decision or Binary()
        return decision.mean(answers.reshape(count, size, *answers.shape[1:]))

    def shifts(self, names: Sequence[str]) -> np.ndarray:
        """The offsets as an array, float (offset, parameter)."""
        unknown = {name for offset in self._offsets for name in offset} - set(names)
        if unknown:
            raise InputError(
                f"model {self.model.name}: offsets of {', '.join(sorted(unknown))}; expected "
                f"parameters of the attack, {', '.join(names)}"
            )
        return np.array([[offset.get(name, 0) for name in names] for offset in self._offsets])


class Falsified(Derived):
    """A model that takes image and parameters, and gets a picture and a setting that disagree.

    Parameters
    ----------
    model
        Takes `image+parameters`.
    falsified
        `told`: the picture is made at the attacked setting, the model gets the initial setting.
        `picture`: the picture stays at the initial setting, the model gets the attacked setting.
    """

    takes = "image+parameters"

    def __init__(self, model: Classifier, falsified: str) -> None:
        if model.takes != self.takes:
            raise InputError(
                f"model {model.name} takes {model.takes}; expected a model that takes "
                "image+parameters where falsified is set"
            )
        super().__init__(model, f"{model.name}, {falsified} falsified")
        self.falsified = falsified

    def inputs(
        self,
        reconstruction: Reconstruction,
        parameters: np.ndarray,
        images: np.ndarray | None = None,
    ) -> tuple[np.ndarray, ...]:
        """Image and parameters, one of them at the initial setting."""
        initial = _initial(reconstruction)
        if self.falsified == "told":
            if images is None:
                images = reconstruction.bmode(parameters)
            told = paper_parameters(reconstruction, initial)
            return images, np.repeat(told, len(parameters), axis=0)
        pictures = np.repeat(reconstruction.bmode(initial), len(parameters), axis=0)
        return pictures, paper_parameters(reconstruction, parameters)

    def picture_setting(self, reconstruction: Reconstruction, parameters: np.ndarray) -> np.ndarray:
        """The initial setting if the picture stays at it, else the attacked one."""
        if self.falsified == "told":
            return super().picture_setting(reconstruction, parameters)
        return np.repeat(_initial(reconstruction), len(np.atleast_2d(parameters)), axis=0)

    def answers(self, *inputs: np.ndarray) -> np.ndarray:
        """The model's answers, (n, ...)."""
        return self.model.answers(*inputs)


def _initial(reconstruction: Reconstruction) -> np.ndarray:
    """The initial setting of a reconstruction, float (1, parameter)."""
    return np.array([[reconstruction.setting[name] for name in reconstruction.names]], float)


DERIVED = dict(zip(DERIVING, (Ensemble, Falsified), strict=True))
