"""Gather what the grids found in one table, a row per model, seed, fold, attack and frame."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.errors import InputError
from reconattack.run.jobs import job
from reconattack.storage import located, write_table

KEYS = ("model", "seed", "fold", "attack")


def tabulate_grid(files: Sequence[Mapping[str, str]], output: str) -> None:
    """Write the grids of `files` (`model`, `seed`, `fold`, `attack`, `path`), in their order."""
    if not files:
        raise InputError(
            "run.attacks selects no attack of method grid: there is nothing to tabulate"
        )
    rows = [
        {key: file[key] for key in KEYS} | row for file in files for row in frame_rows(file["path"])
    ]
    integers = ["label", "reference", "n_flipping"]
    write_table(output, pd.DataFrame(rows).astype(dict.fromkeys(integers, "Int64")))


def frame_rows(path: str) -> list[dict]:
    """The verdict on each frame of one result file."""
    with xr.open_dataset(path) as attacks:
        lattice = lattice_row(attacks)
        verdicts = attacks.drop_vars(["grid_logit", "gradient"])
        return [
            frame_row(verdicts.isel(frame=number), lattice)
            for number in range(attacks.sizes["frame"])
        ]


def lattice_row(attacks: xr.Dataset) -> dict:
    """The lattice: its number of points, and each parameter's step (none if it stands still)."""
    axes = {name: attacks[f"grid_{name}"].values for name in map(str, attacks["parameter"].values)}
    steps = {
        f"step_{name}": round(axis[1] - axis[0], 9) if len(axis) > 1 else None
        for name, axis in axes.items()
    }
    return {"n_points": int(np.prod([len(axis) for axis in axes.values()]))} | steps


def frame_row(frame: xr.Dataset, lattice: Mapping[str, float]) -> dict:
    """The verdict on one frame; all but the lattice is empty where it was not attacked.

    `lowest_*` is the lattice point of lowest margin, `nearest_*` the flipping one nearest to the
    initial setting.
    """
    stop_reason = str(frame["stop_reason"].values)
    attacked = stop_reason not in NOT_ATTACKED
    final = frame["parameters"].isel(step=int(frame["best_step"]))
    label = int(frame["label"])
    return {
        "frame": str(frame["frame"].values),
        "label": label if label >= 0 else None,
        "reference": int(frame["reference"]) if stop_reason != "unreadable" else None,
        "stop_reason": stop_reason,
        **lattice,
        "n_flipping": int(frame["n_flipping"]) if attacked else None,
        "grid_certified": bool(frame["grid_certified"]) if attacked else None,
        "lowest_margin": float(frame["lowest_margin"]),
        **setting("lowest", final if attacked else None, frame),
        "nearest_distance": float(frame["nearest_distance"]),
        **setting("nearest", frame["nearest_flip"], frame),
        "queries": int(frame["queries"]),
        "repeats": int(frame["repeats"]),
    }


def setting(prefix: str, values: xr.DataArray | None, frame: xr.Dataset) -> dict:
    """A column for each parameter; empty ones without values."""
    names = [f"{prefix}_{name}" for name in frame["parameter"].values]
    if values is None:
        return dict.fromkeys(names)
    return dict(zip(names, values.values.tolist(), strict=True))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        tabulate_grid(
            files=located(snakemake.params.files, snakemake.input), output=snakemake.output.table
        )
