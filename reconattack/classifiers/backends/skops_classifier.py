"""A scikit-learn model on the pixels of an image, in a skops file, which holds no code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reconattack.classifiers.backends.scaling import declared_scaling
from reconattack.classifiers.backends.skops_files import (
    check_classes,
    description,
    load_model,
    use_one_thread,
)
from reconattack.classifiers.classifier import Classifier, Output
from reconattack.classifiers.network_input import NetworkInput
from reconattack.errors import InputError


class SkopsClassifier(Classifier):
    """A classifier or pipeline of scikit-learn whose features are the pixels, row by row.

    Parameters
    ----------
    path
        The `.skops` file.
    kernel, aspect
        How images are resized to `input_size` (`NetworkInput`).
    threads
        No effect: scikit-learn runs on one thread, so that sums keep their order.
    input_size
        (height, width) of the images whose pixels are the features.
    scaling
        Scaling of the pixels (`reconattack.classifiers.backends.scaling`).
    output
        `probability` for `predict_proba`, `logit` for `decision_function`; None takes the first
        one that the model has.

    Raises
    ------
    InputError
        If the file holds types that skops does not trust, or no such classifier.
    """

    SETTINGS = ("input_size", "scaling", "output")

    def __init__(
        self,
        path: Path | str,
        kernel: str = "bilinear",
        aspect: str = "stretch",
        threads: int = 1,
        input_size: Sequence[int] | None = None,
        scaling: Mapping[str, Any] | None = None,
        output: str | None = None,
    ) -> None:
        try:
            _check_declared(input_size, scaling)
            self._scaling = declared_scaling(**scaling)
            self._model = load_model(path)
            check_classes(self._model)
            _check_features(self._model, input_size)
            use_one_thread(self._model)
            self._method = _method(self._model, output)
        except InputError as error:
            raise InputError(f"model {path}: {error}") from error
        form = "probabilities" if self._method == "predict_proba" else "logit"
        size = NetworkInput(*input_size, kernel=kernel, aspect=aspect)
        super().__init__(str(path), size, Output(form))
        self.found = {
            "model": description(self._model),
            "input_size": list(input_size),
            "scaling": self._scaling.as_settings(),
            "scaling_from": "configuration",
            "output": form,
            "output_from": self._method,
            "positive_class": 1,
        }

    def scores(self, images: np.ndarray) -> np.ndarray:
        """Probabilities of both classes (n, 2), or the decision function (n,)."""
        features = self._scaling(images).reshape(len(images), -1)
        try:
            return getattr(self._model, self._method)(features)
        except Exception as error:  # each step of a pipeline has its own errors
            raise InputError(f"its {self._method} failed: {error}") from error


def _check_declared(input_size: Sequence[int] | None, scaling: Mapping[str, Any] | None) -> None:
    if input_size is None:
        raise InputError(
            "nothing says which images its features are; add to the model's configuration "
            "input_size: [height, width]"
        )
    if scaling is None:
        raise InputError(
            "nothing says which numbers it was trained on; add to the model's configuration "
            "scaling: {divide: 255} for grey levels from 0 to 1, {divide: 1} for 0 to 255"
        )


def _check_features(model: Any, input_size: Sequence[int]) -> None:
    features, pixels = getattr(model, "n_features_in_", None), int(np.prod(input_size))
    if features not in (None, pixels):
        raise InputError(
            f"it takes {features} features, an image of input_size {list(input_size)} has {pixels} "
            "pixels; expected as many"
        )


def _method(model: Any, output: str | None) -> str:
    methods = {"probability": "predict_proba", "logit": "decision_function"}
    there = {form: method for form, method in methods.items() if hasattr(model, method)}
    if output is None and there:
        return next(iter(there.values()))
    if output not in there:
        raise InputError(
            f"a {description(model)} has {' and '.join(there.values()) or 'no usable method'}; "
            f"expected {methods.get(output, 'predict_proba or decision_function')}"
            + (f", since output: {output} is declared" if output else "")
        )
    return there[output]
