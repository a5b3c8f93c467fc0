"""Set the figures of a published study beside those of this run."""

from collections.abc import Sequence

import pandas as pd

from reconattack.evidence.studies import STUDIES, Figure, Study
from reconattack.run.jobs import job
from reconattack.storage import read_table, write_table

INTERVALS = {"auc": "auc", "accuracy": "accuracy", "success_rate": "success"}
COUNTS = {"accuracy": ("n_correct", "n_labelled"), "success_rate": ("n_success", "n_attacked")}


def compare_with_paper(
    summary: str, output: str, attacks: Sequence[str], data: str, study: str
) -> None:
    """Write a row per figure, model, seed and attack of `attacks`: the study's value and this
    run's.
    """
    table = read_table(summary)
    table = table[table["attack"].isin(attacks)]
    rows = [row for _, run in table.iterrows() for row in study_rows(STUDIES[study], run, data)]
    write_table(output, pd.DataFrame(rows))


def study_rows(study: Study, run: pd.Series, data: str) -> list[dict]:
    """A study's figures beside those of one row of the summary.

    The studies give no intervals: those of their proportions are Wilson's, computed from the
    counts.
    """
    of_run = {"model": run["model"], "seed": run["seed"], "attack": run["attack"], "data": data}
    return [
        of_study(figure)
        | beside(figure.run, run)
        | of_run
        | {"study": study.reference, "note": figure.note}
        for figure in study.figures
    ]


def of_study(figure: Figure) -> dict:
    """A figure as the study gives it."""
    low, high = figure.interval
    return {
        "figure": figure.name,
        "paper": figure.value,
        "paper_count": figure.count,
        "paper_low": low,
        "paper_high": high,
    }


def beside(name: str | None, run: pd.Series) -> dict:
    """This run's figure of a name with its count and interval; nothing where it has none."""
    if name is None:
        return {"run": None, "run_count": "", "run_low": None, "run_high": None}
    hits_and_total = [str(run[column]) for column in COUNTS.get(name, ())]
    return {
        "run": run[name],
        "run_count": "/".join(hits_and_total),
        "run_low": run[f"{INTERVALS[name]}_low"],
        "run_high": run[f"{INTERVALS[name]}_high"],
    }


if __name__ == "__main__":
    with job(snakemake.log[0]):
        compare_with_paper(
            summary=snakemake.input.summary,
            output=snakemake.output.table,
            attacks=snakemake.params.attacks,
            data=snakemake.params.data,
            study=snakemake.params.study,
        )
