"""The bound of a margin that is the least of several."""

from collections.abc import Sequence

from reconattack.attacks.proof.bounds import Bound, MarginBound
from reconattack.attacks.proof.cell import Cell
from reconattack.attacks.proof.pixels import Sums


class LeastBound:
    """Bounds of the least of several margins of one frame, such as those against each other class.

    Attributes
    ----------
    picture
        What gives the sums of a cell, the same for all.
    members
        The bound of each margin.
    """

    def __init__(self, members: Sequence[MarginBound]) -> None:
        self.picture = members[0].picture
        self.members = members

    def __call__(self, cell: Cell, sums: Sums) -> Bound:
        """A lower bound of the least margin over a cell."""
        return min((member(cell, sums) for member in self.members), key=lambda bound: bound.least)
