"""Where in the box each attacked frame's decision flips: the worst case over what is not drawn."""

from collections.abc import Iterator, Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from reconattack.errors import InputError
from reconattack.figures.frame_maps import FrameMap, draw_map, read_maps
from reconattack.figures.panels import empty_page, figure_style, save_pages
from reconattack.figures.style import INK, LINE, SMALL, TWO_COLUMNS
from reconattack.run.jobs import job
from reconattack.storage import located, write_table

KEYS = ("model", "seed", "fold", "attack")
COLUMNS, ROWS = 4, 5
PAGE = COLUMNS * ROWS
ROW_HEIGHT = 1.65


def decision_maps(
    files: Sequence[Mapping[str, str]],
    paths: Mapping[str, str],
    cutoff: float,
    classes: Sequence[str],
    table: str,
    pdf: str,
    png: str,
    simulated: bool,
) -> None:
    """Tabulate and draw the grids of `files` (`model`, `seed`, `fold`, `attack`, `path`).

    `paths` names the result file of the paper's attack beside that of a grid, where there is one.
    """
    if not files:
        raise InputError("run.attacks selects no attack of method grid: there is nothing to draw")
    maps: dict[tuple[str, str, str], list[FrameMap]] = {}
    for file in files:
        for one in read_maps(file, paths.get(file["path"])):
            maps.setdefault(one.grid, []).append(one)
    for of_grid in maps.values():
        of_grid.sort(key=lambda one: (-one.n_flipping, one.frame))
    write_table(table, maps_table(maps))
    with figure_style():
        save_pages(draw_pages(maps, cutoff, classes), pdf, png, simulated)


def maps_table(maps: Mapping[tuple[str, str, str], Sequence[FrameMap]]) -> pd.DataFrame:
    """A row per frame and point that is drawn; of a parameter that is not drawn there is no column.

    Where nothing was attacked the table has no row.
    """
    tables = [pd.DataFrame(columns=[*KEYS, "frame", "reference"])]
    for (model, seed, attack), of_grid in maps.items():
        for one in of_grid:
            points = one.probability.to_dataframe("worst_probability").reset_index()
            points.columns = [name.removeprefix("grid_") for name in points.columns]
            keys = {"model": model, "seed": seed, "fold": one.fold, "attack": attack}
            named = pd.DataFrame(
                keys | {"frame": one.frame, "reference": one.reference}, index=points.index
            )
            tables.append(pd.concat([named, points], axis=1))
    return pd.concat(tables[1:] or tables)


def draw_pages(
    maps: Mapping[tuple[str, str, str], Sequence[FrameMap]], cutoff: float, classes: Sequence[str]
) -> Iterator[Figure]:
    """Pages of at most `ROWS` x `COLUMNS` frames of one model, seed and grid."""
    for (model, seed, attack), of_grid in maps.items():
        count = -(-len(of_grid) // PAGE)
        for page in range(count):
            title = f"{model}, seed {seed}, {attack}: {len(of_grid)} frames attacked"
            if count > 1:
                title += f", page {page + 1} of {count}"
            yield draw_page(of_grid[PAGE * page : PAGE * (page + 1)], title, cutoff, classes)
    if not maps:
        yield empty_page("no frame was attacked")


def draw_page(
    maps: Sequence[FrameMap], title: str, cutoff: float, classes: Sequence[str]
) -> Figure:
    """A panel per frame and one colour bar."""
    rows = -(-len(maps) // COLUMNS)
    figure, panels = plt.subplots(
        rows,
        COLUMNS,
        figsize=(TWO_COLUMNS, ROW_HEIGHT * rows + 1),
        squeeze=False,
        layout="constrained",
    )
    words = dict(enumerate(classes)) | {-1: "no label"}
    for axes, one in zip(panels.flat, maps, strict=False):
        drawn = draw_map(axes, one, cutoff)
        axes.label_outer()
        axes.set_title(
            f"{one.frame}, {words[one.label]}\n{one.n_flipping:,} of {one.n_points:,} flip",
            size=SMALL,
        )
    for axes in panels.flat[len(maps) :]:
        axes.axis("off")
    bar = figure.colorbar(drawn, ax=panels, location="bottom", shrink=0.5, aspect=40, pad=0.02)
    bar.ax.axvline(cutoff, color=INK, linewidth=LINE)
    bar.set_label(f"probability of {classes[1]} where the other parameters are worst")
    figure.suptitle(title)
    return figure


if __name__ == "__main__":
    with job(snakemake.log[0]):
        decision_maps(
            files=located(snakemake.params.files, snakemake.input),
            paths=located(snakemake.params.paths, snakemake.input),
            cutoff=snakemake.params.cutoff,
            classes=snakemake.params.classes,
            table=snakemake.output.table,
            pdf=snakemake.output.pdf,
            png=snakemake.output.png,
            simulated=snakemake.params.simulated,
        )
