"""Judges made of a trained or brought model, without training: they ask it otherwise."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import log_expit, logsumexp

from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.views import told
from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction


class Derived(Judge):
    """A judge that asks one model otherwise than it would be asked."""

    def __init__(self, model: Classifier, name: str) -> None:
        self.model = model
        self.name = name

    def log_use(self) -> None:
        """Say in the log what the model was used for."""
        self.model.log_use()


class Ensemble(Derived):
    """Mean probability of a frame over settings around the one that is set.

    The scanner keeps the RF frame and reconstructs it several times: what is attacked is the
    setting about which the others lie.

    Parameters
    ----------
    model
        Judges each picture.
    offsets
        What is added to the parameters for each picture; what an offset leaves out stays.
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
        """The model's inputs at every offset, the offsets' axis second."""
        shifted = np.asarray(parameters)[:, np.newaxis] + self.shifts(reconstruction.names)
        flat = self.model.inputs(reconstruction, shifted.reshape(-1, shifted.shape[-1]))
        return tuple(array.reshape(*shifted.shape[:2], *array.shape[1:]) for array in flat)

    def logits(self, *inputs: np.ndarray) -> np.ndarray:
        """Logit of the mean probability, float64 (n,)."""
        count, size = inputs[0].shape[:2]
        flat = (array.reshape(count * size, *array.shape[2:]) for array in inputs)
        logits = self.model.logits(*flat).reshape(count, size)
        return logsumexp(log_expit(logits), axis=1) - logsumexp(log_expit(-logits), axis=1)

    def shifts(self, names: Sequence[str]) -> np.ndarray:
        """The offsets as float (offset, parameter)."""
        unknown = {name for offset in self._offsets for name in offset} - set(names)
        if unknown:
            raise InputError(
                f"model {self.model.name}: offsets of {', '.join(sorted(unknown))}; expected "
                f"parameters of the attack, {', '.join(names)}"
            )
        return np.array([[offset.get(name, 0) for name in names] for offset in self._offsets])


class Falsified(Derived):
    """A model that is told its setting, and told a false one.

    Parameters
    ----------
    model
        Takes image and parameters.
    falsified
        `told`: the picture is made at the attacked setting, the model is told the initial one.
        `picture`: the picture stays at the initial setting, the model is told the attacked one.
    """

    takes = "image+parameters"

    def __init__(self, model: Classifier, falsified: str) -> None:
        if model.takes != self.takes:
            raise InputError(
                f"model {model.name} takes {model.takes}; expected a model that is told its "
                "setting (takes: image+parameters) where falsified is set"
            )
        super().__init__(model, f"{model.name}, {falsified} falsified")
        self.falsified = falsified

    def inputs(
        self,
        reconstruction: Reconstruction,
        parameters: np.ndarray,
        images: np.ndarray | None = None,
    ) -> tuple[np.ndarray, ...]:
        """Image and told setting, one of them at the initial values."""
        initial = _initial(reconstruction)
        if self.falsified == "told":
            if images is None:
                images = reconstruction.bmode(parameters)
            stays = told(reconstruction, initial)
            return images, np.repeat(stays, len(parameters), axis=0)
        picture = reconstruction.bmode(initial)
        return np.repeat(picture, len(parameters), axis=0), told(reconstruction, parameters)

    def picture_setting(self, reconstruction: Reconstruction, parameters: np.ndarray) -> np.ndarray:
        """The initial setting, where the picture stays at it."""
        if self.falsified == "told":
            return super().picture_setting(reconstruction, parameters)
        return np.repeat(_initial(reconstruction), len(np.atleast_2d(parameters)), axis=0)

    def logits(self, *inputs: np.ndarray) -> np.ndarray:
        """The model's logits, float64 (n,)."""
        return self.model.logits(*inputs)


def _initial(reconstruction: Reconstruction) -> np.ndarray:
    """Its initial setting as a vector, float (1, parameter)."""
    return np.array([[reconstruction.setting[name] for name in reconstruction.names]], float)


DERIVED = {"offsets": Ensemble, "falsified": Falsified}
