"""Where in the box each attacked frame's decision flips: the worst case of the other parameters."""

from collections.abc import Iterator, Mapping, Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from reconattack.errors import InputError
from reconattack.figures.frame_maps import FrameMap, draw_map, read_maps
from reconattack.figures.look import differing, figure_style, inches
from reconattack.figures.panels import empty_page
from reconattack.figures.style import INK, LINE, SMALL, TWO_COLUMNS

KEYS = ("model", "seed", "fold", "attack")
COLUMNS, ROWS = 4, 3
PAGE = COLUMNS * ROWS
ROW_HEIGHT = 1.65  # inches

Grid = tuple[str, str, str]  # model, seed, attack


def maps_of_grids(
    files: Sequence[Mapping[str, str]], paths: Mapping[str, str]
) -> dict[Grid, list[FrameMap]]:
    """Read the maps of grids, for each grid in the order in which they are drawn.

    The frames that most lattice points flip come first.

    Parameters
    ----------
    files
        Records of the grids: `model`, `seed`, `fold`, `attack`, `path`.
    paths
        For the path of a grid's record that of the attack whose paths are drawn on its maps.

    Raises
    ------
    InputError
        If there is no grid.
    """
    if not files:
        raise InputError("run.attacks selects no attack of method grid: there is nothing to draw")
    maps: dict[Grid, list[FrameMap]] = {}
    for file in files:
        for one in read_maps(file, paths.get(file["path"])):
            maps.setdefault((one.model, one.seed, one.attack), []).append(one)
    return {
        grid: sorted(frames, key=lambda one: (-one.n_flipping, one.result.name))
        for grid, frames in maps.items()
    }


def maps_table(maps: Mapping[Grid, Sequence[FrameMap]]) -> pd.DataFrame:
    """Tabulate the maps: a row per frame and lattice point of the two drawn parameters."""
    tables = [pd.DataFrame(columns=[*KEYS, "frame", "reference"])]
    for frames in maps.values():
        for one in frames:
            points = one.probability.to_dataframe("worst_probability").reset_index()
            points.columns = [*one.drawn, "worst_probability"]
            known = {key: getattr(one, key) for key in KEYS}
            known |= {"frame": one.result.name, "reference": one.result.reference}
            tables.append(pd.concat([pd.DataFrame(known, index=points.index), points], axis=1))
    return pd.concat(tables[1:] or tables)


def draw_pages(
    maps: Mapping[Grid, Sequence[FrameMap]], cutoff: float, classes: Sequence[str]
) -> Iterator[Figure]:
    """Draw pages of at most `ROWS` x `COLUMNS` frames of one grid.

    Parameters
    ----------
    maps
        The result of `maps_of_grids`.
    cutoff
        Probability from which a frame is called fatty.
    classes
        Words for the labels 0 and 1.
    """
    for name, frames in zip(differing(maps), maps.values(), strict=True):
        count = -(-len(frames) // PAGE)
        for page in range(count):
            place = f"page {page + 1} of {count}" if count > 1 else ""
            head = ", ".join(filter(None, (name, place)))
            yield draw_page(frames[PAGE * page : PAGE * (page + 1)], head, cutoff, classes)
    if not maps:
        yield empty_page("no frame was attacked")


@figure_style()
def draw_page(maps: Sequence[FrameMap], head: str, cutoff: float, classes: Sequence[str]) -> Figure:
    """Draw a panel per frame, with one colour bar; `head` tells the page from others."""
    rows = -(-len(maps) // COLUMNS)
    figure, panels = plt.subplots(
        rows,
        COLUMNS,
        figsize=inches(TWO_COLUMNS, ROW_HEIGHT * rows + 1),
        squeeze=False,
        layout="constrained",
    )
    for axes, one in zip(panels.flat, maps, strict=False):
        drawn = draw_map(axes, one, cutoff)
        axes.label_outer()
        label = "no label" if one.result.label is None else classes[one.result.label]
        axes.set_title(
            f"{one.result.name}, {label}\n{one.n_flipping:,} of {one.n_points:,} flip",
            size=SMALL,
        )
    for axes in panels.flat[len(maps) :]:
        axes.axis("off")
    bar = figure.colorbar(drawn, ax=panels, location="bottom", shrink=0.5, aspect=40, pad=0.02)
    bar.ax.axvline(cutoff, color=INK, linewidth=LINE)
    bar.set_label(f"probability of {classes[1]} where the other parameters are worst")
    if head:
        figure.suptitle(head)
    return figure
