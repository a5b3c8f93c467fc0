"""Conversion of a Keras file of any origin to ONNX: only this step needs TensorFlow."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import onnxruntime

from reconattack.classifiers.backends.network_files import export_network
from reconattack.errors import InputError

TOLERANCE = 1e-4
IMAGES = 4
LAMBDA = ("a `Lambda` layer", "a Python lambda")  # words of Keras


def convert_network(
    source: Path | str, output: Path | str, input_size: Sequence[int] | None = None
) -> None:
    """Write a `.keras` file as ONNX with the input `image`, and compare both on random images.

    Parameters
    ----------
    source
        The `.keras` file; code in it is neither loaded nor run.
    output
        The `.onnx` file.
    input_size
        (height, width) of the input, required for a network that takes images of any size.

    Raises
    ------
    InputError
        If the file cannot be loaded without running code, or the outputs of ONNX and Keras differ.
    """
    network = _sized(load_network(source), source, input_size)
    try:
        export_network(network, output)
    except Exception as error:  # tf2onnx fails in its own ways, on layers that it does not know
        raise InputError(f"model {source} cannot be written as ONNX: {error}") from error
    try:
        _check_agreement(network, source, output)
    except InputError:
        Path(output).unlink()
        raise


def load_network(source: Path | str) -> keras.Model:
    """Load a `.keras` file; raises InputError if it cannot be loaded without running code."""
    try:
        return keras.models.load_model(source, safe_mode=True, compile=False)
    except Exception as error:  # many classes, from zip to every layer's own
        reason = _reason(error)
        if any(code in reason for code in LAMBDA):
            raise InputError(
                f"model {source} has a Lambda layer, which is code inside the file, so it is "
                "refused. Expected only layers of Keras: replace it, for example by Rescaling, "
                "save the model again, or export it to ONNX where you trust it"
            ) from error
        raise InputError(
            f"model {source} cannot be loaded as a .keras file without running code of its own: "
            f"{reason}"
        ) from error


def _reason(error: Exception) -> str:
    """The reason in an error of Keras, without the configurations that Keras prints."""
    reason = str(error).rpartition("Exception encountered: ")[2]
    return reason.partition(" Full object config:")[0]


def _sized(
    network: keras.Model, source: Path | str, input_size: Sequence[int] | None
) -> keras.Model:
    """The network with a fixed image size."""
    inputs = getattr(network, "inputs", None) or []
    shapes = [tuple(value.shape) for value in inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4:
        raise InputError(
            f"model {source}: found the inputs {shapes}; expected one, (batch, height, width, "
            "channel)"
        )
    _, *sides, channels = shapes[0]
    if None not in sides:
        return network
    if input_size is None:
        raise InputError(
            f"model {source} takes images of any size, {shapes[0]}; add to the model's "
            "configuration the one that it was trained with, input_size: [height, width]"
        )
    image = keras.Input((*input_size, channels), name="image")
    return keras.Model(image, network(image))


def _check_agreement(network: keras.Model, source: Path | str, output: Path | str) -> None:
    """Compare every output of both forms, for grey levels and for numbers from 0 to 1."""
    session = onnxruntime.InferenceSession(output, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(0)
    for brightest in (1, 255):
        images = random.uniform(0, brightest, (IMAGES, *network.input_shape[1:]))
        keras_outputs = network.predict_on_batch(images.astype(np.float32))
        onnx_outputs = session.run(None, {"image": images.astype(np.float32)})
        names = [value.name for value in session.get_outputs()]
        for name, values in zip(names, onnx_outputs, strict=True):
            expected = np.asarray(output_named(keras_outputs, names, name))
            if not np.allclose(values, expected, rtol=TOLERANCE, atol=TOLERANCE):
                difference = np.abs(values - expected).max()
                raise InputError(
                    f"model {source}: the output {name} differs by up to {difference:.2g} between "
                    f"Keras and its ONNX form; expected {TOLERANCE:g} at most. Export it to ONNX "
                    "with a tool of your own and bring that"
                )


def output_named(outputs, names: Sequence[str], name: str):
    """An output of a Keras network by its name in ONNX.

    If Keras has no names for the outputs, it is found by its position in `names`.
    """
    if isinstance(outputs, dict):
        return outputs[name]
    listed = outputs if isinstance(outputs, list | tuple) else [outputs]
    return listed[names.index(name)]
