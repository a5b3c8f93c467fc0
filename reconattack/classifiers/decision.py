"""From a logit to a decision: normal or fatty."""

import numpy as np
from scipy.special import expit


def decide(logits: np.ndarray, cutoff: float) -> np.ndarray:
    """1 (fatty) where the probability reaches the cut-off, else 0; int array of the same shape."""
    return (expit(logits) >= cutoff).astype(int)
