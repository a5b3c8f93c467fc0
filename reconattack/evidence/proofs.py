"""The table of certificates, `proofs.csv`, and what they say of a model, `proofs_summary.csv`.

A proof holds for every setting of the box. A sample holds for settings drawn from its distribution,
at its confidence. Both are rows of the same tables, and `statement` tells them apart.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
import xarray as xr

from reconattack.attacks.results import FrameResult, read_frames
from reconattack.errors import InputError
from reconattack.evidence.attacks import reference_of, with_integers
from reconattack.evidence.labelled import attacked, seed_range
from reconattack.evidence.statistics import proportion

KEYS = ("model", "seed", "fold", "attack")
PROVED, SAMPLED = "every setting", "drawn settings"  # what a row's statement is about
TYPES = {  # what the records hold: those of a proof, then those of a sample
    "certified": "boolean",
    "certified_margin": "float",
    "margin_linf": "float",
    "margin_gap": "float",
    "undecided_share": "float",
    "cells": "Int64",
    "n_drawn": "Int64",
    "n_flipping": "Int64",
    "flip_share": "float",
    "flip_share_upper": "float",
    "confidence": "float",
}
VERDICTS = ("robust", "vulnerable", "undecided")


def proof_table(files: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Tabulate proofs and samples, a row per frame, in the order of `files`.

    Parameters
    ----------
    files
        Records of attacks of method certify or sample: the `KEYS` and `path`.

    Raises
    ------
    InputError
        If there are no files.
    """
    if not files:
        raise InputError(
            "run.attacks selects no attack of method certify or sample: there is nothing to "
            "tabulate"
        )
    rows = [
        {key: file[key] for key in KEYS} | row
        for file in files
        for row in map(frame_row, read_frames(file["path"]))
    ]
    return with_integers(pd.DataFrame(rows).astype(TYPES), ("label", "reference"))


def frame_row(frame: FrameResult) -> dict:
    """What is known of one frame; only why not, if it was not attacked."""
    record = frame.record
    statement = statement_of(record)
    return {
        "statement": statement,
        "frame": frame.name,
        "label": frame.truth,
        "reference": reference_of(frame) if frame.is_readable else None,
        "direction": frame.direction if frame.is_attacked else None,
        "stop_reason": frame.stop_reason,
        **{
            name: record[name].item() if frame.is_attacked and name in record else None
            for name in TYPES
        },
        "queries": int(record["queries"]),
    }


def statement_of(record: xr.Dataset) -> str:
    """What the statements of a record are about: `PROVED` or `SAMPLED`."""
    return PROVED if "certified" in record else SAMPLED


def proof_summary(proofs: pd.DataFrame) -> pd.DataFrame:
    """Count what is proved of each model, with 95 % intervals of Wilson over the frames.

    Parameters
    ----------
    proofs
        Table `proofs.csv`.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed and attack. `robust`, `vulnerable` and `undecided` are shares of the
        frames that are right at the initial setting and add up to 1. A sample proves no frame
        robust: without a flip a frame is undecided.
    """
    keys = [key for key in KEYS if key != "fold"]
    rows = [
        dict(zip(keys, key, strict=True)) | _summary_row(frames)
        for key, frames in proofs.groupby(keys, sort=False)
    ]
    table = pd.DataFrame(rows)
    measures = [f"{name}_share" for name in VERDICTS]
    ranges = seed_range(table, ["model", "attack"], [*measures, "certified_accuracy"])
    return table.assign(**ranges)


def _summary_row(frames: pd.DataFrame) -> dict:
    right = attacked(frames)
    readable = frames[frames["stop_reason"] != "unreadable"]
    labelled = readable[readable["label"].notna()]
    robust = right["certified"].fillna(False).astype(bool)
    vulnerable = right["stop_reason"] == "flipped"
    shares = {}
    for name, frame in zip(VERDICTS, (robust, vulnerable, ~robust & ~vulnerable), strict=True):
        count = int(frame.sum())
        shares[f"n_{name}"] = count
        shares |= proportion(f"{name}_share", count, len(right))
    flipped = right[vulnerable]
    n_certified = int((robust & right["label"].notna()).sum())
    return {
        "statement": frames["statement"].iloc[0],
        "n_attacked": len(right),
        **shares,
        "n_labelled": len(labelled),
        **proportion("certified_accuracy", n_certified, len(labelled)),
        "proved_of_margin": (flipped["certified_margin"] / flipped["margin_linf"]).median(),
        "median_cells": right["cells"].astype(float).median(),
        "confidence": right["confidence"].median(),
        "flip_share_upper": right["flip_share_upper"].max(),
    }
