"""Bounds of the pixels of a picture over a cell, summed to the inputs of a network.

A pixel that is black, white or never clipped in a cell is so in every part of the cell. It is added
to the sums once; only the others are looked at again in the parts.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.levels import PixelLevels
from reconattack.reconstruction.steps import GREY_LEVELS

HALF = 0.5  # of a grey level: what rounding moves


@dataclass(frozen=True)
class Sums:
    """Inputs of a network as sums of the pixels of a cell.

    Attributes
    ----------
    affine
        Forms of what is exactly affine: pixels that are constant or never clipped, before their
        rounding, (input, 4).
    unclipped
        Positions of the pixels that are never clipped.
    clipped
        Positions of the pixels that a part of the cell may clip.
    lower, upper
        Forms of the sum of the clipped pixels, (input, 4).
    radius
        Sum of the absolute weights of the unclipped pixels of each input, (input,); times
        0.5 + error it bounds what rounding moves.
    """

    affine: np.ndarray
    unclipped: np.ndarray
    clipped: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    radius: np.ndarray


class Picture:
    """The shown pixels of a frame and the weights with which they enter a network.

    Attributes
    ----------
    levels
        Their levels.
    weights
        Weight of each pixel in each input, (input, pixels), sparse.
    offset
        What enters each input without any pixel, (input,).
    error
        How far a computed grey level before rounding may lie from the exact one.
    """

    def __init__(
        self, levels: PixelLevels, weights: csc_array, offset: np.ndarray, error: float
    ) -> None:
        self.levels = levels
        self.weights = weights
        self.offset = offset
        self.error = error
        self.forms = np.zeros((len(levels.slope), 4))
        self.forms[:, 0], self.forms[:, 1], self.forms[:, 2] = levels.constant, levels.slope, -1
        self._absolute = abs(weights)

    def start(self) -> Sums:
        """What is known before any cell: nothing."""
        inputs, pixels = self.weights.shape
        nothing = np.zeros((inputs, 4))
        every = np.arange(pixels, dtype=np.int32)
        none = np.empty(0, np.int32)
        return Sums(nothing, none, every, nothing, nothing, np.zeros(inputs))

    def sums(self, cell: Cell, known: Sums) -> Sums:
        """Bounds over a cell, from those over a cell that holds it."""
        pixels = known.clipped
        lowest, highest = self.ranges(cell, pixels)
        black = highest < HALF - self.error
        white = lowest > GREY_LEVELS - HALF + self.error
        free = (lowest >= self.error - HALF) & (highest <= GREY_LEVELS + HALF - self.error)
        free &= ~(black | white)
        rest = ~(black | white | free)
        affine, radius = known.affine, known.radius
        if white.any() or free.any():
            affine = affine + self._sum(pixels[free], self.forms[pixels[free]])
            affine[:, 3] += GREY_LEVELS * self._sum(pixels[white], np.ones(white.sum()))
            columns = self._absolute[:, pixels[free]]
            radius = radius + columns @ np.ones(columns.shape[1])
        clipped = pixels[rest]
        lower, upper = self._clipped(clipped, lowest[rest], highest[rest])
        unclipped = np.concatenate([known.unclipped, pixels[free]])
        return Sums(affine, unclipped, clipped, lower, upper, radius)

    def ranges(self, cell: Cell, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest grey level of pixels before clipping and rounding."""
        constant, slope = self.levels.constant[pixels], self.levels.slope[pixels]
        ends = slope * cell.lower[0], slope * cell.upper[0]
        low = constant + np.minimum(*ends) + cell.lower[3]
        high = constant + np.maximum(*ends) + cell.upper[3]
        lowest, highest = np.full(len(pixels), np.inf), np.full(len(pixels), -np.inf)
        for lower, upper in cell.thresholds:
            scale = GREY_LEVELS / (upper - lower)
            np.minimum(lowest, (low - lower) * scale, out=lowest)
            np.maximum(highest, (high - lower) * scale, out=highest)
        return lowest, highest

    def _sum(self, pixels: np.ndarray, values: np.ndarray) -> np.ndarray:
        return self.weights[:, pixels] @ values

    def _clipped(
        self, pixels: np.ndarray, lowest: np.ndarray, highest: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Forms below and above the weighted sum of clipped pixels, both (input, 4)."""
        (low_slope, low_at), (high_slope, high_at) = lines(lowest, highest, self.error)
        forms = self.forms[pixels]
        below, above = forms * low_slope[:, np.newaxis], forms * high_slope[:, np.newaxis]
        below[:, 3] += low_at
        above[:, 3] += high_at
        columns = self.weights[:, pixels]
        if columns.nnz and columns.data.min() < 0:
            plus, minus = columns.maximum(0), columns.minimum(0)
            return plus @ below + minus @ above, plus @ above + minus @ below
        return columns @ below, columns @ above


def lines(
    lowest: np.ndarray, highest: np.ndarray, error: float
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Lines below and above the clipped, rounded grey level of pixels.

    Parameters
    ----------
    lowest, highest
        Range of the grey level before clipping and rounding, (pixels,).
    error
        How far the computed level may lie from the exact one.

    Returns
    -------
    tuple
        Slope and value at 0 of the line below, and of the line above, each (pixels,).
    """
    slope, at = _above(GREY_LEVELS - highest, GREY_LEVELS - lowest, error)
    return (slope, GREY_LEVELS * (1 - slope) - at), _above(lowest, highest, error)


def _above(lowest: np.ndarray, highest: np.ndarray, error: float) -> tuple[np.ndarray, np.ndarray]:
    """Slope and value at 0 of a line above min(255, max(0, round(grey + error))).

    It is the chord from where the pixel is black, or the grey level itself with the most that
    rounding adds, or white, whichever encloses least.
    """
    most = HALF + error
    reach = np.minimum(highest, GREY_LEVELS - most)  # where the chord ends, `most` above the level
    chord = lowest <= -most
    slope = np.divide(reach + most, reach - lowest, out=np.ones(len(lowest)), where=chord)
    at = np.where(chord, -slope * lowest, most)
    middle = (lowest + highest) / 2
    white = slope * middle + at > GREY_LEVELS
    return np.where(white, 0.0, slope), np.where(white, float(GREY_LEVELS), at)
