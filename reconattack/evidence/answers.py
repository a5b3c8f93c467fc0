"""Answers from the stored tables of a run, for the overview and the captions of the report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from reconattack.evidence.boxes import DecibelRange, decibel_range
from reconattack.evidence.labelled import attacked
from reconattack.evidence.proofs import PROVED, VERDICTS
from reconattack.reconstruction.parameters import PARAMETERS
from reconattack.storage import read_table


@dataclass(frozen=True)
class Kept:
    """How many attacked frames keep their diagnosis.

    Attributes
    ----------
    n, of
        Frames that keep it, and attacked frames.
    points
        Points of the lattice, at each of which they keep it. None if no grid was run; they are then
        the frames that no search flipped.
    between
        Frames that keep it at all lattice points and that a search flips between these points.
    """

    n: int
    of: int
    points: int | None = None
    between: int = 0


@dataclass(frozen=True)
class Proved:
    """How many attacked frames are decided for every setting of the box.

    Attributes
    ----------
    robust, vulnerable, undecided
        Frames that no setting flips, frames with a known flip, and the others.
    """

    robust: int
    vulnerable: int
    undecided: int

    @property
    def of(self) -> int:
        """Attacked frames."""
        return self.robust + self.vulnerable + self.undecided


@dataclass(frozen=True)
class LoneKnob:
    """How many frames one control flips alone.

    Attributes
    ----------
    control
        Name or title of the control.
    n, of
        Frames that it flips, and frames that were tried.
    decibel_range
        Its box in decibels; None if unknown, or if the control has none.
    """

    control: str
    n: int
    of: int
    decibel_range: DecibelRange | None = None


def read_tables(paths: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Tables by the names of their files."""
    return {Path(path).stem: read_table(path, dtype={"fold": str}) for path in paths}


def of_network(table: pd.DataFrame | None, model: str, seed: int) -> pd.DataFrame | None:
    """The rows of a model and seed; None if there are none."""
    if table is None:
        return None
    rows = table[(table["model"] == model) & (table["seed"] == seed)]
    return None if rows.empty else rows


def kept(attacks: pd.DataFrame, grid: pd.DataFrame | None, searches: Sequence[str]) -> Kept:
    """How many frames of a network keep their diagnosis.

    Parameters
    ----------
    attacks
        Its rows of `attacks.csv`.
    grid
        Its rows of `grid.csv`, of one grid; None if no grid was run.
    searches
        The attacks that search the same box.
    """
    rows = attacked(attacks[attacks["attack"].isin(searches)])
    flipped = rows.groupby("frame")["success"].any()
    if grid is None:
        return Kept(int((~flipped).sum()), len(flipped))
    judged = attacked(grid).set_index("frame")
    certified = judged.index[judged["grid_certified"].astype(bool)]
    between = flipped.reindex(certified, fill_value=False)
    return Kept(len(certified), len(judged), int(grid["n_points"].iloc[0]), int(between.sum()))


def proved(proofs: pd.DataFrame | None, searches: Sequence[str]) -> Proved | None:
    """What is proved of a network's frames; None without a proof in the box.

    Parameters
    ----------
    proofs
        Its rows of `proofs_summary.csv`; None if the run has no such table.
    searches
        The attacks in the box, of which the first proof counts.
    """
    if proofs is None:
        return None
    rows = proofs[proofs["attack"].isin(searches) & (proofs["statement"] == PROVED)]
    if rows.empty:
        return None
    return Proved(*(int(rows[f"n_{name}"].iloc[0]) for name in VERDICTS))


def lone_knobs(
    knobs: pd.DataFrame | None, margins: pd.DataFrame | None, boxes: pd.DataFrame | None = None
) -> list[LoneKnob]:
    """How many of a network's frames each control flips alone, the strongest first.

    Parameters
    ----------
    knobs, margins
        The network's rows of `knobs.csv` and `margins.csv`; None if the run has no such table. The
        first attack in `knobs.csv` counts; without that table, the first in `margins.csv`.
    boxes
        The table `boxes.csv`; without it the boxes are not known in decibels.
    """
    rows = None
    if knobs is not None:
        rows = first_attack(knobs)
        alone = rows[rows["other_control"].isna()]
        found = [
            LoneKnob(*row)
            for row in alone[["control", "n_flipped", "n_attacked"]].itertuples(index=False)
        ]
    elif margins is not None:
        rows = first_attack(margins)
        found = scanned_knobs(rows)
    if rows is None:
        return []
    if boxes is not None:
        attack = rows["attack"].iloc[0]
        found = [
            replace(knob, decibel_range=decibel_range(boxes, attack, knob.control))
            for knob in found
        ]
    return sorted(found, key=lambda knob: -knob.n)


def scanned_knobs(margins: pd.DataFrame) -> list[LoneKnob]:
    """For each parameter: for how many scanned frames its safe interval ends within the box.

    A frame is scanned if an end within the box is known, or if both ends are bounds. An end is
    missing where the budget ended before the scan.
    """
    found = []
    for name, parameter in PARAMETERS.items():
        sides = [f"safe_{side}" for side in ("lower", "upper")]
        if {f"{side}_is_bound_{name}" for side in sides} <= set(margins):
            ends = pd.DataFrame(
                {side: margins[f"{side}_is_bound_{name}"].astype("boolean") for side in sides}
            )
            for side in sides:
                if f"{side}_{name}" in margins:
                    ends[side] = ends[side].where(margins[f"{side}_{name}"].notna())
            flips = ends.eq(False).fillna(False).any(axis="columns")
            kept = ends.fillna(False).all(axis="columns")
            if (flips | kept).any():
                n_scanned = int((flips | kept).sum())
                found.append(LoneKnob(parameter.control, int(flips.sum()), n_scanned))
    return found


def first_attack(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the attack that comes first."""
    return table[table["attack"] == table["attack"].iloc[0]]
