"""Assign the patients of the RF cohort to folds, or all frames to one fold."""

from collections.abc import Sequence

import pandas as pd

from reconattack.classifiers.folds import assign_patients
from reconattack.frames.chunks import frame_attributes
from reconattack.run.jobs import run_rule
from reconattack.storage import write_table


def assign_folds(frames: Sequence[str], table: str, folds: int | None, cohort: str) -> None:
    """Write frame, patient, label and fold; without a number of `folds` every fold is `all`."""
    known = pd.DataFrame(
        {"frame": name, "patient": attributes["patient"], "label": attributes.get("label")}
        for chunk in frames
        for name, attributes in frame_attributes(chunk)
    )
    if folds is None:
        write_table(table, known.astype({"label": "Int64"}).assign(fold="all"))
    else:
        write_table(table, assign_patients(known, folds, cohort))


if __name__ == "__main__":
    run_rule(assign_folds, snakemake)
