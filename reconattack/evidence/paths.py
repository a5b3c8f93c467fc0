"""The files behind a number of a table, named in one cell."""

import os
from collections.abc import Sequence
from itertools import takewhile

from reconattack.storage import RESULTS


def pattern_of(paths: Sequence[str]) -> str:
    """The paths of some results as one, with a star where they differ.

    What stands before `results/` is left out, so that the text is the same wherever a run lies.
    """
    parts = [path[max(0, path.rfind(RESULTS)) :].split("/") for path in paths]
    if len({len(part) for part in parts}) > 1:
        return "; ".join(dict.fromkeys("/".join(part) for part in parts))
    return "/".join(
        names[0] if len(set(names)) == 1 else starred(names) for names in zip(*parts, strict=True)
    )


def starred(names: Sequence[str]) -> str:
    """Some names as one, with a star for all between their common beginning and common suffix."""
    pairs = zip(min(names), max(names), strict=False)
    beginning = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    suffixes = {os.path.splitext(name)[1] for name in names}
    return f"{beginning}*{suffixes.pop() if len(suffixes) == 1 else ''}"
