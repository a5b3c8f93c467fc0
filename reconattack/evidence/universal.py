"""Universal settings: one setting for all frames, found on some folds and judged on another.

The grids' verdicts are all that is needed. The lattice point that flips the most attacked frames of
the other folds is chosen (the nearest to the initial setting if several flip as many), and it is
judged on the held-out fold. It is compared with a point of the lattice drawn at random, with the
worst point for each frame alone, and with the best constant answer: a setting at which a classifier
calls every frame fatty flips every normal frame, and the classifier is then worth nothing.

A grid has no verdicts on frames that were judged wrong at the start. Rates therefore count attacked
frames, all of which are right at the initial setting.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.directions import FALSE_ALARM, MISSED_DISEASE
from reconattack.attacks.lattice import distances, lattice_points
from reconattack.attacks.results import attacked_part
from reconattack.attacks.space import SearchSpace, search_space
from reconattack.evidence.fold_names import HELD_OUT, IN_SAMPLE
from reconattack.evidence.statistics import proportion

# Labels of the frames to flip, -1 without a label: its flip is neither of the two mistakes.
KINDS = {"all": (-1, 0, 1), FALSE_ALARM: (0,), MISSED_DISEASE: (1,)}
EXTREMES = (0.05, 0.95)
MAPPED = ("beta", "alpha_lower")  # the axes of a map where the grid moves them


class Grid(NamedTuple):
    """A grid attack by the networks of one model and seed."""

    model: str
    seed: str
    attack: str


def universal_table(
    files: Sequence[Mapping[str, str]],
    boxes: Mapping[str, Mapping],
    initial: Mapping[str, float],
) -> pd.DataFrame:
    """Tabulate what one setting does to all frames of each grid.

    Parameters
    ----------
    files
        Records of the grids: `model`, `seed`, `fold`, `attack`, `path`.
    boxes
        The parameters of each attack, with their `box`.
    initial
        The initial setting.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed, grid, kind and fold (`universal_rows`).
    """
    rows = [
        grid._asdict() | row
        for grid, of_grid in by_grid(files).items()
        for row in universal_rows(
            lattice_flips(of_grid), search_space(initial, boxes[grid.attack], grid.attack)
        )
    ]
    return pd.DataFrame(rows).astype({"n_found_on": "Int64"})


def by_grid(files: Sequence[Mapping[str, str]]) -> dict[Grid, list[Mapping[str, str]]]:
    """The files of each grid, both in the order of `files`."""
    grids: dict[Grid, list[Mapping[str, str]]] = {}
    for file in files:
        grid = Grid(*(file[key] for key in Grid._fields))
        grids.setdefault(grid, []).append(file)
    return grids


def lattice_flips(files: Sequence[Mapping[str, str]]) -> xr.Dataset:
    """Read which points of a lattice flip which attacked frames.

    Parameters
    ----------
    files
        Records of one grid attack by the networks of one model and seed (`fold`, `path`).

    Returns
    -------
    xarray.Dataset
        `flips` bool (frame, `grid_{parameter}` for each parameter), `label` int (frame,): 1 fatty,
        0 normal, -1 unknown, and `fold` (frame,).
    """
    return xr.concat([_flips_of_file(file) for file in files], "frame")


def universal_rows(lattice: xr.Dataset, space: SearchSpace) -> Iterator[dict]:
    """Choose settings for all frames and for each class alone, and judge them.

    Parameters
    ----------
    lattice
        The result of `lattice_flips`.
    space
        The grid's box and initial setting.

    Yields
    ------
    dict
        For each kind: a row per fold that holds such frames, judged at the setting found on the
        other folds; a row for all these folds together; and a row for the setting that is best on
        the very frames it is judged on. `random_*` is the share of frames that a lattice point
        flips: its mean, 5th and 95th percentile over the points. `n_vulnerable` counts frames that
        at least one point flips.
    """
    points = lattice_points([lattice[f"grid_{name}"].values for name in space.names])
    farthest, length = distances(points, space)
    nearest_first = np.lexsort((length, farthest))
    flips = lattice["flips"].transpose("frame", *(f"grid_{name}" for name in space.names))
    flips = flips.values.reshape(-1, len(points))
    labels, folds = lattice["label"].values, lattice["fold"].values
    for kind, attacked in KINDS.items():
        of_kind = np.isin(labels, attacked)
        judged = _judged(flips[of_kind], labels[of_kind], folds[of_kind], nearest_first)
        for fold, n_found_on, point, outcome in judged:
            setting = np.full(len(space.names), np.nan) if point is None else points[point]
            yield {
                "kind": kind,
                "fold": fold,
                "n_found_on": n_found_on,
                **dict(zip(space.names, setting.tolist(), strict=True)),
                **outcome,
            }


def most_flipping(flips: np.ndarray, nearest_first: np.ndarray) -> int:
    """The point that flips most frames, (frame, point); on a tie the first of `nearest_first`."""
    counts = flips.sum(axis=0)
    return int(nearest_first[counts[nearest_first].argmax()])


def rows_of_grid(table: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """The rows of one model, seed and grid."""
    return table[(table[list(Grid._fields)] == list(grid)).all(axis=1)]


def mapped_parameters(lattice: xr.Dataset) -> tuple[str, str]:
    """The parameters of a map's axes, across and up: two that the grid moves, if there are two."""
    names = [name.removeprefix("grid_") for name in lattice["flips"].dims[1:]]
    across, up = sorted(
        names, key=lambda name: (lattice.sizes[f"grid_{name}"] == 1, name not in MAPPED)
    )[:2]
    return across, up


def share_flipped(lattice: xr.Dataset, kind: str) -> xr.DataArray:
    """Share of the frames of a kind flipped at each value of the `mapped_parameters`, (up, across).

    The other parameters take the values that flip the most frames there.
    """
    of_kind = np.isin(lattice["label"].values, KINDS[kind])
    shares = lattice["flips"][of_kind].mean("frame")
    across, up = (f"grid_{name}" for name in mapped_parameters(lattice))
    return shares.max([name for name in shares.dims if name not in (across, up)]).transpose(
        up, across
    )


def map_rows(grid: Grid, lattice: xr.Dataset, kind: str) -> pd.DataFrame:
    """A row per cell of a map, with a column for each of the two parameters on its axes."""
    shares = share_flipped(lattice, kind).reset_coords(drop=True)
    cells = shares.to_dataframe("share_flipped").reset_index()
    cells.columns = [name.removeprefix("grid_") for name in cells.columns]
    known = pd.DataFrame(grid._asdict() | {"kind": kind}, index=cells.index)
    return pd.concat([known, cells], axis=1)


def _flips_of_file(file: Mapping[str, str]) -> xr.Dataset:
    grid = attacked_part(file["path"], ["grid_flips", "label"])
    lattice = xr.Dataset({"flips": grid["grid_flips"].astype(bool), "label": grid["label"]})
    return lattice.assign(fold=("frame", np.full(grid.sizes["frame"], file["fold"], object)))


def _judged(
    flips: np.ndarray, labels: np.ndarray, folds: np.ndarray, nearest_first: np.ndarray
) -> Iterator[tuple[str, int | None, int | None, dict]]:
    """Judge the point found on the other folds, for each fold, and the best point of all frames.

    Yields the fold, the number of frames that chose the point, the point (None for all folds
    together, whose points may differ) and its `_outcome`.
    """
    held_out: list[int] = []
    flipped: list[bool] = []
    for fold in dict.fromkeys(folds):
        inside = folds == fold
        if inside.all():
            continue  # no other fold to find a setting on
        point = most_flipping(flips[~inside], nearest_first)
        outcome = _outcome(flips[inside, point], flips[inside], labels[inside])
        yield fold, int((~inside).sum()), point, outcome
        held_out.extend(np.flatnonzero(inside))
        flipped.extend(flips[inside, point])
    if held_out:
        outcome = _outcome(np.array(flipped), flips[held_out], labels[held_out])
        yield HELD_OUT, None, None, outcome
    point = most_flipping(flips, nearest_first)
    yield IN_SAMPLE, len(flips), point, _outcome(flips[:, point], flips, labels)


def _outcome(flipped: np.ndarray, flips: np.ndarray, labels: np.ndarray) -> dict:
    """Count the frames that a setting flips, bool (frame,), and compare it with the lattice.

    `flips` (frame, point) tells which lattice points flip the frames. `labels` (frame,) are -1
    where there is none; such frames count in no accuracy.
    """
    n, n_flipped = len(flipped), int(flipped.sum())
    shares = flips.mean(axis=0) if n else np.full(flips.shape[1], np.nan)
    p5, p95 = np.quantile(shares, EXTREMES)
    _, *counts = np.bincount(labels + 1, minlength=3).tolist()
    _, *wrong = np.bincount(labels[flipped] + 1, minlength=3).tolist()
    n_labelled = sum(counts)
    return {
        "n": n,
        "n_flipped": n_flipped,
        **proportion("rate", n_flipped, n),
        "n_normal": counts[0],
        "n_false_alarm": wrong[0],
        "n_fatty": counts[1],
        "n_missed_disease": wrong[1],
        "accuracy": 1 - sum(wrong) / n_labelled if n_labelled else np.nan,
        "constant_accuracy": max(counts) / n_labelled if n_labelled else np.nan,
        "random_mean": shares.mean(),
        "random_p5": p5,
        "random_p95": p95,
        "n_vulnerable": int(flips.any(axis=1).sum()),
    }
