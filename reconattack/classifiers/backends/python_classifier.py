"""A model behind a Python function of the user's: trusted code, run as it is."""

import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from reconattack.classifiers.classifier import Classifier, Output
from reconattack.classifiers.network_input import NetworkInput
from reconattack.errors import InputError


class PythonClassifier(Classifier):
    """A function from float32 (n, height, width), grey levels 0 to 255, to n probabilities.

    Parameters
    ----------
    python
        `package.module:function`; the module is looked for in the current folder first.
    kernel, aspect
        How images are brought to `input_size` (`NetworkInput`).
    threads
        Without effect: the function is on its own.
    input_size
        (height, width) of the images that it takes.

    Raises
    ------
    InputError
        If there is no such function.
    """

    SETTINGS = ("input_size", "python")

    def __init__(
        self,
        path: Path | str | None,
        kernel: str = "bilinear",
        aspect: str = "stretch",
        threads: int = 1,
        *,
        python: str,
        input_size: Sequence[int],
    ) -> None:
        self._judge = _function(python)
        size = NetworkInput(*input_size, kernel=kernel, aspect=aspect)
        super().__init__(python, size, Output("probability"))
        self.found = {"input_size": list(input_size), "output": "probability"}

    def scores(self, images: np.ndarray) -> np.ndarray:
        """Probabilities that the function gives, (n,)."""
        try:
            return np.asarray(self._judge(images), np.float64)
        except Exception as error:  # it is somebody else's code
            raise InputError(f"the function failed: {type(error).__name__}: {error}") from error


def _function(python: str) -> Callable[[np.ndarray], np.ndarray]:
    module, _, name = python.partition(":")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        function = getattr(importlib.import_module(module), name, None)
    except Exception as error:  # it is somebody else's code
        raise InputError(
            f"model {python}: the module {module} cannot be imported from the run's folder: "
            f"{type(error).__name__}: {error}"
        ) from error
    if not callable(function):
        raise InputError(f"model {python}: found no function {name} in the module {module}")
    return function
