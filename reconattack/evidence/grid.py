"""The table of the grids' findings, `grid.csv`: a row per model, seed, fold, attack and frame."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.attacks.results import FrameResult, lattice_axes_of, read_frames
from reconattack.errors import InputError
from reconattack.evidence.attacks import reference_of, with_integers

KEYS = ("model", "seed", "fold", "attack")
INTEGERS = ("label", "reference", "n_flipping")


def grid_table(files: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Tabulate grids, a row per frame, in the order of `files`.

    Parameters
    ----------
    files
        Records of the grids: the `KEYS` and `path`.

    Raises
    ------
    InputError
        If there are no files.
    """
    if not files:
        raise InputError(
            "run.attacks selects no attack of method grid: there is nothing to tabulate"
        )
    rows = []
    for file in files:
        keys = {key: file[key] for key in KEYS}
        lattice = lattice_columns(lattice_axes_of(file["path"]))
        rows += [keys | frame_row(frame, lattice) for frame in read_frames(file["path"])]
    return with_integers(pd.DataFrame(rows), INTEGERS)


def lattice_columns(axes: Mapping[str, np.ndarray]) -> dict:
    """The lattice's number of points, and each parameter's step; None if it does not move."""
    steps = {
        f"step_{name}": round(axis[1] - axis[0], 9) if len(axis) > 1 else None
        for name, axis in axes.items()
    }
    return {"n_points": int(np.prod([len(axis) for axis in axes.values()])), **steps}


def frame_row(frame: FrameResult, lattice: Mapping[str, float]) -> dict:
    """The verdict on one frame; only the lattice is given where the frame was not attacked.

    `lowest_*` is the lattice point of lowest margin, `nearest_*` the flipping one nearest to the
    initial setting.
    """
    record = frame.record
    lowest = frame.setting if frame.is_attacked else dict.fromkeys(frame.setting)
    nearest = record["nearest_flip"].to_series().to_dict()
    return {
        "frame": frame.name,
        "label": frame.truth,
        "reference": reference_of(frame) if frame.is_readable else None,
        "stop_reason": frame.stop_reason,
        **lattice,
        "n_flipping": int(record["n_flipping"]) if frame.is_attacked else None,
        "grid_certified": bool(record["grid_certified"]) if frame.is_attacked else None,
        "lowest_margin": float(record["lowest_margin"]),
        **{f"lowest_{name}": value for name, value in lowest.items()},
        "nearest_distance": float(record["nearest_distance"]),
        **{f"nearest_{name}": value for name, value in nearest.items()},
        "queries": int(record["queries"]),
        "repeats": int(record["repeats"]),
    }
