"""Figure 3: an original image, its adversarial image and their difference."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from reconattack.evidence.example import choose_attack
from reconattack.figures.panels import figure_style, save_figure, show_difference, show_setting
from reconattack.figures.style import TWO_COLUMNS
from reconattack.frames.chunks import open_frames
from reconattack.frames.frame import caption, facts
from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS
from reconattack.reconstruction.reconstruction import reconstruct
from reconattack.run.jobs import job
from reconattack.storage import read_table, write_table


def fig3_adversarial(
    attacks: str,
    chunks: Sequence[str],
    initial: Mapping[str, float],
    image_rows: int,
    classes: Sequence[str],
    table: str,
    pdf: str,
    png: str,
    simulated: bool,
) -> None:
    """Tabulate and draw the attack that `choose_attack` takes from the table of attacks."""
    chosen = choose_attack(read_table(attacks))
    frame = next(frame for chunk in chunks for _, frame in open_frames(chunk, [chosen["frame"]]))
    original = reconstruct(frame, initial, image_rows)
    moved = {name: chosen[name] for name in PARAMETERS if pd.notna(chosen.get(name))}
    changed = reconstruct(frame, {**initial, **moved}, image_rows)
    write_table(table, attack_table(chosen, original, changed))
    with figure_style():
        save_figure(draw_attack(original, changed, chosen, classes), pdf, png, simulated)


def attack_table(chosen: pd.Series, original: xr.Dataset, changed: xr.Dataset) -> pd.DataFrame:
    """A row per picture: its setting, and what is written above it."""
    known = chosen[["model", "seed", "fold", "attack", "frame", "success", "queries"]].to_dict()
    change = np.abs(changed["bmode"].astype(int) - original["bmode"].astype(int))
    return pd.DataFrame(
        {"picture": picture}
        | known
        | facts(original.attrs)
        | {
            name: float(image.coords.get(name, NEUTRAL.get(name)))
            for name in PARAMETERS
            if name in changed.coords
        }
        | {"probability": probability, "largest_change_grey_levels": largest}
        for picture, image, probability, largest in (
            ("original", original, chosen["probability_initial"], 0),
            ("adversarial", changed, chosen["probability_final"], int(change.max())),
        )
    ).astype({"label": "Int64"})


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
        show_setting(axes, image, name, probability, classes)
    drawn = show_difference(panels[2], original, changed)
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
            table=snakemake.output.table,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
