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

KINDS = {  # each imports what it needs when one is opened
    "onnx": OnnxClassifier,
    "skops": SkopsClassifier,
    "python": PythonClassifier,
    "http": HttpClassifier,
    "texture": TextureClassifier,
}


def open_classifier(
    settings: Mapping[str, Any],
    path: Path | str | None,
    resize: Mapping[str, str],
    threads: int = 1,
) -> Judge:
    """Open a classifier, and derive from it what asks it otherwise.

    Parameters
    ----------
    settings
        What the configuration says of a brought model, without `source` and `threads`; of a model
        that was trained here `features: texture` if that is what it takes, else nothing. Of a
        derived model also a key of `DERIVED`.
    path
        The model's file, whose suffix is its kind; None where `python` or `http` is set.
    resize
        `kernel` and `aspect` of `reconattack.classifiers.network_input.NetworkInput`.
    threads
        Threads that the model may use.

    Raises
    ------
    InputError
        If the model cannot be used, with what was found and what was expected.
    """
    settings = dict(settings)
    derived = {kind: settings.pop(kind) for kind in DERIVED if kind in settings}
    kind = kind_of(settings, path)
    unknown = sorted(set(settings) - set(KINDS[kind].SETTINGS))
    if unknown:
        raise InputError(
            f"model {path or settings[kind]}: {', '.join(unknown)} cannot be set for {kind} "
            f"models; expected only {', '.join(KINDS[kind].SETTINGS)}"
        )
    judge = KINDS[kind](path, threads=threads, **resize, **settings)
    for name, setting in derived.items():
        judge = DERIVED[name](judge, setting)
    return judge


def kind_of(settings: Mapping[str, Any], path: Path | str | None) -> str:
    """Name in `KINDS`."""
    if "features" in settings:
        return settings["features"]
    named = [kind for kind in KINDS if kind in settings]
    return named[0] if named else Path(path).suffix.lower().removeprefix(".")
