"""Set the figures of the paper beside those of this run."""

import pandas as pd

from reconattack.jobs import job
from reconattack.statistics import wilson_interval
from reconattack.storage import write_table

PAPER_FRAMES = 33
PAPER_CORRECT = 27
PAPER_FLIPPED = 13
PAPER_AUC = 0.84


def compare_with_paper(summary: str, output: str, data: str) -> None:
    """Write a row per figure, model, seed and attack: the paper's value and this run's."""
    table = pd.read_csv(summary)
    rows = [row for _, run in table.iterrows() for row in paper_rows(run, data)]
    write_table(output, pd.DataFrame(rows))


def paper_rows(run: pd.Series, data: str) -> list[dict]:
    """The paper's three figures beside those of one row of the summary.

    The paper (arXiv:2009.03364, section 3) gives no intervals: those of its proportions are
    Wilson's, computed from its counts.
    """
    of_run = {"model": run["model"], "seed": run["seed"], "attack": run["attack"], "data": data}
    figures = {
        "auc": (PAPER_AUC, "", (None, None), "auc", ""),
        "accuracy": (
            PAPER_CORRECT / PAPER_FRAMES,
            f"{PAPER_CORRECT}/{PAPER_FRAMES}",
            wilson_interval(PAPER_CORRECT, PAPER_FRAMES),
            "accuracy",
            f"{run['n_correct']}/{run['n_labelled']}",
        ),
        "success_rate": (
            PAPER_FLIPPED / PAPER_CORRECT,
            f"{PAPER_FLIPPED}/{PAPER_CORRECT}",
            wilson_interval(PAPER_FLIPPED, PAPER_CORRECT),
            "success",
            f"{run['n_success']}/{run['n_attacked']}",
        ),
    }
    return [
        {
            "figure": figure,
            "paper": value,
            "paper_count": count,
            "paper_low": low,
            "paper_high": high,
            "run": run[figure],
            "run_count": run_count,
            "run_low": run[f"{prefix}_low"],
            "run_high": run[f"{prefix}_high"],
            **of_run,
        }
        for figure, (value, count, (low, high), prefix, run_count) in figures.items()
    ]


if __name__ == "__main__":
    with job(snakemake.log[0]):
        compare_with_paper(
            summary=snakemake.input.summary,
            output=snakemake.output.table,
            data=snakemake.params.data,
        )
