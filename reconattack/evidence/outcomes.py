"""What attacks leave of the frames that a model judges right, by seed and frame."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from reconattack.errors import InputError
from reconattack.evidence.labelled import labelled_frames
from reconattack.evidence.proofs import PROVED

DIMENSIONS = ("seed", "frame")


def predictions_by_seed(predictions: pd.DataFrame, model: str) -> xr.Dataset:
    """Arrange a model's predictions for labelled frames by seed and frame.

    Parameters
    ----------
    predictions
        The model's predictions: a row per seed and frame.
    model
        Name of the model.

    Returns
    -------
    xarray.Dataset
        `logit` float and `right` bool, both (seed, frame), of the frames that have a label and
        could be read for every seed; `patient` and `label` (frame) are coordinates. The attribute
        `model` is the model's name.

    Raises
    ------
    InputError
        If there is no such frame.
    """
    labelled = labelled_frames(predictions)
    if labelled.empty:
        raise InputError(
            f"{model}: no frame that could be read has a label; expected labels, without which no "
            "model is right: leave defences out"
        )
    logit = labelled.pivot(index="seed", columns="frame", values="logit").dropna(axis="columns")
    frames = labelled.drop_duplicates("frame").set_index("frame").loc[logit.columns]
    predicted = by_frame(labelled, "predicted", logit.index, logit.columns, model)
    return xr.Dataset(
        {
            "logit": (DIMENSIONS, logit.to_numpy(float)),
            "right": (DIMENSIONS, predicted == frames["label"].to_numpy()),
        },
        coords={
            "seed": logit.index.to_numpy(int),
            "frame": logit.columns.to_numpy(object),
            "patient": ("frame", frames["patient"].to_numpy(object)),
            "label": ("frame", frames["label"].to_numpy(int)),
        },
        attrs={"model": model},
    )


def outcomes(
    judged: xr.Dataset,
    attacks: pd.DataFrame,
    grid: pd.DataFrame | None,
    margins: pd.DataFrame | None,
    proofs: pd.DataFrame | None,
    zoo: str | None,
) -> xr.Dataset:
    """Add which right frames survive the attacks on one model.

    Parameters
    ----------
    judged
        The result of `predictions_by_seed`.
    attacks, grid, margins, proofs
        The model's rows of `attacks.csv`, `grid.csv`, `margins.csv` and `proofs.csv`; None if the
        run has no such table.
    zoo
        Name of the paper's attack; None if the run has no such attack.

    Returns
    -------
    xarray.Dataset
        `judged` with the following variables (seed, frame), except those for which the run has no
        attack. `accuracy_zoo` bool: right and not flipped by the paper's attack. `accuracy_worst`
        bool: right and flipped by no attack. `grid_certified` bool: right and flipped by no point
        of the first grid's lattice. `certified` bool: right and proved by the first proof to be
        flipped by no setting of its box. `margin` float: the L-infinity margin, 0 where a frame is
        wrong at the start and infinite where no flip was found. Attributes name the attacks and
        the lattice.
    """
    right = judged["right"].to_numpy()
    names = list(dict.fromkeys(attacks["attack"]))
    kept = {
        name: right & ~of_attack(attacks, name, "success", judged).astype(bool) for name in names
    }
    found = {"accuracy_worst": np.logical_and.reduce(list(kept.values()))}
    attributes = {"attacks": " ".join(names)}
    if zoo in kept:
        found["accuracy_zoo"], attributes["zoo"] = kept[zoo], zoo
    if grid is not None and len(grid):
        name = grid["attack"].iloc[0]
        certified = grid.assign(grid_certified=grid["grid_certified"].fillna(False).astype(float))
        verdicts = of_attack(certified, name, "grid_certified", judged) == 1
        found["grid_certified"] = right & verdicts
        points = grid.loc[grid["attack"] == name, "n_points"]
        attributes |= {"grid": name, "grid_points": int(points.iloc[0])}
    if proofs is not None:
        proofs = proofs[proofs["statement"] == PROVED]
    if proofs is not None and len(proofs):
        name = proofs["attack"].iloc[0]
        certified = proofs.assign(certified=proofs["certified"].fillna(False).astype(float))
        verdicts = of_attack(certified, name, "certified", judged) == 1
        found["certified"], attributes["proof"] = right & verdicts, name
    if margins is not None and len(margins):
        name = margins["attack"].iloc[0]
        distances = margins.assign(margin_linf=margins["margin_linf"].fillna(np.inf))
        nearest = of_attack(distances, name, "margin_linf", judged)
        found["margin"], attributes["margin_attack"] = np.where(right, nearest, 0), name
    variables = {key: (DIMENSIONS, values) for key, values in found.items()}
    return judged.assign(variables).assign_attrs(attributes)


def of_attack(table: pd.DataFrame, attack: str, column: str, judged: xr.Dataset) -> np.ndarray:
    """A column of one attack's rows for the judged frames, (seed, frame)."""
    rows = table[table["attack"] == attack]
    source = f"{judged.attrs['model']}, {attack}"
    return by_frame(rows, column, judged["seed"].to_numpy(), judged["frame"].to_numpy(), source)


def by_frame(
    rows: pd.DataFrame, column: str, seeds: Sequence, frames: Sequence, source: str
) -> np.ndarray:
    """A column of rows per seed and frame as an array, (seed, frame).

    Raises InputError, beginning with `source`, if a value is missing.
    """
    values = rows.pivot(index="seed", columns="frame", values=column).reindex(
        index=seeds, columns=frames
    )
    if values.isna().to_numpy().any():
        seed, frame = values.stack(future_stack=True)[lambda cells: cells.isna()].index[0]
        raise InputError(
            f"{source}: no {column} of frame {frame} by seed {seed}; expected one of every frame "
            "that the model judges"
        )
    return values.to_numpy()
