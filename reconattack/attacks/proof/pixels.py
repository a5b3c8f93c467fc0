"""Bounds of the pixels of a picture over a cell, summed to the inputs of a network.

A pixel that is black, white or never clipped in a cell is so in every part of the cell. It is added
to the sums once; only the others are looked at again in the parts.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.levels import PixelLevels
from reconattack.reconstruction.passes import passes
from reconattack.reconstruction.steps import GREY_LEVELS

HALF = 0.5  # of a grey level: what rounding moves
BLACK, WHITE, UNCLIPPED, CLIPPED = range(4)  # kinds of a pixel over a cell, as in passes.c


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
        self._starts = weights.indptr.astype(np.int64)
        self._inputs = weights.indices.astype(np.int32)
        self._values = weights.data.astype(float)

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
        kinds, affine, white, radius, lower, upper = self._added(cell, pixels)
        affine[:, 3] += GREY_LEVELS * white
        unclipped = np.concatenate([known.unclipped, pixels[kinds == UNCLIPPED]])
        clipped = pixels[kinds == CLIPPED]
        return Sums(known.affine + affine, unclipped, clipped, lower, upper, known.radius + radius)

    def influence(self, row: np.ndarray, pixels: np.ndarray) -> np.ndarray:
        """What a weighted sum of the inputs, weights (input,), owes to some pixels, (n,)."""
        compiled = passes()
        if compiled is None:
            owner, entries = self._entries(pixels)
            terms = row[self._inputs[entries]] * self._values[entries]
            return np.bincount(owner, terms, len(pixels))
        influence = np.empty(len(pixels))
        places = self._starts, self._inputs, self._values
        row = np.ascontiguousarray(row)
        compiled.weigh_pixels(row, pixels, len(pixels), *places, influence)
        return influence

    def _added(self, cell: Cell, pixels: np.ndarray) -> tuple[np.ndarray, ...]:
        """The kind of each pixel over a cell, and what the kinds add to the inputs.

        Returns
        -------
        tuple
            Kinds (pixels,); forms of the unclipped pixels (input, 4), weights of the white ones
            and absolute weights of the unclipped ones, both (input,); forms below and above the
            clipped ones, both (input, 4).
        """
        inputs, count = self.weights.shape[0], len(pixels)
        compiled = passes()
        if compiled is None:
            return self._added_by_numpy(cell, pixels)
        kinds = np.empty(count, np.uint8)
        forms = [np.zeros((inputs, 4)) for _ in range(3)]
        white, radius = np.zeros(inputs), np.zeros(inputs)
        (low_beta, *_, low_gain), (high_beta, *_, high_gain) = cell.lower, cell.upper
        ends = np.array([low_beta, high_beta, low_gain, high_gain, self.error])
        compiled.add_pixels(
            *(self.levels.constant, self.levels.slope, pixels, count),
            *(ends, cell.thresholds, len(cell.thresholds)),
            *(self._starts, self._inputs, self._values),
            *(kinds, forms[0], white, radius, forms[1], forms[2]),
        )
        return kinds, forms[0], white, radius, forms[1], forms[2]

    def _added_by_numpy(self, cell: Cell, pixels: np.ndarray) -> tuple[np.ndarray, ...]:
        lowest, highest = self.ranges(cell, pixels)
        kinds = np.full(len(pixels), CLIPPED, np.uint8)
        free = (lowest >= self.error - HALF) & (highest <= GREY_LEVELS + HALF - self.error)
        kinds[free] = UNCLIPPED
        kinds[lowest > GREY_LEVELS - HALF + self.error] = WHITE
        kinds[highest < HALF - self.error] = BLACK
        rest = kinds == CLIPPED
        low, high = lines(lowest[rest], highest[rest], self.error)
        below, above = self._on(pixels[rest], low), self._on(pixels[rest], high)
        unclipped, white = pixels[kinds == UNCLIPPED], pixels[kinds == WHITE]
        forms = self._on(unclipped, (np.ones(len(unclipped)), np.zeros(len(unclipped))))
        ones, whites = np.ones((len(unclipped), 1)), np.ones((len(white), 1))
        return (
            kinds,
            self._summed(unclipped, forms, forms),
            self._summed(white, whites, whites)[:, 0],
            self._summed(unclipped, ones, -ones)[:, 0],
            self._summed(pixels[rest], below, above),
            self._summed(pixels[rest], above, below),
        )

    def _on(self, pixels: np.ndarray, line: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Forms of lines over the grey levels of pixels, slope and value at 0, (n, 4)."""
        slope, at = line
        levels = self.levels.constant[pixels], self.levels.slope[pixels]
        return np.stack([levels[0] * slope, levels[1] * slope, -1.0 * slope, at], axis=1)

    def _summed(self, pixels: np.ndarray, plus: np.ndarray, minus: np.ndarray) -> np.ndarray:
        """Weighted sums of forms (n, k): `plus` where a weight is positive, else `minus`."""
        owner, entries = self._entries(pixels)
        weights, rows = self._values[entries], self._inputs[entries]
        chosen = np.where((weights > 0)[:, np.newaxis], plus[owner], minus[owner])
        sums = [np.bincount(rows, weights * column, self.weights.shape[0]) for column in chosen.T]
        return np.stack(sums, axis=1)

    def _entries(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each weight of some pixels its pixel's place among them, and its own place."""
        starts = self._starts[pixels]
        counts = self._starts[pixels + 1] - starts
        owner = np.repeat(np.arange(len(pixels)), counts)
        before = np.cumsum(counts) - counts
        return owner, np.arange(len(owner)) - (before - starts)[owner]

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
