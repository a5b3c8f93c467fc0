"""A lower bound of the least of several margins of one frame."""

from collections.abc import Sequence

from tools.proof_check.enclosure import Part
from tools.proof_check.margin import Bounded, Margin


class LeastMargin:
    """Bounds the least of some margins, such as those of a class against each other one.

    Parameters
    ----------
    members
        Margins of one frame, made `beside` the first of them.
    """

    def __init__(self, members: Sequence[Margin]) -> None:
        self._members = members

    def __call__(self, part: Part) -> Bounded:
        """Bound the least margin over a part."""
        entered = self._members[0].entered(part)
        found = (member.bounded(part, entered) for member in self._members)
        return min(found, key=lambda bound: bound.least)
