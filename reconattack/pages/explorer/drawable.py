"""Which initial settings the explorer can draw."""

from collections.abc import Mapping

from reconattack.reconstruction.parameters import NEUTRAL, PICTURE

AFTER_LEVELS = ("zoom", "aspect", *PICTURE)


def undrawable(initial: Mapping[str, float]) -> list[str]:
    """Parameters that are not neutral at the initial setting and that the page cannot draw."""
    return [name for name in AFTER_LEVELS if initial.get(name, NEUTRAL[name]) != NEUTRAL[name]]
