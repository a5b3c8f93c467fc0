"""The style stands in one file, and its colours can be told apart."""

import ast
from itertools import combinations

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from reconattack.figures import style
from tests.places import ROOT

DRAWING = [
    path
    for folder in ("scripts", "reconattack")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "matplotlib" in path.read_text() and path.name != "style.py"
]
LOOKS = {
    *("size", "fontsize", "labelsize", "titlesize", "markersize", "ms", "s"),
    *("color", "colors", "c", "facecolor", "edgecolor", "fc", "ec", "cmap", "markerfacecolor"),
    *("markeredgecolor", "linewidth", "linewidths", "lw", "elinewidth", "mew", "markeredgewidth"),
}
NOTHING = (0, "none", None)


def literal_looks(tree):
    """Every name of `LOOKS` that is given a number or a text where it is used."""
    for node in ast.walk(tree):
        pairs = []
        if isinstance(node, ast.Call):
            pairs = [(keyword.arg, keyword.value) for keyword in node.keywords]
        elif isinstance(node, ast.Dict):
            keys = (key.value if isinstance(key, ast.Constant) else None for key in node.keys)
            pairs = list(zip(keys, node.values, strict=True))
        for name, value in pairs:
            if name in LOOKS and isinstance(value, ast.Constant) and value.value not in NOTHING:
                yield f"line {value.lineno}: {name} = {value.value!r}"


@pytest.mark.parametrize("path", DRAWING, ids=lambda path: path.stem)
def test_sizes_colours_and_widths_are_those_of_the_style(path):
    assert list(literal_looks(ast.parse(path.read_text()))) == []


def test_some_modules_draw():
    assert {"roc.py", "dossier.py", "panels.py"} <= {path.name for path in DRAWING}


def test_literal_looks_are_found():
    tree = ast.parse("axes.plot(x, color='red', lw=WIDE, **{'markersize': 3, 'color': INK})")
    assert sorted(literal_looks(tree)) == ["line 1: color = 'red'", "line 1: markersize = 3"]


def luminance(colours):
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("name", ["PICTURE_MAP", "SHARE_MAP"])
def test_sequential_colour_maps_are_monotone_in_luminance(name):
    colours = matplotlib.colormaps.get_cmap(getattr(style, name))(np.linspace(0, 1, 256))[:, :3]
    steps = np.diff(luminance(colours))
    assert (steps > -1e-3).all() or (steps < 1e-3).all()


@pytest.mark.parametrize("name", ["DIFFERENCE_MAP", "PROBABILITY_MAP"])
def test_diverging_colour_maps_are_white_in_the_middle_and_darker_to_both_ends(name):
    colours = getattr(style, name)(np.arange(256))[:, :3]
    assert colours[127:129].ravel() == pytest.approx(1, abs=0.01)
    steps = np.diff(luminance(colours))
    assert (steps[:127] > 0).all()
    assert (steps[128:] < 0).all()


def test_a_colour_has_one_meaning():
    meanings = (style.NORMAL, style.FATTY, style.KEPT, style.FLIPPED, style.DARKER, style.BRIGHTER)
    colours = [np.array(to_rgb(colour)) for colour in (*meanings, *style.SERIES)]
    apart = [np.abs(one - other).sum() for one, other in combinations(colours, 2)]
    assert min(apart) > 0.19


@pytest.mark.parametrize(
    ("first", "second"), [("KEPT", "FLIPPED"), ("FALSE_ALARM", "MISSED_DISEASE")]
)
def test_opposites_differ_in_luminance(first, second):
    weights = [0.299, 0.587, 0.114]
    levels = [np.dot(to_rgb(getattr(style, name)), weights) for name in (first, second)]
    assert abs(levels[0] - levels[1]) > 0.15
