"""Numbers as people write them in tables and configurations."""

import math
import re

NUMBER = re.compile(r"[-+]?[0-9_.]+(?:[eE][-+]?[0-9]+)?")


def number_in(text: str) -> int | float | None:
    """The finite number that a text is, such as 40e6, 1e-1 or .5; None if it is none."""
    plain = text.strip()
    if not NUMBER.fullmatch(plain):
        return None
    try:
        number = float(plain)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return number if set(plain) & set(".eE") else int(plain)


def comma_hint(text: object) -> str:
    """How to write a text that is a number with a decimal comma; empty for anything else."""
    if not isinstance(text, str) or text.count(",") != 1:
        return ""
    number = text.strip().replace(",", ".")
    return "" if number_in(number) is None else f"; write it with a point, {number}"


def percentage(share: float) -> str:
    """A share in percent with two digits, never as a power of ten."""
    return f"{float(f'{100 * share:.2g}'):g} %"
