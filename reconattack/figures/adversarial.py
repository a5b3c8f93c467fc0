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
    """Tabulate both images: a row each with its setting and its probability of fatty liver.

    Parameters
    ----------
    attack
        A row of `attacks.csv`.
    original, changed
        The image of the attacked frame at the initial setting, and at the attack's result.
    """
    known = attack[["model", "seed", "fold", "attack", "frame", "success", "queries"]].to_dict()
    change = np.abs(changed["bmode"].astype(int) - original["bmode"].astype(int))
    rows = [
        {
            "picture": picture,
            **known,
            **facts(original.attrs),
            **_setting(image, [name for name in PARAMETERS if name in changed.coords]),
            "probability": probability,
            "largest_change_grey_levels": largest,
        }
        for picture, image, probability, largest in (
            ("original", original, attack["probability_initial"], 0),
            ("adversarial", changed, attack["probability_final"], int(change.max())),
        )
    ]
    return pd.DataFrame(rows).astype({"label": "Int64"})


@figure_style()
def draw_attack(
    original: xr.Dataset, changed: xr.Dataset, attack: pd.Series, classes: Sequence[str]
) -> Figure:
    """Draw original, changed image and difference, with their settings and probabilities.

    Parameters
    ----------
    original, changed
        The image of the attacked frame at the initial setting, and at the attack's result.
    attack
        `frame`, `success`, `probability_initial` and `probability_final`, as in a row of
        `attacks.csv`.
    classes
        Words for the labels 0 and 1.
    """
    outcome = "adversarial" if attack["success"] else "attacked, decision kept"
    figure, panels = plt.subplots(
        1, 3, figsize=inches(TWO_COLUMNS, HEIGHT), sharey=True, layout="constrained"
    )
    before, after = attack["probability_initial"], attack["probability_final"]
    show_setting(panels[0], 0, original, "original", before, classes)
    show_setting(panels[1], 1, changed, outcome, after, classes)
    drawn = show_difference(panels[2], original, changed)
    letter(panels[2], 2, "difference")
    bar = figure.colorbar(drawn, ax=panels[2], shrink=0.8, aspect=25, pad=0.02)
    bar.set_label("change (grey levels)")
    centimetre_axes(panels, original)
    return figure


def _setting(image: xr.Dataset, names: Sequence[str]) -> dict[str, float]:
    """Values of some parameters in an image; one that it does not state is neutral."""
    return {name: float(image.coords.get(name, NEUTRAL.get(name))) for name in names}
