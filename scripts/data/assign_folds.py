"""Assign the patients of the RF cohort to folds, or all of them to the one that judges them."""

from collections.abc import Sequence

import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from reconattack.errors import InputError
from reconattack.frames.chunks import frame_attributes
from reconattack.run.jobs import job
from reconattack.seeds import seed_of
from reconattack.storage import write_table


def assign_folds(chunks: Sequence[str], output: str, folds: int | None, cohort: str) -> None:
    """Write frame, patient, label, fold; a patient stays in one fold, each fold has both labels.

    Without a number of `folds` every frame is of fold `all`.
    """
    frames = pd.DataFrame(
        {"frame": name, "patient": known["patient"], "label": known.get("label")}
        for chunk in chunks
        for name, known in frame_attributes(chunk)
    )
    if folds is None:
        write_table(output, frames.astype({"label": "Int64"}).assign(fold="all"))
        return
    _check(frames, folds, cohort)
    splits = StratifiedGroupKFold(folds, shuffle=True, random_state=seed_of(cohort, "folds"))
    for fold, (_, judged) in enumerate(splits.split(frames, frames["label"], frames["patient"])):
        frames.loc[judged, "fold"] = fold
    write_table(output, frames.astype({"label": int, "fold": int}))


def _check(frames: pd.DataFrame, folds: int, cohort: str) -> None:
    unlabelled = frames.loc[frames["label"].isna(), "frame"]
    if len(unlabelled):
        raise InputError(
            f"cohort {cohort}: {len(unlabelled)} of {len(frames)} frames have no label, "
            f"{unlabelled.iloc[0]} the first; expected labels to train on. To audit unlabelled "
            "frames, bring a trained model (models.<name>.source)"
        )
    patients = frames.groupby("label")["patient"].nunique().reindex([0, 1], fill_value=0)
    if patients.min() < folds:
        raise InputError(
            f"cohort {cohort}: {patients[0]} patients with label 0 and {patients[1]} with label 1; "
            f"expected at least one of each in every fold: run.folds is {folds}"
        )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        assign_folds(
            chunks=snakemake.input.frames,
            output=snakemake.output.folds,
            folds=snakemake.params.folds,
            cohort=snakemake.params.cohort,
        )
