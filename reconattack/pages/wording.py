"""Numbers of a run as words, for the texts of the report."""

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.evidence.statistics import wilson_interval
from reconattack.reconstruction.parameters import PARAMETERS

Titles = Mapping[str, Mapping[str, str]]  # by section of the configuration and name
NO_TITLES: Titles = {}
MARKUP = re.compile(r"([\\*`_|:])")  # of reStructuredText, in which the report's texts are written


def rate(n: int, of: int, noun: str = "") -> str:
    """A count, its percentage and Wilson's interval: `10 of 20 frames (50 %, 30 to 70 %)`."""
    counted = f"{n} of {of} {noun}".rstrip()
    if of == 0:
        return counted
    low, high = wilson_interval(n, of)
    return f"{counted} ({percent(n / of)}, {100 * low:.0f} to {percent(high)})"


def percent(share: float) -> str:
    """A fraction as a percentage, such as `64 %`."""
    return f"{100 * share:.0f} %"


def with_interval(row: pd.Series, name: str, sign: str = "") -> str:
    """The value of `name` in a row and its interval, such as `0.70 (0.50 to 0.85)`.

    Parameters
    ----------
    row
        A row of a table with columns `name`, `{name}_low` and `{name}_high`, all of unit 1.
    name
        The column of the value.
    sign
        `+` writes the sign of positive numbers too, as for a difference.
    """
    return value_with_interval(row[name], row[f"{name}_low"], row[f"{name}_high"], sign)


def value_with_interval(value: float, low: float, high: float, sign: str = "") -> str:
    """A value and its interval in words; NaN is a value or an interval that is unknown."""
    value, low, high = np.array([value, low, high], float)  # None becomes NaN
    if np.isnan(value):
        return "unknown"
    known = not np.isnan([low, high]).any()
    interval = f"{low:{sign}.2f} to {high:{sign}.2f}" if known else "no interval"
    return f"{value:{sign}.2f} ({interval})"


def listed(names: Sequence[str]) -> str:
    """Names with commas and a last `and`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def plural(n: int, noun: str) -> str:
    """A number of things, such as `1 frame` or `2 frames`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def box_in_words(box: Mapping[str, Sequence[float]], titles: Titles = NO_TITLES) -> str:
    """The bounds of each parameter, such as `beta 0.5 to 1.3 dB/(cm MHz)`."""
    names = titles.get("controls", {})
    return ", ".join(
        f"{names.get(name, name)} {low:g} to {high:g} {PARAMETERS[name].units}".removesuffix(" 1")
        for name, (low, high) in box.items()
    )


def escaped(text: object) -> str:
    """Escape the markup of reStructuredText in a text and put it on one line.

    On one line no directive can begin, and without a bare colon no address becomes a link.
    """
    return MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def plain(text: str) -> str:
    """A text in reStructuredText without its emphasis and escapes."""
    return re.sub(r"\\(.)|\*+|``", lambda found: found[1] or "", text)


def titled(titles: Titles, section: str, name: str) -> str:
    """Title of a model, attack, cohort or control, escaped; its name if it has no title."""
    return escaped(titles.get(section, {}).get(name, name))


def by_network(
    table: pd.DataFrame, titles: Titles = NO_TITLES
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Title and rows of each model and seed, in their order; the title is escaped.

    The seed is part of it only if the model has several.
    """
    seeds = table.groupby("model")["seed"].nunique()
    for (model, seed), rows in table.groupby(["model", "seed"], sort=False):
        name = titled(titles, "models", model)
        yield (f"{name}, seed {seed}" if seeds[model] > 1 else name), rows
