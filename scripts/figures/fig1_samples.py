"""Figure 1: B-mode images of each scanner and each class."""

from collections.abc import Collection, Sequence

from reconattack.figures.panels import save_figure
from reconattack.figures.samples import (
    choose_samples,
    draw_samples,
    places_of_tissue,
    samples_table,
)
from reconattack.frames.chunks import open_frames
from reconattack.run.figure_jobs import run_figure
from reconattack.storage import write_table


def fig1_samples(
    rf_images: Sequence[str],
    images: Sequence[str],
    classes: Sequence[str],
    simulated: Collection[str],
    table: str,
    pdf: str,
    png: str,
) -> None:
    """Draw images of both classes, a row per scanner; `simulated` names simulated scanners."""
    chunks = [*rf_images, *images]
    chosen = choose_samples(chunks)
    names = set().union(*chosen.values())
    shown = {name: image for chunk in chunks for name, image in open_frames(chunk, names)}
    write_table(table, samples_table(chosen, shown))
    rows = [[shown[name] for name in names] for names in chosen.values()]
    all_simulated = set(chosen) <= set(simulated)
    tissue = [
        [
            places_of_tissue(shown[name].attrs["patient"]) if scanner in simulated else None
            for name in names
        ]
        for scanner, names in chosen.items()
    ]
    figure = draw_samples(rows, classes, () if all_simulated else simulated, tissue)
    save_figure(figure, pdf, png, all_simulated)


if __name__ == "__main__":
    run_figure(fig1_samples, snakemake)
