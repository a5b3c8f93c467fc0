"""What the rows of `envelope.csv` are called, and the ends of a range as a person reads them."""

import math

PROVED, EXHAUSTIVE, SAMPLED = "proved", "exhaustive", "sampled"  # kinds of statement
EVERY, ATTACKED = "every frame", "attacked frames"  # the frames whose decisions are counted
TOGETHER = "together"  # in place of a parameter: several move
FINENESS = 0.005  # of the box: ends of a range are shown to this


def rounded_inwards(low: float, high: float, width: float) -> tuple[float, float]:
    """The ends of a range as a person reads them: never wider than they are.

    `width` is that of the parameter's box. The ends have so many decimals that a two-hundredth of
    it is seen.
    """
    scale = 10 ** max(0, math.ceil(-math.log10(width * FINENESS)))
    return math.ceil(low * scale - 1e-6) / scale, math.floor(high * scale + 1e-6) / scale
