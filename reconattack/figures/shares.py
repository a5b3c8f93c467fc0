"""Shares of frames in the titles of figures."""

from reconattack.evidence.statistics import wilson_interval


def flipped_share(n_flipped: int, n_attacked: int) -> str:
    """How many of the attacked frames flipped, with the share's 95 % interval (Wilson)."""
    share = f"{n_flipped} of {n_attacked} frames flipped"
    if n_attacked == 0:
        return share
    low, high = wilson_interval(n_flipped, n_attacked)
    return f"{share} (95 % interval {100 * low:.0f} to {100 * high:.0f} %)"
