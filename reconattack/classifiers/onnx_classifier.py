"""A classifier in ONNX Runtime: what attacks and predictions run, free of TensorFlow."""

from pathlib import Path

import numpy as np
import onnxruntime

from reconattack.errors import InputError
from reconattack.network_input import NetworkInput


class OnnxClassifier:
    """An exported network that takes grey levels, (n, height, width, 1), and gives a `logit`.

    Parameters
    ----------
    path
        The `.onnx` file.
    kernel, aspect
        How images are brought to the network's input (`NetworkInput`).
    threads
        Threads of ONNX Runtime; a constant, since results may depend on it in the last bit.
    """

    def __init__(
        self, path: Path | str, kernel: str = "bilinear", aspect: str = "stretch", threads: int = 1
    ) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no class of their own in common
            raise InputError(f"model {path} cannot be opened: {error}") from error
        shape = _image_shape(self._session, path)
        self.network_input = NetworkInput(*shape, kernel=kernel, aspect=aspect)

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Logits of B-mode images, uint8 (n, z, x) -> float64 (n,)."""
        batch = {"image": self.network_input(images)[..., None]}
        return self._session.run(["logit"], batch)[0][:, 0].astype(np.float64)


def _image_shape(session: onnxruntime.InferenceSession, path: Path | str) -> tuple[int, int]:
    inputs = {value.name: value.shape for value in session.get_inputs()}
    outputs = [value.name for value in session.get_outputs()]
    shape = inputs.get("image", [])
    sized = shape[3:] == [1] and all(isinstance(side, int) for side in shape[1:])
    if len(inputs) != 1 or not sized or "logit" not in outputs:
        raise InputError(
            f"model {path}: inputs are {inputs}, outputs {outputs}; expected an input image of "
            "shape (batch, height, width, 1), height and width fixed, and an output logit, as this "
            "project exports them"
        )
    return tuple(shape[1:3])
