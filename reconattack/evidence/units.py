"""How much rarer a flip is under one setting for a whole unit than under one for each frame."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.attacks.results import FrameResult, parameters_of, read_frames
from reconattack.errors import InputError
from reconattack.evidence.attacks import frame_row
from reconattack.evidence.bootstrap import mean_difference, proportion_interval
from reconattack.evidence.labelled import attacked, resamples
from reconattack.evidence.statistics import proportion

KEYS = ("model", "seed", "fold", "attack")
COPIED = (
    *("label", "reference", "reference_source", "decision_initial", "decision_final"),
    *("margin_initial", "margin_final", "unit"),
)
FOUND = ("margin_linf", "nearest_distance", "certified_margin", "undecided_share")
VERDICTS = ("grid_certified", "certified")
PROVED_RATE = ("certified_rate", "certified_rate_low", "certified_rate_high")
SEARCHED = ("success", "queries", "queries_to_flip", "stop_reason", "mean_abs_diff", "ssim")


def unit_tables(
    files: Sequence[Mapping[str, str]],
    attacks: pd.DataFrame,
    predictions: Mapping[str, pd.DataFrame],
    units: Mapping[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tabulate attacks on units beside those on their frames.

    Parameters
    ----------
    files
        Records of attacks on units: the `KEYS` and `path`.
    attacks
        Table `attacks.csv`, of the frames by themselves.
    predictions
        The predictions of each model, which name the patients.
    units
        The unit of each frame.

    Returns
    -------
    tuple of pandas.DataFrame
        A row per record and unit: `margin_unit` is the unit of the margins, `images` what its
        queries cost, `frames_flipped` and `frames_attacked` count its frames under settings of
        their own, and `FOUND` and `VERDICTS` are what margins, grids and proofs know of it. And a
        row per model, seed and attack with both rates, their difference, and what is proved.

    Raises
    ------
    InputError
        If there are no files.
    """
    if not files:
        raise InputError("run.unit is frame: there are no units to tabulate")
    names = parameters_of([file["path"] for file in files])
    alone = attacked(attacks).assign(of_unit=lambda table: table["frame"].map(units))
    counts = alone.groupby(["model", "seed", "attack", "of_unit"])["success"].agg(["sum", "count"])
    rows = []
    for file in files:
        patients = predictions[file["model"]].drop_duplicates("frame").set_index("frame")["patient"]
        of_units = patients.groupby(patients.index.map(units)).first()
        for unit in read_frames(file["path"]):
            row = frame_row(unit, names)
            key = file["model"], int(file["seed"]), file["attack"], unit.name
            flipped, of = counts.loc[key] if key in counts.index else (0, 0)
            n_frames = int(unit.record["n_frames"])
            rows.append(
                {
                    **{name: file[name] for name in KEYS},
                    "unit": unit.name,
                    "patient": of_units[unit.name],
                    "rule": unit.record.attrs["rule"],
                    "n_frames": n_frames,
                    **{("margin_unit" if n == "unit" else n): row[n] for n in COPIED},
                    **{name: row[name] for name in names},
                    **{name: row[name] for name in SEARCHED},
                    "images": row["queries"] * n_frames,
                    **found_of(unit),
                    "frames_flipped": int(flipped),
                    "frames_attacked": int(of),
                }
            )
    table = pd.DataFrame(rows).astype(dict.fromkeys(VERDICTS, "boolean"))
    keys = ["model", "seed", "attack"]
    groups = table.assign(seed=table["seed"].astype(int)).groupby(keys, sort=False)
    rates = []
    for (model, seed, attack), of_attack in groups:
        mine = alone[
            (alone["model"] == model) & (alone["seed"] == seed) & (alone["attack"] == attack)
        ]
        patients = predictions[model].drop_duplicates("frame").set_index("frame")["patient"]
        rates.append(
            {"model": model, "seed": seed, "attack": attack, "rule": of_attack["rule"].iloc[0]}
            | rates_of(attacked(of_attack), mine.assign(patient=mine["frame"].map(patients)))
            | proved_of(attacked(of_attack))
        )
    return table, pd.DataFrame(rates)


def found_of(unit: FrameResult) -> dict[str, object]:
    """What a search for margins, a grid or a proof knows of a unit; None of any other attack."""
    record = unit.record
    numbers = {name: float(record[name]) if name in record else None for name in FOUND}
    known = {name: name in record and unit.is_attacked for name in VERDICTS}
    return numbers | {name: bool(record[name]) if known[name] else None for name in VERDICTS}


def proved_of(units: pd.DataFrame) -> dict[str, float]:
    """How many attacked units are proved to keep their decision; empty if nothing was tried."""
    judged = units.dropna(subset=["certified"])
    if judged.empty:
        return {"n_units_certified": np.nan} | dict.fromkeys(PROVED_RATE, np.nan)
    verdicts = judged["certified"].astype(bool)
    count = {"n_units_certified": int(verdicts.sum())}
    return count | rate_of(PROVED_RATE[0], verdicts, judged["patient"], "units certified")


def rate_of(name: str, hits: pd.Series, patients: pd.Series, drawn: str) -> dict[str, float]:
    """A rate and its interval, Wilson's, or a bootstrap of patients where one has several rows."""
    columns = proportion(name, int(hits.sum()), len(hits))
    if patients.duplicated().any():
        ends = proportion_interval([hits], patients.to_numpy(), resamples("patients", drawn))
        columns |= dict(zip((f"{name}_low", f"{name}_high"), ends, strict=True))
    return columns


def rates_of(units: pd.DataFrame, frames: pd.DataFrame) -> dict[str, float]:
    """Flips among attacked units and among attacked frames, and the difference of the rates.

    Intervals of the frames and of the difference are bootstraps of patients; that of the units is
    Wilson's, or a bootstrap of patients where one has several units.
    """
    columns = {}
    for name, table in (("units", units), ("frames", frames)):
        n, of = int(table["success"].sum()), len(table)
        columns |= {f"n_{name}_attacked": of, f"n_{name}_flipped": n}
        columns |= rate_of(f"{name}_rate", table["success"], table["patient"], f"{name} flipped")
    both = pd.concat([units.assign(whole=True), frames.assign(whole=False)])
    flips, whole = both["success"].to_numpy(float), both["whole"].to_numpy(bool)
    of_units, of_frames = np.where(whole, flips, np.nan), np.where(whole, np.nan, flips)
    difference = (np.nan, np.nan, np.nan)
    if len(units) and len(frames):
        random = resamples("patients", "units less frames")
        patients = both["patient"].to_numpy()
        difference = mean_difference([of_units], [of_frames], patients, random)
    names = ("rate_difference", "rate_difference_low", "rate_difference_high")
    return columns | dict(zip(names, difference, strict=True))
