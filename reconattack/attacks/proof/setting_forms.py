"""The setting that a network is told, as forms over a cell.

beta = x / u, alpha_lower = v / u + gain and alpha_upper = alpha_lower + 255 / u are not affine in
u, x and v. Around the middle of u they are, except for a product of two small differences, which
bounds what is left out.
"""

import numpy as np

from reconattack.attacks.proof.cell import Cell
from reconattack.reconstruction.steps import GREY_LEVELS

OWN_ROUNDING = 1e-9  # for the float64 arithmetic of these few terms, of values up to a thousand


def setting_forms(cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """Forms below and above beta, alpha_lower and alpha_upper over a cell, both (3, 4)."""
    u = cell.coordinates[0]
    centre, half = (u.max() + u.min()) / 2, (u.max() - u.min()) / 2
    (beta, beta_half), (lower, lower_half) = (_middle(cell, knob) for knob in (0, 1))
    gain, gain_half = _middle(cell, 3)
    shifted, shifted_half = lower - gain, lower_half + gain_half
    forms = np.array(
        [
            [-beta / centre, 1 / centre, 0, beta],
            [-shifted / centre, 0, 1 / centre, shifted + gain],
            [-shifted / centre, 0, 1 / centre, shifted + gain],
        ]
    )
    forms[2, 0] -= GREY_LEVELS / centre**2
    forms[2, 3] += 2 * GREY_LEVELS / centre
    bent = GREY_LEVELS * half**2 / (u.min() * centre**2)
    open_ = np.array([beta_half, shifted_half, shifted_half]) * half / centre + OWN_ROUNDING
    open_[1:] += gain_half
    below, above = forms.copy(), forms.copy()
    below[:, 3] -= open_
    above[:, 3] += open_
    above[2, 3] += bent
    return below, above


def _middle(cell: Cell, knob: int) -> tuple[float, float]:
    """Middle and half-width of a parameter."""
    low, high = cell.lower[knob], cell.upper[knob]
    return (low + high) / 2, (high - low) / 2
