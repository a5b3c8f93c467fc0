"""The table of the margins, `margins.csv`: a row per model, seed, fold, attack and frame."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.attacks.results import FrameResult, parameters_of, read_frames
from reconattack.errors import InputError
from reconattack.evidence.attacks import reference_of, with_integers

KEYS = ("model", "seed", "fold", "attack")
SETTINGS = ("nearest_linf", "nearest_l2", "safe_lower", "safe_upper")
BOUNDS = ("safe_lower_is_bound", "safe_upper_is_bound")
INTEGERS = ("label", "reference", "queries_to_flip")


def margin_table(
    files: Sequence[Mapping[str, str]], grids: Mapping[str, Mapping[str, str]]
) -> pd.DataFrame:
    """Tabulate margins, a row per frame, in the order of `files`.

    Parameters
    ----------
    files
        Records of the attacks of method minimal: the `KEYS` and `path`.
    grids
        The grid over the same box (`attack`, `path`) by the path of a record; without the records
        for which the run has no grid.

    Raises
    ------
    InputError
        If there are no files.
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
    return with_integers(pd.DataFrame(rows), INTEGERS)


def frame_rows(path: str, names: Sequence[str], grid: Mapping[str, str] | None) -> list[dict]:
    """The margins of each frame of a record, and those of the grid over the same box."""
    exact = read_frames(grid["path"]) if grid else []
    distances = {frame.name: float(frame.record["nearest_distance"]) for frame in exact}
    return [
        frame_row(frame, names)
        | grid_columns(frame, grid["attack"] if grid else None, distances.get(frame.name))
        for frame in read_frames(path)
    ]


def frame_row(frame: FrameResult, names: Sequence[str]) -> dict:
    """The margins of one frame.

    They are missing for a frame that was not attacked or that nothing flipped, and for a parameter
    of `names` that the attack does not have.
    """
    record = frame.record
    return {
        "frame": frame.name,
        "label": frame.truth,
        "reference": reference_of(frame) if frame.is_readable else None,
        "direction": frame.direction if frame.is_attacked else None,
        "stop_reason": frame.stop_reason,
        "margin_linf": float(record["margin_linf"]),
        "margin_l2": float(record["margin_l2"]),
        **{
            f"{variable}_{name}": value
            for variable in SETTINGS
            for name, value in by_parameter(frame, variable, names).items()
        },
        **{
            f"{variable}_{name}": bool(value) if frame.is_attacked and pd.notna(value) else None
            for variable in BOUNDS
            for name, value in by_parameter(frame, variable, names).items()
        },
        "queries": int(record["queries"]),
        "queries_to_flip": float(record["queries_to_flip"]),
        "repeats": int(record["repeats"]),
    }


def by_parameter(frame: FrameResult, variable: str, names: Sequence[str]) -> dict[str, float]:
    """A variable's value for each parameter of `names`; NaN if the attack does not have it."""
    return frame.record[variable].to_series().reindex(names).to_dict()


def grid_columns(frame: FrameResult, grid: str | None, distance: float | None) -> dict[str, object]:
    """The exact margin on the lattice over the same box; None without a grid or an attack.

    The two agree unless the found margin is greater: a flip between the lattice's points may be
    nearer than any lattice point.

    Parameters
    ----------
    frame
        A frame whose margin was searched.
    grid
        Name of the grid.
    distance
        L-infinity distance of the nearest flip on its lattice; NaN if no lattice point flips.
    """
    if grid is None or not frame.is_attacked:
        return {"grid": None, "grid_distance": None, "grid_agrees": None}
    found = float(frame.record["margin_linf"])
    agrees = (np.inf if np.isnan(found) else found) <= (np.inf if np.isnan(distance) else distance)
    return {"grid": grid, "grid_distance": distance, "grid_agrees": agrees}
