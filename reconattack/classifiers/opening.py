"""One way to open every kind of classifier, from plain data and a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconattack.classifiers.backends.http_classifier import HttpClassifier
from reconattack.classifiers.backends.onnx_classifier import OnnxClassifier
from reconattack.classifiers.backends.python_classifier import PythonClassifier
from reconattack.classifiers.backends.skops_classifier import SkopsClassifier
from reconattack.classifiers.backends.texture_classifier import TextureClassifier
from reconattack.classifiers.derived import DERIVED
from reconattack.classifiers.judge import Judge
from reconattack.errors import InputError

BACKENDS = {  # each imports its libraries when a model is opened
    "onnx": OnnxClassifier,
    "skops": SkopsClassifier,
    "python": PythonClassifier,
    "http": HttpClassifier,
    "texture": TextureClassifier,
}


def open_classifier(
    settings: Mapping[str, Any],
    path: Path | str | None,
    resize: Mapping[str, Any] | None,
    threads: int = 1,
) -> Judge:
    """Open a classifier, and derive another model from it if the settings say so.

    Parameters
    ----------
    settings
        For a brought model, its block of the configuration without `source`, `resize` and
        `threads`. For a trained texture classifier, `features: texture`. For a trained network,
        nothing. A derived model has a key of `DERIVED` as well.
    path
        The model's file, whose suffix names the backend; None for `python` and `http` models.
    resize
        Keys of `reconattack.classifiers.network_input.NetworkInput`. None if a brought model does
        not state them: it then takes images that already have the size of its input.
    threads
        Threads that the model may use.

    Raises
    ------
    InputError
        If the model cannot be used; the message says what was found and what was expected.
    """
    settings = dict(settings)
    derived = {name: settings.pop(name) for name in DERIVED if name in settings}
    backend = backend_name(settings, path)
    unknown = sorted(set(settings) - set(BACKENDS[backend].SETTINGS))
    if unknown:
        raise InputError(
            f"model {path or settings[backend]}: {', '.join(unknown)} cannot be set for {backend} "
            f"models; expected only {', '.join(BACKENDS[backend].SETTINGS)}"
        )
    judge = BACKENDS[backend](path, threads=threads, resize=resize, **settings)
    for name, setting in derived.items():
        judge = DERIVED[name](judge, setting)
    return judge


def backend_name(settings: Mapping[str, Any], path: Path | str | None) -> str:
    """Name in `BACKENDS` of the backend that opens a model."""
    if "features" in settings:
        return settings["features"]
    named = [name for name in BACKENDS if name in settings]
    return named[0] if named else Path(path).suffix.lower().removeprefix(".")
