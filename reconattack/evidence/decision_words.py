"""What is decided of a frame before and after an attack, in words."""

from collections.abc import Mapping, Sequence
from typing import Any


def in_words(
    decision: Mapping[str, Any], row: Mapping[str, Any], classes: Sequence[str]
) -> tuple[str, str]:
    """What is decided at the initial and at the final setting, in a few words.

    Parameters
    ----------
    decision
        The model's declared decision, as in a configuration; empty for a binary one.
    row
        A row of `attacks.csv`.
    classes
        Words for the labels 0 and 1 of a binary decision.
    """
    kind = decision.get("kind", "binary")
    if kind == "binary":
        ends = row["probability_initial"], row["probability_final"]
        first, last = (f"P({classes[1]}) = {end:.2f}" for end in ends)
        return first, last
    words = {
        "classes": lambda end: decision["classes"][int(end)],
        "number": lambda end: f"{end:.4g} {decision['unit']}".removesuffix(" 1"),
        "mask": lambda end: f"Dice {end:.2f}",
    }[kind]
    return words(row["decision_initial"]), words(row["decision_final"])
