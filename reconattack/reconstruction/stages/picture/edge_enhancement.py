"""Edge enhancement by unsharp masking."""

import numpy as np

from reconattack.reconstruction.parameter import Parameter

ORDER = 3
WHITE = 255.0
PARAMETERS = {
    "edges": Parameter(
        "1",
        "strength of the edge enhancement",
        "edge enhancement",
        "edge enhancement",
        (0.0, 10.0),
        neutral=0.0,
    )
}

BLUR = 1.5  # standard deviation in pixels


def edge_enhancement(grey: np.ndarray, strength: float, white: float) -> np.ndarray:
    """Add `strength` times the difference from a Gaussian blur; grey levels (z, x), 0 to `white`.

    Unsharp masking as in Gonzalez and Woods, *Digital Image Processing*, section 3.6.
    """
    from scipy.ndimage import gaussian_filter  # slow to import

    return np.clip(grey + strength * (grey - gaussian_filter(grey, BLUR)), 0, white)


STAGES = {"edges": lambda grey, strength: edge_enhancement(grey, strength, WHITE)}
