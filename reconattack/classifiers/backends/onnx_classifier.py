"""A network in ONNX Runtime, which predictions and attacks run without TensorFlow."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reconattack.classifiers.backends.onnx_graph import (
    OWN_OUTPUTS,
    ImageInput,
    chosen_output,
    image_input,
    is_own_export,
    last_operation,
    output_form,
    own_output_form,
    pixel_scaling,
    unknown_operators,
)
from reconattack.classifiers.classifier import Classifier, Output
from reconattack.classifiers.network_input import TRAINED_HERE
from reconattack.classifiers.views import VIEWS, input_rule
from reconattack.errors import InputError

PARAMETERS = "parameters"  # second input of a network that takes image+parameters


class OnnxClassifier(Classifier):
    """A network in an ONNX file, trained by the run or brought from any framework.

    Parameters
    ----------
    path
        The `.onnx` file.
    resize
        How images are resized to the network's input (`network_input`). None if it is not known,
        except for this project's own exports, which see images as they are resized by default.
    threads
        Threads of ONNX Runtime. Results may depend on their number in the last bit.
    input_size, layout, scaling, output, positive_class, output_name
        Declarations of the configuration, needed where the file leaves something open
        (`reconattack.classifiers.backends.onnx_graph`).

    Attributes
    ----------
    output_names
        All outputs of the network, in its order.

    Raises
    ------
    InputError
        If the file is no model, or neither the file nor the configuration says how to use it.
    """

    SETTINGS = ("input_size", "layout", "scaling", "output", "positive_class", "output_name")

    def __init__(
        self,
        path: Path | str,
        resize: Mapping[str, Any] | None = TRAINED_HERE,
        threads: int = 1,
        input_size: Sequence[int] | None = None,
        layout: str | None = None,
        scaling: Mapping[str, Any] | None = None,
        output: str | None = None,
        positive_class: int = 1,
        output_name: str | None = None,
    ) -> None:
        self._session = _open_session(path, threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        self.takes = metadata.get("takes", "image")
        try:
            _check_takes(self.takes)
            self._images = image_input(self._image_inputs(), layout, input_size)
            self.output_names = list(self._outputs())
            own = is_own_export(self._images, self.output_names)
            if resize is None and own:
                resize = TRAINED_HERE
            size = input_rule(self.takes, *self._images.size, resize)
            self._scaling, scaling_from = pixel_scaling(self._images, own, metadata, scaling)
            self._output = self._chosen(output_name or ("logit" if own else None))
            if own and self._output in OWN_OUTPUTS:
                form, form_from = own_output_form(self._output, output)
            else:
                form, form_from = self._form(path, output)
        except InputError as error:
            raise InputError(f"model {path}: {error}") from error
        super().__init__(str(path), size, Output(form, positive_class))
        self.found = _found(self._images) | {
            "scaling": self._scaling.as_settings(),
            "scaling_from": scaling_from,
            "output_name": self._output,
            "output": form,
            "output_from": form_from,
            "positive_class": positive_class,
        }

    def scores(self, images: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
        """Output, (n,) or (n, 1 or 2), for grey levels 0 to 255, float32 (n, height, width).

        `parameters` is the setting of each image, float32 (n, 3), if the network takes it.
        """
        prepared = self._prepared(images)
        if self._images.batch is None:
            return self._run(prepared, *parameters)
        size = self._images.batch
        batches = [prepared[start : start + size] for start in range(0, len(prepared), size)]
        return np.concatenate([self._run(_filled(batch, size))[: len(batch)] for batch in batches])

    def _prepared(self, images: np.ndarray) -> np.ndarray:
        scaled = self._scaling(images, self._images.channels)
        if self._images.dtype == np.uint8:
            scaled = np.clip(np.rint(scaled), 0, 255)
        if self._images.layout == "nchw":
            scaled = np.moveaxis(scaled, -1, 1)
        return np.ascontiguousarray(scaled, self._images.dtype)

    def _image_inputs(self) -> list:
        others = [PARAMETERS] if self.takes == "image+parameters" else []
        return [value for value in self._session.get_inputs() if value.name not in others]

    def _run(self, batch: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
        """The output for one batch, a row for each image."""
        feed = {self._images.name: batch}
        if parameters:
            feed[PARAMETERS] = parameters[0]
        try:
            (scores,) = self._session.run([self._output], feed)
        except Exception as error:  # ONNX Runtime's errors have no common class
            raise InputError(
                f"cannot judge images of shape {list(batch.shape)}: {error}"
            ) from error
        scores = np.asarray(scores)
        alone = scores.ndim == 0 and len(batch) == 1
        if not alone and scores.shape[:1] != (len(batch),):
            raise InputError(
                f"found an output of shape {list(scores.shape)} for {len(batch)} images; expected "
                "a row for each"
            )
        return scores.reshape(len(batch), -1)

    def _outputs(self) -> dict[str, list]:
        return {value.name: value.shape for value in self._session.get_outputs()}

    def _chosen(self, declared: str | None) -> str:
        chosen = chosen_output(self._outputs(), declared)
        (kind,) = (v.type for v in self._session.get_outputs() if v.name == chosen)
        if kind not in ("tensor(float)", "tensor(float16)", "tensor(double)"):
            raise InputError(f"output {chosen} is {kind}; expected floating point numbers")
        return chosen

    def _form(self, path: Path | str, declared: str | None) -> tuple[str, str]:
        """The form of the output; a black picture shows how many numbers it has."""
        black = np.zeros((1, *self._images.size), np.float32)
        columns = self.scores(black).shape[1]
        return output_form(columns, last_operation(path, self._output), declared)


def _check_takes(takes: str) -> None:
    if takes not in VIEWS:
        raise InputError(f"it takes {takes}; expected one of {', '.join(VIEWS)}")


def _open_session(path: Path | str, threads: int):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
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


def _found(images: ImageInput) -> dict[str, Any]:
    return {
        "input_name": images.name,
        "input_type": np.dtype(images.dtype).name,
        "layout": images.layout,
        "channels": images.channels,
        "input_size": list(images.size),
        "batch": images.batch or "any",
    }
