"""The stages between the window and the rounding to 8 bits, in their order."""

from collections.abc import Mapping

import numpy as np

from reconattack.reconstruction.stages.edge_enhancement import edge_enhancement
from reconattack.reconstruction.stages.grey_map import grey_map
from reconattack.reconstruction.stages.speckle_filter import bilateral, lee, median

WHITE = 255.0
STAGES = {
    "gamma": lambda grey, gamma: grey_map(grey, gamma, WHITE),
    "median": median,
    "lee": lee,
    "bilateral": bilateral,
    "edges": lambda grey, strength: edge_enhancement(grey, strength, WHITE),
}


def process(grey: np.ndarray, setting: Mapping[str, float]) -> np.ndarray:
    """Apply the stages that `setting` names to grey levels 0 to 255, float32 (z, x)."""
    for name, stage in STAGES.items():
        if name in setting:
            grey = stage(grey, setting[name]).astype(np.float32)
    return grey
