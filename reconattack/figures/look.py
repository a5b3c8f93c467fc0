"""The style and the names in which a figure is drawn."""

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.font_manager import FontEntry, fontManager

from reconattack.figures import fonts
from reconattack.figures.style import RC, STYLES, TWO_COLUMNS, Style

WEIGHTS = {"regular": ("normal", 400), "italic": ("italic", 400), "bold": ("normal", 700)}
SCALABLE = "scalable"


@dataclass(frozen=True)
class Look:
    """A style (a key of `STYLES`), and for `models`, `attacks`, ... titles in place of names."""

    style: str = "nature"
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


_looks = [Look()]  # the last one is in use


@contextmanager
def figure_style(look: Look | None = None) -> Iterator[None]:
    """Draw in the project's style, whatever the user's matplotlib settings.

    It is a context manager, and as `@figure_style()` the decorator of functions that draw a figure.
    Without `look` it keeps the one in use.
    """
    _looks.append(look or _looks[-1])
    try:
        with plt.rc_context(), plt.style.context("default"):
            matplotlib.rcParams.update(RC | _fonts(_looks[-1].style))
            yield
    finally:
        _looks.pop()


def _fonts(style: str) -> dict[str, object]:
    """Settings of a style's font. Its family has a name that no font of the machine has."""
    family = _register(style)
    return {
        "font.family": family,
        "font.size": STYLES[style].text,
        "mathtext.rm": family,
        "mathtext.it": f"{family}:italic",
        "mathtext.bf": f"{family}:bold",
        "mathtext.sf": family,
        "mathtext.cal": family,
        "mathtext.tt": family,
    }


@cache
def _register(style: str) -> str:
    """Make the files of a style's font known, and give the name of their family."""
    family = f"reconattack {style}"
    for name, (slant, weight) in WEIGHTS.items():
        file = files(fonts) / getattr(STYLES[style], name)
        if not file.is_file():
            file = f"{matplotlib.get_data_path()}/fonts/ttf/{getattr(STYLES[style], name)}"
        fontManager.ttflist.append(
            FontEntry(fname=str(file), name=family, style=slant, weight=weight, size=SCALABLE)
        )
    return family


def style_in_use() -> Style:
    """The style in which a figure is drawn now."""
    return STYLES[_looks[-1].style]


def inches(width: float, height: float) -> tuple[float, float]:
    """Size of a figure in the style in use [inches].

    `width` is `ONE_COLUMN` or `TWO_COLUMNS`. `height` holds for the style `nature` and grows with
    the text.
    """
    style = style_in_use()
    wide = style.two_columns if width == TWO_COLUMNS else style.one_column
    return wide, height * style.text / STYLES["nature"].text


def shown(name: object, section: str = "") -> str:
    """A name as a figure writes it: its title in a section, or else without underscores.

    Frames have no titles: a figure writes their names as they stand in the tables.
    """
    return _looks[-1].titles.get(section, {}).get(str(name), str(name).replace("_", " "))


def letter(axes: Axes, number: int, text: str = "") -> None:
    """Write the letter of a panel (a, b, ...) in bold above its left end, and a text behind it."""
    letters = string.ascii_lowercase
    name = letters[number] if number < 26 else letters[number // 26 - 1] + letters[number % 26]
    axes.set_title(rf"$\mathbf{{{name}}}$   {text}".rstrip(), loc="left")


def differing(groups: Iterable[Sequence[object]]) -> list[str]:
    """A short text for each of some networks or attacks: that in which it differs from the others.

    Each group is a model, a seed and, if it is one, an attack.
    """
    groups = [tuple(map(str, group)) for group in groups]
    varies = [len(set(values)) > 1 for values in zip(*groups, strict=True)]
    sections = ("models", "", "attacks")
    return [
        ", ".join(
            f"seed {value}" if place == 1 else shown(value, sections[place])
            for place, value in enumerate(group)
            if varies[place]
        )
        for group in groups
    ]
