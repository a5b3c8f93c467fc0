"""The masks of a few attacked frames before and after, and how far they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.classifiers.decisions.mask import Mask
from reconattack.classifiers.judge import Judge
from reconattack.classifiers.prediction import initial_answer
from reconattack.evidence.labelled import attacked
from reconattack.reconstruction.drawing import reconstruct
from reconattack.reconstruction.parameters import PARAMETERS

SHOWN = 3  # frames


@dataclass(frozen=True)
class Outlined:
    """A frame with the masks at the initial setting and at an attack's result.

    Attributes
    ----------
    row
        Its row of `attacks.csv`.
    images
        Both images, as `reconstruct` gives them.
    masks
        Both masks, uint8 (height, width): 0 background, structures from 1.
    given
        The given mask at the same size; None where the first of both masks is the reference.
    """

    row: pd.Series
    images: tuple[xr.Dataset, xr.Dataset]
    masks: tuple[np.ndarray, np.ndarray]
    given: np.ndarray | None = None

    @property
    def reference(self) -> np.ndarray:
        """The mask with which Dice is counted."""
        return self.masks[0] if self.given is None else self.given


def chosen_rows(attacks: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first model, seed and attack with the lowest, the median and the highest Dice.

    They are of frames that flip, if any does, else of all attacked frames.

    Parameters
    ----------
    attacks
        Table `attacks.csv`.
    """
    keys = ["model", "seed", "attack"]
    own = attacked(attacks[(attacks[keys] == attacks[keys].iloc[0]).all(axis=1)])
    flipped = own[own["success"].astype(bool)]
    ranked = (flipped if len(flipped) else own).sort_values(["decision_final", "frame"])
    places = np.linspace(0, len(ranked) - 1, SHOWN).round().astype(int) if len(ranked) else []
    return ranked.iloc[sorted(set(map(int, places)))]


def outlined(
    row: pd.Series, frame: xr.Dataset, judge: Judge, initial: Mapping[str, float], image_rows: int
) -> Outlined:
    """Draw one frame at both settings, and ask the model for its masks there.

    Parameters
    ----------
    row
        A row of `attacks.csv`.
    frame
        Its frame.
    judge
        The model that was attacked.
    initial
        The initial setting.
    image_rows
        Height of the images in pixels.
    """
    found = {name: row[name] for name in PARAMETERS if pd.notna(row.get(name))}
    settings = (dict(initial), {**initial, **found})
    images = tuple(reconstruct(frame, setting, image_rows) for setting in settings)
    masks = tuple(initial_answer(frame, judge, setting, image_rows) for setting in settings)
    truth = judge.decision.truth_in(frame, image_rows, judge.network_input)
    given = None if truth is None else truth.at(masks[0].shape)
    return Outlined(row, images, masks, given)


def outline_table(cases: Sequence[Outlined], decision: Mask) -> pd.DataFrame:
    """Tabulate the structures of some frames, a row each: Dice, areas, shift of the centroid.

    Areas are shares of the mask; a shift is in heights and widths of it, and missing where one of
    the masks lacks the structure.
    """
    rows = []
    for case in cases:
        before, dices = decision.dices(np.stack(case.masks), case.reference)
        for number, name in enumerate(decision.structures, start=1):
            first, last = (decision.outline(mask, number) for mask in case.masks)
            rows.append(
                {
                    **case.row[["model", "seed", "fold", "attack", "frame", "success"]].to_dict(),
                    "structure": name,
                    **({} if case.given is None else {"dice_initial": float(before[number - 1])}),
                    "dice": float(dices[number - 1]),
                    "area_initial": first.area,
                    "area_final": last.area,
                    "centroid_shift": float(
                        np.hypot(last.row - first.row, last.column - first.column)
                    ),
                }
            )
    return pd.DataFrame(rows)


def network_of(networks: Sequence[Mapping[str, Any]], row: pd.Series) -> Mapping[str, Any]:
    """The network that judged the frame of a row of `attacks.csv`."""
    keys = ("model", "seed", "fold")
    return next(one for one in networks if all(str(one[key]) == str(row[key]) for key in keys))
