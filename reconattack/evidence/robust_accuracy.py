"""How many labelled frames stay right at every lattice point of a box that grows."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.attacks.lattice import box_shares
from reconattack.attacks.results import lattice_axes_of, read_frames
from reconattack.errors import InputError
from reconattack.evidence.labelled import constant_answer
from reconattack.evidence.statistics import cumulative
from reconattack.reconstruction.parameters import PARAMETERS

KEYS = ("model", "seed", "attack")
ALL = "all"
LABELS = (ALL, "0", "1")  # the frames that a curve counts: all, normal, fatty


def grid_rows(files: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """A row per frame of the grids of `files` (`model`, `seed`, `attack`, `path`): `frame_rows`.

    Raises
    ------
    InputError
        If there is no grid.
    """
    if not files:
        raise InputError("run.attacks selects no attack of method grid: there is nothing to draw")
    return pd.DataFrame(
        {key: file[key] for key in KEYS} | row for file in files for row in frame_rows(file["path"])
    )


def frame_rows(path: str) -> Iterator[dict]:
    """How much of the box keeps each frame of a grid's record right.

    `box_share` is the share of the box at which the first point flips: 0 where the frame is judged
    wrong at the initial setting, infinite where no point flips. `label` is None for a frame that
    does not count, because it has no label or could not be read.
    """
    axes = lattice_axes_of(path)
    for frame in read_frames(path, lattice=True):
        share = 0.0
        if frame.is_attacked:
            initial = frame.initial
            shares = box_shares(list(axes.values()), np.array([initial[name] for name in axes]))
            share = shares.min(where=frame.record["grid_flips"].values, initial=np.inf)
        counts = frame.label is not None and frame.is_readable
        yield {"label": str(frame.label) if counts else None, "box_share": float(share)}


def box_of(path: str) -> str:
    """The bounds of each parameter that a grid moves, as a text with the parameters' symbols."""
    ends = {name: axis[[0, -1]] for name, axis in lattice_axes_of(path).items()}
    return ", ".join(
        f"{PARAMETERS[name].symbol} {lower:g} to {upper:g}"
        for name, (lower, upper) in ends.items()
        if lower < upper
    )


def robust_curves(frames: pd.DataFrame) -> pd.DataFrame:
    """Count the frames that stay right in each share of the box.

    Parameters
    ----------
    frames
        The result of `grid_rows`.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed, attack, label (`LABELS`) and share of the box at which a further
        frame flips. The first row is the initial setting alone, the last the whole box.
        `constant_accuracy`, of the curves of all labels, is that of one answer for all frames.
    """
    curves = []
    for keys, rows in frames.groupby(list(KEYS), sort=False):
        labels = rows["label"].dropna().astype(int)
        constant = constant_answer(labels)["constant_accuracy"]
        for label in LABELS:
            chosen = rows["label"].notna() if label == ALL else rows["label"] == label
            shares = rows.loc[chosen, "box_share"].to_numpy()
            limits = np.unique([0, 1, *shares[np.isfinite(shares)]])
            lost = cumulative(shares, limits)
            curves.append(
                pd.DataFrame(dict(zip(KEYS, keys, strict=True)), index=lost.index).assign(
                    label=label,
                    box_share=lost["limit"],
                    n=lost["n"],
                    n_robust=lost["n"] - lost["count"],
                    robust_accuracy=1 - lost["rate"],
                    robust_accuracy_low=1 - lost["high"],
                    robust_accuracy_high=1 - lost["low"],
                    constant_accuracy=constant if label == ALL else np.nan,
                )
            )
    return pd.concat(curves)
