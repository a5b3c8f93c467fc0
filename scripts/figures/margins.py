"""The margin of each frame, and its safe interval for each knob alone."""

from collections.abc import Mapping

from reconattack.attacks.space import search_space
from reconattack.figures.margins import draw_margins
from reconattack.figures.panels import save_figure
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table


def margins(
    table: str,
    initial: Mapping[str, float],
    boxes: Mapping[str, Mapping],
    simulated: bool,
    pdf: str,
    png: str,
) -> None:
    """Draw the table of margins; `boxes` has the knobs of each attack in it."""
    spaces = {name: search_space(initial, knobs, name) for name, knobs in boxes.items()}
    save_figure(draw_margins(read_table(table), spaces), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(margins, snakemake)
