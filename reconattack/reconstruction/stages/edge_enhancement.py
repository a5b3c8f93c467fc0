"""Edge enhancement by unsharp masking."""

import numpy as np
from scipy.ndimage import gaussian_filter

BLUR = 1.5  # standard deviation in pixels


def edge_enhancement(grey: np.ndarray, strength: float, white: float) -> np.ndarray:
    """Add `strength` times the difference from a Gaussian blur; grey levels (z, x), 0 to `white`.

    Unsharp masking as in Gonzalez and Woods, *Digital Image Processing*, section 3.6.
    """
    return np.clip(grey + strength * (grey - gaussian_filter(grey, BLUR)), 0, white)
