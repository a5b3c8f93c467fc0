"""Which settings the page can draw by itself."""

from collections.abc import Mapping

from reconattack.reconstruction.parameters import NEUTRAL, PICTURE

AFTER_LEVELS = ("zoom", "aspect", *PICTURE)


def undrawable(initial: Mapping[str, float]) -> list[str]:
    """The parameters that act at the initial setting and that the page does not compute."""
    return [name for name in AFTER_LEVELS if initial.get(name, NEUTRAL[name]) != NEUTRAL[name]]
