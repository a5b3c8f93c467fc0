"""The grey map: how grey levels are spread over the display's range."""

import numpy as np

from reconattack.reconstruction.parameter import Parameter

ORDER = 1
WHITE = 255.0
PARAMETERS = {
    "gamma": Parameter(
        "1", "exponent of the grey map", r"$\gamma$", "grey map", (0.1, 10.0), neutral=1.0
    )
}


def grey_map(grey: np.ndarray, gamma: float, white: float) -> np.ndarray:
    """Power law white (grey / white)^gamma (Poynton, *Digital Video and HD*, 2012).

    Parameters
    ----------
    grey
        Grey levels from 0 to `white`, any shape; a gamma below 1 brightens, above 1 darkens.
    """
    return white * (grey / white) ** gamma


STAGES = {"gamma": lambda grey, gamma: grey_map(grey, gamma, WHITE)}
