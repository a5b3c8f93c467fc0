"""A page for each attacked frame: its images, the path of the attack and the distance to a flip."""

from collections.abc import Mapping, Sequence

from reconattack.figures.dossier import draw_pages
from reconattack.figures.dossier_cases import cases_table, read_cases, read_images, setup_of
from reconattack.figures.panels import save_pages
from reconattack.frames.chunks import frame_attributes
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import write_table


def dossier(
    frames: Sequence[str],
    files: Mapping[str, Sequence[Mapping[str, str]]],
    boxes: Mapping[str, Mapping],
    initial: Mapping[str, float],
    image_rows: int,
    cutoff: float,
    classes: Sequence[str],
    simulated: bool,
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Tabulate every attacked frame and draw pages of the first ones, a typical flip first.

    `files` are the records of the attacks (`read_cases`), `boxes` the knobs of each attack.
    """
    setup = setup_of(files, boxes, cutoff, classes)
    cases = read_cases(files, cutoff)
    attributes = dict(known for chunk in frames for known in frame_attributes(chunk))
    write_table(table, cases_table(cases, setup, attributes))
    images = dict(read_images(frames, cases, initial, image_rows))
    save_pages(draw_pages(cases, images, setup), pdf, png, simulated)


if __name__ == "__main__":
    run_figure(dossier, snakemake)
