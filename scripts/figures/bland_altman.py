"""Numbers against the true ones, and after each attack against those at the initial setting."""

from collections.abc import Mapping

from reconattack.evidence.agreement_of_numbers import agreement_points
from reconattack.evidence.attacks import read_attacks
from reconattack.figures.bland_altman import draw_bland_altman
from reconattack.figures.panels import empty_page, save_pages
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import read_table, write_table


def bland_altman(
    attacks: str,
    frames: str,
    thresholds: Mapping[str, float],
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Draw the frames of `attacks.csv`, whose patients `frames.csv` names.

    `thresholds` are those of the models that have one.
    """
    known = read_table(frames).drop_duplicates("frame").set_index("frame")["patient"]
    points = agreement_points(read_attacks(attacks), known)
    write_table(table, points)
    pages = draw_bland_altman(points, thresholds) if len(points) else [empty_page("no number")]
    save_pages(pages, pdf, png, simulated)


if __name__ == "__main__":
    run_figure(bland_altman, snakemake)
