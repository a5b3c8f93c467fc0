"""How many frames each attack flips where only flips count that change the picture little."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.attacks.results import LATTICE, FrameResult, read_frames
from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.evidence.statistics import cumulative, proportion
from reconattack.reconstruction.picture_change import GREY_MEASURES, is_within

KEYS = ("model", "seed", "attack")
ALL_LIMITS = "all limits"  # in the place of a measure
LIMITED = ("mean_abs_diff", "ssim", "white_added", "black_added")  # changes that a limit may bound


def changes_of_flips(attacks: pd.DataFrame, grids: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Collect by how much each attack's flips change the picture.

    Parameters
    ----------
    attacks
        Table `attacks.csv`. An attack that is no grid counts with its final setting.
    grids
        Records of the grids: `model`, `seed`, `attack`, `path`. A grid counts with every point of
        its lattice.

    Returns
    -------
    pandas.DataFrame
        A row per frame: the `KEYS`, whether it was `attacked`, and the `LIMITED` changes, NaN where
        it was not flipped.
    """
    exhaustive = {file["attack"] for file in grids}
    searches = attacks[~attacks["attack"].isin(exhaustive)]
    return pd.concat([changes_of_attacks(searches), *(changes_of_grid(file) for file in grids)])


def changes_of_attacks(attacks: pd.DataFrame) -> pd.DataFrame:
    """The change of each flip, a row per frame; NaN where the frame was not flipped."""
    return attacks[list(KEYS)].assign(
        attacked=~attacks["stop_reason"].isin(NOT_ATTACKED),
        **attacks[list(LIMITED)].where(attacks["success"]),
    )


def changes_of_grid(file: Mapping[str, str]) -> pd.DataFrame:
    """The least change that flips a frame on the lattice, a row per frame.

    Each measure has a lattice point of its own. ssim, which no grid measures, is NaN.
    """
    keys = {key: file[key] for key in KEYS}
    rows = [
        {**keys, "attacked": frame.is_attacked, **least_changes(frame)}
        for frame in read_frames(file["path"], lattice=True)
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "attacked", *LIMITED])


def least_changes(frame: FrameResult) -> dict[str, float]:
    """The least change of each measure over a frame's flipping lattice points; empty if none."""
    flips = frame.record["grid_flips"]
    if not flips.any():
        return {}
    initial = {f"{LATTICE}{name}": value for name, value in frame.initial.items()}
    least = {}
    for measure in GREY_MEASURES:
        field = frame.record[f"{LATTICE}{measure}"].astype(float)
        limited = measure.replace("_fraction", "_added")
        at_start = 0 if limited == measure else field.sel(initial)
        least[limited] = float((field - at_start).where(flips).min())
    return least


def visibility_curves(changes: pd.DataFrame) -> pd.DataFrame:
    """Count the frames flipped within each limit of the picture's change.

    Parameters
    ----------
    changes
        The result of `changes_of_flips`.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed, attack, measure and limit at which a further frame's flip counts. The
        first row of a measure allows no visible change, the last any change. A measure that an
        attack's record lacks has no row.
    """
    curves = []
    for keys, frames in changes.groupby(list(KEYS), sort=False):
        rows = frames[frames["attacked"]]
        unmeasured = rows[list(LIMITED)].isna().all() & rows[list(LIMITED)].notna().any(axis=None)
        for measure in unmeasured.index[~unmeasured]:
            sign = -1 if measure == "ssim" else 1  # so that less is less visible
            values = sign * rows[measure].astype(float)
            first, last = -1 if measure == "ssim" else 0, 255 if measure == "mean_abs_diff" else 1
            limits = np.unique([first, last, *values.dropna().clip(lower=first)])
            curve = cumulative(values.fillna(np.inf).to_numpy(), limits)
            curves.append(
                pd.DataFrame(dict(zip(KEYS, keys, strict=True)), index=curve.index).assign(
                    measure=measure,
                    limit=sign * curve["limit"],
                    n_attacked=curve["n"],
                    n_success=curve["count"],
                    success_rate=curve["rate"],
                    success_low=curve["low"],
                    success_high=curve["high"],
                )
            )
    return pd.concat(curves)


def small_flips(
    changes: pd.DataFrame, limits: Mapping[str, float], grids: Sequence[Mapping[str, str]]
) -> pd.DataFrame:
    """Count the frames that each attack flips within all declared limits together.

    Parameters
    ----------
    changes
        The result of `changes_of_flips`.
    limits
        The largest allowed value of each measure; for ssim the smallest.
    grids
        Records of the grids, which have no row: each measure has a lattice point of its own.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed and attack, with the columns of `visibility_curves`.
    """
    exhaustive = {file["attack"] for file in grids}
    rows = []
    for keys, frames in changes.groupby(list(KEYS), sort=False):
        known = dict(zip(KEYS, keys, strict=True))
        if known["attack"] not in exhaustive:
            attacked = frames[frames["attacked"]]
            values = attacked[list(LIMITED)].astype(float)
            n, small = len(attacked), int(is_within(values, limits).sum())
            rates = proportion("success", small, n, value="success_rate")
            counts = {"limit": np.nan, "n_attacked": n, "n_success": small}
            rows.append(known | {"measure": ALL_LIMITS} | counts | rates)
    columns = ["limit", "n_attacked", "n_success", "success_rate", "success_low", "success_high"]
    return pd.DataFrame(rows, columns=[*KEYS, "measure", *columns])
