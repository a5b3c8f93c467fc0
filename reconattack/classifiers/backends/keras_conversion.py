"""Conversion of a Keras file of any origin to ONNX: only this step needs TensorFlow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from reconattack.classifiers.backends.keras_files import load_network
from reconattack.classifiers.backends.keras_graph import WORKAROUND
from reconattack.classifiers.backends.network_files import export_network
from reconattack.classifiers.backends.onnx_runtime import load_onnxruntime
from reconattack.errors import InputError
from reconattack.storage import replacing

TOLERANCE = 1e-4
IMAGES = 4
INPUT_TYPES = ("float32", "uint8")


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
        If the file cannot be loaded without running code, a layer has no form in ONNX, or the
        outputs of ONNX and Keras differ. Then no file is left.
    """
    network = _sized(load_network(source), source, input_size)
    with replacing(output) as temporary:
        try:
            export_network(network, temporary)
        except InputError as error:
            raise InputError(f"model {source}: {error}") from error
        _check_agreement(network, source, temporary)


def _sized(
    network: keras.Model, source: Path | str, input_size: Sequence[int] | None
) -> keras.Model:
    """The network with a fixed image size."""
    inputs = getattr(network, "inputs", None) or []
    shapes = [tuple(value.shape) for value in inputs]
    if len(shapes) != 1 or len(shapes[0]) != 4 or inputs[0].dtype not in INPUT_TYPES:
        found = ", ".join(f"{value.dtype} {tuple(value.shape)}" for value in inputs)
        raise InputError(
            f"model {source}: found the inputs {found or 'none'}; expected one, (batch, height, "
            f"width, channel), of {' or '.join(INPUT_TYPES)}"
        )
    _, *sides, channels = shapes[0]
    if None not in sides:
        return network
    if input_size is None:
        raise InputError(
            f"model {source} takes images of any size, {shapes[0]}; add to the model's "
            "configuration the one that it was trained with, input_size: [height, width]"
        )
    image = keras.Input((*input_size, channels), name="image", dtype=inputs[0].dtype)
    return keras.Model(image, network(image))


def _check_agreement(network: keras.Model, source: Path | str, output: Path | str) -> None:
    """Compare every output of both forms, for grey levels and for numbers from 0 to 1."""
    onnxruntime = load_onnxruntime()
    try:
        session = onnxruntime.InferenceSession(output, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common class
        raise InputError(
            f"model {source}: ONNX Runtime {onnxruntime.__version__} cannot run its ONNX form; "
            f"{WORKAROUND}"
        ) from error
    names = [value.name for value in session.get_outputs()]
    batch, *shape = network.inputs[0].shape
    random = np.random.default_rng(0)
    for brightest in (1, 255):
        images = random.uniform(0, brightest, (batch or IMAGES, *shape))
        images = images.astype(network.inputs[0].dtype)
        keras_outputs = network.predict_on_batch(images)
        for name, values in zip(names, session.run(None, {"image": images}), strict=True):
            expected = np.asarray(output_named(keras_outputs, names, name))
            if not np.allclose(values, expected, rtol=TOLERANCE, atol=TOLERANCE):
                difference = np.abs(values - expected).max()
                raise InputError(
                    f"model {source}: the output {name} differs by up to {difference:.2g} between "
                    f"Keras and its ONNX form; expected {TOLERANCE:g} at most. Export it to ONNX "
                    "with a tool of your own and bring that"
                )


def output_named(outputs: Any, names: Sequence[str], name: str) -> Any:
    """An output of a Keras network by its name in ONNX; `names` are all of them, in its order."""
    return tf.nest.flatten(outputs)[names.index(name)]
