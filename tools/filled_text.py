"""Numbers as the text of a page: proportions, wrapped paragraphs, lists and tables."""

import re
import textwrap
from collections.abc import Iterable, Sequence

from reconattack.evidence.statistics import wilson_interval
from reconattack.pages.wording import percent

WIDTH = 120


def counted(count: float, n: float) -> str:
    """A proportion as counts with its 95 % interval."""
    return f"{count:.0f}/{n:.0f} ({interval(count, n)})"


def interval(count: float, n: float) -> str:
    """Wilson's 95 % interval of a proportion, in percent."""
    low, high = wilson_interval(int(count), int(n))
    return f"{100 * low:.0f} to {percent(high)}"


def paragraph(text: str, first: str = "", others: str = "") -> str:
    """A paragraph, wrapped; code and links stay on one line."""
    whole = re.sub(
        r"`[^`]*`|\[[^\]]*\]\([^)]*\)", lambda part: part.group().replace(" ", "\0"), text
    )
    return textwrap.fill(
        whole,
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace("\0", " ")


def bullets(texts: Iterable[str]) -> str:
    """A list, wrapped."""
    return "\n".join(paragraph(text, "- ", "  ") for text in texts)


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    line = "| {} |".format
    ruler = "|" + "---|" * len(header)
    return "\n".join([line(" | ".join(header)), ruler, *(line(" | ".join(row)) for row in rows)])
