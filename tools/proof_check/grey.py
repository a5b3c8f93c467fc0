"""Grey levels of a frame's pixels over a part of the box, as they are really computed.

The picture's level is L = level + base + place * step in float32, where base and step depend on
beta and gain; a curve or a logarithm is added where a straight line is not enough
(`reconattack.reconstruction.steps`). The window takes this to (L - alpha_lower) * scale, clips it
and rounds it to a whole number. Here the exact grey level is a form (`enclosure.Part`), and `error`
bounds how far the computed one may lie from it before it is rounded to a whole number.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from reconattack.errors import InputError
from reconattack.reconstruction.reconstruction import Reconstruction
from reconattack.reconstruction.steps import DECIBELS_PER_NEPER, FINEST
from tools.proof_check.enclosure import GREY, SINGLE, UNIT, Part, raised

LOGARITHM = 8 * SINGLE  # NumPy documents 4 units in the last place for its float32 logarithm


@dataclass(frozen=True)
class Frame:
    """The shown pixels of a frame.

    Attributes
    ----------
    level, place
        Stored level [dB] and place [samples] of each pixel, float32 (pixels,).
    first, spacing
        Depth of the first sample, and from one sample to the next [m].
    ramp, kept
        Gain over depth [dB/m] and level [dB] that the stored levels have.
    reference
        Level that is added to the compensated level [dB].
    per_beta
        Gain over depth of a unit of beta [dB/m].
    """

    level: np.ndarray
    place: np.ndarray
    first: float
    spacing: float
    ramp: float
    kept: float
    reference: float
    per_beta: float

    @classmethod
    def of(cls, reconstruction: Reconstruction) -> "Frame":
        """The pixels of a frame that is ready for reconstruction."""
        placed, depth = reconstruction.amplitudes(), reconstruction.amplitudes().depth
        return cls(
            placed.level,
            placed.place,
            float(depth[0]),
            float((depth[-1] - depth[0]) / (len(depth) - 1)),
            placed.ramp,
            placed.reference_level,
            reconstruction.reference_level,
            2 * (reconstruction.frequency / 1e6) * 100,
        )

    @cached_property
    def forms(self) -> np.ndarray:
        """Grey level of each pixel before clipping as a form, (pixels, 4)."""
        depth = self.first + self.place.astype(float) * self.spacing
        constant = self.level.astype(float) + (self.reference - self.kept) - self.ramp * depth
        zero = np.zeros_like(depth)
        return np.stack([constant, self.per_beta * depth, zero - 1, zero], axis=1)

    def error(self, part: Part) -> float:
        """How far a computed grey level may lie from its form, before it becomes whole."""
        level = self._level_error(part)
        threshold = max(abs(value) for value in (*part.lower[1:3], *part.upper[1:3]))
        per_decibel = GREY / part.narrowest * (1 + 8 * SINGLE)
        # The top of the window may come out below 255 by this; it must still become 255.
        top = per_decibel * 2 * SINGLE * threshold + 4 * SINGLE * GREY
        # The lower threshold, then difference, scale and product of what is not clipped.
        found = per_decibel * (level + SINGLE * threshold) + 3.1 * SINGLE * (GREY + 2)
        if not (top < 0.4 and found < 0.4):
            raise InputError(
                f"the window of {part.narrowest:g} dB at {threshold:g} dB is too narrow for float32"
            )
        return raised(found)

    def _level_error(self, part: Part) -> float:
        """How far a computed level may lie from the straight line in beta [dB]."""
        gain = max(abs(part.lower[3]), abs(part.upper[3]))
        ends = part.lower[0], part.upper[0]
        steepest = max(map(abs, ends)) * abs(self.per_beta)
        further = max(abs(beta * self.per_beta - self.ramp) for beta in ends)
        further = further * (1 + 8 * UNIT) + 8 * UNIT * (steepest + abs(self.ramp))
        samples = float(self.place.max(initial=0)) * abs(self.spacing)
        stored = float(np.abs(self.level).max(initial=0))
        base = abs(self.reference - self.kept) + gain + further * abs(self.first)
        slope = further * samples
        nepers = further * abs(self.spacing) / DECIBELS_PER_NEPER * (1 + 8 * UNIT)
        bend, bending = _bend(nepers)
        largest = (stored + base + slope + bend) * (1 + 16 * SINGLE)
        # base and step to float32, their products and sums
        straight = SINGLE * (base + 2.1 * slope + 2 * largest)
        # What float64 does to base and step in the chain, and to the forms here
        amounts = stored + abs(self.reference) + abs(self.kept) + gain
        depths = abs(self.first) + samples
        double = 32 * UNIT * (amounts + (steepest + abs(self.ramp)) * depths)
        return raised(straight + bend + (bending and bending + SINGLE * largest) + double)


def _bend(nepers: float) -> tuple[float, float]:
    """How far the level of a mean of two samples bends from a line, and the error of that [dB].

    With a share w of the sample below and a ramp of s nepers a sample it is
    log(1 + (e^s - 1) w) - s w, from 0 to s^2 / 8 (Hoeffding 1963, lemma 1). The curve for it is
    w (1 - w) (s^2 / 2 + (1 - 2 w) s^3 / 6), which with d = 1/2 - w is at most
    s^2 / 8 + (d s^3 / 12 - d^2 s^2 / 2) and so at most s^2 / 8 + s^4 / 288.
    """
    bend = DECIBELS_PER_NEPER * nepers**2 / 8
    if bend * (1 + 1e-9) < FINEST:
        return 0.0, 0.0  # drawn as a straight line
    if DECIBELS_PER_NEPER * nepers**4 / 192 * (1 + 1e-9) < FINEST:
        # share^2, its difference from share, the factors to float32, their product, sums, product
        terms = DECIBELS_PER_NEPER * (nepers**2 / 2 + nepers**3 / 2)
        return bend + DECIBELS_PER_NEPER * nepers**4 / 288, 2.5 * SINGLE * terms
    # The step and e^s - 1 to float32, their product, the sum with 1, the logarithm, its factor:
    # more than the curve, which shallower ramps of the same part may still have.
    logarithm = nepers + 2.1 * np.expm1(nepers) + 1.1 + (LOGARITHM / SINGLE + 2.1) * nepers
    bend += DECIBELS_PER_NEPER * min(nepers, 0.1) ** 4 / 288
    return bend, SINGLE * DECIBELS_PER_NEPER * logarithm


@dataclass(frozen=True)
class Pixels:
    """Pixels over a part: lines around their whole grey levels, and which are never clipped.

    Attributes
    ----------
    below, above
        Slope and value at 0 of a line below and of one above each pixel's whole grey level, as
        functions of the exact one, (2, pixels).
    free
        bool (pixels,): never clipped, so that it is the rounded exact level.
    most
        Highest whole grey level of each, (pixels,).
    half
        What rounding moves at most.
    """

    below: np.ndarray
    above: np.ndarray
    free: np.ndarray
    most: np.ndarray
    half: float


def pixels_over(frame: Frame, part: Part) -> Pixels:
    """Bounds of a frame's pixels over a part."""
    half = float(raised(0.5 + frame.error(part)))
    lowest, highest = part.least(frame.forms), part.largest(frame.forms)
    black, white = highest + half < 1 - 1e-9, lowest - half > GREY - 1 + 1e-9
    free = (lowest - half >= -1 + 1e-9) & (highest + half <= GREY + 1 - 1e-9) & ~black & ~white
    below, above = np.zeros((2, 2, len(lowest)))
    for line, at in ((below, -half), (above, half)):
        line[:, free] = [[1], [at]]
        line[1, white] = GREY
    clipped = ~(black | white | free)
    low, high = lowest[clipped], highest[clipped]
    above[:, clipped] = line_above(low, high, half)
    slope, at = line_above(GREY - high, GREY - low, half)
    below[:, clipped] = slope, GREY * (1 - slope) - at - 1e-12
    most = np.where(black, 0, np.clip(highest + half, 0, GREY))
    return Pixels(below, above, free, most, half)


def line_above(lowest: np.ndarray, highest: np.ndarray, half: float) -> np.ndarray:
    """Slope and value at 0 of a line above clip(grey + half, 0, 255) between two levels, (2, n).

    The function is straight between its two kinks, so a line above it at both ends and at the kinks
    is above it everywhere: the line of any slope is raised until it is.
    """
    kinks = (np.clip(kink, lowest, highest) for kink in (-half, GREY - half))
    points = np.stack([lowest, highest, *kinks])
    values = np.clip(points + half, 0, GREY)
    reach = np.minimum(highest, np.maximum(GREY - half, lowest))
    width = reach - lowest
    steep = np.divide(
        np.clip(reach + half, 0, GREY) - np.clip(lowest + half, 0, GREY),
        width,
        out=np.ones_like(width),
        where=width > 1e-9,
    )
    size = GREY + half + np.maximum(np.abs(lowest), np.abs(highest))
    best, area = None, None
    for slope in (np.clip(steep, 0, 1), np.zeros_like(steep)):
        at = (values - slope * points).max(axis=0) + 16 * UNIT * size
        middle = slope * (lowest + highest) / 2 + at
        if best is None:
            best, area = np.stack([slope, at]), middle
        else:
            best = np.where(middle < area, np.stack([slope, at]), best)
    return best
