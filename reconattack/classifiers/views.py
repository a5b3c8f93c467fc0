"""What a model is shown of a frame at parameter vectors.

Each view is a function of a reconstruction, of parameter vectors (n, parameter) and, where they
have been made, of the images there; it gives arrays whose first axis is that of the vectors.
"""

import numpy as np

from reconattack.network_input import NetworkInput
from reconattack.parameters import PAPER_PARAMETERS
from reconattack.reconstruction import Reconstruction


def image(
    reconstruction: Reconstruction, parameters: np.ndarray, images: np.ndarray | None = None
) -> tuple[np.ndarray]:
    """The B-mode image, uint8 (n, z, x)."""
    return (reconstruction.bmode(parameters) if images is None else images,)


def image_and_parameters(
    reconstruction: Reconstruction, parameters: np.ndarray, images: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The B-mode image and the setting that it was made at, float32 (n, 3)."""
    return *image(reconstruction, parameters, images), told(reconstruction, parameters)


def told(reconstruction: Reconstruction, parameters: np.ndarray) -> np.ndarray:
    """Values of the `PAPER_PARAMETERS` at parameter vectors, float32 (n, 3)."""
    columns = dict(zip(reconstruction.names, np.asarray(parameters, float).T, strict=True))
    values = [
        columns.get(name, np.full(len(parameters), reconstruction.setting[name]))
        for name in PAPER_PARAMETERS
    ]
    return np.stack(values, axis=1).astype(np.float32)


VIEWS = {"image": image, "image+parameters": image_and_parameters}


def input_rule(takes: str, height: int, width: int, **resize: str) -> NetworkInput:
    """How the first array of a view is brought to a network's input of (height, width)."""
    return NetworkInput(height, width, **resize)
