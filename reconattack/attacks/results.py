"""The reader of attack records: what an attack found at each frame.

`reconattack.attacks.record` writes the files that are read here: one per attack, model, fold and
chunk.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from reconattack.attacks.directions import CHANGE, direction_of
from reconattack.attacks.stop_reasons import NOT_ATTACKED
from reconattack.reconstruction.parameters import PARAMETERS

LATTICE = "grid_"  # prefix of the lattice's dimensions and variables


@dataclass(frozen=True)
class FrameResult:
    """The result of one attack on one frame.

    Attributes
    ----------
    record
        The frame's part of the record (`reconattack.attacks.record.record`): dimensions step and
        parameter, padded with NaN after the last step, and what the method adds.
    """

    record: xr.Dataset

    @property
    def name(self) -> str:
        """Name of the frame."""
        return str(self.record["frame"].values)

    @property
    def label(self) -> int | None:
        """1 fatty, 0 normal, None if unknown."""
        label = int(self.record["label"])
        return label if label >= 0 else None

    @property
    def reference(self) -> int:
        """The decision that the attack tries to flip, 1 fatty or 0 normal; 1 if not binary."""
        return int(self.record["reference"])

    @property
    def direction(self) -> str:
        """What a flip of this frame is: a false alarm, a missed disease, or another change."""
        return direction_of(self.label) if self.is_binary else CHANGE

    @property
    def stop_reason(self) -> str:
        """Why the attack ended: a key of `STOP_REASONS`."""
        return str(self.record["stop_reason"].values)

    @property
    def is_readable(self) -> bool:
        """Whether the frame could be read."""
        return self.stop_reason != "unreadable"

    @property
    def is_attacked(self) -> bool:
        """Whether the frame was attacked: readable, and classified right at the initial setting."""
        return self.stop_reason not in NOT_ATTACKED

    @property
    def flipped(self) -> bool:
        """Whether the attack flipped the decision."""
        return bool(self.record["success"])

    @property
    def probability_initial(self) -> float:
        """Probability of class 1 at the initial setting; NaN if the decision is not binary."""
        return float(self.record["probability"][0]) if "probability" in self.record else np.nan

    @property
    def probability_final(self) -> float:
        """Probability of class 1 at the attack's result; NaN if the decision is not binary."""
        return float(self.best["probability"]) if "probability" in self.record else np.nan

    @property
    def margin_initial(self) -> float:
        """How far the decision is from being left at the initial setting, in `margin_unit`."""
        return float(self.record["margin"][0])

    @property
    def margin_final(self) -> float:
        """The same at the attack's result; below zero if it is left."""
        return float(self.best["margin"])

    @property
    def margin_unit(self) -> str:
        """Unit of the margins."""
        return str(self.record.attrs["margin_unit"])

    @property
    def truth(self) -> float | None:
        """What is true of the frame: the label, the class or the number; None if unknown."""
        if self.is_binary:
            return self.label
        truth = float(self.record["truth"])
        return None if np.isnan(truth) else truth

    @property
    def is_binary(self) -> bool:
        """Whether the decision is between class 0 and class 1."""
        return self.record.attrs["decision"] == "binary"

    @property
    def decision_initial(self) -> float:
        """What is decided at the initial setting: number of the class, a number, or a Dice."""
        return float(self.record["decision_initial"])

    @property
    def decision_final(self) -> float:
        """What is decided at the attack's result."""
        return float(self.record["decision_final"])

    @property
    def best_step(self) -> int:
        """Index of the step that is the attack's result."""
        return int(self.record["best_step"])

    @cached_property
    def steps(self) -> xr.Dataset:
        """The record of the frame's own steps, without the padding and without any lattice."""
        lattice = [name for name in self.record.dims if str(name).startswith(LATTICE)]
        return self.record.drop_dims(lattice).dropna("step", subset=["margin"])

    @property
    def best(self) -> xr.Dataset:
        """The record of the step that is the attack's result."""
        return self.record.isel(step=self.best_step)

    @property
    def setting(self) -> dict[str, float]:
        """Value of each parameter at the attack's result, in the parameter's unit."""
        return self.best["parameters"].to_series().to_dict()

    def points(self, names: Sequence[str]) -> np.ndarray:
        """Values of some parameters at each of the frame's own steps, float64 (step, name)."""
        return self.steps["parameters"].sel(parameter=list(names)).values

    @property
    def initial(self) -> dict[str, float]:
        """Value of each parameter at the start of the attack, in the parameter's unit."""
        return self.record["parameters"].isel(step=0).to_series().to_dict()


def read_frames(path: str, lattice: bool = False) -> list[FrameResult]:
    """Every frame of a record, in its order.

    Parameters
    ----------
    path
        File of the record.
    lattice
        True also loads what a grid judged, megabytes per frame.
    """
    with xr.open_dataset(path) as attacks:
        if not lattice:
            attacks = attacks.drop_dims([d for d in attacks.dims if str(d).startswith(LATTICE)])
        loaded = attacks.load()
    return [FrameResult(loaded.isel(frame=number)) for number in range(loaded.sizes["frame"])]


def flips_of(paths: Iterable[str]) -> dict[str, list[dict[str, float]]]:
    """Every setting of some records that flips its frame, by the frame's name.

    A setting has each parameter that its attack moves or holds.
    """
    flips: dict[str, list[dict[str, float]]] = {}
    for path in paths:
        for frame in attacked_frames(path):
            if frame.flipped:
                flips.setdefault(frame.name, []).append(frame.setting)
    return flips


def attacked_frames(path: str, lattice: bool = False) -> Iterator[FrameResult]:
    """The frames of a record that were attacked (`read_frames`)."""
    return (frame for frame in read_frames(path, lattice) if frame.is_attacked)


def attacked_part(path: str, variables: Sequence[str]) -> xr.Dataset:
    """Some variables of a record as one dataset over its attacked frames; it may have no frame.

    Parameters
    ----------
    path
        File of the record.
    variables
        Their names, with the prefix `LATTICE` for what a grid judged.
    """
    with xr.open_dataset(path) as attacks:
        attacked = ~np.isin(attacks["stop_reason"].values.astype(str), NOT_ATTACKED)
        return attacks[list(variables)].isel(frame=attacked).load()


def lattice_axes_of(path: str) -> dict[str, np.ndarray]:
    """Values of each parameter on the lattice of a record, in the order of its parameters."""
    with xr.open_dataset(path) as judged:
        judgements = "grid_logit" if "grid_logit" in judged else "grid_margin"
        names = [str(d) for d in judged[judgements].dims if str(d).startswith(LATTICE)]
        return {name.removeprefix(LATTICE): judged[name].values for name in names}


def parameters_of(paths: Iterable[str]) -> list[str]:
    """Every parameter that the records at some paths have, in the order of the reconstruction."""
    recorded: set[str] = set()
    for path in paths:
        with xr.open_dataset(path) as attacks:
            recorded.update(map(str, attacks["parameter"].values))
    return [name for name in PARAMETERS if name in recorded]
