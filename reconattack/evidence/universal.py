"""Universal settings: one setting for all frames, found on some of them and judged on the others.

From the verdicts of grids: of the points of a lattice the one is chosen that flips most
attacked frames of the other folds, of equals the nearest to the initial setting, and it is judged
on the held-out fold. Beside it stand a point of the lattice drawn at random, the worst point for
each frame alone, and the best constant answer: a setting at which a classifier calls everything
fatty flips every normal frame, and leaves it worth no more than no classifier.

Frames judged wrong at the start have no field. So rates are of the attacked frames, every one of
them right at the initial setting.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.lattice import distances, lattice_points
from reconattack.attacks.space import SearchSpace
from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.evidence.statistics import wilson_interval

KINDS = {"all": (0, 1), "false alarm": (0,), "missed disease": (1,)}  # references to flip
HELD_OUT = "held out"
IN_SAMPLE = "in sample"
EXTREMES = (0.05, 0.95)
MAPPED = ("beta", "alpha_lower")  # the axes of a map where the grid moves them


class Grid(NamedTuple):
    """A grid attack by the networks of one model and seed."""

    model: str
    seed: str
    attack: str


def by_grid(files: Sequence[Mapping[str, str]]) -> dict[Grid, list[Mapping[str, str]]]:
    """The files of each grid, both in the order of `files`."""
    grids: dict[Grid, list[Mapping[str, str]]] = {}
    for file in files:
        grid = Grid(*(file[key] for key in Grid._fields))
        grids.setdefault(grid, []).append(file)
    return grids


def lattice_flips(files: Sequence[Mapping[str, str]]) -> xr.Dataset:
    """Tell which points of a lattice flip which attacked frames.

    Parameters
    ----------
    files
        Records of one grid attack by the networks of one model and seed (`fold`, `path`).

    Returns
    -------
    xarray.Dataset
        `flips` bool (frame, `grid_{parameter}` for each parameter), `reference` int (frame,): the
        decision at the initial setting, and `fold` (frame,).
    """
    return xr.concat([_flips_of_file(file) for file in files], "frame")


def universal_rows(lattice: xr.Dataset, space: SearchSpace) -> Iterator[dict]:
    """Choose settings for all frames and for each class alone, and judge them.

    Parameters
    ----------
    lattice
        What `lattice_flips` returns.
    space
        The grid's box and initial setting.

    Yields
    ------
    dict
        For each kind a row per fold that holds such frames, judged at the setting found on the
        other folds'; one of all of these together; and one of the setting that is best on the very
        frames it is judged on. `random_*` is the share of frames flipped by a point of the lattice,
        its mean and 5th and 95th percentile over the points; `n_vulnerable` counts frames that at
        least one point flips.
    """
    points = lattice_points([lattice[f"grid_{name}"].values for name in space.names])
    farthest, length = distances(points, space)
    nearest_first = np.lexsort((length, farthest))
    flips = lattice["flips"].transpose("frame", *(f"grid_{name}" for name in space.names))
    flips = flips.values.reshape(-1, len(points))
    for kind, attacked in KINDS.items():
        of_kind = np.isin(lattice["reference"].values, attacked)
        frames = (flips[of_kind], lattice["reference"].values[of_kind])
        for fold, n_found_on, point, outcome in _judged(
            *frames, lattice["fold"].values[of_kind], nearest_first
        ):
            setting = np.full(len(space.names), np.nan) if point is None else points[point]
            yield {
                "kind": kind,
                "fold": fold,
                "n_found_on": n_found_on,
                **dict(zip(space.names, setting.tolist(), strict=True)),
                **outcome,
            }


def most_flipping(flips: np.ndarray, nearest_first: np.ndarray) -> int:
    """The point that flips most frames, (frame, point); of equals the first of `nearest_first`."""
    counts = flips.sum(axis=0)
    return int(nearest_first[counts[nearest_first].argmax()])


def rows_of_grid(table: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """The rows of one model, seed and grid."""
    return table[(table[list(Grid._fields)] == list(grid)).all(axis=1)]


def mapped_parameters(lattice: xr.Dataset) -> tuple[str, str]:
    """Two parameters that the grid moves, or one and one that stands still: across and up."""
    names = [name.removeprefix("grid_") for name in lattice["flips"].dims[1:]]
    across, up = sorted(
        names, key=lambda name: (lattice.sizes[f"grid_{name}"] == 1, name not in MAPPED)
    )[:2]
    return across, up


def share_flipped(lattice: xr.Dataset, kind: str) -> xr.DataArray:
    """Share of the frames of a kind flipped at each value of the `mapped_parameters`, (up, across),
    the others being at their best.
    """
    of_kind = np.isin(lattice["reference"].values, KINDS[kind])
    shares = lattice["flips"][of_kind].mean("frame")
    across, up = (f"grid_{name}" for name in mapped_parameters(lattice))
    return shares.max([name for name in shares.dims if name not in (across, up)]).transpose(
        up, across
    )


def map_rows(grid: Grid, lattice: xr.Dataset, kind: str) -> pd.DataFrame:
    """A row per cell of a map; of a parameter that is not drawn there is no column."""
    shares = share_flipped(lattice, kind).reset_coords(drop=True)
    cells = shares.to_dataframe("share_flipped").reset_index()
    cells.columns = [name.removeprefix("grid_") for name in cells.columns]
    known = pd.DataFrame(grid._asdict() | {"kind": kind}, index=cells.index)
    return pd.concat([known, cells], axis=1)


def _flips_of_file(file: Mapping[str, str]) -> xr.Dataset:
    with xr.open_dataset(file["path"]) as grid:
        grid = grid[["grid_flips", "reference", "stop_reason"]].load()
    grid = grid.sel(frame=~np.isin(grid["stop_reason"].values, NOT_ATTACKED))
    lattice = xr.Dataset({"flips": grid["grid_flips"].astype(bool), "reference": grid["reference"]})
    return lattice.assign(fold=("frame", np.full(grid.sizes["frame"], file["fold"], object)))


def _judged(
    flips: np.ndarray, references: np.ndarray, folds: np.ndarray, nearest_first: np.ndarray
) -> Iterator[tuple[str, int | None, int | None, dict]]:
    """Fold, number of frames that chose the point, the point (None where the folds' differ) and
    what it did.
    """
    held_out: list[int] = []
    flipped: list[bool] = []
    for fold in dict.fromkeys(folds):
        inside = folds == fold
        if inside.all():
            continue  # no other fold to find a setting on
        point = most_flipping(flips[~inside], nearest_first)
        outcome = _outcome(flips[inside, point], flips[inside], references[inside])
        yield fold, int((~inside).sum()), point, outcome
        held_out.extend(np.flatnonzero(inside))
        flipped.extend(flips[inside, point])
    if held_out:
        outcome = _outcome(np.array(flipped), flips[held_out], references[held_out])
        yield HELD_OUT, None, None, outcome
    point = most_flipping(flips, nearest_first)
    yield IN_SAMPLE, len(flips), point, _outcome(flips[:, point], flips, references)


def _outcome(flipped: np.ndarray, flips: np.ndarray, references: np.ndarray) -> dict:
    """What a setting did to frames, `flipped` (frame,), beside what the lattice can do, `flips`."""
    n, n_flipped = len(flipped), int(flipped.sum())
    low, high = wilson_interval(n_flipped, n)
    shares = flips.mean(axis=0) if n else np.full(flips.shape[1], np.nan)
    p5, p95 = np.quantile(shares, EXTREMES)
    counts = np.bincount(references, minlength=2)
    return {
        "n": n,
        "n_flipped": n_flipped,
        "rate": n_flipped / n if n else np.nan,
        "rate_low": low,
        "rate_high": high,
        "n_normal": int(counts[0]),
        "n_false_alarm": int(flipped[references == 0].sum()),
        "n_fatty": int(counts[1]),
        "n_missed_disease": int(flipped[references == 1].sum()),
        "accuracy": 1 - n_flipped / n if n else np.nan,
        "constant_accuracy": counts.max() / n if n else np.nan,
        "random_mean": shares.mean(),
        "random_p5": p5,
        "random_p95": p95,
        "n_vulnerable": int(flips.any(axis=1).sum()),
    }
