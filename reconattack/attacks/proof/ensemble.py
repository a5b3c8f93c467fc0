"""The bound of a mean probability over several settings, from the bounds of each."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit

from reconattack.attacks.proof.bounds import Bound, MarginBound
from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.pixels import Sums

ARITHMETIC = 1e-12  # of a mean probability, for float64 here and where the mean is judged


class EnsembleBound:
    """Bounds of the margin of one frame's decision by an ensemble over settings.

    Each member has a lower bound of its own logit over the cell, moved by the member's offset. The
    mean of the probabilities is nowhere below that of these bounds. What the members have in common
    is not used, so cells are smaller than for one network.

    Attributes
    ----------
    picture
        What gives the sums of a cell: this object itself.
    members
        The bound of each member, within its moved box, with the ensemble's cut-off.
    offsets
        What is added to a setting in the order of `reconattack.attacks.proof.cell.KNOBS`, (member,
        4).
    """

    def __init__(self, members: Sequence[MarginBound], offsets: np.ndarray) -> None:
        self.picture = self
        self.members = members
        self.offsets = offsets

    def start(self) -> tuple[Sums, ...]:
        """What is known before any cell, for each member."""
        return tuple(member.picture.start() for member in self.members)

    def sums(self, cell: Cell, known: Sequence[Sums]) -> tuple[Sums, ...]:
        """Bounds of the pixels over a cell, for each member."""
        cells = self._moved(cell)
        return tuple(
            member.picture.sums(moved, sums)
            for member, moved, sums in zip(self.members, cells, known, strict=True)
        )

    def __call__(self, cell: Cell, sums: Sequence[Sums]) -> Bound:
        """A lower bound of the margin over a cell."""
        cells = self._moved(cell)
        found = [
            member(moved, own) for member, moved, own in zip(self.members, cells, sums, strict=True)
        ]
        first = self.members[0]
        cut = first.sign * first.threshold
        lowest = np.array([bound.least for bound in found])
        share = expit(lowest + cut).mean() - ARITHMETIC
        least = float(logit(share) - cut) if share > 0 else -np.inf
        worst = found[int(lowest.argmin())]
        return Bound(least, worst.corner, sum(bound.spread for bound in found))

    def _moved(self, cell: Cell) -> list[Cell]:
        """The cell at each member: a sum in float64 keeps the order of what is added."""
        return [
            Cell(*(tuple(np.add(end, offset).tolist()) for end in (cell.lower, cell.upper)))
            for offset in self.offsets
        ]
