"""A model that is a Python function of the user: trusted code, which runs as it is."""

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reconattack.classifiers.backends.decided_output import expected_output
from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.decisions.declared import declared_decision
from reconattack.classifiers.network_input import network_input
from reconattack.classifiers.output import Output
from reconattack.classifiers.resize.declaration import TRAINED_HERE
from reconattack.errors import InputError


class PythonClassifier(Classifier):
    """A function that takes n images and returns n probabilities of class 1, or other answers.

    Parameters
    ----------
    python
        The function, or its name `package.module:function`; the current folder is searched first.
    resize
        How images are resized to `input_size` (`network_input`); None if nobody states it.
    threads
        No effect.
    input_size
        (height, width) of the images that the function gets, float32 with grey levels 0 to 255.
        None gives it the B-mode images at their own size, uint8 (n, z, x).
    decision
        What it decides, as in a configuration; None for a binary decision. For k classes it returns
        (n, k), a number (n,), masks (n, height, width) or (n, channel, height, width).
    output
        The form of what it returns for a decision that is not binary; by default probabilities,
        numbers, or masks of probabilities.

    Raises
    ------
    InputError
        If there is no such function, or its module cannot be imported.
    """

    SETTINGS = ("input_size", "python", "decision", "output")

    def __init__(
        self,
        path: Path | str | None,
        resize: Mapping[str, Any] | None = TRAINED_HERE,
        threads: int = 1,
        *,
        python: str | Callable[[np.ndarray], np.ndarray],
        input_size: Sequence[int] | None = None,
        decision: Mapping[str, Any] | None = None,
        output: str | None = None,
    ) -> None:
        self._judge = python if callable(python) else _function(python)
        name = getattr(python, "__name__", type(python).__name__) if callable(python) else python
        size = network_input(*input_size, resize) if input_size else None
        decided = declared_decision(decision)
        if decided is None and output not in (None, "probability"):
            raise InputError(
                f"model {name}: output: {output} is declared; expected probability of a binary "
                "decision"
            )
        read = expected_output(decided, output) if decided else Output("probability")
        super().__init__(name, size, read, decided)
        self.found = {
            "input_size": list(input_size) if input_size else "the picture's",
            "output": read.form,
        }

    def scores(self, images: np.ndarray) -> np.ndarray:
        """What the function returns, (n,) probabilities for a binary decision."""
        try:
            return np.asarray(self._judge(images), np.float64)
        except Exception as error:  # the user's code may raise anything
            raise InputError(f"the function failed: {type(error).__name__}: {error}") from error


def _function(python: str) -> Callable[[np.ndarray], np.ndarray]:
    module, _, name = python.partition(":")
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        function = getattr(importlib.import_module(module), name, None)
    except Exception as error:  # the user's code may raise anything
        raise InputError(
            f"model {python}: the module {module} cannot be imported from the run's folder: "
            f"{type(error).__name__}: {error}"
        ) from error
    if not callable(function):
        raise InputError(f"model {python}: found no function {name} in the module {module}")
    return function
