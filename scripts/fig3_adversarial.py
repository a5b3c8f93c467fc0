"""Figure 3: an original image, its adversarial image and their difference."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from reconattack.frames import open_frames
from reconattack.jobs import job
from reconattack.parameters import PAPER_PARAMETERS, PARAMETERS
from reconattack.plots import (
    TWO_COLUMNS,
    caption,
    figure_style,
    save_figure,
    setting,
    show_bmode,
)
from reconattack.reconstruction import reconstruct
from reconattack.storage import read_table


def fig3_adversarial(
    attacks: str,
    chunks: Sequence[str],
    initial: Mapping[str, float],
    image_rows: int,
    classes: Sequence[str],
    pdf: str,
    png: str,
    simulated: bool,
) -> None:
    """Draw the attack that `choose_attack` takes from the table."""
    chosen = choose_attack(read_table(attacks))
    frame = next(
        frame for chunk in chunks for name, frame in open_frames(chunk) if name == chosen["frame"]
    )
    original = reconstruct(frame, initial, image_rows)
    moved = {name: chosen[name] for name in PARAMETERS if pd.notna(chosen.get(name))}
    changed = reconstruct(frame, {**initial, **moved}, image_rows)
    with figure_style():
        save_figure(draw_attack(original, changed, chosen, classes), pdf, png, simulated)


def choose_attack(attacks: pd.DataFrame) -> pd.Series:
    """The success of median query count of the first model's, seed's and attack's; without any,
    what moved P the most.
    """
    keys = ["model", "seed", "attack"]
    attacks = attacks[(attacks[keys] == attacks[keys].iloc[0]).all(axis=1)]
    flipped = attacks[attacks["success"]].sort_values(["queries", "frame"], kind="stable")
    if len(flipped):
        return flipped.iloc[(len(flipped) - 1) // 2]
    change = (attacks["probability_final"] - attacks["probability_initial"]).abs()
    return attacks.loc[change.idxmax()]


def draw_attack(
    original: xr.Dataset, changed: xr.Dataset, attack: pd.Series, classes: Sequence[str]
) -> Figure:
    """Original, changed and difference, each with its setting and probability."""
    outcome = "adversarial" if attack["success"] else "attacked, decision kept"
    figure, panels = plt.subplots(
        1, 3, figsize=(TWO_COLUMNS, 2.5), sharey=True, layout="constrained"
    )
    for axes, image, name, probability in (
        (panels[0], original, "original", attack["probability_initial"]),
        (panels[1], changed, outcome, attack["probability_final"]),
    ):
        show_bmode(axes, image)
        values = (float(image[parameter]) for parameter in PAPER_PARAMETERS)
        axes.set_title(f"{name}, P({classes[1]}) = {probability:.2f}\n{setting(*values)}")
    difference = original.assign(
        difference=changed["bmode"].astype(int) - original["bmode"].astype(int)
    )
    largest = max(1, int(np.abs(difference["difference"]).max()))
    drawn = show_bmode(
        panels[2], difference, "difference", cmap="PuOr", vmin=-largest, vmax=largest
    )
    panels[2].set_title(f"difference\nframe {attack['frame']}\n{caption(original.attrs, classes)}")
    bar = figure.colorbar(drawn, ax=panels[2], shrink=0.8, aspect=25, pad=0.02)
    bar.set_label("grey levels")
    panels[0].set_ylabel("depth (cm)")
    for axes in panels:
        axes.set_xlabel("lateral (cm)")
    return figure


if __name__ == "__main__":
    with job(snakemake.log[0]):
        fig3_adversarial(
            attacks=snakemake.input.attacks,
            chunks=snakemake.input.frames,
            initial=snakemake.params.initial,
            image_rows=snakemake.params.image_rows,
            classes=snakemake.params.classes,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
