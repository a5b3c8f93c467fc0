"""How many labelled frames stay right in a box that grows: at every lattice point, or proved.

A proof gives two curves. Frames that are proved to stay right in a part of the box are below the
frames that no known flip turns wrong there. The truth lies between.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from reconattack.attacks.lattice import box_shares
from reconattack.attacks.results import FrameResult, lattice_axes_of, read_frames
from reconattack.attacks.space import DECIMALS
from reconattack.errors import InputError
from reconattack.evidence.labelled import constant_answer
from reconattack.evidence.statistics import cumulative
from reconattack.reconstruction.parameters import PARAMETERS

KEYS = ("model", "seed", "attack", "statement")
LATTICE, PROVED, ATTACKED = "lattice", "proved", "attacked"  # what a curve states
ALL = "all"
LABELS = (ALL, "0", "1")  # the frames that a curve counts: all, normal, fatty


def shares_of_box(
    grids: Sequence[Mapping[str, str]],
    proofs: Sequence[Mapping[str, str]],
    boxes: Mapping[str, Mapping[str, Mapping]],
) -> pd.DataFrame:
    """A row per frame of each grid, and two per frame of each proof.

    Parameters
    ----------
    grids, proofs
        Their records: `model`, `seed`, `attack`, `path`.
    boxes
        The parameters of each proof with their `box`.

    Raises
    ------
    InputError
        If there is no record.
    """
    if not grids and not proofs:
        raise InputError(
            "run.attacks selects no attack of method grid or certify: there is nothing to draw"
        )
    found = [(file, grid_rows(file["path"])) for file in grids]
    found += [(file, proof_rows(file["path"], boxes[file["attack"]])) for file in proofs]
    return pd.DataFrame(
        {key: file[key] for key in KEYS[:3]} | row for file, rows in found for row in rows
    )


def grid_rows(path: str) -> Iterator[dict]:
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
        yield {"statement": LATTICE, "label": counted_label(frame), "box_share": float(share)}


def proof_rows(path: str, parameters: Mapping[str, Mapping]) -> Iterator[dict]:
    """The share of the box in which each frame of a record is proved, and that of its nearest flip.

    Each side of the box is scaled by its own distance from the initial setting. A proved margin is
    a distance in half-widths, which are shorter than the longer side of a box that is not centred:
    the share is that of the longest side.
    """
    for frame in read_frames(path):
        shares = {PROVED: 0.0, ATTACKED: 0.0}
        if frame.is_attacked:
            initial = frame.initial
            sides = {
                name: np.subtract(moved["box"], initial[name]) * (-1, 1)
                for name, moved in parameters.items()
            }
            shares = dict.fromkeys(shares, np.inf)
            if not frame.record["certified"]:
                longest = max(
                    2 * ends.max() / ends.sum() for ends in sides.values() if ends.sum() > 0
                )
                shares[PROVED] = float(frame.record["certified_margin"]) / longest
            if frame.flipped:
                shares[ATTACKED] = flip_share(frame.setting, initial, sides)
        for statement, share in shares.items():
            yield {"statement": statement, "label": counted_label(frame), "box_share": share}


def flip_share(
    setting: Mapping[str, float], initial: Mapping[str, float], sides: Mapping[str, np.ndarray]
) -> float:
    """The share of the box that just holds a setting; `sides` are both distances to its bounds."""
    shares = []
    for name, ends in sides.items():
        moved = setting[name] - initial[name]
        side = ends[int(moved > 0)]
        shares.append(abs(moved) / side if side > 0 else 0.0)
    return round(max(shares), DECIMALS)


def counted_label(frame: FrameResult) -> str | None:
    """The label of a frame that counts: it has one and could be read."""
    return str(frame.label) if frame.label is not None and frame.is_readable else None


def box_in_symbols(parameters: Mapping[str, Mapping]) -> str:
    """The bounds of each parameter that moves, as a text with the parameters' symbols."""
    ends = {name: parameter["box"] for name, parameter in parameters.items()}
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
        The result of `shares_of_box`.

    Returns
    -------
    pandas.DataFrame
        A row per model, seed, attack, statement, label (`LABELS`) and share of the box at which a
        further frame is lost. The first row is the initial setting alone, the last the whole box.
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
