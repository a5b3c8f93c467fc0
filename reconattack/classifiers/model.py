"""A classifier and how images are made for it, for one frame at a time."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import expit

from reconattack.classifiers.backends.model_files import check_model_file
from reconattack.classifiers.backends.probe import resize_question
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.declared import decision_of
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.opening import open_classifier
from reconattack.classifiers.resize.declaration import CHOICES
from reconattack.errors import InputError, needs_extra
from reconattack.frames.opening import checked_frames
from reconattack.reconstruction.drawing import reconstruction_of
from reconattack.reconstruction.setting import checked_setting

ROWS = 400  # as in config.yaml
CUTOFF = 0.5
CLASSES = ("normal", "fatty")


@dataclass(frozen=True)
class Model:
    """A classifier of B-mode images.

    Attributes
    ----------
    judge
        The classifier.
    rows
        Height of the images that are reconstructed for it, in pixels.
    cutoff
        Probability from which on a frame counts as class 1.
    classes
        Words for class 0 and class 1.
    keras
        Its Keras file, for methods that need slopes; None for other models.
    """

    judge: Judge
    rows: int = ROWS
    cutoff: float = CUTOFF
    classes: tuple[str, str] = CLASSES
    keras: str | None = None

    @property
    def decision(self) -> Decision:
        """What it decides; a binary decision unless the model was opened with another."""
        return decision_of(self.judge, self.cutoff)

    @property
    def name(self) -> str:
        """Its file without folders, or the name of its function."""
        return Path(self.judge.name).name

    def probability(
        self, frame: xr.Dataset | Sequence[xr.Dataset], setting: Mapping[str, float]
    ) -> float | list[float]:
        """Probability of class 1 for an RF frame at a setting; a list for a list of frames.

        Raises
        ------
        InputError
            If frame or setting cannot be used, the model fails, or its decision is not binary.
        """
        if self.decision.kind != "binary":
            raise InputError(
                f"model {self.name} decides {self.decision.kind}, not one of two classes; expected "
                "answer(frame, setting)"
            )
        probabilities = [float(expit(logit)) for logit in self._answers(frame, setting)]
        return probabilities[0] if isinstance(frame, xr.Dataset) else probabilities

    def answer(
        self, frame: xr.Dataset | Sequence[xr.Dataset], setting: Mapping[str, float]
    ) -> np.ndarray | list[np.ndarray]:
        """The model's answer for a frame at a setting; a list for a list of frames.

        It is the logit of class 1 if the decision is binary, the logits of all classes, (k,), a
        number, or a mask, uint8 (height, width), with the numbers of structures from 1.

        Raises
        ------
        InputError
            If frame or setting cannot be used, or the model fails.
        """
        answers = self._answers(frame, setting)
        return answers[0] if isinstance(frame, xr.Dataset) else answers

    def _answers(
        self, frame: xr.Dataset | Sequence[xr.Dataset], setting: Mapping[str, float]
    ) -> list[np.ndarray]:
        values = checked_setting(setting)
        point = np.array([list(values.values())])
        answers = []
        for one in checked_frames(frame):
            reconstruction = reconstruction_of(one, self.rows, list(values), values)
            (answer,) = self.judge.answers(*self.judge.inputs(reconstruction, point))
            answers.append(answer)
        return answers

    def __repr__(self) -> str:
        size = getattr(self.judge, "found", {}).get("input_size")
        images = f"images of {size[0]} x {size[1]}" if isinstance(size, list) else "images"
        if self.decision.kind != "binary":
            return f"Model {self.name}: {images} -> {self.decision.what}"
        positive = self.classes[1]
        return f"Model {self.name}: {images} -> P({positive}); {positive} from {self.cutoff:g} on"


def open_model(
    source: Path | str | Callable[[np.ndarray], np.ndarray],
    *,
    rows: int = ROWS,
    cutoff: float = CUTOFF,
    classes: Sequence[str] = CLASSES,
    resize: Mapping[str, Any] | None = None,
    threads: int = 1,
    **settings: Any,
) -> Model:
    """Open a classifier.

    Parameters
    ----------
    source
        A file `.onnx` (from any framework), `.keras` (needs TensorFlow) or `.skops`; the URL of a
        server (docs/http-model.md); or a function that takes images and returns n probabilities
        of class 1, or what `decision` says. Without `input_size` the function gets uint8 (n, z, x),
        the image as it is; with it, float32 (n, height, width), grey levels 0 to 255.
    rows
        Height of the reconstructed images in pixels, before they are resized for the model.
    cutoff
        Probability from which on a frame counts as class 1.
    classes
        Words for class 0 and class 1.
    resize
        How the images of the model's training were brought to the size of its input, as in a
        configuration (docs/your-data.md, Resize): `{"library": "pillow", "kernel": "bilinear"}`.
        Without it, a warning asks for it if images have to be resized, and Pillow's bilinear is
        taken.
    threads
        Threads of the model.
    settings
        What the file does not state itself, as in a configuration (docs/your-data.md):
        `input_size=(height, width)`, `scaling={"divide": 255}`, `output="logits"`, `layout="nchw"`,
        `positive_class`, `output_name`, `features="texture"`, and what the model decides if it is
        not one of two classes (docs/decisions.md): `decision={"kind": "classes", "classes": ["S0",
        "S1"]}`, `{"kind": "number", "unit": "%", "threshold": 5}`, `{"kind": "mask",
        "structures": ["liver"], "dice": 0.9}`, with `"truth": "mask"` if frames have given masks.

    Raises
    ------
    InputError
        If the model cannot be used: what was found and what was expected.
    """
    if resize is not None and not {"library", "kernel"} <= set(resize):
        raise InputError(f"found resize={dict(resize)}; expected {CHOICES}")
    keras = None
    if callable(source):
        judge = open_classifier({"python": source, **settings}, None, resize, threads)
    elif str(source).startswith(("http://", "https://")):
        judge = open_classifier({"http": str(source), **settings}, None, resize, threads)
    else:
        check_model_file(source)
        if Path(source).suffix.lower() == ".keras":
            keras = str(source)
            judge = _open_keras(keras, resize, threads, settings)
        else:
            judge = open_classifier(settings, source, resize, threads)
    if resize is not None and getattr(judge, "network_input", None) is None:
        raise InputError(
            f"model {judge.name} gets images at their own size; expected no resize, or input_size "
            "with it"
        )
    question = resize_question(judge, rows)
    if question:
        warnings.warn(question, stacklevel=2)
    return Model(judge, rows, cutoff, tuple(classes), keras)


def _open_keras(
    path: str, resize: Mapping[str, Any] | None, threads: int, settings: Mapping[str, Any]
) -> Judge:
    """Open a Keras file by its ONNX form, which is deleted again."""
    with needs_extra("train"):
        from reconattack.classifiers.backends.keras_conversion import convert_network
    with TemporaryDirectory() as folder:
        onnx = Path(folder, Path(path).stem + ".onnx")
        convert_network(path, onnx, settings.get("input_size"))
        return open_classifier(settings, onnx, resize, threads)
