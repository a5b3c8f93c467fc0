"""The effect of accidental changes of the settings: one knob at a time, and drawn settings."""

from collections.abc import Sequence

from reconattack.figures.accidental_change import draw_models
from reconattack.figures.panels import save_pages
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table


def accidental_change(
    table: str,
    cutoff: float,
    classes: Sequence[str],
    simulated: bool,
    pdf: str,
    png: str,
) -> None:
    """Draw the table of accidental settings, the first seed of each model."""
    settings = read_table(table)
    first = settings["seed"] == settings.groupby("model")["seed"].transform("min")
    save_pages(draw_models(settings[first], cutoff, classes), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(accidental_change, snakemake)
