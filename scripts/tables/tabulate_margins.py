"""Gather the margins in one table, a row per model, seed, fold, attack and frame."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.results import parameters_of
from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.classifiers.decision import MISTAKES
from reconattack.errors import InputError
from reconattack.run.jobs import job
from reconattack.storage import located, write_table

KEYS = ("model", "seed", "fold", "attack")
SETTINGS = ("nearest_linf", "nearest_l2", "safe_lower", "safe_upper")
BOUNDS = ("safe_lower_is_bound", "safe_upper_is_bound")


def tabulate_margins(
    files: Sequence[Mapping[str, str]], grids: Mapping[str, Mapping[str, str]], output: str
) -> None:
    """Write the margins of `files` (`model`, `seed`, `fold`, `attack`, `path`), in their order.

    `grids` names for the path of a file the grid over the same box (`attack`, `path`), if the run
    has one.
    """
    if not files:
        raise InputError(
            "run.attacks selects no attack of method minimal: there is nothing to tabulate"
        )
    names = parameters_of([file["path"] for file in files])
    rows = [
        {key: file[key] for key in KEYS} | row
        for file in files
        for row in frame_rows(file["path"], names, grids.get(file["path"]))
    ]
    integers = dict.fromkeys(("label", "reference", "queries_to_flip"), "Int64")
    write_table(output, pd.DataFrame(rows).astype(integers))


def frame_rows(path: str, names: Sequence[str], grid: Mapping[str, str] | None) -> list[dict]:
    """The margins of each frame of one result file, and the grid's beside them."""
    distances = grid_distances(grid)
    with xr.open_dataset(path) as attacks:
        margins = attacks.drop_dims("step")
        frames = [margins.isel(frame=number) for number in range(margins.sizes["frame"])]
        return [frame_row(frame, names) | grid_row(frame, grid, distances) for frame in frames]


def frame_row(frame: xr.Dataset, names: Sequence[str]) -> dict:
    """The margins of one frame. Empty are those of a frame that nothing flipped or that was not
    attacked, and what concerns a parameter of `names` that this attack does not have.
    """
    stop_reason, label = str(frame["stop_reason"].values), int(frame["label"])
    reference = int(frame["reference"])
    attacked = stop_reason not in NOT_ATTACKED
    return {
        "frame": str(frame["frame"].values),
        "label": label if label >= 0 else None,
        "reference": reference if stop_reason != "unreadable" else None,
        "direction": MISTAKES[reference] if attacked else None,
        "stop_reason": stop_reason,
        "margin_linf": float(frame["margin_linf"]),
        "margin_l2": float(frame["margin_l2"]),
        **{
            f"{variable}_{name}": value
            for variable in SETTINGS
            for name, value in by_parameter(frame, variable, names).items()
        },
        **{
            f"{variable}_{name}": bool(value) if attacked and pd.notna(value) else None
            for variable in BOUNDS
            for name, value in by_parameter(frame, variable, names).items()
        },
        "queries": int(frame["queries"]),
        "queries_to_flip": float(frame["queries_to_flip"]),
        "repeats": int(frame["repeats"]),
    }


def by_parameter(frame: xr.Dataset, variable: str, names: Sequence[str]) -> dict[str, float]:
    """What a variable says of each parameter of `names`; NaN where the attack does not have it."""
    return frame[variable].to_series().reindex(names).to_dict()


def grid_distances(grid: Mapping[str, str] | None) -> pd.Series:
    """L-infinity distance of the nearest flip on the lattice by frame, NaN where there is none."""
    if grid is None:
        return pd.Series(dtype=float)
    with xr.open_dataset(grid["path"]) as lattice:
        return lattice["nearest_distance"].to_series()


def grid_row(
    frame: xr.Dataset, grid: Mapping[str, str] | None, distances: pd.Series
) -> dict[str, object]:
    """The exact margin on the lattice over the same box; empty without grid or attack.

    A margin agrees with it unless it is greater: flips between the lattice's points may be nearer.
    """
    if grid is None or str(frame["stop_reason"].values) in NOT_ATTACKED:
        return dict.fromkeys(("grid", "grid_distance", "grid_agrees"))
    distance = float(distances[str(frame["frame"].values)])
    found, known = (
        np.inf if np.isnan(value) else value for value in (float(frame["margin_linf"]), distance)
    )
    return {"grid": grid["attack"], "grid_distance": distance, "grid_agrees": found <= known}


if __name__ == "__main__":
    with job(snakemake.log[0]):
        tabulate_margins(
            files=located(snakemake.params.files, snakemake.input),
            grids=located(snakemake.params.grids, snakemake.input),
            output=snakemake.output.table,
        )
