"""The stages between the window and the rounding to 8 bits, in their order.

A stage is a function of grey levels and the value of its parameter. It stands in a module of
`reconattack.reconstruction.stages.picture`, which has

- `ORDER`, the place of the module's stages among those of the others,
- `PARAMETERS`, the parameters of its stages by name, and
- `STAGES`, the function of each, (grey, value) -> grey: float32 (z, x), 0 to `WHITE`.

The modules are found in their folder: a further stage is a further module.
"""

from collections.abc import Mapping

import numpy as np

from reconattack.reconstruction.parameters import PICTURE_STAGES

STAGES = {name: stage for module in PICTURE_STAGES for name, stage in module.STAGES.items()}


def process(grey: np.ndarray, setting: Mapping[str, float]) -> np.ndarray:
    """Apply the stages that `setting` names to grey levels 0 to 255, float32 (z, x)."""
    for name, stage in STAGES.items():
        if name in setting:
            grey = stage(grey, setting[name]).astype(np.float32)
    return grey
