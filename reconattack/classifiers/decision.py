"""From a logit to a decision: normal or fatty."""

import numpy as np
from scipy.special import expit

FALSE_ALARM, MISSED_DISEASE, OWN_DECISION = (
    "false alarm",
    "missed disease",
    "change of own decision",
)


def direction_of(label: int | None) -> str:
    """What a flip is, by a frame's label: without a label nobody knows which decision is right."""
    return {0: FALSE_ALARM, 1: MISSED_DISEASE, None: OWN_DECISION}[label]


def decide(logits: np.ndarray, cutoff: float) -> np.ndarray:
    """1 (fatty) where the probability reaches the cut-off, else 0; int array of the same shape."""
    return (expit(logits) >= cutoff).astype(int)
