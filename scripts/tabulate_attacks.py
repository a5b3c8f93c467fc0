"""Gather all attacks in one table, a row per model, seed, fold, attack and frame."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import xarray as xr

from reconattack.jobs import job
from reconattack.parameters import PARAMETERS
from reconattack.picture_change import MEASURES
from reconattack.storage import write_table

DIRECTIONS = {0: "false alarm", 1: "missed disease"}  # by the decision that was flipped


def tabulate_attacks(files: Sequence[Mapping[str, str]], output: str) -> None:
    """Write the attacks of `files` (`model`, `seed`, `fold`, `attack`, `path`), in their order."""
    keys = ("model", "seed", "fold", "attack")
    names = moved_parameters([file["path"] for file in files])
    rows = [
        {key: file[key] for key in keys} | row
        for file in files
        for row in frame_rows(file["path"], names)
    ]
    write_table(output, pd.DataFrame(rows).astype({"label": "Int64", "reference": "Int64"}))


def moved_parameters(paths: Iterable[str]) -> list[str]:
    """Every parameter that one of the attacks has, in the order of the reconstruction."""
    moved: set[str] = set()
    for path in paths:
        with xr.open_dataset(path) as attacks:
            moved.update(map(str, attacks["parameter"].values))
    return [name for name in PARAMETERS if name in moved]


def frame_rows(path: str, names: Sequence[str]) -> list[dict]:
    """What became of each frame of one result file."""
    with xr.open_dataset(path) as attacks:
        return [
            frame_row(attacks.isel(frame=number), names) for number in range(attacks.sizes["frame"])
        ]


def frame_row(frame: xr.Dataset, names: Sequence[str]) -> dict:
    """What became of one frame; its final setting is the attack's result, not always the last.

    A parameter of `names` that this attack does not have is empty.
    """
    steps = int(frame["probability"].notnull().sum())
    final = frame.isel(step=int(frame["best_step"]))
    label = int(frame["label"])
    return {
        "frame": str(frame["frame"].values),
        "label": label if label >= 0 else None,
        "gain_state": str(frame["gain_state"].values),
        "reference": int(frame["reference"]) if steps else None,
        "reference_source": "label" if label >= 0 else "own decision",
        "probability_initial": float(frame["probability"][0]),
        "probability_final": float(final["probability"]),
        **final["parameters"].reindex(parameter=names).to_series().to_dict(),
        "success": bool(frame["success"]),
        "direction": DIRECTIONS[int(frame["reference"])] if frame["success"] else None,
        "queries": int(frame["queries"]),
        "repeats": int(frame["repeats"]),
        "steps": max(steps - 1, 0),
        "stop_reason": str(frame["stop_reason"].values),
        **{name: float(frame[name]) for name in MEASURES},
    }


if __name__ == "__main__":
    with job(snakemake.log[0]):
        tabulate_attacks(files=snakemake.params.files, output=snakemake.output.table)
