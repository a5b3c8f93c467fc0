"""Other runtimes for a network, each with the batches that it is to judge.

Their scores are those of the output that ONNX Runtime is asked for.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np


class KerasNetwork:
    """TensorFlow, by the network's Keras file.

    Parameters
    ----------
    model
        The `.onnx` file; `.keras` lies beside it.
    output, outputs
        The output that is wanted, and all of them as ONNX names them.
    batches
        Network inputs, float32 (n, height, width, 1).
    eager
        Whether the network is called, operation by operation, in place of `predict_on_batch`.
    """

    def __init__(
        self,
        model: Path,
        output: str,
        outputs: Sequence[str],
        batches: Sequence[np.ndarray],
        eager: bool,
    ) -> None:
        from reconattack.classifiers.backends.keras_conversion import load_network, output_named

        network = load_network(model.with_suffix(".keras"))
        self._judge: Callable = network if eager else network.predict_on_batch
        self._wanted = lambda judged: output_named(judged, outputs, output)
        self._batches = batches

    def scores(self) -> np.ndarray:
        """Scores of all batches, (image, column)."""
        judged = [np.asarray(self._wanted(self._judge(batch))) for batch in self._batches]
        return np.concatenate(judged)


class OpenVino:
    """Intel's runtime, on one thread.

    Parameters
    ----------
    model
        The `.onnx` file.
    output, outputs
        The output that is wanted, and all of them.
    batches
        Network inputs.
    precision
        `f32`, or `bf16` where the processor has it.
    """

    def __init__(
        self,
        model: Path,
        output: str,
        outputs: Sequence[str],
        batches: Sequence[np.ndarray],
        precision: str,
    ) -> None:
        import openvino

        settings = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": precision}
        self._judge = openvino.Core().compile_model(model, "CPU", settings)
        self._output = output
        self._batches = batches

    def scores(self) -> np.ndarray:
        """Scores of all batches, (image, column)."""
        return np.concatenate([self._judge(batch)[self._output] for batch in self._batches])

    def precision(self) -> str:
        """What it calculates in, which is not what it was asked for on every processor."""
        return self._judge.get_property("INFERENCE_PRECISION_HINT").to_string()
