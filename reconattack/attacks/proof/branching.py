"""Branch and bound: the box is cut until every part is proved or a flip is found.

Cells wait in the order of their distance from the initial setting, so that at any time everything
nearer than the first of them is proved. What flips at a corner is drawn nearer by bisection. The
distance of the nearest flip found is an upper bound of the margin, and that of the first open cell
is a lower bound.
"""

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from reconattack.attacks.proof.bounds import Bound
from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.pixels import Picture, Sums
from reconattack.attacks.space import DECIMALS

ROUNDED = 2.0**-45  # of a distance: more than its own arithmetic and that of trimmed cells


@dataclass
class Proof:
    """What branch and bound found for one frame.

    Attributes
    ----------
    cells
        Cells whose margin was bounded.
    proved
        Proved cells with their bounds, in the order in which they were proved.
    open_share
        Volume of what is not proved, as a share of the box.
    is_whole
        Whether the whole box is proved.
    certified_margin
        Nothing nearer to the initial setting flips; L-infinity, in half-widths of the box.
    """

    cells: int = 0
    proved: list[tuple[Cell, float]] = field(default_factory=list)
    open_share: float = 1.0
    is_whole: bool = False
    certified_margin: float = 0.0


@dataclass(order=True, frozen=True)
class _Open:
    """A cell that waits, with the sums of a cell that holds it."""

    distance: float
    number: int
    cell: Cell = field(compare=False)
    known: Sums = field(compare=False)


def prove(
    box: Cell,
    initial: np.ndarray,
    picture: Picture,
    bound: Callable[[Cell, Sums], Bound],
    nearest_flip: Callable[[np.ndarray | None], float],
    max_cells: int,
    tolerance: float,
) -> Proof:
    """Bound the margin on cells of the box, the nearest first.

    Parameters
    ----------
    box
        The box.
    initial
        The initial setting, in the order of the box.
    picture
        The frame's pixels.
    bound
        Lower bound of the margin over a cell.
    nearest_flip
        Distance of the nearest flip known, infinite if there is none; given a setting, it first
        judges the frame there.
    max_cells
        Largest number of cells that are bounded.
    tolerance
        Difference of upper and lower bound of the margin at which the search ends.
    """
    half = (np.array(box.upper) - box.lower) / 2
    numbers, proof = count(), Proof()
    waiting = [
        _Open(distance(cell, initial, half), next(numbers), cell, picture.start())
        for cell in cut_at(box, initial)
    ]
    heapq.heapify(waiting)
    while waiting and waiting[0].distance < nearest_flip(None) - tolerance:
        if proof.cells == max_cells:
            break
        nearest = heapq.heappop(waiting)
        cell = nearest.cell.within(initial, half, nearest_flip(None))
        known = picture.sums(cell, nearest.known)
        found = bound(cell, known)
        proof.cells += 1
        if found.least > 0:
            proof.proved.append((cell, found.least))
            continue
        nearest_flip(cell.corners[found.corner])
        for part in _halves(cell, found.spread):
            heapq.heappush(
                waiting, _Open(distance(part, initial, half), next(numbers), part, known)
            )
    proof.open_share = max(0.0, 1 - sum(cell.volume for cell, _ in proof.proved) / box.volume)
    proof.is_whole = not waiting and not math.isfinite(nearest_flip(None))
    reached = waiting[0].distance if waiting else _farthest(box, initial, half)
    reached = min(reached, nearest_flip(None))
    whole = round(reached, DECIMALS)  # that of the box, as it is written
    proof.certified_margin = whole if proof.is_whole else reached * (1 - ROUNDED)
    return proof


def cut_at(box: Cell, point: np.ndarray) -> Sequence[Cell]:
    """The parts of a box on all sides of a point in it."""
    cells = [box]
    for knob, at in enumerate(point):
        cells = [
            part
            for cell in cells
            for part in (
                cell.halves(knob, float(at))
                if cell.lower[knob] < at < cell.upper[knob]
                else (cell,)
            )
        ]
    return cells


def distance(cell: Cell, initial: np.ndarray, half: np.ndarray) -> float:
    """L-infinity distance of a cell from a setting, in half-widths of the box."""
    away = np.maximum(np.maximum(cell.lower - initial, initial - cell.upper), 0)
    return float(np.divide(away, half, out=np.zeros(len(half)), where=half > 0).max())


def _farthest(box: Cell, initial: np.ndarray, half: np.ndarray) -> float:
    """L-infinity distance of the farthest point of the box, in its half-widths."""
    away = np.maximum(box.upper - initial, initial - box.lower)
    return float(np.divide(away, half, out=np.zeros(len(half)), where=half > 0).max())


def _halves(cell: Cell, spread: np.ndarray) -> tuple[Cell, Cell]:
    """The cell cut in two where the knob that moves most is at its middle."""
    widths = np.subtract(cell.upper, cell.lower)
    knob = int(np.where(widths > 0, spread, -1).argmax())
    return cell.halves(knob, (cell.lower[knob] + cell.upper[knob]) / 2)
