"""The boxes of the attacks, and by how many decibels they change the level, `boxes.csv`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reconattack.reconstruction.parameters import NEUTRAL, PARAMETERS
from reconattack.reconstruction.picture_change import DEPTHS_CM, level_change

BOUNDS = ("lower", "upper")
COLUMNS = (
    "attack",
    "scanner",
    "center_frequency",
    "parameter",
    "units",
    "initial",
    *BOUNDS,
    *(f"level_{bound}_{depth}cm" for bound in BOUNDS for depth in DEPTHS_CM),
)


@dataclass(frozen=True)
class DecibelRange:
    """From which to which change a box moves the level or a threshold [dB], both to 0.1 dB.

    `depth` [cm] is where the level changes that much; None for a change that depends on no depth.
    """

    lower: float
    upper: float
    depth: int | None

    @property
    def width(self) -> float:
        """Width of the box [dB]."""
        return self.upper - self.lower


def box_table(
    boxes: Mapping[str, Mapping[str, Mapping[str, Any]]],
    initial: Mapping[str, float],
    frames: pd.DataFrame,
) -> pd.DataFrame:
    """Tabulate the boxes of the attacks.

    Parameters
    ----------
    boxes
        For each attack the `box` [lower, upper] of each parameter.
    initial
        The initial setting.
    frames
        Table `frames.csv` of the judged frames: `scanner`, `center_frequency` [Hz], `start_depth`
        and `end_depth` [m], `error`.

    Returns
    -------
    pandas.DataFrame
        The `COLUMNS`, a row per attack, scanner and parameter: unit, initial value and bounds.
        `level_lower_5cm` and the like are the changes of the compensated level [dB] that the bounds
        make at 5, 10 and 15 cm. They are known for beta, which is compensated on the way there and
        back at the stated frequency, and for the gain, and nan for other parameters and at depths
        that no frame of the scanner reaches.
    """
    start = NEUTRAL | dict(initial)
    read = frames[frames["error"].isna()]
    scanners = read.groupby("scanner", sort=True).agg(
        center_frequency=("center_frequency", "median"),
        first=("start_depth", "min"),
        last=("end_depth", "max"),
    )
    rows = [
        {
            "attack": attack,
            "scanner": scanner,
            "center_frequency": probe["center_frequency"],
            "parameter": name,
            "units": PARAMETERS[name].units,
            "initial": start[name],
            **dict(zip(BOUNDS, knob["box"], strict=True)),
            **bound_levels(name, knob["box"], start, probe),
        }
        for attack, parameters in boxes.items()
        for scanner, probe in scanners.iterrows()
        for name, knob in parameters.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def bound_levels(
    name: str, box: Sequence[float], start: Mapping[str, float], probe: Mapping[str, float]
) -> dict[str, float]:
    """Changes of the compensated level [dB] by the bounds of one parameter.

    `probe` has the `center_frequency` [Hz] and the `first` and `last` depth [m].
    """
    depths = np.array([probe["first"], probe["last"]])
    columns = {}
    for bound, value in zip(BOUNDS, box, strict=True):
        by_beta = level_change({**start, name: value}, start, probe["center_frequency"], depths)
        by_gain = value - start["gain"] if name == "gain" else 0.0
        for depth in DEPTHS_CM:
            change = by_beta[f"level_change_{depth}cm"] + by_gain
            known = name in ("beta", "gain")
            columns[f"level_{bound}_{depth}cm"] = round(change, 9) if known else np.nan
    return columns


def decibel_range(boxes: pd.DataFrame, attack: str, control: str) -> DecibelRange | None:
    """The box of a control in decibels, over all scanners and parameters of the control.

    Parameters
    ----------
    boxes
        The table `boxes.csv`.
    attack
        The attack that searches the box.
    control
        A control of the scanner; all its parameters count.

    Returns
    -------
    DecibelRange
        For parameters in decibels the bounds less the initial value, for others the change of level
        at the deepest depth for which the table knows it. None if the control has neither.
    """
    own = boxes[(boxes["attack"] == attack) & (boxes["parameter"].map(control_of) == control)]
    if own.empty:
        return None
    if own["units"].eq("dB").all():
        return _range_of(own[list(BOUNDS)].sub(own["initial"], axis="index"), None)
    for depth in reversed(DEPTHS_CM):
        levels = own[[f"level_{bound}_{depth}cm" for bound in BOUNDS]]
        if levels.notna().all(axis=None):
            return _range_of(levels, depth)
    return None


def control_of(parameter: str) -> str:
    """The control that a parameter belongs to."""
    return PARAMETERS[parameter].control


def _range_of(changes: pd.DataFrame, depth: int | None) -> DecibelRange:
    return DecibelRange(
        round(float(changes.min(axis=None)), 1), round(float(changes.max(axis=None)), 1), depth
    )
