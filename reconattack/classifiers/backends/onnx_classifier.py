"""A network in ONNX Runtime, which predictions and attacks run without TensorFlow."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from reconattack.classifiers.backends.decided_output import decided_output
from reconattack.classifiers.backends.onnx_graph import (
    OWN_OUTPUTS,
    ImageInput,
    chosen_output,
    declared_classes,
    form_of_values,
    image_input,
    label_output,
    last_operation,
    output_form,
    own_output,
    own_output_form,
    pixel_scaling,
    positive_class,
    unknown_operators,
)
from reconattack.classifiers.backends.onnx_runtime import load_onnxruntime
from reconattack.classifiers.backends.scaling import GREY_LEVELS
from reconattack.classifiers.classifier import Classifier
from reconattack.classifiers.decisions.classes import Classes
from reconattack.classifiers.decisions.decision import Decision
from reconattack.classifiers.decisions.declared import declared_decision
from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.output import AnyOutput, Output
from reconattack.classifiers.resize.declaration import TRAINED_HERE
from reconattack.classifiers.views import VIEWS, input_rule
from reconattack.errors import InputError, told_later

log = logging.getLogger(__name__)

PARAMETERS = "parameters"  # second input of a network that takes image+parameters


class OnnxClassifier(Classifier):
    """A network in an ONNX file, trained by the run or brought from any framework.

    Parameters
    ----------
    path
        The `.onnx` file.
    resize
        How images are resized to the network's input (`network_input`). None if nobody states it;
        this project's own exports see images as they are resized by default.
    threads
        Threads of ONNX Runtime. Results may depend on their number in the last bit.
    input_size, layout, channels, scaling, output, positive_class, classes, output_name
        Declarations of the configuration, needed where the file leaves something open
        (`reconattack.classifiers.backends.onnx_graph`).
    decision
        What the model decides, as in a configuration; None for a binary decision.

    Attributes
    ----------
    output_names
        All outputs of the network, in its order.

    Raises
    ------
    InputError
        If the file is no model, or neither the file nor the configuration says how to use it.
    """

    SETTINGS = (
        *("input_size", "layout", "channels", "scaling"),
        *("output", "positive_class", "classes", "output_name", "decision"),
    )

    def __init__(
        self,
        path: Path | str,
        resize: Mapping[str, Any] | None = TRAINED_HERE,
        threads: int = 1,
        input_size: Sequence[int] | None = None,
        layout: str | None = None,
        channels: int | None = None,
        scaling: Mapping[str, Any] | None = None,
        output: str | None = None,
        positive_class: int | None = None,
        classes: Sequence[int | str] | None = None,
        output_name: str | None = None,
        decision: Mapping[str, Any] | None = None,
    ) -> None:
        self._session = _open_session(path, threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        decided = declared_decision(decision)
        self._outlines = isinstance(decided, Mask)
        self.takes = metadata.get("takes", "image")
        outputs = self._session.get_outputs()
        self.output_names = [value.name for value in outputs]
        try:
            _check_takes(self.takes)
            self._images = image_input(self._image_inputs(), layout, input_size, channels)
            trained_here = own_output(self._images, self.output_names, metadata)
            own = trained_here is not None
            _check_own_decision(decided, metadata if own else {})
            if resize is None and own:
                resize = TRAINED_HERE
            size = input_rule(self.takes, *self._images.size, resize)
            self._output = chosen_output(outputs, output_name or trained_here)
            if self._images.channels is None:
                self._images = replace(self._images, channels=self._working_channels())
            unknown: list[str] = []
            self._scaling, scaling_from = GREY_LEVELS, ""  # as good as any to see the outputs
            with told_later(unknown):
                self._scaling, scaling_from = pixel_scaling(self._images, own, metadata, scaling)
            if not own and self._images.batch is None and not self._takes_batches():
                self._images = replace(self._images, batch=1)
            label = None if own or decided else label_output(outputs)
            two_wanted = output not in (None, "logit")
            self._mirrored = label is not None and not two_wanted and self._has_mirrored_scores()
            with told_later(unknown):
                if decided:
                    read, facts = self._read_for(decided, path, output, positive_class, classes)
                else:
                    read, facts = self._read_two(path, own, output, positive_class, classes, label)
            if unknown:
                raise InputError(". Also: ".join(unknown))
        except InputError as error:
            raise InputError(f"model {path}: {error}") from error
        super().__init__(str(path), size, read, decided)
        self.found = _found(self._images) | {
            "scaling": self._scaling.as_settings(),
            "scaling_from": scaling_from,
            "output_name": self._output,
            "output": read.form,
            **facts,
        }

    def scores(self, images: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
        """Output, (n, ...), for grey levels 0 to 255, float32 (n, height, width).

        `parameters` is the setting of each image, float32 (n, 3), if the network takes it.
        """
        scores = self._outputs_of(images, *parameters)
        return scores[:, 1:] if self._mirrored else scores

    def _read_two(
        self,
        path: Path | str,
        own: bool,
        declared: str | None,
        positive_class: int | None,
        classes: Sequence[int | str] | None,
        label: str | None,
    ) -> tuple[Output, dict[str, Any]]:
        """How the output of a model of two classes is read, and facts for its note."""
        if own and self._output in OWN_OUTPUTS:
            form, source = own_output_form(self._output, declared)
        else:
            form, source = self._form(path, declared, label is not None)
        positive, checked = self._positive_class(path, form, positive_class, classes, label)
        facts = {"output_from": source, "positive_class": positive}
        return Output(form, positive), facts | ({"own_labels": checked} if checked else {})

    def _read_for(
        self,
        decision: Decision,
        path: Path | str,
        declared: str | None,
        positive_class: int | None,
        classes: Sequence[int | str] | None,
    ) -> tuple[AnyOutput, dict[str, Any]]:
        """How the output is read for a decision that is not binary, and facts for its note."""
        if positive_class is not None or classes is not None:
            raise InputError(
                "positive_class or classes are declared beside decision; expected them of a binary "
                "decision alone"
            )
        black = np.zeros((1, *self._images.size), np.float32)
        shape = self.scores(black).shape[1:]
        layout = "nhwc" if self._images.layout == "nhwc" else "nchw"
        last = last_operation(path, self._output)
        read, source = decided_output(decision, shape, last, declared, layout)
        _check_own_classes(decision, declared_classes(path))
        return read, {"output_from": source, "output_shape": list(shape)}

    def _outputs_of(self, images: np.ndarray, *parameters: np.ndarray, **output: str) -> np.ndarray:
        """The chosen output, or that named `output`, for grey levels, (n, column)."""
        prepared = self._prepared(images)
        if self._images.batch is None:
            return self._run(prepared, *parameters, **output)
        size = self._images.batch
        batches = [prepared[start : start + size] for start in range(0, len(prepared), size)]
        return np.concatenate(
            [self._run(_filled(batch, size), **output)[: len(batch)] for batch in batches]
        )

    def _prepared(self, images: np.ndarray) -> np.ndarray:
        scaled = self._scaling(images, self._images.channels)
        if self._images.dtype == np.uint8:
            scaled = np.clip(np.rint(scaled), 0, 255)
        return self._laid_out(scaled)

    def _laid_out(self, images: np.ndarray) -> np.ndarray:
        """Images (n, height, width, channel) with the axes and the type of the input."""
        layout = self._images.layout
        if layout == "nchw":
            images = np.moveaxis(images, -1, 1)
        elif layout == "nhw":
            images = images[..., 0]
        elif layout == "flat":
            images = images.reshape(len(images), -1)
        return np.ascontiguousarray(images, self._images.dtype)

    def _image_inputs(self) -> list:
        others = [PARAMETERS] if self.takes == "image+parameters" else []
        return [value for value in self._session.get_inputs() if value.name not in others]

    def _run(
        self, batch: np.ndarray, *parameters: np.ndarray, output: str | None = None
    ) -> np.ndarray:
        """An output for one batch, by default the chosen one, a row for each image."""
        feed = {self._images.name: batch}
        if parameters:
            feed[PARAMETERS] = parameters[0]
        try:
            (scores,) = self._session.run([output or self._output], feed)
        except Exception as error:  # ONNX Runtime's errors have no common class
            raise InputError(
                f"cannot judge images of shape {list(batch.shape)}: {error}"
            ) from error
        if isinstance(scores, list):  # a mapping from class to score for each image
            scores = [list(row.values()) for row in scores]
        scores = np.asarray(scores)
        if len(batch) > 1 and scores.shape[:1] != (len(batch),):
            raise InputError(
                f"found an output of shape {list(scores.shape)} for {len(batch)} images; expected "
                "a row for each"
            )
        if not self._outlines:
            return scores.reshape(len(batch), -1)
        return scores if len(scores) == len(batch) else scores[np.newaxis]

    def _working_channels(self) -> int:
        """Number of channels of an input that leaves it open: the one that the network can take."""
        working = []
        for channels in (1, 3):
            black = np.zeros((1, *self._images.size, channels))
            try:
                self._run(self._laid_out(black))
            except InputError:
                continue
            working.append(channels)
        if len(working) != 1:
            raise InputError(
                f"the input {self._images.name} leaves the number of channels open, the network "
                f"takes {' and '.join(map(str, working)) or 'neither 1 nor 3'}; add to the "
                "model's configuration channels: 1 or channels: 3, and check input_size and layout"
            )
        return working[0]

    def _takes_batches(self) -> bool:
        """Whether an input without a fixed batch takes two images, each with a row of its own."""
        try:
            self._run(self._prepared(np.zeros((2, *self._images.size), np.float32)))
        except InputError:
            return False
        return True

    def _form(self, path: Path | str, declared: str | None, has_labels: bool) -> tuple[str, str]:
        """The form of the output; images show how many numbers it has."""
        black = np.zeros((1, *self._images.size), np.float32)
        scores = self.scores(trial_images(self._images.size) if has_labels else black)
        columns = scores.shape[1]
        if has_labels and declared is None and columns == 2:
            return form_of_values(scores), "its values for test images"
        if has_labels and declared is None and self._mirrored:
            return "logit", "its values for test images"
        return output_form(columns, last_operation(path, self._output), declared)

    def _has_mirrored_scores(self) -> bool:
        """Whether the second of two scores is the first with the other sign, as of one function."""
        scores = self._outputs_of(trial_images(self._images.size))
        return scores.shape[1] == 2 and np.array_equal(scores[:, 0], -scores[:, 1])

    def _positive_class(
        self,
        path: Path | str,
        form: str,
        declared: int | None,
        classes: Sequence[int | str] | None,
        label: str | None,
    ) -> tuple[int, str]:
        """The class that corresponds to label 1, and how it agrees with the model's own labels."""
        if label is None:
            if classes is not None:
                raise InputError("classes are declared; expected none, it has no output of labels")
            return (1 if declared is None else declared), ""
        images = trial_images(self._images.size)
        labels = self._outputs_of(images, output=label)
        own_classes = declared_classes(path) or [0, 1]
        positive = positive_class(own_classes, declared, classes)
        if labels.shape[1] != 1 or not set(labels[:, 0]) <= set(own_classes):
            return positive, ""
        logits, _ = Output(form, positive).answers(self.scores(images).astype(float))
        agrees = ((logits > 0) == (labels[:, 0] == own_classes[positive]))[logits != 0]
        if agrees.all():
            return positive, f"agree with its scores on {len(agrees)} test images"
        if not agrees.any():
            return 1 - positive, (
                f"are opposite to its scores on {len(agrees)} test images: its labels decide which "
                "score is which"
            )
        differing = f"differ from its scores on {np.sum(~agrees)} of {len(agrees)} test images"
        log.warning(
            "model %s: its own labels %s; the run decides by its scores and run.cutoff",
            path,
            differing,
        )
        return positive, differing


def _check_own_classes(decision: Decision, own: Sequence[int | str]) -> None:
    """Raise InputError if a file names its classes, and in another order than the decision."""
    if not isinstance(decision, Classes) or not own or all(isinstance(name, int) for name in own):
        return
    if list(own) != list(decision.classes):
        raise InputError(
            f"decision.classes are {', '.join(decision.classes)}; expected those that the file "
            f"names, in its order: {', '.join(map(str, own))}"
        )


def _check_own_decision(decision: Decision | None, metadata: Mapping[str, str]) -> None:
    """Raise InputError if an export of this project was trained for another kind of decision."""
    trained = metadata.get("decision", "binary")
    declared = decision.kind if decision else "binary"
    if trained != declared and "decision" in metadata:
        raise InputError(
            f"it was trained for a decision of {trained}, the configuration declares {declared}; "
            f"expected decision.kind: {trained}"
        )


def _check_takes(takes: str) -> None:
    if takes not in VIEWS:
        raise InputError(f"it takes {takes}; expected one of {', '.join(VIEWS)}")


def _open_session(path: Path | str, threads: int):
    onnxruntime = load_onnxruntime()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # its errors are raised, and told here in other words
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common class
        unknown = unknown_operators(path)
        if unknown:
            raise InputError(
                f"model {path} uses operators that are not part of ONNX: {', '.join(unknown)}; "
                "expected standard ones. Code of its own is not loaded: export the model without "
                "them, or wrap it as python: package.module:function"
            ) from error
        raise InputError(f"model {path} cannot be opened: {error}") from error


def _filled(batch: np.ndarray, size: int) -> np.ndarray:
    """A batch, extended to the model's fixed size by repeating the last image."""
    return np.concatenate([batch, np.repeat(batch[-1:], size - len(batch), axis=0)])


def trial_images(size: tuple[int, int]) -> np.ndarray:
    """Grey images of many kinds, float32 (40, height, width), the same every time.

    Noise about several levels, and noise on gradients from dark to bright in four directions.
    """
    random = np.random.default_rng(0)
    noise = random.normal(0, 1, (5, 8, *size)) * np.array([2, 10, 25, 50, 90]).reshape(5, 1, 1, 1)
    levels = np.array([15, 60, 120, 200]).reshape(4, 1, 1) * np.ones(size)
    down = np.linspace(-80, 80, size[0])[:, np.newaxis] * np.ones(size)
    across = np.linspace(-80, 80, size[1]) * np.ones(size)
    slopes = 120 + np.stack([down, -down, across, -across])
    images = np.concatenate([levels, slopes]) + noise
    return np.clip(images, 0, 255).astype(np.float32).reshape(-1, *size)


def _found(images: ImageInput) -> dict[str, Any]:
    return {
        "input_name": images.name,
        "input_type": np.dtype(images.dtype).name,
        "layout": images.layout,
        "channels": images.channels,
        "input_size": list(images.size),
        "batch": images.batch or "any",
    }
