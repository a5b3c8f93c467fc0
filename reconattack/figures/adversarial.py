"""Figure 3: an original image, its adversarial image and their difference."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from reconattack.figures.look import figure_style, inches, letter
from reconattack.figures.panels import centimetre_axes, show_difference, show_setting
from reconattack.figures.style import TWO_COLUMNS
from reconattack.frames.frame import facts
from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS

HEIGHT = 2.5  # inches


def attack_table(attack: pd.Series, original: xr.Dataset, changed: xr.Dataset) -> pd.DataFrame:
    """Tabulate both images: a row each with its setting and what is decided on it.

    It is the `probability` of class 1, or the `decision` and its `margin` if it is not binary.

    Parameters
    ----------
    attack
        A row of `attacks.csv`.
    original, changed
        The image of the attacked frame at the initial setting, and at the attack's result.
    """
    known = attack[["model", "seed", "fold", "attack", "frame", "success", "queries"]].to_dict()
    change = np.abs(changed["bmode"].astype(int) - original["bmode"].astype(int))
    names = ["probability"] if pd.notna(attack["probability_initial"]) else ["decision", "margin"]
    rows = [
        {
            "picture": picture,
            **known,
            **facts(original.attrs),
            **_setting(image, [name for name in PARAMETERS if name in changed.coords]),
            **{name: attack[f"{name}_{when}"] for name in names},
            "largest_change_grey_levels": largest,
        }
        for picture, when, image, largest in (
            ("original", "initial", original, 0),
            ("adversarial", "final", changed, int(change.max())),
        )
    ]
    return pd.DataFrame(rows).astype({"label": "Int64"})


@figure_style()
def draw_attack(
    original: xr.Dataset, changed: xr.Dataset, flipped: bool, answers: Sequence[str]
) -> Figure:
    """Draw original, changed image and difference, with their settings and what is decided.

    Parameters
    ----------
    original, changed
        The image of the attacked frame at the initial setting, and at the attack's result.
    flipped
        Whether the decision flipped.
    answers
        Words for what is decided on the two images.
    """
    outcome = "adversarial" if flipped else "attacked, decision kept"
    figure, panels = plt.subplots(
        1, 3, figsize=inches(TWO_COLUMNS, HEIGHT), sharey=True, layout="constrained"
    )
    before, after = answers
    show_setting(panels[0], 0, original, "original", before)
    show_setting(panels[1], 1, changed, outcome, after)
    drawn = show_difference(panels[2], original, changed)
    letter(panels[2], 2, "difference")
    bar = figure.colorbar(drawn, ax=panels[2], shrink=0.8, aspect=25, pad=0.02)
    bar.set_label("change (grey levels)")
    centimetre_axes(panels, original)
    return figure


def _setting(image: xr.Dataset, names: Sequence[str]) -> dict[str, float]:
    """Values of some parameters in an image; one that it does not state is neutral."""
    return {name: float(image.coords.get(name, NEUTRAL.get(name))) for name in names}
